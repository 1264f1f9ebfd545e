import PerisaiModels

/// What posting one payment has done.
struct Posting: Sendable, Equatable {
    /// Credit that older payments had left, applied to months opened on the way.
    var creditApplied: [Poured] = []
    var poured: Poured

    /// Surplus that is kept.
    var credited: Int64 { poured.rest }
}

extension PayerAccount {
    /// True when the open dues take the whole amount: no other row of the payer matters then.
    func absorbs(_ amount: Int64) -> Bool {
        var left = amount
        for due in dues {
            left -= due.outstanding
            if left <= 0 { return true }
        }
        return left <= 0
    }

    /// Posts a payment: months through the booking month are opened first, so that it does not matter whether the clock
    /// or the payment came first; then the oldest shortfall is filled. `months` (payments by NIK, domain.md 2.3) counts
    /// from the booking month: as long as money is left, they are opened too. What is left then becomes credit.
    ///
    /// Which months are open in the end follows from the payments' order, dates and sums alone, whenever the clock and
    /// the enrolment are heard of.
    mutating func post(_ amount: Int64, bookedOn: CivilDate, months: Int) throws(ReconcilerFault) -> Posting {
        guard isLocked else {
            guard absorbs(amount) else { throw .notHeld }
            return Posting(poured: pour(amount))
        }
        guard !credit.addingReportingOverflow(amount).overflow else { throw .overflow }
        let booked = bookedOn.contributionMonth
        let opening = try duesToOpen(through: absorbs(amount) ? booked : booked.advanced(by: max(0, months - 1)))
        guard opening.count <= Self.bookingMonthLimit else { throw .bookedTooFarAhead }
        var posting = Posting(poured: Poured())
        var next = 0
        while next < opening.count, opening[next].month <= booked {
            if let applied = open(opening[next]) { posting.creditApplied.append(applied) }
            next += 1
        }
        posting.poured = pour(amount)
        while posting.poured.rest > 0, next < opening.count {
            if let applied = open(opening[next]) { posting.creditApplied.append(applied) }
            posting.poured.append(pour(posting.poured.rest))
            next += 1
        }
        if posting.credited > 0 {
            credit += posting.credited
            isChanged = true
        }
        return posting
    }
}
