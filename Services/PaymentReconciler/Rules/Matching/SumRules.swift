import PerisaiModels

/// The rules that go by amounts. Sums must be exact and the only ones possible; a tolerance exists for one payer and one
/// payment alone.
enum SumRules {
    // MARK: One payment, many payers

    /// The text names several payers. All that all of them owe; or a month each (or the months that are given); or the
    /// only choice of payers and months that sums to the amount.
    static func manyPayers(_ input: MatchInput, _ candidates: MatchCandidates, _ policy: MatchPolicy) -> RuleResult {
        guard !input.isNamedByField else { return .rejected([]) }
        let payers = NumberRules.enrolled(in: input, candidates)
        guard payers.count > 1 else { return .rejected([]) }
        let plans: [(PayerCandidate) -> Int64?] = [
            { payer in payer.payable(upTo: input.amount).first { $0.dues.count == payer.open.count }?.amount },
            { monthly($0, months: max(1, input.months), limit: input.amount) },
        ]
        for plan in plans {
            if let parts = total(payers, input.amount, plan) { return .hit(.post(parts)) }
        }
        var search = SumSearch(limit: policy.stepLimit)
        let options = payers.map { $0.payable(upTo: input.amount).map(\.amount) }
        let found = search.choices(of: options, target: input.amount)
        func refuse(_ reason: String) -> RuleResult {
            .rejected([RejectedCandidate(.manyPayers, "\(payers.count) payers in the text", reason)])
        }
        guard !search.isExhausted else { return refuse("too many sums to try") }
        guard let choice = found.first else { return refuse("what they owe does not sum to the amount") }
        guard found.count == 1 else { return refuse("what they owe sums to the amount in several ways") }
        let parts = zip(payers, zip(options, choice)).compactMap { payer, option in
            option.1.map { PayerAmount(payer: payer.payer, amount: option.0[$0]) }
        }
        return .hit(.post(parts))
    }

    private static func total(_ payers: [PayerCandidate], _ amount: Int64, _ plan: (PayerCandidate) -> Int64?)
        -> [PayerAmount]?
    {
        var rest = amount
        var parts: [PayerAmount] = []
        for payer in payers {
            guard let part = plan(payer), part <= rest else { return nil }
            rest -= part
            parts.append(PayerAmount(payer: payer.payer, amount: part))
        }
        return rest == 0 ? parts : nil
    }

    /// The oldest open months, and as many contributions of the next one as are missing.
    private static func monthly(_ payer: PayerCandidate, months: Int, limit: Int64) -> Int64? {
        var sum: Int64 = 0
        for index in 0..<min(months, 600) {
            guard let due = index < payer.open.count ? payer.open[index] : payer.next, due.outstanding <= limit - sum
            else { return nil }
            sum += due.outstanding
        }
        return sum
    }

    // MARK: One payment, one payer

    /// The name, an amount within the tolerance, and a due date within `days` of the booking date.
    static func nameAmountDate(_ input: MatchInput, _ candidates: MatchCandidates, _ policy: MatchPolicy) -> RuleResult
    {
        let rule = MatchRule.nameAmountDate
        guard let payers = sameName(input, candidates) else { return .rejected([]) }
        guard !isNamedOtherwise(input) else { return .rejected([otherwise(rule)]) }
        var rejected: [RejectedCandidate] = []
        var fits: [(payer: PayerNumber, amount: Int64)] = []
        for payer in payers {
            let near = payer.payable(upTo: input.amount + policy.tolerance).filter {
                abs($0.amount - input.amount) <= policy.tolerance
            }
            let due = near.filter { $0.dues.contains { abs($0.dueOn.distance(to: input.bookedOn)) <= policy.days } }
            let least = due.map { abs($0.amount - input.amount) }.min()
            let best = due.filter { abs($0.amount - input.amount) == least }
            if best.count == 1 {
                fits.append((payer.payer, best[0].amount))
            } else {
                let reason =
                    near.isEmpty
                    ? "owes no such amount (tolerance \(policy.tolerance) rupiah)"
                    : due.isEmpty
                        ? "has its due date more than \(policy.days) days apart" : "two of its sums are as near"
                rejected.append(RejectedCandidate(rule, payer.payer.description, reason))
                // Still a payer that fits: it makes the others uncertain.
                if best.count > 1 { fits.append((payer.payer, 0)) }
            }
        }
        guard fits.count == 1, let fit = fits.first, fit.amount > 0 else {
            let ambiguous = fits.count > 1 ? fits.map { $0.payer.description } : []
            return .rejected(
                rejected + ambiguous.map { RejectedCandidate(rule, $0, "is one of \(fits.count) payers that fit") })
        }
        let part = PayerAmount(payer: fit.payer, amount: fit.amount)
        return .hit(.post([part]), difference: input.amount - fit.amount, rejected: rejected)
    }

    // MARK: Many payments

