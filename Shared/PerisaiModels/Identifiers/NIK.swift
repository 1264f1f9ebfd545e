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
        if let part = wrongPart { throw IdentifierFault(Self.name, part.reason) }
    }

    private init(unchecked code: Int64) { self.code = code }

    /// The part that makes a text no NIK, for those who must say so in words of their own; nil for a NIK.
    public static func wrongPart(of text: some StringProtocol) -> NIKPart? {
        guard text.utf8.count == digitCount else { return .length }
        guard let code = Int64(digits: text.utf8) else { return .digits }
        return NIK(unchecked: code).wrongPart
    }

    private var wrongPart: NIKPart? {
        // A switch on bounds instead of the province table: intake reads a NIK for every record.
        if IndonesianZone(provinceCode: provinceCode) == nil { return .province }
        if regencyCode == 0 { return .regency }
        if districtCode == 0 { return .district }
        if serial == 0 { return .serial }
        return birth(century: 1900) == nil && birth(century: 2000) == nil ? .birthDate : nil
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

/// A part of a NIK that can be wrong.
public enum NIKPart: String, Sendable, Hashable, CaseIterable {
    case length, digits, province, regency, district, serial
    case birthDate = "birth_date"

    /// For the error text; holds no digit of the number.
    var reason: String {
        switch self {
        case .length: "must have \(NIK.digitCount) digits"
        case .digits: "must be digits only"
        case .province: "has an unknown province code"
        case .regency: "has regency code 00"
        case .district: "has district code 00"
        case .serial: "has serial 0000"
        case .birthDate: "has no real birth date"
        }
    }
}

extension Int64 {
    /// At most 18 ASCII digits and nothing else.
    fileprivate init?(digits: some Collection<UInt8>) {
        guard digits.count <= 18, digits.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        self = digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
}
