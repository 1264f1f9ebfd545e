/// The payment code of a contribution bill: 11 or 12 digits.
///
/// The sources do not publish its make-up; this is our reading of their examples (domain.md 5 [I]):
/// 12 digits from 9: BPU, "9" + KPJ (922053115900); other 12 digits: PU, YYMM + NPP (210300016066); 11 digits: a bare KPJ.
public struct KodeIuran: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The digits behind a leading 1, which keeps 11 digits and 12 digits with a leading zero apart.
    public let code: Int64

    private static let elevenDigits: Int64 = 100_000_000_000
    private static let twelveDigits: Int64 = 1_000_000_000_000

    public init(code: Int64) throws(IdentifierFault) {
        guard
            (Self.elevenDigits..<(2 * Self.elevenDigits)).contains(code)
                || (Self.twelveDigits..<(2 * Self.twelveDigits)).contains(code)
        else { throw IdentifierFault("kode iuran", "must have 11 or 12 digits") }
        self.code = code
    }

    public init(_ text: some StringProtocol) throws(IdentifierFault) { try self.init(utf8: text.utf8) }

    public init(utf8: some Collection<UInt8>) throws(IdentifierFault) {
        let parsed = FixedText.withBytes(utf8, limit: 12) { bytes in
            (bytes.count, bytes.count > 12 ? nil : FixedText.number(bytes, at: 0, count: bytes.count))
        }
        guard parsed.0 == 11 || parsed.0 == 12 else {
            throw IdentifierFault("kode iuran", "must have 11 or 12 digits")
        }
        guard let digits = parsed.1 else { throw IdentifierFault("kode iuran", "must be digits only") }
        code = digits + (parsed.0 == 11 ? Self.elevenDigits : Self.twelveDigits)
    }

    /// The code of a participant's own bill (BPU).
    public init(participant kpj: KPJ) { code = Self.twelveDigits + 9 * Self.elevenDigits + kpj.code }

    /// The code of an employer's bill for a month of 2000 ... 2089 (later years would read as BPU). The division is not
    /// part of it.
    public init(employer npp: NPP, month: ContributionMonth) throws(IdentifierFault) {
        guard (2000...2089).contains(month.year) else {
            throw IdentifierFault("kode iuran", "can be made for the months of 2000 to 2089 only")
        }
        code = Self.twelveDigits + Int64((month.year % 100) * 100 + month.month) * 100_000_000 + npp.number
    }

    private var digitCount: Int { code < Self.twelveDigits ? 11 : 12 }
    private var digits: Int64 { code - (digitCount == 11 ? Self.elevenDigits : Self.twelveDigits) }
    private var isBPU: Bool { digitCount == 11 || digits >= 9 * Self.elevenDigits }

    /// Who pays, by the reading above; nil when no such number can exist.
    public var payer: PayerNumber? {
        if isBPU { return (try? KPJ(code: digits % Self.elevenDigits)).map(PayerNumber.participant) }
        guard month != nil else { return nil }
        return (try? NPP(number: digits % 100_000_000)).map(PayerNumber.employer)
    }

    /// The month of a PU code; nil for BPU, whose code stays the same every month.
    public var month: ContributionMonth? {
        guard !isBPU else { return nil }
        return ContributionMonth(year: 2000 + Int(digits / 10_000_000_000), month: Int(digits / 100_000_000 % 100))
    }

    public var text: String { FixedText.padded(digits, width: digitCount) }
    public static func < (left: Self, right: Self) -> Bool { left.code < right.code }
    public var description: String { text }
}
