import PerisaiModels
import Worker

/// Permit applications: cleared, held, released, closed (domain.md 4.2).
extension IntakeState {
    mutating func apply(_ event: PermitApplied, _ outgoing: inout Outgoing) {
        let key = PermitKey(nib: event.nib.code, office: event.office.text, application: event.applicationID.text)
        let earlier = permits[key]
        // A withdrawn application is closed for good, also when the withdrawal came first.
        guard earlier?.stage != .closed else { return }
        if let old = earlier?.application?.npp { permitsByNPP[old]?.remove(key) }
        var permit = earlier ?? Permit(application: nil, stage: .held, answer: "", decidedOn: event.appliedOn)
        permit.application = event
        permits[key] = permit
        permitsByNIB[key.nib, default: []].insert(key)
        if let npp = event.npp { permitsByNPP[npp, default: []].insert(key) }
        if let npwp = event.npwp { permitsByNPWP[npwp, default: []].insert(key) }
        changedPermits.insert(key)
        review(key, &outgoing)
    }

    mutating func apply(_ event: PermitWithdrawn, _ outgoing: inout Outgoing) {
        let key = PermitKey(nib: event.nib.code, office: event.office.text, application: event.applicationID.text)
        guard permits[key]?.stage != .closed else { return }
        permits[key] = Permit(
            application: permits[key]?.application, stage: .closed, answer: "closed", decidedOn: event.withdrawnOn)
        permitsByNIB[key.nib, default: []].insert(key)
        changedPermits.insert(key)
        outgoing.emit(
            PermitClosed(
                applicationID: event.applicationID, office: event.office, nib: event.nib, decidedOn: event.withdrawnOn))
    }

    mutating func apply(_ event: PermitAmended, _ outgoing: inout Outgoing) {}
    mutating func apply(_ event: PermitIssued, _ outgoing: inout Outgoing) {}

    mutating func applyFirstPayment(_ npp: NPP, on date: CivilDate, _ outgoing: inout Outgoing) {
        guard let employer = employers[npp], employer.firstPaidOn == nil else { return }
        employers[npp]?.firstPaidOn = date
        changedEmployers.insert(npp)
        var waiting = permitsByNPP[npp] ?? []
        if let nib = employer.nib { waiting.formUnion(permitsByNIB[nib.code] ?? []) }
        reviewPermits(waiting, &outgoing)
    }

    /// Looks again at the held ones among these, in a fixed order.
    mutating func reviewPermits(_ keys: Set<PermitKey>, _ outgoing: inout Outgoing) {
        let held = keys.filter { permits[$0]?.stage == .held }
        for key in held.sorted(by: { ($0.nib, $0.office, $0.application) < ($1.nib, $1.office, $1.application) }) {
            review(key, &outgoing)
        }
    }

    /// Answers when the answer is another one than the last.
    private mutating func review(_ key: PermitKey, _ outgoing: inout Outgoing) {
        guard var permit = permits[key], let application = permit.application else { return }
        let employer = employer(of: application)
        let verdict = PermitRules.evaluate(application, employer: employer, settings: settings)
        guard verdict.answer != permit.answer else { return }
        // Another ground for the same answer is no news to the office.
        if case .cleared = verdict, permit.stage == .cleared { return }
        let wasHeld = permit.stage == .held && !permit.answer.isEmpty
        permit.answer = verdict.answer
        switch verdict {
        case .cleared(let ground, let date):
            permit.stage = .cleared
            permit.decidedOn = date
            outgoing.emit(
                PermitCleared(
                    applicationID: application.applicationID, office: application.office, nib: application.nib,
                    npp: employer?.npp, employerName: application.employerName, ground: ground, wasHeld: wasHeld,
                    decidedOn: date))
        case .held(let missing, let date):
            permit.stage = .held
            permit.decidedOn = date
            outgoing.emit(
                PermitHeld(
                    applicationID: application.applicationID, office: application.office, nib: application.nib,
                    employerName: application.employerName, missing: missing, decidedOn: date))
        }
        permits[key] = permit
        changedPermits.insert(key)
    }

    /// The firm by its NIB, or by the NPP that it names unless that belongs to another NIB.
    private func employer(of application: PermitApplied) -> RegisteredEmployer? {
        let named = application.npp.flatMap { employers[$0] }
        let byName = named.flatMap { $0.nib == nil || $0.nib == application.nib ? $0 : nil }
        let found = employersByNIB[application.nib].flatMap { employers[$0] } ?? byName
        return found.map {
            RegisteredEmployer(npp: $0.npp, enrolledOn: $0.enrolledOn, firstPaidOn: $0.firstPaidOn)
        }
    }
}
