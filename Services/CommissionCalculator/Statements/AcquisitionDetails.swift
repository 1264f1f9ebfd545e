import PerisaiModels

extension Scheme {
    /// What one enrolment of a month with these new participants brings, by line of the statement. A flat amount is for
    /// all together, so that each brings a count alone.
    func pieces(
        of one: Newcomers, among all: Newcomers
    ) throws(MoneyOverflow) -> [(key: LineKey, count: Int, amount: Rupiah)] {
        let reached = tier(of: all)
        guard counted(one) > 0, let tier = reached ?? tiers.first else { return [] }
        func key(_ unit: Rupiah) -> LineKey { LineKey(scheme: code, rule: .acquisition, unit: unit.amount) }
        func piece(_ unit: Rupiah, _ count: Int) throws(MoneyOverflow) -> (key: LineKey, count: Int, amount: Rupiah) {
            (key(unit), count, reached == nil ? .zero : try unit.multiplied(by: Int64(count)))
        }
        switch tier.reward {
        case .flat(let amount): return [(key(amount), counted(one), .zero)]
        case .each(let three, let two):
            let others = counted(one) - one.threeProgrammes
            return [try piece(three, one.threeProgrammes), try piece(two, others)].filter { $0.count > 0 }
        }
    }

    /// The amount for all new participants together, and the line that it stands on.
    func flat(_ all: Newcomers) -> (key: LineKey, amount: Rupiah)? {
        guard case .flat(let amount) = tier(of: all)?.reward else { return nil }
        return (LineKey(scheme: code, rule: .acquisition, unit: amount.amount), amount)
    }
}

/// New participants on the lines of one statement after another.
enum AcquisitionDetails {
    /// What each enrolment brings to statement `sequence`: its own when it is new there, the difference when later ones
    /// made another tier apply to it. The sum over all is the statement's own amount.
    static func details(
        _ enrolments: [AgentStatement.Enrolment], sequence: Int, _ scheme: Scheme
    ) throws(MoneyOverflow) -> [StatementDetail] {
        func sum(_ last: Int) -> Newcomers {
            enrolments.reduce(Newcomers()) { ($1.sequence ?? .max) <= last ? $0.adding($1.newcomers) : $0 }
        }
        let (before, after) = (sum(sequence - 1), sum(sequence))
        var details: [StatementDetail] = []
        for one in enrolments {
            guard let own = one.sequence, own <= sequence else { continue }
            var parts: [LineKey: (count: Int, amount: Rupiah)] = [:]
            for piece in try scheme.pieces(of: one.newcomers, among: after) {
                let part = parts[piece.key] ?? (0, .zero)
                parts[piece.key] = (part.count + piece.count, try part.amount.adding(piece.amount))
            }
            for piece in own < sequence ? try scheme.pieces(of: one.newcomers, among: before) : [] {
                let part = parts[piece.key] ?? (0, .zero)
                parts[piece.key] = (part.count - piece.count, try part.amount.subtracting(piece.amount))
            }
            for (key, part) in parts.sorted(by: { $0.key < $1.key }) where part.count != 0 || !part.amount.isZero {
                details.append(StatementDetail(one, key, part.count, part.amount))
            }
        }
        return details + (try together(before, after, scheme))
    }

    /// Amounts for all together.
    private static func together(
        _ before: Newcomers, _ after: Newcomers, _ scheme: Scheme
    ) throws(MoneyOverflow) -> [StatementDetail] {
        let (old, new) = (scheme.flat(before), scheme.flat(after))
        guard old?.key != new?.key else { return [] }
        var details: [StatementDetail] = []
        if let old { details.append(StatementDetail(together: old.key, try old.amount.negated())) }
        if let new { details.append(StatementDetail(together: new.key, new.amount)) }
        return details
    }
}
