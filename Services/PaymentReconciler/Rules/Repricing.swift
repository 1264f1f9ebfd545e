import PerisaiModels

/// What other rates or terms have done to months already open.
struct Repriced: Sendable, Equatable {
    /// Some month costs more or less: `PayerAccount.changes` tells which.
    var hasChanged = false
    /// Paid beyond the new amount and moved from the month to credit (ledger: contribution to payer credit).
    var released: [MonthPart] = []
    /// Fines of employers' months that cost something else now, and what a lowered fine has set free.
    var assessed: [Fine] = []
    var freedFines: [MonthPart] = []
    /// What credit has filled since.
    var creditApplied: Poured?
    /// The first month is settled by its new amount alone: cover starts.
    var coverStarted: ContributionMonth?

    var releasedSum: Int64 { released.reduce(0) { $0 + $1.amount } }
}

extension PayerAccount {
    /// Recomputes each open month from `month` on by the present tables and terms. What was paid beyond the new amount
    /// becomes credit, which fills the oldest open month first (PP 50/2025, domain.md 2.5: overpayment for months
    /// already paid is credited to the next months; that it counts for JKK and JKM alone does not change the sum due,
    /// which is all that is kept by month). A month that costs more now is due for the difference. Arrears that were
    /// waived stay waived.
    ///
    /// Needs every due of the payer from `month` on and every open one, the payer's row, and an employer's fines (2 % of
    /// what a month costs: they follow it). After a fault the account is as it was.
    ///
    /// Months before `termsFrom` keep their price: the terms that held then are not known any more.
    mutating func reprice(from month: ContributionMonth, on date: CivilDate) throws(ReconcilerFault) -> Repriced {
        guard let terms else { return Repriced() }
        return try reprice(max(month, termsFrom ?? month)...ContributionMonth.latest, by: terms, on: date)
    }

    /// The same for months that other terms hold for.
    mutating func reprice(
        _ months: ClosedRange<ContributionMonth>, by terms: PayerTerms, on date: CivilDate
    ) throws(ReconcilerFault) -> Repriced {
        guard isLocked else { throw .notHeld }
        var repriced = Repriced()
        var targets: [(index: Int, amount: Int64)] = []
        for index in dues.indices where months.contains(dues[index].month) && isPriced(dues[index]) {
            let amount: Int64
            do { amount = try terms.contribution(for: dues[index].month) } catch { throw .contribution(error) }
            if amount != dues[index].amount { targets.append((index, amount)) }
        }
        guard !targets.isEmpty else { return repriced }
        var account = self
        for target in targets { account.reprice(target.index, to: target.amount, on: date, &repriced) }
        account.credit += repriced.releasedSum
        var assessment = Posting()
        try account.assessFines(of: targets.map { dues[$0.index].month }, &assessment)
        repriced.assessed = assessment.assessed
        repriced.freedFines = assessment.freedFines
        if !repriced.released.isEmpty { account.isChanged = true }
        repriced.creditApplied = account.applyCredit()
        self = account
        return repriced
    }

    /// Not what was waived, nor months after the last one: they cost nothing any more.
    private func isPriced(_ due: Due) -> Bool {
        due.waived == 0 && (due.amount > 0 || !isParticipant) && lastMonth.map { due.month <= $0 } ?? true
    }

    private mutating func reprice(_ index: Int, to amount: Int64, on date: CivilDate, _ repriced: inout Repriced) {
        let due = dues[index]
        changes.append(
            DueChange(month: due.month, reason: .terms, before: due.amount, after: amount, changedOn: date))
        repriced.hasChanged = true
        let surplus = max(0, due.paid - amount)
        dues[index].amount = amount
        dues[index].paid -= surplus
        // Credit goes back first: what payments have paid stays where it is as far as it can, and a reversal finds it.
        dues[index].credited -= min(surplus, due.credited)
        dues[index].touch()
        if surplus > 0 {
            repriced.released.append(
                MonthPart(month: due.month, amount: surplus, outstanding: dues[index].outstanding))
        }
        if dues[index].outstanding == 0, due.cover == .awaited {
            dues[index].cover = .started
            repriced.coverStarted = due.month
        }
    }
}
