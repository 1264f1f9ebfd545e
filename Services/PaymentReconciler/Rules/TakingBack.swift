import PerisaiModels

/// What taking back one payment has done.
struct TakenBack: Sendable, Equatable {
    /// Months that lost money, by month.
    var parts: [MonthPart] = []
    /// Late fines that lost money, by month.
    var fineParts: [MonthPart] = []
    /// Sanction fines that lost money, by month.
    var sanctionParts: [MonthPart] = []
    /// Surplus that was still there.
    var fromCredit: Int64 = 0
    /// Fines of months that are no longer settled, and what they had taken.
    var assessed: [Fine] = []
    var freedFines: [MonthPart] = []
    /// Credit of other payments that fills the months that are open again.
    var creditApplied: Poured?
}

extension PayerAccount {
    /// Takes exactly the months and fines back that the payment had paid, and its surplus: from credit, and where that
    /// was applied since, from the newest months that credit has paid. Credit of other payments then fills what is open.
    ///
    /// Cover that has started stays started: the month is due again, and no second start is told when it is paid.
    mutating func takeBack(
        parts: [MonthPart], fineParts: [MonthPart] = [], sanctionParts: [MonthPart] = [], credited: Int64
    ) throws(ReconcilerFault) -> TakenBack {
        // What a lowered due or a cancelled fine has set free since has become credit.
        var credited = credited
        let fromDues = Self.held(parts, &credited) { month in
            dues.first { $0.month == month }.map { $0.paid - $0.credited } ?? 0
        }
        let fromFines = Self.held(fineParts, &credited) { month in fines.first { $0.month == month }?.paid ?? 0 }
        let fromSanctions = Self.held(sanctionParts, &credited) { month in
            sanctions.first { $0.month == month }.map { $0.paid - $0.credited } ?? 0
        }
        let applied =
            dues.reduce(Int64(0)) { $0 + $1.credited } + sanctions.reduce(Int64(0)) { $0 + $1.credited }
        guard credit >= credited || credited - credit <= applied else { throw .notHeld }
        var account = self
        let taken = try account.taken(fromDues, fromFines, fromSanctions, credited)
        self = account
        return taken
    }

    /// The parts as far as they are still there; the rest is added to what credit must give.
    private static func held(
        _ parts: [MonthPart], _ credited: inout Int64, _ there: (ContributionMonth) -> Int64
    ) -> [MonthPart] {
        parts.compactMap { part in
            let amount = min(part.amount, there(part.month))
            credited += part.amount - amount
            return amount > 0 ? MonthPart(month: part.month, amount: amount, outstanding: 0) : nil
        }
    }

    private mutating func taken(
        _ parts: [MonthPart], _ fineParts: [MonthPart], _ sanctionParts: [MonthPart], _ credited: Int64
    ) throws(ReconcilerFault) -> TakenBack {
        var taken = TakenBack(fromCredit: min(credited, credit))
        for part in parts { take(part.amount, from: part.month, isCredit: false, &taken) }
        for part in fineParts { takeFine(part, &taken) }
        for part in sanctionParts { takeSanction(part, isCredit: false, &taken) }
        var left = credited - taken.fromCredit
        credit -= taken.fromCredit
        for fine in sanctions.reversed() where left > 0 && fine.credited > 0 {
            let part = min(left, fine.credited)
            takeSanction(MonthPart(month: fine.month, amount: part, outstanding: 0), isCredit: true, &taken)
            left -= part
        }
        for due in dues.reversed() where left > 0 && due.credited > 0 {
            let part = min(left, due.credited)
            take(part, from: due.month, isCredit: true, &taken)
            left -= part
        }
        if taken.fromCredit > 0 { isChanged = true }
        taken.parts.sort { $0.month < $1.month }
        var assessment = Posting()
        try assessFines(of: taken.parts.map(\.month), &assessment)
        taken.assessed = assessment.assessed
        taken.freedFines = assessment.freedFines
        taken.creditApplied = applyCredit()
        return taken
    }

    private mutating func takeFine(_ part: MonthPart, _ taken: inout TakenBack) {
        guard let index = fines.firstIndex(where: { $0.month == part.month }) else { return }
        fines[index].paid -= part.amount
        fines[index].isChanged = true
        taken.fineParts.append(
            MonthPart(month: part.month, amount: part.amount, outstanding: fines[index].outstanding))
    }

    private mutating func takeSanction(_ part: MonthPart, isCredit: Bool, _ taken: inout TakenBack) {
        guard let index = sanctions.firstIndex(where: { $0.month == part.month }) else { return }
        sanctions[index].paid -= part.amount
        if isCredit { sanctions[index].credited -= part.amount }
        sanctions[index].isChanged = true
        let outstanding = sanctions[index].outstanding
        if let known = taken.sanctionParts.firstIndex(where: { $0.month == part.month }) {
            taken.sanctionParts[known].amount += part.amount
            taken.sanctionParts[known].outstanding = outstanding
        } else {
            taken.sanctionParts.append(MonthPart(month: part.month, amount: part.amount, outstanding: outstanding))
        }
    }

    private mutating func take(_ amount: Int64, from month: ContributionMonth, isCredit: Bool, _ taken: inout TakenBack)
    {
        guard let index = dues.firstIndex(where: { $0.month == month }) else { return }
        dues[index].paid -= amount
        if isCredit { dues[index].credited -= amount }
        if dues[index].paid == 0 { dues[index].settledOn = nil }
        dues[index].touch()
        if let known = taken.parts.firstIndex(where: { $0.month == month }) {
            taken.parts[known].amount += amount
            taken.parts[known].outstanding = dues[index].outstanding
        } else {
            taken.parts.append(MonthPart(month: month, amount: amount, outstanding: dues[index].outstanding))
        }
    }
}
