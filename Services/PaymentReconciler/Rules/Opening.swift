import PerisaiModels

extension PayerAccount {
    /// The dues that opening through `month` would make.
    func duesToOpen(through month: ContributionMonth) throws(ReconcilerFault) -> [Due] {
        guard isKnown, let terms, let firstMonth else { return [] }
        let month = lastMonth.map { min($0, month) } ?? month
        let start = openedThrough?.next ?? firstMonth
        guard start <= month else { return [] }
        guard start.distance(to: month) < Self.monthLimit else { throw .tooManyMonths }
        var opened: [Due] = []
        opened.reserveCapacity(start.distance(to: month) + 1)
        for month in start...month {
            let amount: Int64
            do { amount = try terms.contribution(for: month) } catch { throw .contribution(error) }
            let cover: Due.Cover = month == firstMonth ? .awaited : .laterMonth
            opened.append(Due(month: month, amount: amount, cover: cover, row: .new))
        }
        return opened
    }

    /// Adds one due; credit is counted for it at once (domain.md 3, S03c 5: surplus is offset against the next month).
    mutating func open(_ due: Due) -> Poured? {
        dues.append(due)
        openedThrough = due.month
        isChanged = true
        return applyCredit()
    }

    /// Opens every month through `month`; gives the credit applied, month by month.
    mutating func open(through month: ContributionMonth) throws(ReconcilerFault) -> [Poured] {
        try duesToOpen(through: month).compactMap { open($0) }
    }
}