    /// Waiting payments of the same name and this one are what one payer owes.
    static func manyPayments(_ input: MatchInput, _ candidates: MatchCandidates, _ policy: MatchPolicy) -> RuleResult {
        let rule = MatchRule.manyPayments
        guard let payers = sameName(input, candidates), !isNamedOtherwise(input) else { return .rejected([]) }
        let waiting = sameNameWaiting(input, candidates)
        guard !waiting.isEmpty, !payers.isEmpty else { return .rejected([]) }
        guard waiting.count <= MatchPolicy.waitingLimit else { return .rejected([tooMany(rule)]) }
        let limit = waiting.reduce(input.amount) { $0 + $1.amount }
        var targets: [Int64: [PayerNumber]] = [:]
        for payer in payers {
            for sum in payer.payable(upTo: limit) { targets[sum.amount, default: []].append(payer.payer) }
        }
        var solutions: [(payer: PayerNumber, chosen: [Int])] = []
        var search = SumSearch(limit: policy.stepLimit)
        let most = (targets.keys.max() ?? 0) - input.amount
        search.subsets(of: waiting.map(\.amount), upTo: most) { _, chosen, sum in
            guard !chosen.isEmpty else { return true }
            for payer in targets[sum + input.amount] ?? [] { solutions.append((payer, chosen)) }
            return solutions.count < 2
        }
        let what = "\(waiting.count) waiting payments"
        guard !search.isExhausted else { return .rejected([RejectedCandidate(rule, what, "too many sums to try")]) }
        guard let solution = solutions.first else {
            return .rejected([RejectedCandidate(rule, what, "sum with this one to nothing that a payer owes")])
        }
        guard solutions.count == 1 else {
            return .rejected([RejectedCandidate(rule, what, "fit in several ways")])
        }
        return .hit(.postTogether(with: solution.chosen.map { waiting[$0].id }, payer: solution.payer))
    }

    /// Several waiting payments and this one against what several payers of the name owe.
    static func manyToMany(_ input: MatchInput, _ candidates: MatchCandidates, _ policy: MatchPolicy) -> RuleResult {
        let rule = MatchRule.manyToMany
        guard let payers = sameName(input, candidates), !isNamedOtherwise(input), payers.count > 1 else {
            return .rejected([])
        }
        let waiting = sameNameWaiting(input, candidates)
        guard !waiting.isEmpty else { return .rejected([]) }
        guard waiting.count <= MatchPolicy.waitingLimit else { return .rejected([tooMany(rule)]) }
        let limit = waiting.reduce(input.amount) { $0 + $1.amount }
        let options = payers.map { $0.payable(upTo: limit).map(\.amount) }
        var solutions: [(chosen: [Int], dues: [Int?])] = []
        var search = SumSearch(limit: policy.stepLimit)
        search.subsets(of: waiting.map(\.amount), upTo: limit - input.amount) { search, chosen, sum in
            for dues in search.choices(of: options, target: sum + input.amount) { solutions.append((chosen, dues)) }
            return solutions.count < 2 && !search.isExhausted
        }
        let what = "\(waiting.count) waiting payments and \(payers.count) payers"
        guard !search.isExhausted else { return .rejected([RejectedCandidate(rule, what, "too many sums to try")]) }
        guard let solution = solutions.first else {
            return .rejected([RejectedCandidate(rule, what, "no sums are equal")])
        }
        guard solutions.count == 1 else { return .rejected([RejectedCandidate(rule, what, "fit in several ways")]) }
        let owed = zip(payers, zip(options, solution.dues)).compactMap { payer, option in
            option.1.map { PayerAmount(payer: payer.payer, amount: option.0[$0]) }
        }
        // One payment or one payer: a case of the rules before, which had a reason to refuse it.
        guard owed.count > 1, !solution.chosen.isEmpty else {
            return .rejected([RejectedCandidate(rule, what, "fit only as one payment or one payer")])
        }
        return .hit(.manyToMany(pairs(solution.chosen.map { waiting[$0] }, input, owed)))
    }

    /// Payments by booking date, this one last, fill the payers in their order.
    private static func pairs(_ waiting: [WaitingMoney], _ input: MatchInput, _ owed: [PayerAmount]) -> [MatchPair] {
        var pairs: [MatchPair] = []
        var payer = 0
        var filled: Int64 = 0
        for (id, amount) in waiting.sorted().map({ ($0.id, $0.amount) }) + [(nil, input.amount)] {
            var rest = amount
            while rest > 0, payer < owed.count {
                let part = min(rest, owed[payer].amount - filled)
                pairs.append(MatchPair(waiting: id, payer: owed[payer].payer, amount: part))
                rest -= part
                filled += part
                if filled == owed[payer].amount { (payer, filled) = (payer + 1, 0) }
            }
        }
        return pairs
    }

    // MARK: Names

    /// Enrolled payers of the input's name, each once; nil when there is no name.
    private static func sameName(_ input: MatchInput, _ candidates: MatchCandidates) -> [PayerCandidate]? {
        guard let name = input.payerName else { return nil }
        var seen: Set<PayerNumber> = []
        return candidates.named.filter { candidate in
            candidate.isKnown && candidate.nameKey?.matches(name) == true && seen.insert(candidate.payer).inserted
        }
    }

    private static func sameNameWaiting(_ input: MatchInput, _ candidates: MatchCandidates) -> [WaitingMoney] {
        guard let name = input.payerName else { return [] }
        return candidates.waiting.filter {
            (1...MatchPolicy.amountLimit).contains($0.amount) && $0.nameKey?.matches(name) == true
        }
    }

    /// A number that names a payer is believed, even when that payer is not enrolled yet: its name then decides nothing.
    private static func isNamedOtherwise(_ input: MatchInput) -> Bool { input.isNamedByField || input.isNamedByText }

    private static func otherwise(_ rule: MatchRule) -> RejectedCandidate {
        RejectedCandidate(rule, "payers of the same name", "a number names who pays, so the name does not decide")
    }

    private static func tooMany(_ rule: MatchRule) -> RejectedCandidate {
        RejectedCandidate(rule, "waiting payments", "are more than \(MatchPolicy.waitingLimit)")
    }
}
