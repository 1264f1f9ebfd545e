import PerisaiModels

extension PayerAccount {
    /// Nothing is due after the last month; gives what was paid for later months and has become credit.
    mutating func end(_ end: MembershipEnd) -> [MonthPart] {
        // Of a membership that has begun anew since, only what lies between the two is no longer due.
        let isPast = hasBegunAnew(since: end.lastMonth)
        let until = isPast ? firstMonth?.previous ?? .latest : .latest
        if !isPast {
            lastMonth = end.lastMonth
            exit = end.exit
            if isParticipant {
                status = .exited
                statusOn = end.endedOn
            }
        }
        isChanged = true
        var freed: [MonthPart] = []
        for index in dues.indices
        where dues[index].month > end.lastMonth && dues[index].month <= until && dues[index].amount > 0 {
            let due = dues[index]
            changes.append(
                DueChange(month: due.month, reason: .exit, before: due.amount, after: 0, changedOn: end.endedOn))
            if due.paid > 0 { freed.append(MonthPart(month: due.month, amount: due.paid, outstanding: 0)) }
            dues[index].waived += due.outstanding
            dues[index].amount = 0
            dues[index].paid = 0
            dues[index].credited = 0
            dues[index].touch()
        }
        credit += freed.reduce(0) { $0 + $1.amount }
        return freed
    }
}
