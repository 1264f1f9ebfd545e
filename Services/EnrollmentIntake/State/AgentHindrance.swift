import PerisaiModels

/// What keeps an active agent from acquiring, with the days that it holds for.
struct AgentHindrance {
    let kind: AgentMachine.Hindrance
    /// The first day; nil when it is not known.
    var since: CivilDate?
    /// The last day; nil when none is fixed.
    var until: CivilDate?
    /// Of the branch.
    var reason = ""

    var standing: AgentStanding {
        switch kind {
        case .membershipLapsed: .membershipLapsed
        case .suspended: .suspended
        case .staff: .staff
        }
    }

    private var days: String {
        (since.map { " sejak \($0)" } ?? "") + (until.map { " sampai dengan \($0)" } ?? "")
    }

    /// In Indonesian.
    var text: String {
        switch kind {
        case .membershipLapsed:
            "Kepesertaan agen sendiri tidak aktif\(days); bayar iuran agar kepesertaan aktif kembali."
        case .suspended: "Keagenan ditangguhkan oleh kantor cabang\(days)."
        case .staff: "Agen tercatat sebagai pegawai BPJS Ketenagakerjaan\(days)."
        }
    }

    /// Of a submission.
    var refusal: RefusalReason {
        switch kind {
        case .membershipLapsed: RefusalCode.agentMembershipLapsed.reason("agent_id", text)
        case .suspended: RefusalCode.agentSuspended.reason("agent_id", text)
        case .staff: RefusalCode.agentIsStaff.reason("agent_id", text)
        }
    }
}

extension IntakeState.Suspension {
    /// The later one counts, of the same day the longer one, so that their order does not matter. Shorter it gets by
    /// being lifted.
    func isNewer(than other: Self) -> Bool {
        (from, until ?? .latest, reason) > (other.from, other.until ?? .latest, other.reason)
    }

    /// Whether it holds on a day. Lifted on its own first day it never held.
    func holds(on date: CivilDate, resumedOn: CivilDate?) -> Bool {
        guard from <= date, until.map({ date <= $0 }) ?? true else { return false }
        guard let resumedOn, resumedOn >= from else { return true }
        return date < resumedOn
    }
}

extension IntakeState {
    /// What hinders the agent on a day, by what is known now.
    func hindrances(of agent: Agent, on date: CivilDate) -> [AgentHindrance] {
        var found: [AgentHindrance] = []
        let participant = agent.file.application.flatMap { participants[$0.nik] }
        if let participant, participant.isLapsed, participant.coverOn.map({ $0 <= date }) ?? true {
            found.append(AgentHindrance(kind: .membershipLapsed, since: participant.coverOn))
        }
        if let suspension = agent.suspension, suspension.holds(on: date, resumedOn: agent.resumedOn) {
            found.append(
                AgentHindrance(
                    kind: .suspended, since: suspension.from, until: suspension.until, reason: suspension.reason))
        }
        if let participant, let employment = staffDays(of: participant, on: date) { found.append(employment) }
        return found
    }

    /// Employment at BPJS Ketenagakerjaan on a day (S01b): told to us, or as a worker of its own NPPs.
    private func staffDays(of participant: Participant, on date: CivilDate) -> AgentHindrance? {
        if let since = participant.staffSince, since <= date, participant.staffUntil.map({ date <= $0 }) ?? true {
            return AgentHindrance(kind: .staff, since: since, until: participant.staffUntil)
        }
        guard isStaffWorker(participant), participant.puOn.map({ $0 <= date }) ?? true else { return nil }
        return AgentHindrance(kind: .staff, since: participant.puOn)
    }

    /// The state of an agent on a day, by what is known now.
    func state(of agent: Agent, on date: CivilDate) -> AgentMachine.State {
        var state = agent.stage.state
        if state == .active, let since = agent.decidedOn, date < since { state = AgentMachine.initial }
        for signal in agent.life.signals(on: date) { state = AgentMachine.move(state, on: signal).state }
        return AgentMachine.settled(state, Set(hindrances(of: agent, on: date).map(\.kind)))
    }
}

extension IntakeState.Participant {
    /// More than three months unpaid, or left. Months of grace do not count: they can still be paid and the membership
    /// has not ended (Perdir 22/PERDIR.02/072022; domain.md 2.4), and no source takes an agent's right for a month's
    /// delay.
    var isLapsed: Bool { cover == .lapsed || cover == .exited }
}

extension AgentStanding {
    /// Of an active agent.
    var state: AgentMachine.State {
        switch self {
        case .active: .active
        case .suspended: .suspended
        case .membershipLapsed: .membershipLapsed
        case .staff: .staff
        }
    }
}
