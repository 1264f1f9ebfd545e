import PerisaiModels
import Worker

import struct Foundation.UUID

/// Permit applications: what offices and firms tell of them (domain.md 4.2). `PermitMachine` has the stages.
extension IntakeState {
    /// The same content again is the same message; other content under the same number replaces the application, with
    /// what was amended of the earlier one.
    mutating func apply(_ event: PermitApplied, _ outgoing: inout Outgoing) {
        let key = PermitKey(event.nib, event.office, event.applicationID)
        let fingerprint = Self.fingerprint(event)
        var permit = permits[key] ?? Permit(stage: PermitMachine.initial, answer: "", decidedOn: event.appliedOn)
        guard !permit.stage.isFinal else { return }
        if let known = permit.application, permit.fingerprint.map({ $0 == fingerprint }) ?? (known == event) { return }
        permit.fingerprint = fingerprint
        replace(key, &permit, by: permit.amendment.map { event.amended(by: $0) } ?? event)
        permit.amendment = nil
        permits[key] = permit
        review(key, isAsked: true, on: event.appliedOn, &outgoing)
    }

    /// An amendment may come before its application: it is kept, and an amendment after it goes on top.
    mutating func apply(_ event: PermitAmended, _ outgoing: inout Outgoing) {
        let key = PermitKey(event.nib, event.office, event.applicationID)
        var permit = permits[key] ?? Permit(stage: PermitMachine.initial, answer: "", decidedOn: event.amendedOn)
        let next = PermitMachine.move(permit.stage, on: .amended).state
        guard !next.isFinal else { return }
        permit.stage = next
        guard let application = permit.application else {
            permit.amendment = permit.amendment.map { $0.amended(by: event) } ?? event
            permit.decidedOn = max(permit.decidedOn, event.amendedOn)
            permits[key] = permit
            permitsByNIB[key.nib, default: []].insert(key)
            changedPermits.insert(key)
            return
        }
        let amended = application.amended(by: event)
        guard amended != application else { return }
        replace(key, &permit, by: amended)
        permits[key] = permit
        review(key, isAsked: true, on: event.amendedOn, &outgoing)
    }

    /// A withdrawn application is closed for good, also when the withdrawal comes first.
    mutating func apply(_ event: PermitWithdrawn, _ outgoing: inout Outgoing) {
        let key = PermitKey(event.nib, event.office, event.applicationID)
        let permit = permits[key] ?? Permit(stage: PermitMachine.initial, answer: "", decidedOn: event.withdrawnOn)
        guard let url = end(key, permit, .withdrawn, answer: "closed:withdrawn", on: event.withdrawnOn) else { return }
        outgoing.emit(
            PermitClosed(
                applicationID: event.applicationID, office: event.office, nib: event.nib, decidedOn: event.withdrawnOn,
                reason: .withdrawn, callbackURL: url.url))
    }

    /// The office decides; what was missing then is noted, and nothing further is said.
    mutating func apply(_ event: PermitIssued, _ outgoing: inout Outgoing) {
        let key = PermitKey(event.nib, event.office, event.applicationID)
        var permit = permits[key] ?? Permit(stage: PermitMachine.initial, answer: "", decidedOn: event.issuedOn)
        let isAgainst = permit.stage == .held
        permit.validUntil = event.validUntil
        let answer = isAgainst ? "issued:\(permit.answer)" : "issued"
        guard let url = end(key, permit, .issued, answer: answer, on: event.issuedOn) else { return }
        let remedy =
            isAgainst
            ? "Izin terbit sebelum syarat dipenuhi; kewajiban kepada BPJS Ketenagakerjaan tetap berlaku." : nil
        outgoing.emit(
            PermitClosed(
                applicationID: event.applicationID, office: event.office, nib: event.nib, decidedOn: event.issuedOn,
                reason: .issued, remedy: remedy, callbackURL: url.url))
    }

    mutating func applyFirstPayment(_ npp: NPP, on date: CivilDate, _ outgoing: inout Outgoing) {
        guard var employer = employers[npp], employer.firstPaidOn == nil else { return }
        employer.firstPaidOn = date
        employers[npp] = employer
        changedEmployers.insert(npp)
        reviewPermits(permits(of: employer), &outgoing)
    }

    // MARK: Parts

    /// Where the last answer goes.
    private struct Ending { let url: CallbackURL? }

    /// Nil where the signal ends nothing, because it is ended already.
    private mutating func end(
        _ key: PermitKey, _ permit: Permit, _ signal: PermitMachine.Signal, answer: String, on date: CivilDate
    ) -> Ending? {
        let next = PermitMachine.move(permit.stage, on: signal).state
        guard next != permit.stage else { return nil }
        let url = permit.application?.callbackURL ?? permit.amendment?.callbackURL
        var permit = permit
        permit.stage = next
        permit.answer = answer
        permit.decidedOn = date
        permit.until = nil
        permit.nextOn = nil
        permit.amendment = nil
        permits[key] = permit
        permitsByNIB[key.nib, default: []].insert(key)
        changedPermits.insert(key)
        return Ending(url: url)
    }

    /// Puts the application where its numbers are looked for.
    private mutating func replace(_ key: PermitKey, _ permit: inout Permit, by application: PermitApplied) {
        if let old = permit.application?.npp { permitsByNPP[old]?.remove(key) }
        if let old = permit.application?.npwp { permitsByNPWP[old]?.remove(key) }
        // Another list is counted by itself.
        if application.readiness != permit.application?.readiness { permit.erasedWorkers = 0 }
        permit.application = application
        permitsByNIB[key.nib, default: []].insert(key)
        if let npp = application.npp { permitsByNPP[npp, default: []].insert(key) }
        if let npwp = application.npwp { permitsByNPWP[npwp, default: []].insert(key) }
        changedPermits.insert(key)
    }

    private static func fingerprint(_ application: PermitApplied) -> UUID {
        var hash = SipHash128(seed: 5)
        application.json.withUnsafeBytes { hash.combine($0) }
        let (high, low) = hash.finish()
        return UUID(high, low)
    }
}

extension IntakeState.PermitKey {
    init(_ nib: NIB, _ office: OfficeCode, _ application: ApplicationID) {
        self.init(nib: nib.code, office: office.text, application: application.text)
    }
}

extension PermitApplied {
    /// Only what is given changes.
    func amended(by event: PermitAmended) -> PermitApplied {
        var application = self
        application.npwp = event.npwp ?? npwp
        application.npp = event.npp ?? npp
        application.employerName = event.employerName ?? employerName
        application.workersDeclared = event.workersDeclared ?? workersDeclared
        application.wagesDeclared = event.wagesDeclared ?? wagesDeclared
        application.readiness = event.readiness ?? readiness
        application.callbackURL = event.callbackURL ?? callbackURL
        return application
    }
}

extension PermitAmended {
    /// Both in one, the later one on top.
    func amended(by later: PermitAmended) -> PermitAmended {
        var both = later
        both.npwp = later.npwp ?? npwp
        both.npp = later.npp ?? npp
        both.employerName = later.employerName ?? employerName
        both.workersDeclared = later.workersDeclared ?? workersDeclared
        both.wagesDeclared = later.wagesDeclared ?? wagesDeclared
        both.readiness = later.readiness ?? readiness
        both.callbackURL = later.callbackURL ?? callbackURL
        return both
    }
}
