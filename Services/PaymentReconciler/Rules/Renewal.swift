import PerisaiModels

extension PayerAccount {
    /// What an enrolment means for a payer, by what is known of it. Events of one payer may come in another order than
    /// they were decided: two workers of intake publish each for itself.
    enum EnrolmentMeaning {
        case beginning
        /// A change of the terms has come first.
        case lateBeginning
        /// Other terms for a membership that runs.
        case change
        /// An ended membership begins again.
        case renewal
        /// Of an earlier membership than the one that runs.
        case past
    }

    func meaning(ofEnrolmentFrom month: ContributionMonth, isReturning: Bool) -> EnrolmentMeaning {
        if let lastMonth, month > lastMonth { return .renewal }
        guard isKnown else { return termsRevision > 0 ? .lateBeginning : .beginning }
        if let firstMonth, hasBegunAnew, month < firstMonth { return .past }
        // An employer's own list of workers is newer than its enrolment.
        if termsRevision > 0 { return .past }
        let isNewer = firstMonth.map { month >= $0 } ?? true
        if isParticipant, isNewer, status == .lapsed || isReturning {
            return hasBegunAnew(with: month) ? .past : .renewal
        }
        return .change
    }

    /// The membership that runs is not the first one.
    private var hasBegunAnew: Bool { isParticipant && firstMonth != nil && termsFrom == firstMonth && exit == nil }

    private func hasBegunAnew(with month: ContributionMonth) -> Bool { hasBegunAnew && firstMonth == month }

    /// Whether a membership that ended with `month` has been followed by another. An exit lies in its membership:
    /// intake takes no last month before the first.
    func hasBegunAnew(since month: ContributionMonth) -> Bool {
        guard hasBegunAnew, let firstMonth else { return false }
        return month < firstMonth
    }

    /// Begins an ended membership anew with a month. Needs every due of the payer.
    mutating func renew(
        _ terms: PayerTerms, firstMonth month: ContributionMonth, on date: CivilDate
    ) throws(ReconcilerFault) -> Repriced {
        guard isLocked else { throw .notHeld }
        var account = self
        if isParticipant {
            for index in account.dues.indices where account.dues[index].month < month {
                account.waive(index, .lapse, on: date)
            }
        }
        account.enrol(terms, firstMonth: month)
        account.firstMonth = month
        account.termsFrom = month
        account.lastMonth = nil
        account.exit = nil
        account.status = .usual
        account.unpaidMonths = 0
        account.statusOn = date
        if account.openedThrough.map({ $0 < month.previous }) ?? true { account.openedThrough = month.previous }
        for index in account.dues.indices where account.dues[index].month >= month {
            try account.renew(index, on: date)
        }
        var repriced = try account.reprice(from: month, on: date)
        // What a lapse or an exit has left as credit pays what is due again.
        if repriced.creditApplied == nil { repriced.creditApplied = account.applyCredit() }
        self = account
        return repriced
    }

    /// A month that had been opened before and was waived with the end is due again.
    private mutating func renew(_ index: Int, on date: CivilDate) throws(ReconcilerFault) {
        guard let terms else { return }
        let due = dues[index]
        if due.waived > 0 || due.amount == 0 {
            let amount: Int64
            do { amount = try terms.contribution(for: due.month) } catch { throw .contribution(error) }
            // What is paid of it beyond the new price goes the way of every repricing.
            let price = max(amount, due.paid)
            dues[index].amount = price
            dues[index].waived = 0
            if price != due.amount {
                changes.append(
                    DueChange(month: due.month, reason: .terms, before: due.amount, after: price, changedOn: date))
            }
        }
        dues[index].cover = due.month == firstMonth && dues[index].outstanding > 0 ? .awaited : due.cover
        dues[index].touch()
    }

    /// Takes other terms from a month on. Of two changes the one with the higher revision holds, whichever comes first;
    /// the other one counts for its own months before that.
    mutating func change(
        _ terms: PayerTerms, from month: ContributionMonth, revision: Int, on date: CivilDate
    ) throws(ReconcilerFault) -> Repriced {
        if revision > termsRevision {
            self.terms = terms
            termsFrom = month
            termsRevision = revision
            isEnrolled = true
            isChanged = true
            return isKnown ? try reprice(from: month, on: date) : Repriced()
        }
        guard isKnown, let termsFrom, month < termsFrom else { return Repriced() }
        return try reprice(month...termsFrom.previous, by: terms, on: date)
    }

    /// The enrolment of an employer whose change was heard of first.
    mutating func begin(
        _ terms: PayerTerms, firstMonth month: ContributionMonth, through last: ContributionMonth
    ) throws(ReconcilerFault) {
        guard let newest = self.terms, let termsFrom else { return enrol(terms, firstMonth: month) }
        var account = self
        account.enrol(terms, firstMonth: month)
        let before = try account.duesToOpen(through: min(termsFrom.previous, last))
        account.dues += before
        account.openedThrough = before.last?.month ?? account.openedThrough
        account.terms = newest
        let after = try account.duesToOpen(through: last)
        account.dues += after
        account.openedThrough = after.last?.month ?? account.openedThrough
        self = account
    }
}
