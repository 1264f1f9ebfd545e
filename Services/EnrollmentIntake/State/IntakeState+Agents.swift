import PerisaiModels
import Worker

/// Agents and the gates they pass.
extension IntakeState {
    mutating func apply(_ event: AgentApplied, _ outgoing: inout Outgoing) {
        let id = event.agentID.text
        // An active agent's file is closed: the gates were passed with the facts of that time.
        guard isFileOpen(id) else { return }
        if let old = agents[id]?.file.application?.nik, old != event.nik { agentsByNIK[old]?.remove(id) }
        agentsByNIK[event.nik, default: []].insert(id)
        let isNew = agents[id]?.file.application != event
        agents[id, default: Agent()].file.application = event
        review(id, answersAgain: isNew, &outgoing)
    }

    mutating func apply(_ event: AgentTrained, _ outgoing: inout Outgoing) {
        let id = event.agentID.text
        guard isFileOpen(id) else { return }
        agents[id, default: Agent()].file.trainedOn = event.trainedOn
        review(id, &outgoing)
    }

    mutating func apply(_ event: AgentExamined, _ outgoing: inout Outgoing) {
        let id = event.agentID.text
        guard isFileOpen(id) else { return }
        if let earlier = agents[id]?.file.exam, earlier.on > event.examinedOn { return }
        agents[id, default: Agent()].file.exam = AgentFile.Exam(passed: event.passed, on: event.examinedOn)
        review(id, &outgoing)
    }

    mutating func apply(_ event: AgentSigned, _ outgoing: inout Outgoing) {
        let id = event.agentID.text
        let signature = AgentFile.Signature(
            wadah: event.wadahID, on: event.signedOn, until: event.contractUntil, agentsListed: event.agentsListed)
        guard isFileOpen(id) else { return renew(id, signature, &outgoing) }
        if let earlier = agents[id]?.file.signature, earlier.on > event.signedOn { return }
        agents[id, default: Agent()].file.signature = signature
        review(id, &outgoing)
    }

    /// Whether facts of the file still decide.
    func isFileOpen(_ id: String) -> Bool { agents[id].map { AgentMachine.isFileOpen($0.stage.state) } ?? true }

    /// A longer contract with the same wadah keeps an active agent active for longer; one that came back under another
    /// wadah is kept by that one's. A newer contract that cannot renew leaves the present one in force, and says why;
    /// an old one again means nothing.
    private mutating func renew(_ id: String, _ signature: AgentFile.Signature, _ outgoing: inout Outgoing) {
        guard let agent = agents[id], let application = agent.file.application, let current = agent.file.signature
        else { return }
        let wadah = agent.life.returnedWadah ?? current.wadah
        var wrong: [RefusalReason] = []
        if wadah == signature.wadah {
            guard signature.until > agent.contractUntil else { return }
            wrong = ContractTerms.faults(signature)
        } else {
            guard signature.on > max(current.on, agent.life.returnedOn ?? .earliest) else { return }
            wrong = [
                RefusalCode.wadahMismatch.reason(
                    "wadah_id", "Agen aktif pada wadah \(wadah); perjanjian wadah lain tidak memperpanjangnya.")
            ]
        }
        guard wrong.isEmpty else {
            outgoing.emit(
                AgentRefused(
                    agentID: application.agentID, name: application.name, phone: application.phone,
                    reasons: wrong.map { reason in
                        let text =
                            "\(reason.text) Perjanjian yang berjalan tetap berlaku sampai \(agent.contractUntil)."
                        return RefusalReason(code: reason.code, field: reason.field, text: text)
                    }, decidedOn: signature.on))
            return
        }
        agents[id]?.file.signature = signature
        issueCredentials(id, &outgoing)
    }

    /// Looks at every agent whose registration the current event has brought about.
    mutating func reviewRegistered(_ outgoing: inout Outgoing) {
        // A released submission may register the next agent, hence a queue; each NIK is registered once.
        var index = 0
        while index < justRegistered.count {
            for id in agentsByNIK[justRegistered[index], default: []].sorted() where isFileOpen(id) {
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
        let verdict = verdict(agent)
        agent.waitsForRegistration = verdict == .waiting([.registration])
        let state = AgentMachine.move(agent.stage.state, on: verdict.signal).state
        agent.stage = AgentStage(state) ?? agent.stage
        var codes = ""
        switch verdict {
        case .waiting: break
        case .refused(let reasons, let date):
            codes = reasons.map(\.code).joined(separator: ",")
            if agent.reasons != codes || answersAgain, let application = agent.file.application {
                outgoing.emit(
                    AgentRefused(
                        agentID: application.agentID, name: application.name, phone: application.phone,
                        reasons: reasons, decidedOn: date))
            }
            agent.decidedOn = date
        case .active(let date): agent.decidedOn = date
        }
        agent.reasons = codes
        agents[id] = agent
        if case .active(let date) = verdict { activate(id, agent, on: date, &outgoing) } else { judge(id, &outgoing) }
    }

    private mutating func activate(_ id: String, _ agent: Agent, on date: CivilDate, _ outgoing: inout Outgoing) {
        guard let application = agent.file.application else { return }
        outgoing.emit(
            AgentActivated(
                agentID: application.agentID, wadahID: application.wadahID, branch: application.branch,
                name: application.name, phone: application.phone, zone: application.nik.zone ?? .wib,
                activatedOn: date, bank: application.bank, accountNumber: application.accountNumber,
                accountHolder: application.accountHolder, contractUntil: agent.file.signature?.until))
        issueCredentials(id, &outgoing)
        judge(id, comesIntoForce: true, &outgoing)
    }

    /// Certificate, ID and assignment letter as the facts have them now; none goes out to an agency that has ended.
    mutating func issueCredentials(_ id: String, _ outgoing: inout Outgoing) {
        guard let agent = agents[id] else { return }
        changedAgents.insert(id)
        let credential = AgentCredential(agent)
        agents[id]?.credentialedUntil = credential?.validUntil
        if let credential, agent.life.openEnd == nil { outgoing.emit(credential.event) }
    }

    func verdict(_ agent: Agent) -> AgentVerdict {
        let registeredOn = agent.file.application.flatMap { participants[$0.nik]?.firstSeen }
        return AgentGates.evaluate(
            agent.file, registeredOn: registeredOn, settings: settings, barred: bars(agent.file) + staffBars(agent.file)
        )
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
        let state = state(of: agent, on: date)
        switch state {
        case .waiting, .refused:
            guard agent.stage == .active, let since = agent.decidedOn else {
                return refusal("Agen belum aktif: persyaratan belum terpenuhi.")
            }
            return refusal("Agen baru aktif sejak \(since).")
        case .ended, .dismissed: return refusal(agent.life.refusal(on: date) ?? "Keagenan telah berakhir.")
        case .suspended, .membershipLapsed, .staff:
            let holding = hindrances(of: agent, on: date).first { $0.kind.state == state }
            return holding.map { .refused($0.refusal) } ?? .active
        case .active:
            return agent.contractUntil < date
                ? refusal("Perjanjian (PKS) agen berakhir pada \(agent.contractUntil).") : .active
        }
    }
}
