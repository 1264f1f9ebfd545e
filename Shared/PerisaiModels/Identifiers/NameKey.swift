/// A payer's name as two banks can be compared by it: upper-case A-Z and 0-9, without titles, company forms, punctuation
/// and blanks. The order of the words stays, because banks cut names at their end (after 20 to 35 characters).
public struct NameKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Longest key, in characters; the rest of a longer name is dropped.
    public static let lengthLimit = 64
    /// From this many characters on, a name that begins another one counts as the same name, cut.
    public static let prefixLength = 10

    public let text: String

    /// Nil when fewer than three characters are left.
    public init?(_ name: some StringProtocol) {
        var words: [[UInt8]] = [[]]
        for scalar in name.unicodeScalars.prefix(4 * Self.lengthLimit) {
            switch scalar {
            case "A"..."Z", "0"..."9": words[words.count - 1].append(UInt8(truncatingIfNeeded: scalar.value))
            case "a"..."z": words[words.count - 1].append(UInt8(truncatingIfNeeded: scalar.value) - 0x20)
            case "\u{C0}"..."\u{FF}": words[words.count - 1].append(Self.latin[Int(scalar.value & 0x1F)])
            case "'", "`", "\u{2019}": continue
            default: if words.last?.isEmpty == false { words.append([]) }
            }
        }
        let kept = words.filter { !Self.dropped.contains(String(decoding: $0, as: UTF8.self)) }
        let bytes = kept.joined().prefix(Self.lengthLimit)
        guard bytes.count >= 3 else { return nil }
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// What a store can look names up by: equal for every two names that match, unless one has fewer characters.
    public var lookup: String { String(text.prefix(Self.prefixLength)) }

    /// The same name, or the same name cut.
    public func matches(_ other: NameKey) -> Bool {
        if text == other.text { return true }
        let (short, long) = text.utf8.count < other.text.utf8.count ? (text, other.text) : (other.text, text)
        return short.utf8.count >= Self.prefixLength && long.utf8.starts(with: short.utf8)
    }

    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
    public var description: String { text }

    /// U+00C0 ... U+00DF without their accents; the small letters follow in the same order.
    private static let latin = Array("AAAAAAACEEEEIIIIDNOOOOOXOUUUUYTS".utf8)

    private static let dropped: Set<String> = [
        "PT", "CV", "UD", "PD", "FA", "TBK", "PERSERO", "H", "HJ", "IR", "DR", "DRS", "DRA", "BPK", "BAPAK", "IBU",
        "SDR",
        "SDRI", "TN", "NY",
    ]
}
