/// What a bank statement's free text (`:86:`, RmtInf/Ustrd) says about the money, up to 500 characters (domain.md 6.3).
///
/// Holds NIKs, in `niks` and in `core`; descriptions show only how much was found.
public struct RemittanceText: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// Characters that are read; the rest is ignored.
    public static let lengthLimit = 500
    /// Most finds of each kind; later ones are ignored.
    public static let findLimit = 32

    /// Of our corporate code and numbering; the customer number may be split by blanks, hyphens or full stops.
    public internal(set) var virtualAccounts: [VirtualAccount] = []
    /// Numbers of 11 or 12 digits that can be a kode iuran. A bank's own number can look the same.
    public internal(set) var kodeIuran: [KodeIuran] = []
    /// Those of `kodeIuran` that the text calls so.
    public internal(set) var labelledKodeIuran: [KodeIuran] = []
    /// Numbers of 16 digits that pass the check of a NIK.
    public internal(set) var niks: [NIK] = []
    /// "NPP 15092870-001", "KPJ 22053115900", and the NPP of "4" + NPP + division + "/" + kode iuran (domain.md 5).
    public internal(set) var payers: [PayerNumber] = []
    /// "2 BLN", "bulan 2": 1...12; nil when there is none, or when two differ.
    public internal(set) var months: Int?
    /// Tokens of 6 to 64 letters and digits, upper-case, with at least four digits; no NIK.
    public internal(set) var references: [String] = []
    /// The text upper-case, blanks collapsed, without the label and the addition of the day after: BRI reports `REMARK`
    /// on the day and `REMARK WS_OB;<referral>;<info>` on the next (domain.md 6.3).
    public let core: String
    /// Hash of the letters and digits of `core`, for storing and comparing; nil when there are fewer than six.
    public let remarkKey: Int64?
    /// The addition of the day after is there.
    public let isOvernight: Bool

    public init(_ text: some StringProtocol, corporateCode: CorporateCode = .perisai) {
        let bytes = Self.fold(text.utf8)
        let (core, isOvernight) = Self.core(of: bytes)
        self.core = String(decoding: core, as: UTF8.self)
        self.isOvernight = isOvernight
        let significant = core.filter(Self.isAlphanumeric)
        if significant.count < 6 {
            remarkKey = nil
        } else {
            var hash = SipHash128(seed: 64)
            significant.withUnsafeBytes { hash.combine($0) }
            remarkKey = Int64(bitPattern: hash.finish().0)
        }
        var scanner = RemittanceScanner(bytes: bytes, corporateCode: corporateCode)
        scanner.scan(into: &self)
    }

    /// Whether the text names a payment by its bank's number; punctuation and case do not count.
    public func mentions(_ reference: PaymentReference) -> Bool {
        guard let token = Self.token(of: reference.text) else { return false }
        // A number of 16 digits may look like a NIK by chance.
        return references.contains(token) || token.utf8.count == 16 && niks.contains { $0.text == token }
    }

    /// Letters and digits of a reference, upper-case; nil when it could not be told from other words.
    static func token(of reference: String) -> String? {
        let bytes = fold(reference.utf8).filter(isAlphanumeric)
        return isReference(bytes[...]) ? String(decoding: bytes, as: UTF8.self) : nil
    }

    public var description: String {
        "\(virtualAccounts.count) virtual accounts, \(kodeIuran.count) kode iuran, \(niks.count) NIK, "
            + "\(payers.count) KPJ or NPP, \(references.count) references"
    }

    public var debugDescription: String { description }
}

extension RemittanceText {
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 <= 9 }
    static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || byte &- 0x41 < 26 }

    static func isReference(_ bytes: ArraySlice<UInt8>) -> Bool {
        (6...64).contains(bytes.count) && bytes.count(where: isDigit) >= 4
    }

    /// Upper-case printable ASCII with single blanks; every other character is a blank.
    static func fold(_ utf8: some Collection<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var characters = 0
        for byte in utf8 where !(0x80..<0xC0).contains(byte) {
            characters += 1
            guard characters <= lengthLimit else { break }
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): bytes.append(byte - 0x20)
            case 0x21...0x7E: bytes.append(byte)
            default: if let last = bytes.last, last != 0x20 { bytes.append(0x20) }
            }
        }
        if bytes.last == 0x20 { bytes.removeLast() }
        return bytes
    }

    private static func core(of bytes: [UInt8]) -> (ArraySlice<UInt8>, isOvernight: Bool) {
        var rest = bytes[...]
        if rest.starts(with: Array(":86:".utf8)) { rest = rest.dropFirst(4) }
        var isOvernight = false
        let mark = Array("WS_OB;".utf8)
        if let start = rest.firstRange(of: mark) {
            isOvernight = true
            let head = trimmed(rest[..<start.lowerBound])
            // Without a remark before it, the last part is all that the payer wrote.
            rest = head.isEmpty ? rest[start.upperBound...].split(separator: UInt8(ascii: ";")).last ?? [] : head
        }
        rest = trimmed(rest)
        let label = Array("REMARK".utf8)
        if rest.starts(with: label), let next = rest.dropFirst(label.count).first,
            next == 0x20 || next == UInt8(ascii: ":")
        {
            rest = trimmed(rest.dropFirst(label.count).drop { $0 == 0x20 || $0 == UInt8(ascii: ":") })
        }
        return (rest, isOvernight)
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes.drop { $0 == 0x20 }
        while bytes.last == 0x20 { bytes.removeLast() }
        return bytes
    }
}

extension NIK {
    /// The text with every number masked that is or holds a NIK: for explanations and errors.
    public static func hidden(in text: String) -> String {
        var bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            guard RemittanceText.isDigit(bytes[start]) else {
                start += 1
                continue
            }
            // Digits, and single signs between two of them.
            var places = [start]
            while let last = places.last {
                if last + 1 < bytes.count, RemittanceText.isDigit(bytes[last + 1]) {
                    places.append(last + 1)
                } else if last + 2 < bytes.count, "-./_ ".utf8.contains(bytes[last + 1]),
                    RemittanceText.isDigit(bytes[last + 2])
                {
                    places.append(last + 2)
                } else {
                    break
                }
            }
            if holdsNIK(places.map { bytes[$0] }) {
                for place in places.dropFirst(4).dropLast(2) { bytes[place] = UInt8(ascii: "*") }
            }
            start = (places.last ?? start) + 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func holdsNIK(_ digits: [UInt8]) -> Bool {
        digits.withUnsafeBufferPointer { buffer in
            (0..<max(0, buffer.count - 15)).contains { start in
                FixedText.number(buffer, at: start, count: 16).flatMap { try? NIK(code: $0) } != nil
            }
        }
    }
}
