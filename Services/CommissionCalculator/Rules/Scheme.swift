import PerisaiModels

/// An incentive scheme: what an agent earns for new participants and for contributions received, and the wadah's part.
public struct Scheme: Sendable, Hashable {
    /// What new participants earn.
    public enum Reward: Sendable, Hashable {
        /// One amount a month.
        case flat(Rupiah)
        /// An amount for each new participant, by programmes.
        case each(threeProgrammes: Rupiah, twoProgrammes: Rupiah)
    }

    /// What so many new participants in a month earn, all of them (a slab, not a margin).
    public struct Tier: Sendable, Hashable {
        /// From so many new participants, 1 or more.
        public let from: Int
        public let reward: Reward

        public init(from: Int, reward: Reward) {
            self.from = from
            self.reward = reward
        }
    }

    /// A rate for contribution months from the one before this step's up to `through` (nil: without end).
    public struct Step: Sendable, Hashable {
        public let through: Int?
        public let rate: Rate
        public let rule: AccrualRule

        public init(through: Int?, rate: Rate, rule: AccrualRule) {
            self.through = through
            self.rate = rate
            self.rule = rule
        }
    }

    /// What contributions of micro employers (PU) earn.
    public struct EmployerRule: Sendable, Hashable {
        public let rate: Rate
        /// Only employers enrolled before this day earn; nil: all.
        public let enrolledBefore: CivilDate?
        /// Employers whose contribution a month, when enrolled, is more than this earn nothing; nil: no limit.
        public let limit: Rupiah?
        /// Whether the limit itself still earns (article 000 says less than, S04 up to).
        public let limitIncluded: Bool
        /// Contributions paid more than so many months after their due date earn nothing; nil: no limit.
        public let arrearsMonths: Int?

        public init(
            rate: Rate, enrolledBefore: CivilDate? = nil, limit: Rupiah? = nil, limitIncluded: Bool = false,
            arrearsMonths: Int? = nil
        ) {
            self.rate = rate
            self.enrolledBefore = enrolledBefore
            self.limit = limit
            self.limitIncluded = limitIncluded
            self.arrearsMonths = arrearsMonths
        }
    }

    /// How the wadah gets its part.
    public enum Share: Sendable, Hashable {
        /// The agent keeps this part of the total, the wadah the rest.
        case within(agent: Rate)
        /// The agent keeps all of it and the wadah gets this part on top.
        case onTop(wadah: Rate)
    }

    /// Into whose account the agent's part is paid.
    public enum Payee: String, Sendable, Hashable, CaseIterable {
        /// Into the agent's own (S01b).
        case owner
        /// Into the wadah's, which passes it on (Perdir 13/PERDIR.02/042022 item g).
        case wadah
    }

    /// "A" or "B"; must differ between the rows of one table, for stored lines name it.
    public let code: String
    /// Ascending by `from`; empty: new participants earn nothing.
    public let tiers: [Tier]
    /// Whether workers of enrolled employers (PU) are new participants too.
    public let countsWorkers: Bool
    /// Rates of BPU contributions by the participant's contribution month, ascending; nothing after the last.
    public let steps: [Step]
    public let employer: EmployerRule
    public let share: Share
    public let payee: Payee
    /// Agents that a wadah must have (domain.md 1.2).
    public let wadahMinimumAgents: Int
    /// Longest contract (PKS) of a wadah (domain.md 1.2).
    public let contractYears: Int

    public init(
        code: String, tiers: [Tier], countsWorkers: Bool, steps: [Step], employer: EmployerRule, share: Share,
        payee: Payee, wadahMinimumAgents: Int, contractYears: Int
    ) {
        self.code = code
        self.tiers = tiers
        self.countsWorkers = countsWorkers
        self.steps = steps
        self.employer = employer
        self.share = share
        self.payee = payee
        self.wadahMinimumAgents = wadahMinimumAgents
        self.contractYears = contractYears
    }
}

/// The schemes by the day on which they apply.
public typealias SchemeTable = EffectiveTable<Scheme>

extension Scheme {
    /// Scheme A (domain.md 1.3): 500.000 flat from 50 new participants, PU and BPU together; 7,5 % of contributions;
    /// 90 % to the agent, 10 % to the body; employers below 7 million a month, arrears up to six months old.
    public static let a = Scheme(
        code: "A", tiers: [Tier(from: 50, reward: .flat(Rupiah(500_000)))], countsWorkers: true,
        steps: [Step(through: nil, rate: Rate(basisPoints: 750), rule: .contribution)],
        employer: EmployerRule(rate: Rate(basisPoints: 750), limit: Rupiah(7_000_000), arrearsMonths: 6),
        share: .within(agent: .percent(90)), payee: .owner, wadahMinimumAgents: 3, contractYears: 3)

    /// Scheme B (Perdir 13/PERDIR.02/042022; domain.md 1.4): BPU alone from 25 new participants; 15 % for months 1-24,
    /// 5 % for 25-60, then the participant passes to the branch. Employers from before keep 7,5 % in the transition,
    /// up to 7 million a month and not in arrears (S04).
    public static let b = Scheme(
        code: "B",
        tiers: [Tier(from: 25, reward: .each(threeProgrammes: Rupiah(15_000), twoProgrammes: Rupiah(10_000)))],
        countsWorkers: false,
        steps: [
            Step(through: 24, rate: .percent(15), rule: .contributionFirst24),
            Step(through: 60, rate: .percent(5), rule: .contributionTo60),
        ],
        employer: EmployerRule(
            rate: Rate(basisPoints: 750), enrolledBefore: CivilDate(year: 2022, month: 4, day: 1),
            limit: Rupiah(7_000_000), limitIncluded: true, arrearsMonths: 0),
        share: .onTop(wadah: .percent(10)), payee: .wadah, wadahMinimumAgents: 5, contractYears: 1)

    /// The schemes as published; the worker reads its rows from the database, where others are added. The pilots of 2017
    /// ran under A (domain.md 1.4); the day of B is a default, for the Perdir's number names the month only.
    public static let published: SchemeTable = {
        let rows: [Effective<Scheme>?] = [
            row((2017, 1, 1), (2022, 3, 31), "Juknis Perisai 2017/2018", a),
            row((2022, 4, 1), nil, "Perdir 13/PERDIR.02/042022", b),
        ]
        guard let table = try? SchemeTable(rows.compactMap { $0 }) else {
            preconditionFailure("the published schemes overlap")  // constants of this file, covered by a test
        }
        return table
    }()

    private static func row(
        _ from: (Int, Int, Int), _ through: (Int, Int, Int)?, _ regulation: String, _ scheme: Scheme
    ) -> Effective<Scheme>? {
        guard let first = CivilDate(year: from.0, month: from.1, day: from.2) else { return nil }
        let last = through.flatMap { CivilDate(year: $0.0, month: $0.1, day: $0.2) }
        return Effective(from: first, through: last, regulation: regulation, value: scheme)
    }
}
