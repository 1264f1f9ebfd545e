import PerisaiModels

extension PayerAccount {
    /// Looks again at what the lateness of months costs an employer: 2 % of the month's contributions for each month
    /// between due date and last instalment (PP 44/2015; S03c, S23). A month that is no longer settled has no fine.
    mutating func assessFines(of months: [ContributionMonth], _ posting: inout Posting) throws(ReconcilerFault) {
        guard !isParticipant, isLocked else { return }
        for month in months {
            guard let due = dues.first(where: { $0.month == month }) else { continue }
            var fine = Fine(month: month, amount: 0, paid: 0, monthsLate: 0, assessedOn: due.settledOn ?? month.lastDay)
            if due.outstanding == 0, let settledOn = due.settledOn, let dueOn = CoverRules.dueDate(payer, month) {
                fine.monthsLate = LateFine.months(due: dueOn, paid: settledOn)
                do {
                    fine.amount = try LateFine.pu(on: Rupiah(due.amount), month: month, monthsLate: fine.monthsLate)
                        .amount
                } catch { throw .contribution(error) }
            }
            if let changed = set(fine, &posting) { posting.assessed.append(changed) }
        }
    }

    /// Nil when nothing has changed.
    private mutating func set(_ fine: Fine, _ posting: inout Posting) -> Fine? {
        guard let index = fines.firstIndex(where: { $0.month == fine.month }) else {
            guard fine.amount > 0 else { return nil }
            var fine = fine
            fine.isChanged = true
            fines.append(fine)
            fines.sort { $0.month < $1.month }
            return fine
        }
        guard fines[index].amount != fine.amount else { return nil }
        let freed = max(0, fines[index].paid - fine.amount)
        fines[index].amount = fine.amount
        fines[index].monthsLate = fine.monthsLate
        fines[index].assessedOn = fine.assessedOn
        fines[index].isChanged = true
        if freed > 0 {
            fines[index].paid -= freed
            credit += freed
            isChanged = true
            posting.freedFines.append(MonthPart(month: fine.month, amount: freed, outstanding: 0))
        }
        return fines[index]
    }

    /// Surplus pays late fines, the oldest first, before it becomes credit (S03c 5).
    mutating func payFines(_ posting: inout Posting) {
        for index in fines.indices where posting.poured.rest > 0 && fines[index].outstanding > 0 {
            let part = min(posting.poured.rest, fines[index].outstanding)
            fines[index].paid += part
            fines[index].isChanged = true
            posting.poured.rest -= part
            posting.fineParts.append(
                MonthPart(month: fines[index].month, amount: part, outstanding: fines[index].outstanding))
        }
    }
}
