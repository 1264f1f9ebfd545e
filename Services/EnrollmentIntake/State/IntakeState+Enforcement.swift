import PerisaiModels
import Worker

/// Enforcement, driven by what the reconciler tells of an employer's debt and by the business date (PP 86/2013).
extension IntakeState {
    /// Opens a case, keeps its figures, or settles it. What an employer owes is told anew with every change.
    mutating func enforce(arrearsOf npp: NPP, _ told: ArrearsChanged, _ outgoing: inout Outgoing) {
        let subject = EnforcementSubject.employer(npp)
        guard let employer = employers[npp] else { return }
        let date = acted(on: told.changedOn)
        guard var found = openCase(of: subject) else {
            if reopen(subject, told, on: date, &outgoing) { return }
            guard told.unpaidMonths >= settings.arrearsWarningMonths else { return }
            var new = newCase(of: subject, name: employer.name, npp: npp, nib: employer.nib, on: date)
            new.note(told)
            new.breaches = [.arrears]
            enforcement[subject] = new
            return advance(subject, on: .breach, date, &outgoing)
        }
        found.note(told)
        // Late fines arise by the payment itself and are due with the next deposit: they are the reconciler's.
        let isPaid = told.unpaidMonths == 0 && told.amount == .zero
        if isPaid, found.sanctionFine > .zero, let finedOn = found.finedOn, told.changedOn < finedOn {
            // Contributions were paid before the fine: it was not due (PP 86/2013 Art. 7).
            found.sanctionFine = .zero
            found.finedOn = nil
            outgoing.emit(found.sanction(npp, on: told.changedOn))
        }
        keep(found)
        if !found.breaches.contains(.arrears) { return join(found, told, on: date, &outgoing) }
        if isPaid, found.sanctionFine == .zero, told.olderSanctionFines(than: found) == .zero {
            settle(.arrears, of: subject, on: date, &outgoing)
        } else if found.stage == .servicesWithheld, EnforcementRules.isOld(found, settings) {
            advance(subject, on: .overSixMonths, date, &outgoing)
        }
    }

    /// The last case of the subject goes on where the payment of its sanction fine was taken back: what it was for has
    /// been warned of and fined already.
    private mutating func reopen(
        _ subject: EnforcementSubject, _ told: ArrearsChanged, on date: CivilDate, _ outgoing: inout Outgoing
    ) -> Bool {
        guard var last = enforcement[subject], told.isUnpaidAgain(last) else { return false }
        last.note(told)
        last.breaches = [.arrears]
        enforcement[subject] = last
        advance(subject, on: .paymentReversed, date, &outgoing)
        return true
    }

    /// Arrears join a case of another breach. They have warnings of their own: the case goes back to the first one, and
    /// offices that were asked stay asked. What was warned of and paid, and is unpaid again, joins where the case stands.
    private mutating func join(
        _ found: EnforcementCase, _ told: ArrearsChanged, on date: CivilDate, _ outgoing: inout Outgoing
    ) {
        var joined = found
        joined.breaches.insert(.arrears)
        if told.isUnpaidAgain(found) {
            joined.stage = EnforcementMachine.move(found.stage, on: .breach).state
            return keep(joined)
        }
        guard told.unpaidMonths >= settings.arrearsWarningMonths else { return }
        keep(joined)
        advance(found.subject, on: .arrearsJoined, date, &outgoing)
    }

    /// The day that news are acted on. News may be of an earlier day: whoever is warned has all days of the warning from
    /// when it is given.
    private func acted(on date: CivilDate) -> CivilDate {
        [date, businessDate ?? date, knownDate ?? date].max() ?? date
    }

    /// The subject no longer stands in this breach; the case ends with its last one.
    mutating func settle(
        _ breach: EnforcementBreach, of subject: EnforcementSubject, on date: CivilDate, _ outgoing: inout Outgoing
    ) {
        guard var found = openCase(of: subject), found.breaches.contains(breach) else { return }
        guard found.breaches.count == 1 else {
            found.breaches.remove(breach)
            found.stage = EnforcementMachine.move(found.stage, on: .partlySettled).state
            keep(found)
            if breach != .arrears { release(found, on: date, &outgoing) }
            return watchAnew(permits(of: subject), after: breach)
        }
        advance(subject, on: .settled, date, &outgoing)
        watchAnew(permits(of: subject), after: breach)
    }

