/// Nomor Induk Kependudukan: province, regency, district (two digits each; the place of first registration),
/// DDMMYY of birth (women DD + 40), serial from 0001. No check digit; permanent (domain.md 5).
public struct NIK: DigitIdentifier {
    public static let name = "NIK"
    public static let digitCount = 16
    public static let isPersonal = true

    public let code: Int64

    public init(code: Int64) throws(IdentifierFault) {
        try Self.check(code)
        self.code = code
        // A switch on bounds instead of the province table: intake reads a NIK for every record.
        guard IndonesianZone(provinceCode: provinceCode) != nil else {
            throw IdentifierFault(Self.name, "has an unknown province code")
        }
        guard regencyCode != 0 else { throw IdentifierFault(Self.name, "has regency code 00") }
        guard districtCode != 0 else { throw IdentifierFault(Self.name, "has district code 00") }
        guard serial != 0 else { throw IdentifierFault(Self.name, "has serial 0000") }
        guard birth(century: 1900) != nil || birth(century: 2000) != nil else {
            throw IdentifierFault(Self.name, "has no real birth date")
        }
    }

    public var provinceCode: Int { Int(code / 100_000_000_000_000) }
    public var regencyCode: Int { Int(code / 1_000_000_000_000 % 100) }
    public var districtCode: Int { Int(code / 10_000_000_000 % 100) }
    public var serial: Int { Int(code % 10_000) }
    public var province: Province? { Province(code: provinceCode) }
    public var zone: IndonesianZone? { IndonesianZone(provinceCode: provinceCode) }
    public var isFemale: Bool { dayField > 40 }

    private var dayField: Int { Int(code / 100_000_000 % 100) }

    private func birth(century: Int) -> CivilDate? {
        CivilDate(
            year: century + Int(code / 10_000 % 100), month: Int(code / 1_000_000 % 100),
            day: isFemale ? dayField - 40 : dayField)
    }

    /// The birth date that makes the holder 0 to 99 years old on `date`: the later of the possible centuries. Nil when
    /// neither does (29 February 2000 seen from before that day).
    public func birthDate(asOf date: CivilDate) -> CivilDate? {
        for century in [2100, 2000, 1900] {
            guard let birth = birth(century: century), birth <= date else { continue }
            return date.years(since: birth) <= 99 ? birth : nil
        }
        return nil
    }
}
