/// Nomor Induk Berusaha of the OSS system: 13 digits (PP 5/2021).
public struct NIB: DigitIdentifier {
    public static let name = "NIB"
    public static let digitCount = 13

    public let code: Int64

    public init(code: Int64) throws(IdentifierFault) {
        try Self.check(code)
        self.code = code
    }
}

/// Nomor Pokok Wajib Pajak, 16 digits (PMK 112/2022): the NIK of an individual, "0" and the old 15 digits of others.
public struct NPWP: DigitIdentifier {
    public static let name = "NPWP"
    public static let digitCount = 16
    // An individual's number is the NIK, and the two cannot be shown differently without telling which is which.
    public static let isPersonal = true

    public let code: Int64

    public init(code: Int64) throws(IdentifierFault) {
        try Self.check(code)
        if code >= 1_000_000_000_000_000 {
            do { _ = try NIK(code: code) } catch {
                throw IdentifierFault(Self.name, "must begin with 0 or be a NIK, which \(error.reason)")
            }
        }
        self.code = code
    }

    /// 16 digits, the old 15, or the old 15 as "XX.XXX.XXX.X-XXX.XXX".
    public init(utf8 bytes: UnsafeBufferPointer<UInt8>) throws(IdentifierFault) {
        let code: Int64?
        switch bytes.count {
        case 15, 16: code = FixedText.number(bytes, at: 0, count: bytes.count)
        case 20: code = Self.punctuated(bytes)
        case 22: throw IdentifierFault(Self.name, "a NITKU (22 digits) names a place of business; give the NPWP")
        default: throw IdentifierFault(Self.name, "must have 16 digits, or 15 in the old form")
        }
        guard let code else { throw IdentifierFault(Self.name, "must be digits, or XX.XXX.XXX.X-XXX.XXX") }
        try self.init(code: code)
    }

    private static func punctuated(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        var value: Int64 = 0
        for (index, byte) in bytes.enumerated() {
            switch index {
            case 2, 6, 10, 16: guard byte == UInt8(ascii: ".") else { return nil }
            case 12: guard byte == UInt8(ascii: "-") else { return nil }
            default:
                let digit = byte &- 0x30
                guard digit <= 9 else { return nil }
                value = value * 10 + Int64(digit)
            }
        }
        return value
    }

    /// The NIK that an individual's number is; nil for the old numbers.
    public var nik: NIK? { code >= 1_000_000_000_000_000 ? try? NIK(code: code) : nil }
}

/// An Indonesian mobile number, read from "08…", "628…" or "+628…" (spaces and hyphens allowed), kept as E.164.
public struct PhoneNumber: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 62 and 9 to 12 digits that begin with 8, as a number.
    public let code: Int64

    public init(code: Int64) throws(IdentifierFault) {
        let text = String(code)
        guard text.hasPrefix("628"), (11...14).contains(text.utf8.count) else {
            throw IdentifierFault("phone number", "must be 62 and 9 to 12 digits that begin with 8")
        }
        self.code = code
    }

    public init(_ text: some StringProtocol) throws(IdentifierFault) { try self.init(utf8: text.utf8) }

    public init(utf8: some Collection<UInt8>) throws(IdentifierFault) {
        var value: Int64 = 0
        var digits = 0
        var leadingZero = false
        for (position, byte) in utf8.prefix(25).enumerated() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if digits == 0 { leadingZero = byte == UInt8(ascii: "0") }
                guard digits < 15 else { throw IdentifierFault("phone number", "is too long") }
                value = value * 10 + Int64(byte - 0x30)
                digits += 1
            case UInt8(ascii: "+") where position == 0: continue
            case UInt8(ascii: " ") where digits > 0, UInt8(ascii: "-") where digits > 0: continue
            default: throw IdentifierFault("phone number", "has a character that is not a digit")
            }
        }
        guard utf8.count <= 24 else { throw IdentifierFault("phone number", "is too long") }
        if leadingZero {
            guard utf8.first == UInt8(ascii: "0"), (10...13).contains(digits) else {
                throw IdentifierFault("phone number", "must begin with 08, 628 or +628")
            }
            // 0812… and 62812… name the same line; the local form has one digit less before the 8.
            var power: Int64 = 1
            for _ in 1..<digits { power *= 10 }
            value += 62 * power
        }
        try self.init(code: value)
    }

    /// "+628…".
    public var text: String { "+\(code)" }

    public static func < (left: Self, right: Self) -> Bool { left.code < right.code }

    /// The country code, three digits and the last two.
    public var description: String {
        let text = text
        return text.prefix(6) + String(repeating: "*", count: text.count - 8) + text.suffix(2)
    }
}
