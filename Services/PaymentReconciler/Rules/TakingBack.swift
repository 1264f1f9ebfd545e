import PerisaiModels

/// What taking back one payment has done.
struct TakenBack: Sendable, Equatable {
    /// Months that lost money, by month.
    var parts: [MonthPart] = []
    /// Surplus that was still there.
    var fromCredit: Int64 = 0
    /// Credit of other payments that fills the months that are open again.
    var creditApplied: Poured?
}

extension PayerAccount {
    /// Takes exactly the months back that the payment had paid, and its surplus: from credit, and where that was
    /// applied since, from the newest months that credit has paid. Credit of other payments then fills what is open.
    ///
    /// Cover that has started stays started: the month is due again, and no second start is told when it is paid.
    mutating func takeBack(parts: [MonthPart], credited: Int64) throws(ReconcilerFault) -> TakenBack {
        for part in parts {
            guard let due = dues.first(where: { $0.month == part.month }), due.paid - due.credited >= part.amount
            else { throw .notHeld }
        }
        let applied = dues.reduce(Int64(0)) { $0 + $1.credited }
        guard credit >= credited || credited - credit <= applied else { throw .notHeld }

        var taken = TakenBack(fromCredit: min(credited, credit))
        for part in parts { take(part.amount, from: part.month, isCredit: false, &taken) }
        var left = credited - taken.fromCredit
        credit -= taken.fromCredit
        for due in dues.reversed() where left > 0 && due.credited > 0 {
            let part = min(left, due.credited)
            take(part, from: due.month, isCredit: true, &taken)
            left -= part
        }
        if taken.fromCredit > 0 { isChanged = true }
        taken.parts.sort { $0.month < $1.month }
        taken.creditApplied = applyCredit()
        return taken
    }

    private mutating func take(_ amount: Int64, from month: ContributionMonth, isCredit: Bool, _ taken: inout TakenBack)
    {
        guard let index = dues.firstIndex(where: { $0.month == month }) else { return }
        dues[index].paid -= amount
        if isCredit { dues[index].credited -= amount }
        dues[index].touch()
        if let known = taken.parts.firstIndex(where: { $0.month == month }) {
            taken.parts[known].amount += amount
            taken.parts[known].outstanding = dues[index].outstanding
        } else {
            taken.parts.append(MonthPart(month: month, amount: amount, outstanding: dues[index].outstanding))
        }
    }
}
