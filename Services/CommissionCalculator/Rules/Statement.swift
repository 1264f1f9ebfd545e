import PerisaiModels

/// New participants of a month, by what the schemes tell apart.
public struct Newcomers: Sendable, Hashable {
    /// BPU on JKK, JKM and JHT.
    public var threeProgrammes: Int
    /// BPU on JKK and JKM.
    public var twoProgrammes: Int
    /// Workers of employers (PU).
    public var workers: Int

    public init(threeProgrammes: Int = 0, twoProgrammes: Int = 0, workers: Int = 0) {
        self.threeProgrammes = threeProgrammes
        self.twoProgrammes = twoProgrammes
        self.workers = workers
    }

    public var isEmpty: Bool { self == Newcomers() }

    public func adding(_ other: Newcomers, sign: Int = 1) -> Newcomers {
        Newcomers(
            threeProgrammes: threeProgrammes + sign * other.threeProgrammes,
            twoProgrammes: twoProgrammes + sign * other.twoProgrammes, workers: workers + sign * other.workers)
    }
}

/// What a line of a statement is about; `unit` is the rate in parts per million, or rupiah for new participants.
public struct LineKey: Sendable, Hashable, Comparable {
    public let scheme: String
    public let rule: AccrualRule
    public let unit: Int64

    public init(scheme: String, rule: AccrualRule, unit: Int64) {
        self.scheme = scheme
        self.rule = rule
        self.unit = unit
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.scheme, left.rule, -left.unit) < (right.scheme, right.rule, -right.unit)
    }
}

/// Count, base and amount of one line.
public struct LineFigures: Sendable, Hashable {
    public var count: Int
    public var base: Rupiah
    public var amount: Rupiah

    public init(count: Int = 0, base: Rupiah = .zero, amount: Rupiah = .zero) {
        self.count = count
        self.base = base
        self.amount = amount
    }

    public var isZero: Bool { self == LineFigures() }
    public func subtracting(_ other: LineFigures) throws(MoneyOverflow) -> LineFigures {
        LineFigures(
            count: count - other.count, base: try base.subtracting(other.base),
            amount: try amount.subtracting(other.amount))
    }
}

/// All figures of an agent's month, or the difference of two such.
public struct StatementFigures: Sendable, Hashable {
    public var newcomers = Newcomers()
    public var newParticipants = 0
    public var lines: [LineKey: LineFigures] = [:]
    public var agentShare = Rupiah.zero
    public var wadahShare = Rupiah.zero

    public init() {}

    /// Nothing in it.
    public var isEmpty: Bool {
        newcomers.isEmpty && newParticipants == 0 && lines.values.allSatisfy(\.isZero) && agentShare.isZero
            && wadahShare.isZero
    }

    /// The sum of the lines.
    public var total: Rupiah { get throws(MoneyOverflow) { try Rupiah.sum(of: lines.values.map(\.amount)) } }

    /// Contributions received, less reversals.
    public var contributions: Rupiah {
        get throws(MoneyOverflow) {
            try Rupiah.sum(of: lines.filter { $0.key.rule != .acquisition }.values.map(\.base))
        }
    }

    /// What must still be issued after `issued` so that the sum is this.
    public func subtracting(_ issued: StatementFigures) throws(MoneyOverflow) -> StatementFigures {
        var rest = StatementFigures()
        rest.newcomers = newcomers.adding(issued.newcomers, sign: -1)
        rest.newParticipants = newParticipants - issued.newParticipants
        for key in Set(lines.keys).union(issued.lines.keys) {
            let line = try (lines[key] ?? LineFigures()).subtracting(issued.lines[key] ?? LineFigures())
            if !line.isZero { rest.lines[key] = line }
        }
        rest.agentShare = try agentShare.subtracting(issued.agentShare)
        rest.wadahShare = try wadahShare.subtracting(issued.wadahShare)
        return rest
    }
}

