import PerisaiModels

/// Where a payment, or credit, has gone.
struct Poured: Sendable, Equatable {
    var parts: [MonthPart] = []
    /// What no open month could take, in rupiah.
    var rest: Int64 = 0
    /// The month whose settlement starts cover.
    var coverStarted: ContributionMonth?

    /// The days that the settled months protect.
    var protection: ClosedRange<CivilDate>? {
        guard let first = parts.first(where: { $0.outstanding == 0 })?.month,
            let last = parts.last(where: { $0.outstanding == 0 })?.month
        else { return nil }
        return Protection.period(of: first).lowerBound...Protection.period(of: last).upperBound
    }

    mutating func append(_ later: Poured) {
        parts += later.parts
        rest = later.rest
        coverStarted = coverStarted ?? later.coverStarted
    }
}

extension PayerAccount {
    /// Fills the oldest shortfall first (domain.md 3, S03c 1: contributions are paid in full and in month order).
    mutating func pour(_ amount: Int64, on date: CivilDate? = nil, fromCredit: Bool = false) -> Poured {
        var poured = Poured(rest: amount)
        for index in dues.indices where poured.rest > 0 && dues[index].outstanding > 0 {
            let part = min(poured.rest, dues[index].outstanding)
            dues[index].paid += part
            if fromCredit { dues[index].credited += part }
            // The date of the last instalment settles the month (S03c 3); credit was there when the month began.
            let counted = date ?? dues[index].month.firstDay
            dues[index].settledOn = max(dues[index].settledOn ?? counted, counted)
            dues[index].touch()
            poured.rest -= part
            let outstanding = dues[index].outstanding
            poured.parts.append(MonthPart(month: dues[index].month, amount: part, outstanding: outstanding))
            if outstanding == 0, dues[index].cover == .awaited {
                dues[index].cover = .started
                poured.coverStarted = dues[index].month
            }
        }
        return poured
    }

    /// Counts credit for whatever is open; nil when there is nothing to apply.
    mutating func applyCredit() -> Poured? {
        guard credit > 0 else { return nil }
        let poured = pour(credit, fromCredit: true)
        guard !poured.parts.isEmpty else { return nil }
        credit = poured.rest
        isChanged = true
        return poured
    }
}
