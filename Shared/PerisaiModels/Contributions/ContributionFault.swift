/// Why a contribution cannot be computed.
public enum ContributionFault: Error, Sendable, Hashable, CustomStringConvertible {
    case noRule(subject: String, month: ContributionMonth)
    case notOffered(Programme)
    case required(Programme)
    case negative(field: String)
    case tooManyWorkers(limit: Int)
    case overflow

    public var description: String {
        switch self {
        case .noRule(let subject, let month): "\(subject): no rule is known for \(month)"
        case .notOffered(let programme): "programmes: \(programme) is not offered to this segment"
        case .required(let programme): "programmes: \(programme) is compulsory"
        case .negative(let field): "\(field): must not be negative"
        case .tooManyWorkers(let limit): "workers: more than \(limit)"
        case .overflow: MoneyOverflow().description
        }
    }

    /// Runs money arithmetic with its overflow as one of these faults.
    static func checked<Result>(_ body: () throws(MoneyOverflow) -> Result) throws(ContributionFault) -> Result {
        do { return try body() } catch { throw .overflow }
    }
}

/// A contribution by programme, as bills and payments carry it.
public struct ContributionBreakdown: Sendable, Hashable {
    public var jkk: Rupiah
    public var jkm: Rupiah
    public var jht: Rupiah
    /// Billers call it `jpn`.
    public var jp: Rupiah
    /// Billers call it `jpk`.
    public var jkp: Rupiah

    public init(
        jkk: Rupiah = .zero, jkm: Rupiah = .zero, jht: Rupiah = .zero, jp: Rupiah = .zero, jkp: Rupiah = .zero
    ) {
        self.jkk = jkk
        self.jkm = jkm
        self.jht = jht
        self.jp = jp
        self.jkp = jkp
    }

    public static let zero = ContributionBreakdown()

    public subscript(programme: Programme) -> Rupiah {
        get {
            switch programme {
            case .jkk: jkk
            case .jkm: jkm
            case .jht: jht
            case .jp: jp
            case .jkp: jkp
            }
        }
        set {
            switch programme {
            case .jkk: jkk = newValue
            case .jkm: jkm = newValue
            case .jht: jht = newValue
            case .jp: jp = newValue
            case .jkp: jkp = newValue
            }
        }
    }

    public func total() throws(MoneyOverflow) -> Rupiah {
        try Rupiah.sum(of: [jkk, jkm, jht, jp, jkp])
    }

    /// The billers' check: the parts add up to the price without the admin fee, and none is negative (domain.md 6.1).
    public func adds(upTo total: Rupiah) -> Bool {
        guard let sum = try? self.total() else { return false }
        return sum == total && Programme.allCases.allSatisfy { !self[$0].isNegative }
    }
}