    /// Offices that were asked for a breach that is settled, where arrears alone are left and have not come so far.
    private mutating func release(_ found: EnforcementCase, on date: CivilDate, _ outgoing: inout Outgoing) {
        guard found.breaches == [.arrears], found.stage < .servicesWithheld, !found.offices.isEmpty else { return }
        var released = found
        let since = found.stageOn
        released.stageOn = max(date, since)
        endAsking(&released, &outgoing)
        released.stageOn = since
        keep(released)
        reviewPermits(permits(of: found.subject), on: max(date, since), &outgoing)
    }

    /// Applications that are still held may be for another breach from now on.
    private mutating func watchAnew(_ keys: Set<PermitKey>, after breach: EnforcementBreach) {
        guard breach != .arrears else { return }
        for key in keys where permits[key].map({ $0.stage == .held && $0.isEnforced }) ?? false {
            permits[key]?.isEnforced = false
            changedPermits.insert(key)
        }
    }

    /// The subject stands in this breach: a case is opened with the first warning, or it joins the one under way.
    mutating func accuse(
        _ subject: EnforcementSubject, of breach: EnforcementBreach, _ declared: Declared, name: String,
        npp: NPP?, nib: NIB?, on date: CivilDate, _ outgoing: inout Outgoing
    ) {
        guard var found = openCase(of: subject) else {
            var new = newCase(of: subject, name: name, npp: npp, nib: nib, on: date)
            new.breaches = [breach]
            new.declared = declared
            if let owed = npp.flatMap({ employers[$0]?.arrears }) {
                new.unpaidMonths = owed.months
                new.arrears = owed.amount
                new.lateFines = owed.lateFines
            }
            enforcement[subject] = new
            return advance(subject, on: .breach, date, &outgoing)
        }
        found.declared = found.declared.joined(with: declared)
        guard found.breaches.insert(breach).inserted else { return keep(found) }
        found.stage = EnforcementMachine.move(found.stage, on: .breach).state
        if found.stage == .servicesWithheld, found.deadline == nil {
            found.deadline = EnforcementRules.inspection(of: found, from: max(date, found.stageOn), settings)
        }
        keep(found)
    }

    /// Whether permit offices are asked to withhold services (TMP2T).
    func withholdsServices(npp: NPP?, nib: NIB?) -> Bool {
        var subjects: [EnforcementSubject] = []
        if let npp { subjects.append(.employer(npp)) }
        if let nib { subjects.append(.business(nib)) }
        return subjects.contains {
            enforcement[$0].map { $0.stage >= .servicesWithheld || !$0.offices.isEmpty } ?? false
        }
    }

    /// A deadline that lies before the date has gone by; nothing where the case has moved on meanwhile.
    mutating func passDeadline(of subject: EnforcementSubject, on date: CivilDate, _ outgoing: inout Outgoing) {
        guard let found = openCase(of: subject), let deadline = found.deadline, deadline < date else { return }
        settleUnheard(found, on: date, &outgoing)
        guard let left = openCase(of: subject) else { return }
        advance(subject, on: EnforcementRules.signal(of: left, settings), date, &outgoing)
    }

    /// After a change of a registration: cases that it settles, of the employer and of every NIB that applies with one of
    /// its numbers.
    mutating func reviewCases(of npp: NPP, on date: CivilDate, _ outgoing: inout Outgoing) {
        guard let employer = employers[npp] else { return }
        let date = acted(on: date)
        if let nib = employer.nib, employer.closedOn == nil {
            endAbsence(of: .business(nib), by: employer, on: date, &outgoing)
        }
        let nibs = Set(permits(of: employer).compactMap { permits[$0]?.application?.nib })
        let subjects = [.employer(npp)] + nibs.map { EnforcementSubject.business($0) }.sorted()
        for found in subjects.compactMap({ openCase(of: $0) }) { settleUnheard(found, on: date, &outgoing) }
    }

    /// What the register has ended. An employer that has closed has nobody left to report, one that has registered what
    /// it had declared is no partial one, and a firm may be registered under another of its numbers than the NIB.
    private mutating func settleUnheard(
        _ found: EnforcementCase, on date: CivilDate, _ outgoing: inout Outgoing
    ) {
        if found.breaches.contains(.partial), let employer = found.npp.flatMap({ employers[$0] }) {
            if employer.closedOn != nil {
                var closed = found
                closed.stage = EnforcementMachine.move(found.stage, on: .employerClosed).state
                keep(closed)
                settle(.partial, of: found.subject, on: date, &outgoing)
            } else if !found.declared.exceeds(workers: employer.workers, wages: employer.wages) {
                settle(.partial, of: found.subject, on: date, &outgoing)
            }
        }
        if case .business(let nib) = found.subject, let employer = registered(under: nib) {
            endAbsence(of: found.subject, by: employer, on: date, &outgoing)
        }
    }

