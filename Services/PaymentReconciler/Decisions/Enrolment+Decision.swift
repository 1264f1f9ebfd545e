import PerisaiModels
import Worker

extension ReconcilerState {
    mutating func enrol(_ enrolled: ParticipantEnrolled, _ cause: inout Cause, _ outgoing: inout Outgoing) throws {
        let waiting =
            (waitingByPayer[PayerNumber.participant(enrolled.kpj).code] ?? [])
            + (waitingByNIK[enrolled.nik.code] ?? [])
        let account = try open(
            .participant(enrolled.kpj), PayerTerms(enrolled), enrolled.firstMonth, enrolled.enrolledOn, &cause,
            &outgoing)
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
        _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws -> Int {
        guard let index = accountIndex[payer.code] else { throw ReconcilerFault.notHeld }
        var account = accounts[index]
        let isChange = account.isKnown && account.terms != terms
        account.enrol(terms, firstMonth: firstMonth)
        if isChange {
            // Changed wages, occupation or programmes count from the first month of the new report.
            let repriced = try account.reprice(from: firstMonth, on: enrolledOn)
            account.stamp(cause.key)
            tell(repriced, payer, on: enrolledOn, &cause, &outgoing)
        }
        let begun = max(enrolledOn.contributionMonth, businessDate?.contributionMonth ?? firstMonth)
        // No credit yet for a new payer; one that enrols again has had its credit applied to what was open.
        let opening = try account.duesToOpen(through: max(firstMonth, begun))
        if account.credit == 0 {
            account.dues += opening
            account.openedThrough = opening.last?.month ?? account.openedThrough
        }
        accounts[index] = account
        return index
    }

    /// A participant has left or an employer has closed: later months are not due, and what was paid for them becomes
    /// credit, which waits for a refund (S03b, S03d).
    mutating func end(_ end: MembershipEnd, _ cause: inout Cause, _ outgoing: inout Outgoing) throws {
        guard let index = accountIndex[end.payer.code] else { throw ReconcilerFault.notHeld }
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
        let account = accounts[index]
        guard account.isKnown else { return }
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
