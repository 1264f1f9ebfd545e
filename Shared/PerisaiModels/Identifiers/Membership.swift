/// Kartu Peserta Jamsostek number of a participant: 11 digits, read as YYMM and a serial of 7 digits (domain.md 5 [I]).
public struct KPJ: DigitIdentifier {
    public static let name = "KPJ"
    public static let digitCount = 11

    public let code: Int64

    public init(code: Int64) throws(IdentifierFault) {
        try Self.check(code)
        self.code = code
    }

    /// Allocation of a new number: month 2000-01 ... 2076-12, serial 1...9.999.999.
    public init(month: ContributionMonth, serial: Int) throws(IdentifierFault) {
        guard (2000...2076).contains(month.year) else {
            throw IdentifierFault(Self.name, "can be allocated for 2000 to 2076 only")
        }
        guard (1...9_999_999).contains(serial) else {
            throw IdentifierFault(Self.name, "needs a serial of 1 to 9999999")
        }
        try self.init(code: Int64((month.year % 100) * 100 + month.month) * 10_000_000 + Int64(serial))
    }

    /// By the reading YYMM; years from 77 are 19YY, because Astek, the first fund, began in 1977. Nil if no month.
    public var month: ContributionMonth? {
        let year = Int(code / 1_000_000_000)
        return ContributionMonth(year: year + (year >= 77 ? 1900 : 2000), month: Int(code / 10_000_000 % 100))
    }

    public var serial: Int { Int(code % 10_000_000) }
}

/// Nomor Pendaftaran Perusahaan of an employer: 8 digits and a division of 3 digits, 000 when not given (domain.md 5).
public struct NPP: DigitIdentifier {
    public static let name = "NPP"
    /// Number and division together; the text of 8 digits stands for division 000.
    public static let digitCount = 11

    public let code: Int64

    public init(code: Int64) throws(IdentifierFault) {
        try Self.check(code)
        guard code >= 1000 else { throw IdentifierFault(Self.name, "must not be all zeros") }
        self.code = code
    }

    public init(number: Int64, division: Int = 0) throws(IdentifierFault) {
        guard (1...99_999_999).contains(number) else { throw IdentifierFault(Self.name, "must have 8 digits") }
        guard (0...999).contains(division) else { throw IdentifierFault(Self.name, "division must have 3 digits") }
        try self.init(code: number * 1000 + Int64(division))
    }

    /// 8 digits, or 11 with the division; a hyphen may stand between.
    public init(utf8 bytes: UnsafeBufferPointer<UInt8>) throws(IdentifierFault) {
        let hyphen = bytes.count == 12 && FixedText.isByte(bytes, at: 8, "-")
        guard bytes.count == 8 || bytes.count == 11 || hyphen else {
            throw IdentifierFault(Self.name, "must have 8 digits, or 11 with the division")
        }
        guard let number = FixedText.number(bytes, at: 0, count: 8),
            let division = bytes.count == 8 ? 0 : FixedText.number(bytes, at: bytes.count - 3, count: 3)
        else { throw IdentifierFault(Self.name, "must be digits only") }
        try self.init(number: number, division: Int(division))
    }

    public var number: Int64 { code / 1000 }
    public var division: Int { Int(code % 1000) }

    /// 8 digits, with "-" and the division when that is not 000.
    public var text: String {
        FixedText.padded(number, width: 8) + (division == 0 ? "" : "-" + FixedText.padded(division, width: 3))
    }

    public var description: String { text }
}

/// Who pays a contribution: a participant (BPU) by KPJ, or an employer (PU) by NPP.
public enum PayerNumber: Sendable, Hashable, Comparable, CustomStringConvertible {
    case participant(KPJ)
    case employer(NPP)

    private static let participantBase: Int64 = 100_000_000_000
    private static let employerBase: Int64 = 200_000_000_000

    /// One number for storage: "1" + KPJ or "2" + NPP + division, 12 digits both.
    public var code: Int64 {
        switch self {
        case .participant(let kpj): Self.participantBase + kpj.code
        case .employer(let npp): Self.employerBase + npp.code
        }
    }

    /// Reads `code` back.
    public init(code: Int64) throws(IdentifierFault) {
        switch code {
        case Self.participantBase..<Self.employerBase:
            self = .participant(try KPJ(code: code - Self.participantBase))
        case Self.employerBase..<(Self.employerBase + Self.participantBase):
            self = .employer(try NPP(code: code - Self.employerBase))
        default: throw IdentifierFault("payer number", "must have 12 digits and begin with 1 or 2")
        }
    }

    public var kpj: KPJ? { if case .participant(let kpj) = self { kpj } else { nil } }
    public var npp: NPP? { if case .employer(let npp) = self { npp } else { nil } }

    public static func < (left: Self, right: Self) -> Bool { left.code < right.code }

    public var description: String {
        switch self {
        case .participant(let kpj): "KPJ \(kpj)"
        case .employer(let npp): "NPP \(npp)"
        }
    }
}