    /// Whom one of the NIB's applications proves to be registered.
    func registered(under nib: NIB) -> Employer? {
        let applications = permitsByNIB[nib.code, default: []].compactMap { permits[$0]?.application }
        return applications.compactMap { firm(of: $0).employer?.npp }.min().flatMap { employers[$0] }
    }

    /// The firm is registered now. Where it has registered less than it had declared, it is called to account for that,
    /// from the first warning on.
    private mutating func endAbsence(
        of subject: EnforcementSubject, by employer: Employer, on date: CivilDate, _ outgoing: inout Outgoing
    ) {
        guard let found = openCase(of: subject), found.breaches.contains(.notRegistered) else { return }
        if found.declared.exceeds(workers: employer.workers, wages: employer.wages) {
            accuse(
                .employer(employer.npp), of: .partial, found.declared, name: employer.name, npp: employer.npp,
                nib: employer.nib, on: date, &outgoing)
        }
        settle(.notRegistered, of: subject, on: date, &outgoing)
    }

    // MARK: Steps

    private func openCase(of subject: EnforcementSubject) -> EnforcementCase? {
        enforcement[subject].flatMap { $0.stage == .clear ? nil : $0 }
    }

    private mutating func keep(_ found: EnforcementCase) {
        enforcement[found.subject] = found
        changedEnforcement.insert(found.subject)
    }

    private func newCase(
        of subject: EnforcementSubject, name: String, npp: NPP?, nib: NIB?, on date: CivilDate
    ) -> EnforcementCase {
        EnforcementCase(
            subject: subject, number: (enforcement[subject]?.number ?? 0) + 1, name: name, npp: npp, nib: nib,
            breaches: [], stage: EnforcementMachine.initial, openedOn: date, stageOn: date, deadline: nil,
            unpaidMonths: 0, arrears: .zero, lateFines: .zero, sanctionFine: .zero, offices: [])
    }

    private mutating func advance(
        _ subject: EnforcementSubject, on signal: EnforcementSignal, _ date: CivilDate, _ outgoing: inout Outgoing
    ) {
        guard var found = enforcement[subject] else { return }
        let next = EnforcementMachine.move(found.stage, on: signal).state
        // Warnings that are given anew begin anew, also where the first one stands.
        guard next != found.stage || signal == .arrearsJoined && next != .clear else {
            // The step stands, and no date moves it any more.
            if found.deadline != nil, signal == .deadlinePassed {
                found.deadline = nil
                keep(found)
            }
            return
        }
        found.stage = next
        // News that come late are no reason to date a step before the one that it follows.
        found.stageOn = max(date, found.stageOn)
        if next == .fined { impose(&found, &outgoing) }
        found.deadline = EnforcementRules.deadline(of: found, from: found.stageOn, settings)
        tell(found, &outgoing)
        if next == .servicesWithheld { withhold(&found, &outgoing) }
        if next == .clear { lift(&found, &outgoing) }
        keep(found)
        if next == .servicesWithheld || next == .clear {
            reviewPermits(permits(of: subject), on: found.stageOn, &outgoing)
        }
    }

    /// Of contributions due; zero where they are not known (not registered, or the missing part of a registration).
    /// A case has one fine: reopened, it has it already.
    private func impose(_ found: inout EnforcementCase, _ outgoing: inout Outgoing) {
        guard let npp = found.npp, found.breaches.contains(.arrears), found.finedOn == nil else { return }
        let fine = (try? EnforcementRules.fine(on: found.arrears, days: settings.sanctionFineDays)) ?? .zero
        guard fine > .zero else { return }
        found.sanctionFine = fine
        found.finedOn = found.stageOn
        outgoing.emit(found.sanction(npp, on: found.stageOn))
    }

    private mutating func tell(_ found: EnforcementCase, _ outgoing: inout Outgoing) {
        let step = found.stage.step
        newSteps.append(
            EnforcementRecord(
                subject: found.subject, number: found.number, step: step, on: found.stageOn, deadline: found.deadline,
                legalGround: step.legalGround, arrears: found.arrears, fine: found.sanctionFine))
        outgoing.emit(
            EnforcementStepped(
                caseID: found.caseID, npp: found.npp, nib: found.nib, employerName: found.name,
                breaches: EnforcementBreach.allCases.filter(found.breaches.contains), step: step,
                unpaidMonths: found.unpaidMonths, arrears: found.arrears, lateFines: found.lateFines,
                sanctionFine: found.sanctionFine, deadline: found.deadline, legalGround: step.legalGround,
                remedy: EnforcementRemedy.text(of: found, step), steppedOn: found.stageOn))
    }

