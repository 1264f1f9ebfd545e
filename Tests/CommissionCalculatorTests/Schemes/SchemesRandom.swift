import PerisaiModels

@testable import CommissionCalculator

/// Random rules, all of them such as a definition may hold.
enum SchemesRandom {
    private static func rate(_ generator: inout some RandomNumberGenerator) -> Rate {
        Rate(partsPerMillion: .random(in: 0...1_000_000, using: &generator))
    }

    private static func amount(_ most: Int64, _ generator: inout some RandomNumberGenerator) -> Rupiah {
        Rupiah(.random(in: 0...most, using: &generator))
    }

    static func scheme(_ generator: inout some RandomNumberGenerator) -> Scheme {
        var from = 0
        let tiers = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
            from += .random(in: 1...500, using: &generator)
            let reward: Scheme.Reward =
                Bool.random(using: &generator)
                ? .flat(amount(1_000_000_000, &generator))
                : .each(
                    threeProgrammes: amount(1_000_000_000, &generator), twoProgrammes: amount(1_000_000_000, &generator)
                )
            return Scheme.Tier(from: from, reward: reward)
        }
        let limit = Bool.random(using: &generator) ? amount(1_000_000_000_000_000, &generator) : nil
        let employer = Scheme.EmployerRule(
            rate: rate(&generator),
            enrolledBefore: Bool.random(using: &generator) ? CivilDate(daysSince1970: 19_000) : nil, limit: limit,
            limitIncluded: Bool.random(using: &generator),
            arrearsMonths: Bool.random(using: &generator) ? Int.random(in: 0...1_200, using: &generator) : nil)
        return Scheme(
            code: code(&generator), tiers: tiers, countsWorkers: Bool.random(using: &generator),
            steps: steps(&generator), employer: employer,
            share: Bool.random(using: &generator) ? .within(agent: rate(&generator)) : .onTop(wadah: rate(&generator)),
            payee: Bool.random(using: &generator) ? .owner : .wadah,
            wadahMinimumAgents: .random(in: 0...1_000, using: &generator),
            contractYears: .random(in: 1...10, using: &generator))
    }

    private static func code(_ generator: inout some RandomNumberGenerator) -> String {
        let signs = Array("ABCXYZ0189-")
        return String(
            (0..<Int.random(in: 1...8, using: &generator)).map { _ in signs.randomElement(using: &generator) ?? "A" })
    }

    private static func steps(_ generator: inout some RandomNumberGenerator) -> [Scheme.Step] {
        let ends: [Int?]
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: ends = [nil]
        case 1: ends = [24, 60]
        default:
            var all = Set(
                (0..<Int.random(in: 1...19, using: &generator)).map { _ in
                    Int.random(in: 1...1_200, using: &generator)
                }
            ).sorted().map(Optional.some)
            if Bool.random(using: &generator) { all.append(nil) }
            ends = all
        }
        var rates = Set<Rate>()
        while rates.count < ends.count { rates.insert(rate(&generator)) }
        let rules: [AccrualRule] =
            ends == [nil]
            ? [.contribution]
            : ends == [24, 60] ? [.contributionFirst24, .contributionTo60] : ends.map { _ in .contributionStep }
        return zip(zip(ends, rates), rules).map { Scheme.Step(through: $0.0, rate: $0.1, rule: $1) }
    }

    /// Bounds hold; whether too much is taken is for the definition to say.
    static func tax(_ generator: inout some RandomNumberGenerator) -> TaxRule {
        func low() -> Rate { Rate(partsPerMillion: .random(in: 0...600_000, using: &generator)) }
        var end: Int64 = 0
        var brackets = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
            end += .random(in: 1...1_000_000_000, using: &generator)
            return TaxRule.Bracket(through: Rupiah(end), rate: low())
        }
        brackets.append(TaxRule.Bracket(through: nil, rate: low()))
        return TaxRule(
            TaxKind.allCases.randomElement(using: &generator) ?? .none,
            pph21: .init(base: low(), brackets: brackets, withoutNumber: low()),
            pph23: .init(rate: low(), withoutNumber: low()))
    }
}
