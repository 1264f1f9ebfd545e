import PerisaiModels
import Worker

/// Agents and the gates they pass.
extension IntakeState {
    mutating func apply(_ event: AgentApplied, _ outgoing: inout Outgoing) {
        let id = event.agentID.text
        // An active agent's file is closed: the gates were passed with the facts of that time.
        guard agents[id]?.stage != .active else { return }
        if let old = agents[id]?.file.application?.nik, old != event.nik { agentsByNIK[old]?.remove(id) }
        agentsByNIK[event.nik, default: []].insert(id)
        let isNew = agents[id]?.file.application != event
        agents[id, default: Agent()].file.application = event
        review(id, answersAgain: isNew, &outgoing)
    }

    mutating func apply(_ event: AgentTrained, _ outgoing: inout Outgoing) {
        let id = event.agentID.text
        guard agents[id]?.stage != .active else { return }
        agents[id, default: Agent()].file.trainedOn = event.trainedOn
        review(id, &outgoing)
    }

    mutating func apply(_ event: AgentExamined, _ outgoing: inout Outgoing) {
        let id = event.agentID.text
        guard agents[id]?.stage != .active else { return }
        if let earlier = agents[id]?.file.exam, earlier.on > event.examinedOn { return }
        agents[id, default: Agent()].file.exam = AgentFile.Exam(passed: event.passed, on: event.examinedOn)
        review(id, &outgoing)
    }

    mutating func apply(_ event: AgentSigned, _ outgoing: inout Outgoing) {
        let id = event.agentID.text
        let signature = AgentFile.Signature(wadah: event.wadahID, on: event.signedOn, until: event.contractUntil)
        if agents[id]?.stage == .active {
            // A renewed contract with the same wadah keeps an active agent active for longer.
            // One that came back under another wadah is kept by that one's.
            guard let agent = agents[id], let current = agent.file.signature,
                agent.life.returnedWadah ?? current.wadah == signature.wadah, signature.until > agent.contractUntil
            else { return }
            agents[id]?.file.signature?.until = signature.until
            changedAgents.insert(id)
            return
        }
        if let earlier = agents[id]?.file.signature, earlier.on > event.signedOn { return }
        agents[id, default: Agent()].file.signature = signature
        review(id, &outgoing)
    }

    /// Looks at every agent whose registration the current event has brought about.
    mutating func reviewRegistered(_ outgoing: inout Outgoing) {
        // A released submission may register the next agent, hence a queue; each NIK is registered once.
        var index = 0
        while index < justRegistered.count {
            for id in agentsByNIK[justRegistered[index], default: []].sorted() where agents[id]?.stage != .active {
                review(id, &outgoing)
                release(id, &outgoing)
            }
            index += 1
        }
        justRegistered.removeAll(keepingCapacity: true)
    }

    /// Evaluates the gates and says so when the answer is another one than the last.
    mutating func review(_ id: String, answersAgain: Bool = false, _ outgoing: inout Outgoing) {
        guard var agent = agents[id] else { return }
        changedAgents.insert(id)
        defer { agents[id] = agent }
        let verdict = verdict(agent)
        agent.waitsForRegistration = verdict == .waiting([.registration])
        switch verdict {
        case .waiting:
            agent.stage = .waiting
            agent.reasons = ""
        case .refused(let reasons, let date):
            let codes = reasons.map(\.code).joined(separator: ",")
            if agent.reasons != codes || answersAgain, let application = agent.file.application {
                outgoing.emit(
                    AgentRefused(
                        agentID: application.agentID, name: application.name, phone: application.phone,
                        reasons: reasons, decidedOn: date))
            }
            agent.stage = .refused
            agent.reasons = codes
            agent.decidedOn = date
        case .active(let date):
            agent.stage = .active
            agent.reasons = ""
            agent.decidedOn = date
            guard let application = agent.file.application else { return }
            outgoing.emit(
                AgentActivated(
                    agentID: application.agentID, wadahID: application.wadahID, branch: application.branch,
                    name: application.name, phone: application.phone, zone: application.nik.zone ?? .wib,
                    activatedOn: date, bank: application.bank, accountNumber: application.accountNumber,
                    accountHolder: application.accountHolder, contractUntil: agent.file.signature?.until))
        }
    }

    func verdict(_ agent: Agent) -> AgentVerdict {
        let registeredOn = agent.file.application.flatMap { participants[$0.nik]?.firstSeen }
        return AgentGates.evaluate(
            agent.file, registeredOn: registeredOn, settings: settings, barred: bars(agent.file))
    }

    /// Whether an agent may hand in a submission of a day.
    enum Standing {
        case active, waitsForRegistration
        case refused(RefusalReason)
    }

    /// An agent's other gates come in the same order as its submissions, so only the registration is worth waiting for.
    func standing(_ id: AgentID, on date: CivilDate) -> Standing {
        func refusal(_ text: String) -> Standing { .refused(RefusalCode.agentNotActive.reason("agent_id", text)) }
        guard let agent = agents[id.text] else { return refusal("Agen ini tidak dikenal.") }
        if agent.waitsForRegistration { return .waitsForRegistration }
        guard agent.stage == .active, let since = agent.decidedOn else {
            return refusal("Agen belum aktif: persyaratan belum terpenuhi.")
        }
        guard since <= date else { return refusal("Agen baru aktif sejak \(since).") }
        if let reason = agent.life.refusal(on: date) { return refusal(reason) }
        if agent.contractUntil < date { return refusal("Perjanjian (PKS) agen berakhir pada \(agent.contractUntil).") }
        return .active
    }
}
