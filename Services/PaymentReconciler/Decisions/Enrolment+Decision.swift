import PerisaiModels
import Worker

extension ReconcilerState {
    mutating func enrol(_ enrolled: ParticipantEnrolled, _ cause: inout Cause, _ outgoing: inout Outgoing) throws {
        let waiting =
            (waitingByPayer[PayerNumber.participant(enrolled.kpj).code] ?? [])
            + (waitingByNIK[enrolled.nik.code] ?? [])
        let account = try open(
            .participant(enrolled.kpj), PayerTerms(enrolled), enrolled.firstMonth, enrolled.enrolledOn,
            isReturning: enrolled.returning ?? false, &cause, &outgoing)
        // An enrolment that comes after the erasure that followed it brings back neither NIK nor name.
        if isErased(.participant(enrolled.kpj), since: cause.time) {
            forgottenNIKs.append(enrolled.nik.code)
        } else {
            payerOfNIK[enrolled.nik.code] = .participant(enrolled.kpj)
            enrolledNIKs[enrolled.nik.code] = PayerNumber.participant(enrolled.kpj).code
            note(name: enrolled.name, of: .participant(enrolled.kpj))
        }
        release(waiting, to: account, &cause, &outgoing)
    }

    mutating func enrol(_ enrolled: EmployerEnrolled, _ cause: inout Cause, _ outgoing: inout Outgoing) throws {
        let waiting = waitingByPayer[PayerNumber.employer(enrolled.npp).code] ?? []
        let account = try open(
            .employer(enrolled.npp), PayerTerms(enrolled), enrolled.firstMonth, enrolled.enrolledOn, &cause, &outgoing)
        note(name: enrolled.name, of: .employer(enrolled.npp))
        release(waiting, to: account, &cause, &outgoing)
    }

    /// Transfers that name nothing else are found by name.
    private mutating func note(name: String, of payer: PayerNumber) {
        guard let key = NameKey(name) else { return }
        enrolledNames.append((key.text, payer.code))
    }

