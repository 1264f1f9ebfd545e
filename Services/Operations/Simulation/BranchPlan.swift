import PerisaiModels

/// How payments turn out, in parts of 1,000 payments due.
struct PaymentMix: Sendable, Hashable {
    enum Kind: String, CaseIterable, Sendable {
        case exact, partial, over, duplicate, reversed, unknown, advance
    }

    private(set) var perMille: [Kind: Int]

    static let article = PaymentMix(perMille: [
        .exact: 868, .partial: 32, .over: 30, .duplicate: 20, .reversed: 12, .unknown: 8, .advance: 30,
    ])

    private init(perMille: [Kind: Int]) { self.perMille = perMille }

    /// `exact=90,partial=5,over=5`: percents with at most one decimal; what is missing to 100 is exact.
    init(parsing text: String) throws {
        perMille = [:]
        for part in text.split(separator: ",") {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, let kind = Kind(rawValue: String(sides[0])) else {
                let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw OperationsError("--mix: \(part) is not kind=percent with one of \(kinds)")
            }
            guard let percent = Double(sides[1]), percent >= 0, percent <= 100, perMille[kind] == nil else {
                throw OperationsError("--mix: \(kind.rawValue) must stand once, with 0 to 100 percent")
            }
            perMille[kind] = Int((percent * 10).rounded())
        }
        let sum = perMille.values.reduce(0, +)
        if perMille[.exact] == nil {
            perMille[.exact] = max(0, 1_000 - sum)
        }
        guard perMille.values.reduce(0, +) == 1_000 else { throw OperationsError("--mix: must add up to 100 percent") }
    }

    func roll(_ random: inout SimulatedRandom) -> Kind {
        var left = random.below(1_000)
        for kind in Kind.allCases {
            left -= perMille[kind] ?? 0
            if left < 0 { return kind }
        }
        return .exact
    }
}

/// The branch to be simulated.
struct BranchPlan: Sendable {
    var name: String
    var seed: UInt64
    var branch = "DPS"
    /// Kemendagri code of the regency.
    var regency = 5171
    var zone = IndonesianZone.wita
    var agents: Int
    /// Agents of one wadah, at least: as many as scheme A asks for.
    var agentsAWadah = 3
    var employers: Int
    var workers: Int
    var participants: Int
    var start: ContributionMonth
    /// Months in which people are enrolled; payments follow to the fifth of the month after the last.
    var months: Int
    var mix: PaymentMix
    /// Participants who pay before they are enrolled, in parts of 1,000.
    var latePerMille = 0
    /// Permit applications.
    var permits = 12
    /// Persons to be enrolled by this group of agents, and the branch's own target.
    var target: (persons: Int, branch: Int)?
    var differences = BankDifferences.none

    /// Denpasar, first half of 2018 (article 000): 7 agents, 54 micro employers, 2,723 workers formal and informal;
    /// 7,200 is 30 % of the branch's 24,000.
    static func article000(seed: UInt64 = 2018) throws -> BranchPlan {
        guard let start = ContributionMonth(year: 2018, month: 1) else { throw OperationsError("no such month") }
        return BranchPlan(
            name: "article-000", seed: seed, agents: 7, employers: 54, workers: 1_556, participants: 2_723 - 1_556,
            start: start, months: 6, mix: .article, latePerMille: 10, permits: 12, target: (7_200, 24_000))
    }

    /// The last business date: the fifth of the month after the last enrolments.
    var lastDate: CivilDate { start.advanced(by: months).day(5) }

    /// Most workers of one employer: the event of an employer stays well under a record's limit.
    static let workersLimit = 200

    func validate() throws {
        func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
            guard range.contains(value) else {
                throw OperationsError("--\(name) must lie between \(range.lowerBound) and \(range.upperBound)")
            }
        }
        try check("agents", agents, 1...20_000)
        try check("employers", employers, 0...100_000)
        try check("participants", participants, 0...2_000_000)
        try check("months", months, 1...60)
        try check("permits", permits, 0...10_000)
        try check("late-enrolments", latePerMille, 0...1_000)
        guard differences.oneIn == 0 || (8...1_000_000).contains(differences.oneIn) else {
            throw OperationsError("--bank-differences must be 0, or one in 8 to 1000000 payments")
        }
        guard employers == 0 ? workers == 0 : (employers...employers * 100).contains(workers) else {
            throw OperationsError("--workers must lie between 1 and 100 for each employer on average")
        }
        let lastEnrolment = start.advanced(by: months - 1)
        // Agents acquire employers under scheme A only (Perdir 13/PERDIR.02/042022; domain.md 1.4).
        guard employers == 0 || lastEnrolment.lastDay < Incentives.schemeB else {
            throw OperationsError("--employers: agents acquire no employers from \(Incentives.schemeB) on")
        }
        guard start.year >= 2017, lastDate.year <= 2089 else {
            throw OperationsError("--start must lie in 2017 or later: there were no agents before")
        }
    }
}
