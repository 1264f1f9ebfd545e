import PerisaiModels
import Worker

/// Enforcement, driven by what the reconciler tells of an employer's debt and by the business date (PP 86/2013).
extension IntakeState {
    /// Opens a case, keeps its figures, or settles it. What an employer owes is told anew with every change.
    mutating func enforce(arrearsOf npp: NPP, _ told: ArrearsChanged, _ outgoing: inout Outgoing) {
        let subject = EnforcementSubject.employer(npp)
        guard let employer = employers[npp] else { return }
        guard var found = openCase(of: subject) else {
            guard told.unpaidMonths >= settings.arrearsWarningMonths else { return }
            var new = newCase(of: subject, name: employer.name, npp: npp, nib: employer.nib, on: told.changedOn)
            new.note(told)
            new.breaches = [.arrears]
            enforcement[subject] = new
            return advance(subject, on: .breach, told.changedOn, &outgoing)
        }
        found.note(told)
        let isPaid = told.unpaidMonths == 0 && told.amount == .zero && found.lateFines == .zero
        if isPaid, found.sanctionFine > .zero, let finedOn = found.finedOn, told.changedOn < finedOn {
            // All was paid before the fine: it was not due (PP 86/2013 Art. 7).
            found.sanctionFine = .zero
            outgoing.emit(found.sanction(npp, on: told.changedOn))
        }
        if told.unpaidMonths >= settings.arrearsWarningMonths { found.breaches.insert(.arrears) }
        keep(found)
        if isPaid, found.sanctionFine == .zero {
            settle(.arrears, of: subject, on: told.changedOn, &outgoing)
        } else if found.stage == .servicesWithheld, EnforcementRules.isOld(found, settings) {
            advance(subject, on: .overSixMonths, told.changedOn, &outgoing)
        }
    }

    /// The subject no longer stands in this breach; the case ends with its last one.
    mutating func settle(
        _ breach: EnforcementBreach, of subject: EnforcementSubject, on date: CivilDate, _ outgoing: inout Outgoing
    ) {
        guard var found = openCase(of: subject), found.breaches.contains(breach) else { return }
        guard found.breaches.count == 1 else {
            found.breaches.remove(breach)
            found.stage = EnforcementMachine.move(found.stage, on: .partlySettled).state
            return keep(found)
        }
        advance(subject, on: .settled, date, &outgoing)
    }

    /// The subject stands in this breach: a case is opened with the first warning, or it joins the one under way.
    mutating func accuse(
        _ subject: EnforcementSubject, of breach: EnforcementBreach, name: String, npp: NPP?, nib: NIB?,
        on date: CivilDate, _ outgoing: inout Outgoing
    ) {
        guard var found = openCase(of: subject) else {
            var new = newCase(of: subject, name: name, npp: npp, nib: nib, on: date)
            new.breaches = [breach]
            if let owed = npp.flatMap({ employers[$0]?.arrears }) {
                new.unpaidMonths = owed.months
                new.arrears = owed.amount
                new.lateFines = owed.lateFines
            }
            enforcement[subject] = new
            return advance(subject, on: .breach, date, &outgoing)
        }
        guard found.breaches.insert(breach).inserted else { return }
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
        return subjects.contains { enforcement[$0].map { $0.stage >= .servicesWithheld } ?? false }
    }

    /// A deadline that lies before the date has gone by; nothing where the case has moved on meanwhile.
    mutating func passDeadline(of subject: EnforcementSubject, on date: CivilDate, _ outgoing: inout Outgoing) {
        guard let found = openCase(of: subject), let deadline = found.deadline, deadline < date else { return }
        settleUnheard(found, on: date, &outgoing)
        guard let left = openCase(of: subject) else { return }
        advance(subject, on: EnforcementRules.signal(of: left, settings), date, &outgoing)
    }

    /// What has ended without a word to the case: an employer that has closed has nobody left to report, and a firm may
    /// be registered under another of its numbers than the NIB.
    private mutating func settleUnheard(
        _ found: EnforcementCase, on date: CivilDate, _ outgoing: inout Outgoing
    ) {
        if found.breaches.contains(.partial), found.npp.flatMap({ employers[$0]?.closedOn }) != nil {
            var closed = found
            closed.stage = EnforcementMachine.move(found.stage, on: .employerClosed).state
            keep(closed)
            settle(.partial, of: found.subject, on: date, &outgoing)
        }
        let applications = permits(of: found.subject).compactMap { permits[$0]?.application }
        if found.breaches.contains(.notRegistered), applications.contains(where: { firm(of: $0).employer != nil }) {
            settle(.notRegistered, of: found.subject, on: date, &outgoing)
        }
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
        guard next != found.stage else {
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
    private func impose(_ found: inout EnforcementCase, _ outgoing: inout Outgoing) {
        guard let npp = found.npp, found.breaches.contains(.arrears) else { return }
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
        found.offices = Set(applications.keys)
        for office in found.offices.sorted() {
            tell(found, office, callback: applications[office]?.callbackURL, withheld: true, &outgoing)
        }
    }

    private func lift(_ found: inout EnforcementCase, _ outgoing: inout Outgoing) {
        let applications = newestByOffice(permits(of: found.subject))
        for office in found.offices.sorted() {
            tell(found, office, callback: applications[office]?.callbackURL, withheld: false, &outgoing)
        }
        found.offices = []
        found.breaches = []
        found.finedOn = nil
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

extension EnforcementCase {
    /// What the reconciler tells. It knows of this case's fine once it names the case: until then the fine stands as it
    /// was imposed.
    fileprivate mutating func note(_ told: ArrearsChanged) {
        unpaidMonths = told.unpaidMonths
        arrears = told.amount
        let sanctions = told.sanctionFines ?? .zero
        lateFines = Rupiah(max(0, told.fines.amount - sanctions.amount))
        if told.sanctionCase == caseID { sanctionFine = sanctions }
    }

    fileprivate func sanction(_ npp: NPP, on date: CivilDate) -> SanctionFineImposed {
        SanctionFineImposed(
            caseID: caseID, npp: npp, month: stageOn.contributionMonth.next, amount: sanctionFine, imposedOn: date)
    }
}