    /// Opens the first month and every month that has begun, by the enrolment's date and the business date.
    private mutating func open(
        _ payer: PayerNumber, _ terms: PayerTerms, _ firstMonth: ContributionMonth, _ enrolledOn: CivilDate,
        isReturning: Bool = false, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws -> Int {
        guard let index = accountIndex[payer.code] else { throw ReconcilerFault.notHeld }
        var account = accounts[index]
        let begun = max(enrolledOn.contributionMonth, businessDate?.contributionMonth ?? firstMonth)
        switch account.meaning(ofEnrolmentFrom: firstMonth, isReturning: isReturning) {
        case .past: return index
        case .renewal:
            accounts[index] = account
            try renew(index, terms, firstMonth, through: max(firstMonth, begun), on: enrolledOn, &cause, &outgoing)
            return index
        case .lateBeginning:
            // A change was heard of before the enrolment: its months keep its price, those before have the first one.
            try account.begin(terms, firstMonth: firstMonth, through: max(firstMonth, begun))
            accounts[index] = account
            return index
        case .beginning, .change: break
        }
        let isChange = account.isKnown && account.terms != terms
        let before = account.debt(on: enrolledOn)
        account.enrol(terms, firstMonth: firstMonth)
        if isChange {
            // Changed wages, occupation or programmes count from the first month of the new report.
            if let known = account.firstMonth, firstMonth > known { account.termsFrom = firstMonth }
            let repriced = try account.reprice(from: firstMonth, on: enrolledOn)
            account.stamp(cause.key)
            tell(repriced, payer, on: enrolledOn, &cause, &outgoing)
        }
        // No credit yet for a new payer; one that enrols again has had its credit applied to what was open.
        let opening = try account.duesToOpen(through: max(firstMonth, begun))
        if account.credit == 0 {
            account.dues += opening
            account.openedThrough = opening.last?.month ?? account.openedThrough
        }
        accounts[index] = account
        if isChange { tellDebt(of: index, since: before, on: enrolledOn, &outgoing) }
        return index
    }

    /// An ended membership begins anew: no month between the two is due, what was unpaid of the earlier one is not
    /// collected (S21, S28b; domain.md 2.4), and credit that the member had left pays the first months.
    private mutating func renew(
        _ index: Int, _ terms: PayerTerms, _ firstMonth: ContributionMonth, through month: ContributionMonth,
        on date: CivilDate, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        var account = accounts[index]
        let payer = account.payer
        let repriced = try account.renew(terms, firstMonth: firstMonth, on: date)
        account.stamp(cause.key)
        tell(repriced, payer, on: date, &cause, &outgoing)
        for applied in try account.open(through: month) {
            tellCredit(applied, payer, on: date, &cause, &outgoing)
        }
        accounts[index] = account
        guard account.isParticipant else { return }
        outgoing.emit(
            CoverChanged(
                payer: payer, status: .awaited, unpaidMonths: 0, protectedUntil: account.protectedUntil,
                changedOn: date))
    }

    /// Workers or wages of an employer have changed: its months cost something else from a month on.
    mutating func change(_ changed: EmployerChanged, _ cause: inout Cause, _ outgoing: inout Outgoing) throws {
        let payer = PayerNumber.employer(changed.npp)
        guard let index = accountIndex[payer.code] else { throw ReconcilerFault.notHeld }
        var account = accounts[index]
        // Months before the change that the clock has not opened yet have the terms that held for them.
        if account.isKnown, changed.revision > account.termsRevision {
            for applied in try account.open(through: changed.fromMonth.previous) {
                tellCredit(applied, payer, on: changed.changedOn, &cause, &outgoing)
            }
        }
        let before = account.debt(on: changed.changedOn)
        let repriced = try account.change(
            PayerTerms(changed), from: changed.fromMonth, revision: changed.revision, on: changed.changedOn)
        account.stamp(cause.key)
        tell(repriced, payer, on: changed.changedOn, &cause, &outgoing)
        accounts[index] = account
        tellDebt(of: index, since: before, on: changed.changedOn, &outgoing)
    }

    /// A participant has left or an employer has closed: later months are not due, and what was paid for them becomes
    /// credit, which waits for a refund (S03b, S03d).
    mutating func end(_ end: MembershipEnd, _ cause: inout Cause, _ outgoing: inout Outgoing) throws {
        guard let index = accountIndex[end.payer.code] else { throw ReconcilerFault.notHeld }
        let isPast = accounts[index].hasBegunAnew(since: end.lastMonth)
        let before = accounts[index].debt(on: end.endedOn)
        let freed = accounts[index].end(end)
        accounts[index].stamp(cause.key)
        var lines = LedgerLines(key: cause.key, payer: end.payer.code, bookedOn: end.endedOn)
        for part in freed { lines.add(.contribution, part.amount, month: part.month, to: &rows) }
        let sum = freed.reduce(Int64(0)) { $0 + $1.amount }
        if sum > 0 {
            lines.add(.payerCredit, -sum, to: &rows)
            outgoing.emit(
                ContributionReleased(
                    payer: end.payer, allocations: freed.map { Allocation($0) }, releasedOn: end.endedOn))
            // Months of the membership that are still open come first.
            if let applied = accounts[index].applyCredit() {
                tellCredit(applied, end.payer, on: end.endedOn, &cause, &outgoing)
            }
        }
        tellDebt(of: index, since: before, on: end.endedOn, &outgoing)
        let account = accounts[index]
        guard account.isKnown, !isPast else { return }
        if account.isParticipant {
            outgoing.emit(
                CoverChanged(
                    payer: end.payer, status: .exited, unpaidMonths: account.unpaidMonths,
                    protectedUntil: account.protectedUntil, changedOn: end.endedOn))
        }
        guard account.credit > 0 else { return }
        raise(
            PaymentException(
                paymentID: cause.key, bank: .none, reference: .none, code: .creditLeft,
                amount: Rupiah(account.credit), payer: end.payer, bookedOn: end.endedOn), cause.key, &outgoing)
    }

    /// A new month is opened for all payers by `MonthOpeningJob`, chunk by chunk. A date before the newest says nothing.
    mutating func start(_ date: CivilDate, _ cause: Cause) throws {
        if let known = businessDate, date <= known { return }
        guard BusinessDateRule.accepts(new: date, known: businessDate) else {
            throw RecordFault(
                cause: "date-too-far", reason: "date: is more than \(BusinessDateRule.mostDaysAhead) days ahead")
        }
        if businessDate.map({ $0.contributionMonth < date.contributionMonth }) ?? true {
            rows.openMonth(date, time: cause.time)
        }
        businessDate = date
        dateHasChanged = true
    }
}
