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

    /// How the wadah gets its part.
    public enum Share: Sendable, Hashable {
        /// The agent keeps this part of the total, the wadah the rest.
        case within(agent: Rate)
        /// The agent keeps all of it and the wadah gets this part on top.
        case onTop(wadah: Rate)
    }

    /// "A" or "B"; must differ between the rows of one table, for stored lines name it.
    public let code: String
    public let minimumNew: Int
    public let reward: Reward
    /// Whether workers of enrolled employers (PU) are new participants too.
    public let countsWorkers: Bool
    /// Rates of BPU contributions by the participant's contribution month, ascending; nothing after the last.
    public let steps: [Step]
    public let employerRate: Rate
    /// Only employers enrolled before this day earn; nil: all.
    public let employersEnrolledBefore: CivilDate?
    public let share: Share

    public init(
        code: String, minimumNew: Int, reward: Reward, countsWorkers: Bool, steps: [Step], employerRate: Rate,
        employersEnrolledBefore: CivilDate? = nil, share: Share
    ) {
        self.code = code
        self.minimumNew = minimumNew
        self.reward = reward
        self.countsWorkers = countsWorkers
        self.steps = steps
        self.employerRate = employerRate
        self.employersEnrolledBefore = employersEnrolledBefore
        self.share = share
    }
}

/// The schemes by the day on which they apply.
public typealias SchemeTable = EffectiveTable<Scheme>

extension Scheme {
    /// Scheme A (domain.md 1.3): 500.000 flat from 50 new participants, PU and BPU together; 7,5 % of contributions;
    /// 90 % to the agent, 10 % to the body.
    public static let a = Scheme(
        code: "A", minimumNew: 50, reward: .flat(Rupiah(500_000)), countsWorkers: true,
        steps: [Step(through: nil, rate: Rate(basisPoints: 750), rule: .contribution)],
        employerRate: Rate(basisPoints: 750), share: .within(agent: .percent(90)))

    /// Scheme B (Perdir 13/PERDIR.02/042022; domain.md 1.4): BPU alone from 25 new participants; 15 % for months 1-24,
    /// 5 % for 25-60, then the participant passes to the branch. Employers from before keep 7,5 % in the transition.
    public static let b = Scheme(
        code: "B", minimumNew: 25, reward: .each(threeProgrammes: Rupiah(15_000), twoProgrammes: Rupiah(10_000)),
        countsWorkers: false,
        steps: [
            Step(through: 24, rate: .percent(15), rule: .contributionFirst24),
            Step(through: 60, rate: .percent(5), rule: .contributionTo60),
        ],
        employerRate: Rate(basisPoints: 750), employersEnrolledBefore: CivilDate(year: 2022, month: 4, day: 1),
        share: .onTop(wadah: .percent(10)))

    /// The schemes as published. The pilots of 2017 ran under A (domain.md 1.4); the day of B is the default of
    /// DESIGN.md, for the Perdir's number names the month only.
    public static let published: SchemeTable = {
        let rows: [Effective<Scheme>?] = [
            row((2017, 1, 1), (2022, 3, 31), "Juknis Perisai 2017/2018 (domain.md 1.3)", a),
            row((2022, 4, 1), nil, "Perdir 13/PERDIR.02/042022 (domain.md 1.4)", b),
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
