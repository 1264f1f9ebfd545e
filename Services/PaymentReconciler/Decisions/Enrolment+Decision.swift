import PerisaiModels
import Worker

extension ReconcilerState {
    mutating func enrol(_ enrolled: ParticipantEnrolled, _ cause: inout Cause, _ outgoing: inout Outgoing) throws {
        let waiting =
            (waitingByPayer[PayerNumber.participant(enrolled.kpj).code] ?? [])
            + (waitingByNIK[enrolled.nik.code] ?? [])
        let account = try open(
            .participant(enrolled.kpj), PayerTerms(enrolled), enrolled.firstMonth, enrolled.enrolledOn)
        payerOfNIK[enrolled.nik.code] = .participant(enrolled.kpj)
        enrolledNIKs[enrolled.nik.code] = PayerNumber.participant(enrolled.kpj).code
        release(waiting, to: account, &cause, &outgoing)
    }

    mutating func enrol(_ enrolled: EmployerEnrolled, _ cause: inout Cause, _ outgoing: inout Outgoing) throws {
        let waiting = waitingByPayer[PayerNumber.employer(enrolled.npp).code] ?? []
        let account = try open(.employer(enrolled.npp), PayerTerms(enrolled), enrolled.firstMonth, enrolled.enrolledOn)
        release(waiting, to: account, &cause, &outgoing)
    }

    /// Opens the first month and every month that has begun, by the enrolment's date and the business date.
    private mutating func open(
        _ payer: PayerNumber, _ terms: PayerTerms, _ firstMonth: ContributionMonth, _ enrolledOn: CivilDate
    ) throws -> Int {
        guard let index = accountIndex[payer.code] else { throw ReconcilerFault.notHeld }
        var account = accounts[index]
        account.enrol(terms, firstMonth: firstMonth)
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

    /// A new month is opened for all payers by `MonthOpeningJob`, chunk by chunk. A date before the newest says nothing.
    mutating func start(_ date: CivilDate, _ cause: Cause) {
        if let known = businessDate, date <= known { return }
        if businessDate.map({ $0.contributionMonth < date.contributionMonth }) ?? true {
            rows.openMonth(date, time: cause.time)
        }
        businessDate = date
        dateHasChanged = true
    }
}
