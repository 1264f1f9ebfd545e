import PerisaiModels
import Worker

/// What the reconciler tells of memberships.
extension IntakeState {
    /// Cover of a participant: decides whether a membership can begin anew, and whether an agent may acquire.
    mutating func apply(_ event: CoverChanged, of kpj: KPJ, _ outgoing: inout Outgoing) {
        guard let nik = niksByKPJ[kpj], let known = participants[nik] else { return }
        // What became of an earlier membership says nothing of the one that was begun since.
        let ends = event.status == .grace || event.status == .lapsed || event.status == .exited
        if ends, let begun = known.bpuOn, event.changedOn <= begun { return }
        if event.status == .returned, let exit = known.exit, event.changedOn <= exit.on { return }
        let next = MembershipMachine.move(known.membership, on: MembershipMachine.Signal(event.status)).state
        guard next == MembershipMachine.State(event.status) else { return }
        if event.status == .returned { participants[nik]?.exit = nil }
        participants[nik]?.cover = event.status
        participants[nik]?.coverOn = event.changedOn
        changedParticipants.insert(nik)
        reviewStanding(of: nik, on: event.changedOn, &outgoing)
    }

    /// Arrears of an employer: hold renewals, and drive enforcement.
    mutating func apply(_ event: ArrearsChanged, of npp: NPP, _ outgoing: inout Outgoing) {
        guard let employer = employers[npp] else { return }
        employers[npp]?.arrears = Employer.Arrears(
            months: event.unpaidMonths, amount: event.amount, lateFines: event.lateFines, on: event.changedOn)
        changedEmployers.insert(npp)
        enforce(arrearsOf: npp, event, &outgoing)
        reviewPermits(permits(of: employer), &outgoing)
    }

    /// Applications that name the employer by any of its numbers.
    func permits(of employer: Employer) -> Set<PermitKey> {
        var keys = permitsByNPP[employer.npp] ?? []
        if let nib = employer.nib { keys.formUnion(permitsByNIB[nib.code] ?? []) }
        if let npwp = employer.npwp { keys.formUnion(permitsByNPWP[npwp] ?? []) }
        return keys
    }
}
