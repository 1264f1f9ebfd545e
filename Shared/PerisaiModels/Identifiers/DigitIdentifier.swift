/// Why a text is not the identifier it should be: the identifier's name and the reason in words, never the value.
public struct IdentifierFault: Error, Sendable, Hashable, CustomStringConvertible {
    public let identifier: String
    public let reason: String

    public init(_ identifier: String, _ reason: String) {
        self.identifier = identifier
        self.reason = reason
    }

    public var description: String { "\(identifier): \(reason)" }
}

/// An identifier of a fixed number of digits, kept as one integer, so that equality and hashing cost nothing.
public protocol DigitIdentifier: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The name that faults carry, "NIK" say.
    static var name: String { get }
    static var digitCount: Int { get }
    /// Whether descriptions hide the middle of the number.
    static var isPersonal: Bool { get }
    /// The digits as a number, for storage.
    var code: Int64 { get }
    /// Reads a stored number back, with every check.
    init(code: Int64) throws(IdentifierFault)
    /// Reads the identifier's text forms.
    init(utf8 bytes: UnsafeBufferPointer<UInt8>) throws(IdentifierFault)
}

extension DigitIdentifier {
    public static var isPersonal: Bool { false }

    public init(utf8 bytes: UnsafeBufferPointer<UInt8>) throws(IdentifierFault) {
        guard bytes.count == Self.digitCount else {
            throw IdentifierFault(Self.name, "must have \(Self.digitCount) digits")
        }
        guard let code = FixedText.number(bytes, at: 0, count: Self.digitCount) else {
            throw IdentifierFault(Self.name, "must be digits only")
        }
        try self.init(code: code)
    }

    public init(utf8: some Collection<UInt8>) throws(IdentifierFault) {
        self = try FixedText.withBytes(utf8, limit: 64) { bytes -> Result<Self, IdentifierFault> in
            Result { () throws(IdentifierFault) in try Self(utf8: bytes) }
        }.get()
    }

    public init(_ text: some StringProtocol) throws(IdentifierFault) { try self.init(utf8: text.utf8) }

    /// All digits, with leading zeros.
    public var text: String { FixedText.padded(code, width: Self.digitCount) }

    /// The first four and the last two digits, stars between.
    public var masked: String { mask(text) }

    public var description: String { Self.isPersonal ? masked : text }

    public static func < (left: Self, right: Self) -> Bool { left.code < right.code }

    /// The range check that every stored number passes first; zero is never an identifier.
    static func check(_ code: Int64) throws(IdentifierFault) {
        var limit: Int64 = 1
        for _ in 0..<digitCount { limit *= 10 }
        guard code >= 0, code < limit else { throw IdentifierFault(name, "must have \(digitCount) digits") }
        guard code != 0 else { throw IdentifierFault(name, "must not be all zeros") }
    }
}

/// The first four and the last two characters, stars between; of a text under 12 characters the last two alone, since
/// six would be most of it; all stars when there are six or fewer.
func mask(_ text: String) -> String {
    let shown = text.count >= 12 ? 4 : 0
    guard text.count > 6 else { return String(repeating: "*", count: text.count) }
    return text.prefix(shown) + String(repeating: "*", count: text.count - shown - 2) + text.suffix(2)
}
