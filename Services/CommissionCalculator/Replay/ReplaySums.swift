import PerisaiModels

/// What the facts of a month add up to, agent by agent, under one table of schemes.
struct ReplaySums {
    struct Agent {
        var newcomers = Newcomers()
        var contributions: [LineKey: LineFigures] = [:]
    }

    /// Most agents of a month.
    static let agentLimit = 1_000_000

    let month: ContributionMonth
    let schemes: SchemeTable
    private(set) var agents: [String: Agent] = [:]

    init(month: ContributionMonth, schemes: SchemeTable) {
        self.month = month
        self.schemes = schemes
    }

    mutating func add(_ newcomers: Newcomers, of agent: String) throws {
        try room(for: agent)
        agents[agent, default: Agent()].newcomers = (agents[agent]?.newcomers ?? Newcomers()).adding(newcomers)
    }

    /// A movement at rate zero earns nothing and is on no statement.
    mutating func add(_ movement: Movement, _ attribution: Attribution) throws {
        guard attribution.rate != .zero else { return }
        try room(for: attribution.agent)
        let key = LineKey(
            scheme: attribution.scheme, rule: attribution.rule, unit: attribution.rate.partsPerMillion)
        var sum = agents[attribution.agent]?.contributions[key] ?? LineFigures()
        sum.count += 1
        sum.base = try sum.base.adding(movement.base)
        agents[attribution.agent, default: Agent()].contributions[key] = sum
    }

    /// Adds the payer's movements of the month and returns who earns from each.
    mutating func add(_ payer: PayerFacts) throws -> [(movement: Movement, attribution: Attribution?)] {
        let attributed = payer.attributions(in: month, schemes)
        for (movement, attribution) in attributed {
            if let attribution { try add(movement, attribution) }
        }
        return attributed
    }

    private func room(for agent: String) throws {
        guard agents.count < Self.agentLimit || agents[agent] != nil else {
            throw ReplayRefusal("\(month) has more than \(Self.agentLimit) agents")
        }
    }

    /// The figures of all agents who have any; `less` is left out of them first.
    func figures(less: [String: Agent] = [:]) throws -> [String: StatementFigures] {
        guard let scheme = schemes[month] else { return [:] }
        let others = schemes.rows.map(\.value)
        var all: [String: StatementFigures] = [:]
        for (agent, sums) in agents {
            let figures = try scheme.statement(
                newcomers: sums.newcomers, contributions: sums.contributions, others: others)
            if !figures.isEmpty { all[agent] = figures }
        }
        guard !less.isEmpty else { return all }
        for (agent, rest) in less {
            var sums = agents[agent] ?? Agent()
            sums.newcomers = sums.newcomers.adding(rest.newcomers, sign: -1)
            for (key, line) in rest.contributions {
                sums.contributions[key] = try (sums.contributions[key] ?? LineFigures()).subtracting(line)
            }
            let figures = try scheme.statement(
                newcomers: sums.newcomers, contributions: sums.contributions, others: others)
            all[agent] = figures.isEmpty ? nil : figures
        }
        return all
    }
}

/// What is known of a payer apart from what anybody computed before.
struct PayerFacts {
    /// Enrolments and handovers.
    var history = PayerHistory()
    /// Movements of the month; with a reversal in it, those of all months.
    var movements: [Movement] = []

    /// Who earns from the movements of a month.
    func attributions(
        in month: ContributionMonth, _ schemes: SchemeTable
    ) -> [(movement: Movement, attribution: Attribution?)] {
        guard movements.contains(where: { $0.kind == .reversed && $0.month == month }) else {
            return movements.compactMap { movement in
                movement.month == month ? (movement, history.attribution(of: movement, schemes)) : nil
            }
        }
        var fresh = history
        return fresh.add(movements, schemes).compactMap { row in
            row.movement.month == month ? (row.movement, row.attribution) : nil
        }
    }
}
