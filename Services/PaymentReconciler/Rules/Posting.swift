import PerisaiModels

/// What posting one payment has done.
struct Posting: Sendable, Equatable {
    /// Credit that older payments had left, applied to months opened on the way.
    var creditApplied: [Poured] = []
    var poured = Poured()
    /// Counted for late fines.
    var fineParts: [MonthPart] = []
    /// Counted for sanction fines.
    var sanctionParts: [MonthPart] = []
    /// Fines that the months settled by this payment have brought, or lowered.
    var assessed: [Fine] = []
    /// Credit that a lowered fine has set free.
    var freedFines: [MonthPart] = []
    /// A membership that had ended begins again with the month of booking.
    var restarted = false
    /// The months unpaid that are to be told, with the day that they are counted on.
    var news: UnpaidNews?

    /// Surplus that is kept.
    var credited: Int64 { poured.rest }
}

/// How many months are unpaid now, where that differs from what was told before.
struct UnpaidNews: Sendable, Hashable {
    let status: PayerAccount.Status
    let months: Int
    let on: CivilDate
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
    /// from the booking month: as long as money is left, they are opened too. Then late fines are paid (S03c 5), then
    /// sanction fines, and what is left becomes credit.
    ///
    /// Which months are open in the end follows from the payments' order, dates and sums alone, whenever the clock and
    /// the enrolment are heard of.
    mutating func post(_ amount: Int64, bookedOn: CivilDate, months: Int) throws(ReconcilerFault) -> Posting {
        guard isLocked else {
            guard absorbs(amount) else { throw .notHeld }
            return Posting(poured: pour(amount, on: bookedOn))
        }
        guard !credit.addingReportingOverflow(amount).overflow else { throw .overflow }
        // On a copy: a fault on the way leaves the account as it was.
        var account = self
        let posting = try account.posted(amount, bookedOn, months)
        self = account
        return posting
    }

    private mutating func posted(
        _ amount: Int64, _ bookedOn: CivilDate, _ months: Int
    ) throws(ReconcilerFault) -> Posting {
        let booked = bookedOn.contributionMonth
        var posting = Posting()
        if !isLapsed(on: bookedOn), !returnsFromExit(on: bookedOn) {
            posting.creditApplied = try openWithinLimit(through: booked)
        }
        if isLapsed(on: bookedOn) || returnsFromExit(on: bookedOn) {
            try restart(with: booked, on: bookedOn)
            posting.restarted = true
            posting.creditApplied += try openWithinLimit(through: booked)
            // Months that are due again take what was left when the member went.
            if let applied = applyCredit() { posting.creditApplied.append(applied) }
        }
        let before = debt(on: bookedOn)
        posting.poured = pour(amount, on: bookedOn)
        var ahead = booked.next
        while posting.poured.rest > 0, booked.distance(to: ahead) < months, ahead <= (lastMonth ?? ahead) {
            posting.creditApplied += try openWithinLimit(through: ahead)
            posting.poured.append(pour(posting.poured.rest, on: bookedOn))
            ahead = ahead.next
        }
        try assessFines(of: posting.poured.parts.map(\.month), &posting)
        payFines(&posting)
        paySanctions(&posting)
        if posting.credited > 0 {
            credit += posting.credited
            isChanged = true
        }
        posting.news = try isParticipant ? unpaidNews(after: posting, bookedOn) : debtNews(since: before, on: bookedOn)
        return posting
    }

    private mutating func openWithinLimit(through month: ContributionMonth) throws(ReconcilerFault) -> [Poured] {
        let opening = try duesToOpen(through: month)
        guard opening.count <= Self.bookingMonthLimit else { throw .bookedTooFarAhead }
        return opening.compactMap { open($0) }
    }

    // MARK: lapse and return

    /// More than three months unpaid on that day, whether or not the run of that day has been (S03b).
    private func isLapsed(on date: CivilDate) -> Bool {
        isParticipant && CoverRules.isLapsed(unpaidMonths: CoverRules.unpaidMonths(dues, of: payer, on: date))
    }

    private func returnsFromExit(on date: CivilDate) -> Bool {
        guard isParticipant, let exit, exit.allowsReturn, let lastMonth else { return false }
        return date.contributionMonth > lastMonth
    }

    /// Membership begins again with a month; what was unpaid before is not collected (S21, S28b; domain.md 2.4).
    private mutating func restart(
        with month: ContributionMonth, on date: CivilDate
    ) throws(ReconcilerFault) {
        let neverCovered = dues.contains { $0.cover == .awaited && $0.outstanding > 0 }
        for index in dues.indices where dues[index].month < month { waive(index, .lapse, on: date) }
        if let openedThrough, openedThrough < month.previous { self.openedThrough = month.previous }
        if let lastMonth, lastMonth < month {
            self.lastMonth = nil
            exit = nil
            try reopen(from: month, on: date)
        }
        if neverCovered {
            firstMonth = month
            if openedThrough == nil { openedThrough = month.previous }
            if let index = dues.firstIndex(where: { $0.month == month }) {
                dues[index].cover = .awaited
                dues[index].touch()
            }
        }
        status = .returned
        unpaidMonths = 0
        statusOn = date
        isChanged = true
    }

    /// Months that were opened ahead and cost nothing once the member had left are due again.
    private mutating func reopen(
        from month: ContributionMonth, on date: CivilDate
    ) throws(ReconcilerFault) {
        for index in dues.indices where dues[index].month >= month && dues[index].amount == 0 {
            guard let terms else { return }
            do { dues[index].amount = try terms.contribution(for: dues[index].month) } catch {
                throw .contribution(error)
            }
            dues[index].waived = 0
            dues[index].touch()
            changes.append(
                DueChange(
                    month: dues[index].month, reason: .terms, before: 0, after: dues[index].amount, changedOn: date))
        }
    }

    /// What is to be told of a participant's unpaid months after a payment. The days that a run has looked at count as far as it went: a
    /// notice that comes late, of a payment in time, takes the lapse back.
    private mutating func unpaidNews(
        after posting: Posting, _ bookedOn: CivilDate
    ) throws(ReconcilerFault) -> UnpaidNews? {
        let date = max(statusOn ?? bookedOn, bookedOn)
        if posting.restarted {
            unpaidMonths = CoverRules.unpaidMonths(dues, of: payer, on: date)
            return UnpaidNews(status: .returned, months: unpaidMonths, on: bookedOn)
        }
        guard unpaidMonths > 0 else { return nil }
        var unpaid = CoverRules.unpaidMonths(dues, of: payer, on: date)
        guard unpaid != unpaidMonths, !CoverRules.isLapsed(unpaidMonths: unpaid) else { return nil }
        if status == .lapsed {
            // The months that stayed closed since the lapse.
            for due in try duesToOpen(through: date.contributionMonth) { _ = open(due) }
            unpaid = CoverRules.unpaidMonths(dues, of: payer, on: date)
            if CoverRules.isLapsed(unpaidMonths: unpaid) { return nil }
        }
        unpaidMonths = unpaid
        if status != .exited { status = unpaid == 0 ? .usual : .grace }
        isChanged = true
        return UnpaidNews(status: status, months: unpaid, on: bookedOn)
    }
}
