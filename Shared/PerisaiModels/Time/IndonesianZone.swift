/// The three time zones of Indonesia (Keppres 41/1987); none has summer time.
public enum IndonesianZone: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case wib = "WIB"
    case wita = "WITA"
    case wit = "WIT"

    public var hours: Int {
        switch self {
        case .wib: 7
        case .wita: 8
        case .wit: 9
        }
    }

    /// Offset from UTC in seconds.
    public var offsetSeconds: Int { hours * 3600 }

    /// The zone of a Kemendagri province code (the first two digits of a NIK), nil for an unknown code.
    public init?(provinceCode: Int) {
        switch provinceCode {
        case 11...19, 21, 31...36, 61, 62: self = .wib
        case 51...53, 63...65, 71...76: self = .wita
        case 81, 82, 91...96: self = .wit
        default: return nil
        }
    }

    public var description: String { rawValue }
}