    // MARK: Public services

    /// Every office that has an application of the firm is asked once.
    private func withhold(_ found: inout EnforcementCase, _ outgoing: inout Outgoing) {
        let keys = permits(of: found.subject).filter { permits[$0]?.stage != .closed }
        let applications = newestByOffice(keys)
        let asked = Set(applications.keys).subtracting(found.offices)
        found.offices.formUnion(asked)
        for office in asked.sorted() {
            tell(found, office, callback: applications[office]?.callbackURL, withheld: true, &outgoing)
        }
    }

    private func lift(_ found: inout EnforcementCase, _ outgoing: inout Outgoing) {
        endAsking(&found, &outgoing)
        found.breaches = []
    }

    private func endAsking(_ found: inout EnforcementCase, _ outgoing: inout Outgoing) {
        let applications = newestByOffice(permits(of: found.subject))
        for office in found.offices.sorted() {
            tell(found, office, callback: applications[office]?.callbackURL, withheld: false, &outgoing)
        }
        found.offices = []
    }

    private func tell(
        _ found: EnforcementCase, _ office: OfficeCode, callback: CallbackURL?, withheld: Bool,
        _ outgoing: inout Outgoing
    ) {
        let step: EnforcementStep = withheld ? .servicesWithheld : .lifted
        outgoing.emit(
            ServicesWithheld(
                caseID: found.caseID, office: office, npp: found.npp, nib: found.nib, employerName: found.name,
                withheld: withheld, legalGround: EnforcementStep.servicesWithheld.legalGround,
                remedy: EnforcementRemedy.text(of: found, step), callbackURL: callback, decidedOn: found.stageOn))
    }

    private func permits(of subject: EnforcementSubject) -> Set<PermitKey> {
        switch subject {
        case .employer(let npp): employers[npp].map { permits(of: $0) } ?? permitsByNPP[npp] ?? []
        case .business(let nib): permitsByNIB[nib.code] ?? []
        }
    }

    private func newestByOffice(_ keys: Set<PermitKey>) -> [OfficeCode: PermitApplied] {
        var newest: [OfficeCode: PermitApplied] = [:]
        for application in keys.compactMap({ permits[$0]?.application }) {
            guard let known = newest[application.office] else {
                newest[application.office] = application
                continue
            }
            let isNewer =
                (known.appliedOn, known.applicationID.text) < (application.appliedOn, application.applicationID.text)
            if isNewer { newest[application.office] = application }
        }
        return newest
    }
}

extension ArrearsChanged {
    /// Of 2 % a month (PP 44/2015): `fines` without the sanction fines.
    var lateFines: Rupiah { Rupiah(max(0, fines.amount - (sanctionFines ?? .zero).amount)) }

    /// The case's sanction fine was paid, and the payment was taken back.
    fileprivate func isUnpaidAgain(_ found: EnforcementCase) -> Bool {
        found.finedOn != nil && sanctionCase == found.caseID && (sanctionFines ?? .zero) > .zero
    }

    /// Of cases before this one. The reconciler names the newest case that it knows a fine of.
    fileprivate func olderSanctionFines(than found: EnforcementCase) -> Rupiah {
        sanctionCase == found.caseID ? .zero : sanctionFines ?? .zero
    }
}

extension PermitApplied {
    var declared: Declared { Declared(workers: workersDeclared, wages: wagesDeclared) }
}

extension EnforcementCase {
    /// What the reconciler tells. It knows of this case's fine once it names the case: until then the fine stands as it
    /// was imposed.
    fileprivate mutating func note(_ told: ArrearsChanged) {
        unpaidMonths = told.unpaidMonths
        arrears = told.amount
        lateFines = told.lateFines
        if told.sanctionCase == caseID { sanctionFine = told.sanctionFines ?? .zero }
    }

    fileprivate func sanction(_ npp: NPP, on date: CivilDate) -> SanctionFineImposed {
        SanctionFineImposed(
            caseID: caseID, npp: npp, month: stageOn.contributionMonth.next, amount: sanctionFine, imposedOn: date)
    }
}
