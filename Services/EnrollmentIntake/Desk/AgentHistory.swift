import PerisaiModels

/// What a row of an agent tells about days and gates.
enum AgentHistory {
    /// In order of their days; things of one day in the order in which they follow from each other.
    static func entries(_ agent: IntakeState.Agent) -> [AgentRecord.Entry] {
        var entries: [AgentRecord.Entry] = []
        func add(_ on: CivilDate?, _ what: String, _ detail: String = "") {
            if let on { entries.append(AgentRecord.Entry(on: on, what: what, detail: detail)) }
        }
        let (file, life) = (agent.file, agent.life)
        add(file.application?.appliedOn, "applied", file.application.map { "wadah \($0.wadahID)" } ?? "")
        add(file.documentsOn, "documents", file.documents.map(\.rawValue).sorted().joined(separator: ", "))
        add(file.trainedOn, "trained")
        add(file.exam?.on, file.exam?.passed == true ? "exam passed" : "exam failed")
        add(file.signature?.on, "contract signed", file.signature.map { "wadah \($0.wadah), until \($0.until)" } ?? "")
        switch agent.stage {
        case .waiting: break
        case .active: add(agent.decidedOn, "activated")
        case .refused: add(agent.decidedOn, "refused", agent.reasons)
        }
        let suspension = agent.suspension
        let term = suspension?.until.map { ["until \($0)"] } ?? []
        add(suspension?.from, "suspended", (term + [suspension?.reason ?? ""]).joined(separator: ": "))
        if suspension != nil { add(agent.resumedOn, "resumed") }
        add(life.endedOn, "ended", life.reentryFrom.map { "re-entry from \($0)" } ?? "")
        add(life.returnedOn, "returned", life.returnedWadah.map { "wadah \($0)" } ?? "")
        add(life.dismissedOn, "dismissed")
        return entries.enumerated().sorted { ($0.element.on, $0.offset) < ($1.element.on, $1.offset) }.map(\.element)
    }

    /// Since when the agent is in a state.
    static func since(
        _ state: AgentMachine.State, _ agent: IntakeState.Agent, _ holding: [AgentHindrance]
    ) -> CivilDate? {
        let start = agent.decidedOn.map { max($0, agent.life.returnedOn ?? .earliest) }
        switch state {
        case .waiting: return agent.file.application?.appliedOn
        case .refused: return agent.decidedOn
        case .active: return start
        case .suspended, .membershipLapsed, .staff:
            let since = holding.first { $0.kind.state == state }?.since
            return [since, start].compactMap(\.self).max()
        case .ended: return agent.life.endedOn
        case .dismissed: return agent.life.dismissedOn
        }
    }

    static func gates(_ agent: IntakeState.Agent, _ intake: IntakeState) -> [AgentRecord.Gate] {
        let file = agent.file
        let required = intake.settings.agentDocuments
        let missing = file.missing(of: required).map(\.rawValue).sorted().joined(separator: ", ")
        let handedIn = file.documentsDate(required) ?? file.application?.appliedOn
        let registered = file.application.flatMap { intake.participants[$0.nik]?.firstSeen }
        return AgentGate.allCases.map { gate in
            let passed: CivilDate? =
                switch gate {
                case .application: file.application?.appliedOn
                case .documents: missing.isEmpty ? handedIn : nil
                case .training: file.trainedOn
                case .exam: file.exam?.passed == true ? file.exam?.on : nil
                case .signature: file.signature?.on
                case .registration: registered
                }
            return AgentRecord.Gate(gate: gate, passedOn: passed, remedy: passed == nil ? gate.remedy(missing) : nil)
        }
    }
}

extension AgentGate {
    /// What to do when it is not passed.
    func remedy(_ documents: String) -> String {
        switch self {
        case .application: "the person applies under a wadah (agent-applied)"
        case .documents: documents.isEmpty ? "the person applies" : "hand in at the branch: \(documents)"
        case .training: "attend the training of the branch"
        case .exam: "sit the exam of the branch, again where it was not passed"
        case .signature: "the wadah signs the contract (PKS) with the branch"
        case .registration: "register as a participant: the agent's own membership"
        }
    }
}

extension RefusalCode {
    /// What to do about the refusal of an application, as in docs/refusal-codes.md; nil for codes of other things.
    var agentRemedy: String? {
        switch self {
        case .bankNotDesignated: "apply again with an account at a designated bank"
        case .accountNotOwn: "apply again with an account in the own name"
        case .noDevice: "apply again once there is one"
        case .examFailed: "sit the exam again"
        case .wadahMismatch: "apply again under the wadah that has signed, or let the right one sign"
        case .contractPeriod: "send the contract with its right dates"
        case .agentDismissed: "none: a dismissal revokes all rights for good"
        case .reentryTooEarly: "the wadah asks for the agent again from the day named"
        case .agentIsStaff: "apply again once the employment has ended"
        case .contractTerm:
            "sign a contract within the term; an active agent keeps its present contract until then"
        case .wadahMinimum: "list the missing agents in the contract and sign again"
        default: nil
        }
    }
}
