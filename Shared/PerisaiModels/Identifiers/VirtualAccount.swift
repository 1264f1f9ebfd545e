/// The 5-digit number under which a bank lists a receiver of virtual-account payments.
public struct CorporateCode: DigitIdentifier {
    public static let name = "corporate code"
    public static let digitCount = 5

    public let code: Int64

    public init(code: Int64) throws(IdentifierFault) {
        try Self.check(code)
        guard code != 88_888 else {
            throw IdentifierFault(Self.name, "88888 belongs to BPJS Kesehatan, another fund")
        }
        self.code = code
    }

    private init(known code: Int64) { self.code = code }

    /// Our default. A setting: each bank assigns its own.
    public static let perisai = CorporateCode(known: 77_701)
}

/// A virtual account: 5-digit corporate code and a customer number of 1 to 13 digits, 18 at most (BRIVA; domain.md 5).
///
/// Our customer numbers: "1" + KPJ for participants, "2" + NPP for employers (and the division when it is not 000).
public struct VirtualAccount: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The digits behind a leading 1, which keeps the count of digits.
    public let code: Int64

    static let name = "virtual account"

    public init(code: Int64) throws(IdentifierFault) {
        let digits = String(code)
        guard digits.hasPrefix("1"), (7...19).contains(digits.utf8.count) else {
            throw IdentifierFault(Self.name, "must have 6 to 18 digits")
        }
        try self.init(digits.dropFirst())
    }

    public init(_ text: some StringProtocol) throws(IdentifierFault) { try self.init(utf8: text.utf8) }

    public init(utf8: some Collection<UInt8>) throws(IdentifierFault) {
        let parsed = FixedText.withBytes(utf8, limit: 18) { bytes in
            (bytes.count, FixedText.number(bytes, at: 0, count: bytes.count), FixedText.number(bytes, at: 0, count: 5))
        }
        guard (6...18).contains(parsed.0) else { throw IdentifierFault(Self.name, "must have 6 to 18 digits") }
        guard let digits = parsed.1, let corporate = parsed.2 else {
            throw IdentifierFault(Self.name, "must be digits only")
        }
        do { _ = try CorporateCode(code: corporate) } catch {
            throw IdentifierFault(Self.name, "corporate code \(error.reason)")
        }
        code = digits + Self.power(parsed.0)
    }

    public init(payer: PayerNumber, corporateCode: CorporateCode = .perisai) {
        switch payer {
        case .employer(let npp) where npp.division == 0:
            code = Self.power(14) + corporateCode.code * Self.power(9) + 200_000_000 + npp.number
        default: code = Self.power(17) + corporateCode.code * Self.power(12) + payer.code
        }
    }

    private static func power(_ digits: Int) -> Int64 { (0..<digits).reduce(1) { value, _ in value * 10 } }

    public var text: String { String(String(code).dropFirst()) }
    public var corporateCode: String { String(text.prefix(5)) }
    public var customerNumber: String { String(text.dropFirst(5)) }

    /// Who pays, by our numbering; nil for a number that is not ours.
    public var payer: PayerNumber? {
        switch code {
        case Self.power(17)..<(2 * Self.power(17)): return try? PayerNumber(code: code % Self.power(12))
        case Self.power(14)..<(2 * Self.power(14)):
            let customer = code % Self.power(9)
            guard customer / 100_000_000 == 2 else { return nil }
            return (try? NPP(number: customer % 100_000_000)).map(PayerNumber.employer)
        default: return nil
        }
    }

    public static func < (left: Self, right: Self) -> Bool { left.code < right.code }
    public var description: String { text }
}
