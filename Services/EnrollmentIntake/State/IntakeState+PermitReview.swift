import PerisaiModels
import Worker

/// Looking at permit applications: at the office's question, again whenever a fact changes, and on their days.
extension IntakeState {
    /// Looks again at the held ones among these, in a fixed order. `date`: of what has changed, where no row says it.
    mutating func reviewPermits(_ keys: Set<PermitKey>, on date: CivilDate? = nil, _ outgoing: inout Outgoing) {
        let held = keys.filter { permits[$0]?.stage == .held }
        for key in held.sorted(by: { ($0.nib, $0.office, $0.application) < ($1.nib, $1.office, $1.application) }) {
            review(key, on: date, &outgoing)
        }
    }

    /// Answers what the office asks, and by itself when the answer is another one than the last. Of a cleared
    /// application only the office's own changes are looked at: a clearance that is given stands.
    mutating func review(
        _ key: PermitKey, isAsked: Bool = false, on date: CivilDate? = nil, _ outgoing: inout Outgoing
    ) {
        guard var permit = permits[key], let application = permit.application, !permit.stage.isFinal else { return }
        let firm = firm(of: application)
        let verdict = evaluate(application, firm)
        guard isAsked || verdict.answer != permit.answer else { return }
        let earlier = permit
        permit.stage = PermitMachine.move(earlier.stage, on: verdict.signal).state
        permit.answer = verdict.answer
        // What was decided on later facts than are left does not go back in time.
        permit.decidedOn = max(verdict.on, date ?? verdict.on, earlier.decidedOn)
        schedule(&permit, from: earlier.stage == .unseen ? application.appliedOn : permit.decidedOn, earlier.stage)
        permits[key] = permit
        changedPermits.insert(key)
        tell(verdict, application, firm, wasHeld: earlier.stage == .held, on: permit.decidedOn, &outgoing)
    }

    /// Reminds the office of a held application whose day has come: before the last day, and once after it.
    mutating func remind(_ key: PermitKey, on date: CivilDate, _ outgoing: inout Outgoing) {
        // A policy may have changed, which no event tells.
        review(key, on: date, &outgoing)
        guard var permit = permits[key], permit.stage == .held, let next = permit.nextOn, next <= date else { return }
        changedPermits.insert(key)
        guard let application = permit.application, let until = permit.until else {
            permits[key]?.nextOn = nil
            return
        }
        let isOverdue = date > until
        permit.stage = PermitMachine.move(permit.stage, on: isOverdue ? .deadlinePassed : .reminderDue).state
        permit.nextOn = isOverdue ? nil : until.adding(days: 1)
        permits[key] = permit
        guard case .held(let missing, _) = evaluate(application, firm(of: application)) else { return }
        outgoing.emit(
            PermitReminded(
                applicationID: application.applicationID, office: application.office, nib: application.nib,
                employerName: application.employerName, missing: missing, until: until, overdue: isOverdue,
                callbackURL: application.callbackURL, remindedOn: date))
    }

    // MARK: Parts

    private func evaluate(_ application: PermitApplied, _ firm: PermitFirm) -> PermitVerdict {
        PermitRules.evaluate(
            application, firm: firm,
            servicesWithheld: withholdsServices(from: application),
            policy: settings.permits,
            erasedWorkers: permits[
                PermitKey(application.nib, application.office, application.applicationID)]?.erasedWorkers ?? 0)
    }

    /// From the firm under any of its own numbers. Closing the registration ends neither debts nor a withholding.
    private func withholdsServices(from application: PermitApplied) -> Bool {
        withholdsServices(npp: nil, nib: application.nib)
            || registrations(of: application).contains { withholdsServices(npp: $0.npp, nib: nil) }
    }

    /// Open and closed ones that no other NIB has.
    private func registrations(of application: PermitApplied) -> [Employer] {
        let byNPWP = application.npwp.flatMap { employersByNPWP[$0] } ?? []
        return employers.values.filter { employer in
            employer.nib == application.nib
                || employer.nib == nil && (employer.npp == application.npp || byNPWP.contains(employer.npp))
        }
    }

    /// A closed registration counts as none.
    func firm(of application: PermitApplied) -> PermitFirm {
        func open(_ npp: NPP) -> Employer? { employers[npp].flatMap { $0.closedOn == nil ? $0 : nil } }
        let byNPWP = application.npwp.flatMap { employersByNPWP[$0] } ?? []
        return PermitFirm.find(
            application, byNIB: employersByNIB[application.nib].flatMap(open), byNPP: application.npp.flatMap(open),
            byNPWP: byNPWP.sorted().compactMap(open))
    }

    /// The deadline begins when an application begins to be held, and no amendment moves it.
    private func schedule(_ permit: inout Permit, from date: CivilDate, _ earlier: PermitStage) {
        guard permit.stage == .held else {
            permit.until = nil
            permit.nextOn = nil
            return
        }
        guard earlier != .held || permit.until == nil else { return }
        let until = settings.permits.deadline(from: date)
        permit.until = until
        permit.nextOn = settings.permits.firstReminder(from: date, until: until)
        permit.isEnforced = false
    }

    private func tell(
        _ verdict: PermitVerdict, _ application: PermitApplied, _ firm: PermitFirm, wasHeld: Bool, on date: CivilDate,
        _ outgoing: inout Outgoing
    ) {
        switch verdict {
        case .cleared(let ground, _):
            outgoing.emit(
                PermitCleared(
                    applicationID: application.applicationID, office: application.office, nib: application.nib,
                    npp: firm.employer?.npp, employerName: application.employerName, ground: ground, wasHeld: wasHeld,
                    decidedOn: date, callbackURL: application.callbackURL))
        case .held(let missing, _):
            let isUnknown = firm == .unknown && application.readiness == nil
            let key = PermitKey(application.nib, application.office, application.applicationID)
            outgoing.emit(
                PermitHeld(
                    applicationID: application.applicationID, office: application.office, nib: application.nib,
                    employerName: application.employerName, missing: missing, decidedOn: date,
                    answer: isUnknown ? .unknownEmployer : .held, npp: firm.employer?.npp, until: permits[key]?.until,
                    callbackURL: application.callbackURL))
        case .outside:
            outgoing.emit(
                PermitClosed(
                    applicationID: application.applicationID, office: application.office, nib: application.nib,
                    decidedOn: date, reason: .outside, remedy: PermitConditions.outside,
                    callbackURL: application.callbackURL))
        }
    }
}