extension Scheme {
    /// The statement of a month under this scheme, from the new participants and the contributions by rate.
    ///
    /// Each line is summed exactly and rounded once, half-up to the rupiah (domain.md T2). A line of another scheme (a
    /// payment of its time, reversed in this month) is shared out as that scheme says: see `others`.
    /// - Throws: `MoneyOverflow` when a figure does not fit 64 bits.
    public func statement(
        newcomers: Newcomers, contributions: [LineKey: LineFigures], others: [Scheme] = []
    ) throws(MoneyOverflow) -> StatementFigures {
        var figures = StatementFigures()
        figures.newcomers = newcomers
        for (key, count, amount) in try acquisitions(newcomers) where count != 0 {
            figures.newParticipants += count
            figures.lines[key] = LineFigures(count: count, base: amount, amount: amount)
        }
        for (key, sum) in contributions where key.rule != .acquisition && !(sum.count == 0 && sum.base.isZero) {
            let amount = try Rate(partsPerMillion: key.unit).exactMicro(of: sum.base).roundedHalfUp()
            figures.lines[key] = LineFigures(count: sum.count, base: sum.base, amount: amount)
        }
        for code in Set(figures.lines.keys.map(\.scheme)) {
            let share = code == self.code ? share : others.first { $0.code == code }?.share ?? share
            let amounts = figures.lines.filter { $0.key.scheme == code }.values.map(\.amount)
            let parts = try share.parts(of: Rupiah.sum(of: amounts))
            figures.agentShare = try figures.agentShare.adding(parts.agent)
            figures.wadahShare = try figures.wadahShare.adding(parts.wadah)
        }
        return figures
    }

    /// What one rate and base give: the key under which a contribution line is summed.
    public func line(_ rule: AccrualRule, _ rate: Rate) -> LineKey {
        LineKey(scheme: code, rule: rule, unit: rate.partsPerMillion)
    }

    /// The tier that so many new participants reach; nil below the first.
    public func tier(of newcomers: Newcomers) -> Tier? {
        let count = counted(newcomers)
        return tiers.last { $0.from <= count }
    }

    /// New participants that count under this scheme.
    public func counted(_ newcomers: Newcomers) -> Int {
        newcomers.threeProgrammes + newcomers.twoProgrammes + (countsWorkers ? newcomers.workers : 0)
    }

    /// Below the first tier its lines say how many came, and that they earn nothing.
    private func acquisitions(
        _ newcomers: Newcomers
    ) throws(MoneyOverflow) -> [(key: LineKey, count: Int, amount: Rupiah)] {
        let reached = tier(of: newcomers)
        guard let tier = reached ?? tiers.first else { return [] }
        let factor: Int64 = reached == nil ? 0 : 1
        func key(_ unit: Rupiah) -> LineKey { LineKey(scheme: code, rule: .acquisition, unit: unit.amount) }
        switch tier.reward {
        case .flat(let amount):
            return [(key(amount), counted(newcomers), try amount.multiplied(by: factor))]
        case .each(let three, let two):
            let workers = countsWorkers ? newcomers.workers : 0
            let others = newcomers.twoProgrammes + workers
            // One line where both earn the same: lines are known by what one participant earns.
            guard three != two else {
                let count = newcomers.threeProgrammes + others
                return [(key(three), count, try three.multiplied(by: Int64(count) * factor))]
            }
            return [
                (
                    key(three), newcomers.threeProgrammes,
                    try three.multiplied(by: Int64(newcomers.threeProgrammes) * factor)
                ),
                (key(two), others, try two.multiplied(by: Int64(others) * factor)),
            ]
        }
    }

    /// What a line of this scheme is called, in Indonesian, for the agent.
    public func label(of key: LineKey) -> String {
        let rate = Rate(partsPerMillion: key.unit)
        switch key.rule {
        case .acquisition:
            return "Insentif akuisisi peserta baru, \(Rupiah(key.unit).formatted) (skema \(key.scheme))"
        case .contribution: return "Insentif iuran \(rate) (skema \(key.scheme))"
        case .beyond: return "Iuran tanpa insentif (skema \(key.scheme))"
        case .contributionFirst24, .contributionTo60, .contributionStep:
            guard let index = steps.firstIndex(where: { $0.rate == rate }) else {
                return "Insentif iuran \(rate) (skema \(key.scheme))"
            }
            let first = index == 0 ? 1 : (steps[index - 1].through ?? 0) + 1
            guard let last = steps[index].through else { return "Insentif iuran mulai bulan ke-\(first), \(rate)" }
            return "Insentif iuran bulan ke-\(first) s.d. ke-\(last), \(rate)"
        }
    }
}

extension Scheme.Share {
    /// Agent's and wadah's part of a total, rounded half-up; within a total they always add up to it (domain.md T17).
    public func parts(of total: Rupiah) throws(MoneyOverflow) -> (agent: Rupiah, wadah: Rupiah) {
        switch self {
        case .within(let rate):
            let agent = try rate.of(total)
            return (agent, try total.subtracting(agent))
        case .onTop(let rate): return (total, try rate.of(total))
        }
    }
}
