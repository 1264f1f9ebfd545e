import PerisaiModels
import Worker

/// What became of an agency after the agent was activated (domain.md 1.5). Each fact stands for itself, so that it does
/// not matter in which order they come.
struct AgencyLife: Hashable {
    /// The last day.
    var endedOn: CivilDate?
    /// From this day on the wadah may ask for the agent again.
    var reentryFrom: CivilDate?
    var returnedOn: CivilDate?
    /// That asked for the agent, and until when its contract is.
    var returnedWadah: WadahID?
    var returnedUntil: CivilDate?
    /// The first day without rights.
    var dismissedOn: CivilDate?

    /// What has become of the agency by the end of a day, in order.
    func signals(on date: CivilDate) -> [AgentMachine.Signal] {
        var signals: [AgentMachine.Signal] = []
        if let endedOn, endedOn < date {
            signals.append(.ended)
            if let returnedOn, returnedOn > endedOn, returnedOn <= date { signals.append(.reactivated) }
        }
        if let dismissedOn, dismissedOn <= date { signals.append(.dismissed) }
        return signals
    }

    /// The end that no return has followed.
    var openEnd: CivilDate? {
        guard let endedOn, returnedOn.map({ $0 <= endedOn }) ?? true else { return nil }
        return endedOn
    }

    /// Why nothing may be handed in of a day; nil when it may.
    func refusal(on date: CivilDate) -> String? {
        if let dismissedOn, date >= dismissedOn { return "Keagenan dicabut pada \(dismissedOn)." }
        guard let endedOn, date > endedOn else { return nil }
        if openEnd == nil, let returnedOn {
            return date < returnedOn
                ? "Keagenan berakhir pada \(endedOn) dan baru aktif kembali sejak \(returnedOn)." : nil
        }
        let end = "Keagenan berakhir pada \(endedOn)"
        guard let reentryFrom else { return "\(end)." }
        return "\(end); dapat diaktifkan kembali atas permintaan wadah paling cepat \(reentryFrom)."
    }
}

extension IntakeState.Agent {
    /// The last day of the contract (PKS) that covers the agent; the earliest day when none is known.
    var contractUntil: CivilDate { max(file.signature?.until ?? .earliest, life.returnedUntil ?? .earliest) }
}

/// Ends, dismissals and returns. What was decided before such a change became known stays as decided: events of
/// different topics have no order between them.
extension IntakeState {
    mutating func apply(_ event: AgencyChanged, _ outgoing: inout Outgoing) {
        let id = event.agentID.text
        var life = agents[id]?.life ?? AgencyLife()
        switch event.change {
        case .idleOnce, .idleTwice: return
        case .ended:
            guard life.endedOn.map({ $0 < event.changedOn }) ?? true else { return }
            life.endedOn = event.changedOn
            life.reentryFrom = event.reentryFrom
        case .dismissed: life.dismissedOn = min(life.dismissedOn ?? event.changedOn, event.changedOn)
        case .reactivated:
            guard life.returnedOn.map({ $0 < event.changedOn }) ?? true else { return }
            life.returnedOn = event.changedOn
            life.returnedWadah = event.wadahID
            life.returnedUntil = event.contractUntil
        }
        agents[id, default: Agent()].life = life
        changedAgents.insert(id)
        switch event.change {
        case .reactivated:
            issueCredentials(id, &outgoing)
            judge(id, comesIntoForce: true, &outgoing)
        case .dismissed: agents[id]?.credentialedUntil = nil
        case .ended, .idleOnce, .idleTwice: break
        }
        guard let nik = agents[id]?.file.application?.nik else { return }
        // Applications of the same person under other numbers.
        for other in agentsByNIK[nik, default: []].sorted() where other != id && isFileOpen(other) {
            review(other, &outgoing)
            release(other, &outgoing)
        }
    }

    /// What other agencies of the applicant have against the application: a dismissal for ever, an end until the day
    /// from which the wadah may ask for the agent again (S01b).
    func bars(_ file: AgentFile) -> [RefusalReason] {
        guard let application = file.application else { return [] }
        let others = agentsByNIK[application.nik, default: []].filter { $0 != application.agentID.text }
        let lives = others.sorted().compactMap { agents[$0]?.life }
        // A dismissal is for good, also where the data of the person were erased since.
        let dismissals = lives.compactMap(\.dismissedOn) + [erased[application.nik]?.dismissedOn].compactMap(\.self)
        if let date = dismissals.min() {
            return [
                RefusalCode.agentDismissed.reason(
                    "nik", "Keagenan orang ini dicabut pada \(date); tidak dapat diajukan lagi.")
            ]
        }
        let waits = lives.compactMap { $0.openEnd == nil ? nil : $0.reentryFrom }
        guard let date = waits.max(), application.appliedOn < date else { return [] }
        return [
            RefusalCode.reentryTooEarly.reason(
                "applied_on", "Keagenan orang ini telah berakhir; dapat diajukan lagi paling cepat \(date).")
        ]
    }
}
