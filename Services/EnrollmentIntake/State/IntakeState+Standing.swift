import PerisaiModels
import Worker

/// Documents, suspensions, the own membership and employment at the fund: what comes of them for an agent.
extension IntakeState {
    mutating func apply(_ event: AgentDocumented, _ outgoing: inout Outgoing) {
        let id = event.agentID.text
        var file = agents[id]?.file ?? AgentFile()
        // Documents add up; what comes beyond the list moves no date.
        if !file.missing(of: settings.agentDocuments).isDisjoint(with: event.documents) {
            file.documentsOn = max(file.documentsOn ?? event.receivedOn, event.receivedOn)
        }
        file.documents.formUnion(event.documents)
        agents[id, default: Agent()].file = file
        changedAgents.insert(id)
        if isFileOpen(id) { review(id, &outgoing) }
    }

    mutating func apply(_ event: AgentSuspended, _ outgoing: inout Outgoing) throws(RecordFault) {
        try Self.check("suspended_until", event.suspendedUntil, from: event.suspendedOn)
        let id = event.agentID.text
        let suspension = Suspension(
            from: event.suspendedOn, until: event.suspendedUntil, reason: NIK.hidden(in: event.reason))
        if let known = agents[id]?.suspension, !suspension.isNewer(than: known) { return }
        agents[id, default: Agent()].suspension = suspension
        changedAgents.insert(id)
        judge(id, tellsAgain: .suspended, &outgoing)
    }

    mutating func apply(_ event: AgentResumed, _ outgoing: inout Outgoing) {
        let id = event.agentID.text
        guard agents[id]?.resumedOn.map({ $0 < event.resumedOn }) ?? true else { return }
        agents[id, default: Agent()].resumedOn = event.resumedOn
        changedAgents.insert(id)
        judge(id, &outgoing)
    }

    mutating func apply(_ event: StaffListed, _ outgoing: inout Outgoing) throws(RecordFault) {
        try Self.check("until", event.until, from: event.since)
        var person = participants[event.nik] ?? Participant()
        // The later employment counts; of one employment a known end, and of two ends the later.
        if let known = person.staffSince {
            guard known <= event.since else { return }
            if known == event.since, (person.staffUntil ?? .earliest) >= (event.until ?? .earliest) { return }
        }
        person.staffSince = event.since
        person.staffUntil = event.until
        participants[event.nik] = person
        changedParticipants.insert(event.nik)
        reviewPerson(event.nik, on: nil, &outgoing)
    }

    /// Days that end before they begin mean nothing; whoever sent them must say what was meant.
    private static func check(_ field: String, _ until: CivilDate?, from: CivilDate) throws(RecordFault) {
        guard let until, until < from else { return }
        throw RecordFault(cause: "period", reason: "\(field): lies before the first day")
    }

    /// After news of a person's own membership.
    mutating func reviewStanding(of nik: NIK, on date: CivilDate, _ outgoing: inout Outgoing) {
        for id in agentsByNIK[nik, default: []].sorted() { judge(id, on: date, &outgoing) }
    }

    /// After news of who works where.
    mutating func reviewEmployment(of niks: [NIK], on date: CivilDate, _ outgoing: inout Outgoing) {
        guard !settings.staffEmployers.isEmpty else { return }
        for nik in niks {
            guard let ids = agentsByNIK[nik], let person = participants[nik] else { continue }
            let wasStaff = ids.contains { agents[$0]?.standing == .staff || agents[$0]?.stage == .refused }
            if wasStaff || isStaffWorker(person) { reviewPerson(nik, on: date, &outgoing) }
        }
    }

    /// Whose employment a report concerns.
    func workers(in report: Report) -> [NIK] {
        guard case .closure(let closure) = report else { return report.niks }
        return workers[closure.npp, default: [:]].keys.sorted()
    }

    private mutating func reviewPerson(_ nik: NIK, on date: CivilDate?, _ outgoing: inout Outgoing) {
        for id in agentsByNIK[nik, default: []].sorted() {
            if isFileOpen(id) {
                review(id, &outgoing)
                release(id, &outgoing)
            }
            judge(id, on: date, &outgoing)
        }
    }

    func isStaffWorker(_ participant: Participant) -> Bool {
        participant.puNPP.map { settings.staffEmployers.contains($0) } ?? false
    }

    /// Why an employee of the fund cannot become an agent (S01b): employed on a day between the application and the
    /// latest fact, as far as is known.
    func staffBars(_ file: AgentFile) -> [RefusalReason] {
        guard let application = file.application else { return [] }
        let person = participants[application.nik]
        let facts = [
            file.documentsDate(settings.agentDocuments), file.trainedOn, file.exam?.on, file.signature?.on,
            person?.firstSeen,
        ]
        let last = facts.compactMap(\.self).reduce(application.appliedOn, max)
        var isStaff = application.isStaff == true
        if let person, isStaffWorker(person) { isStaff = true }
        if let since = person?.staffSince, since <= last, application.appliedOn <= person?.staffUntil ?? .latest {
            isStaff = true
        }
        guard isStaff else { return [] }
        return [
            RefusalCode.agentIsStaff.reason(
                "is_staff", "Pegawai BPJS Ketenagakerjaan tidak dapat menjadi agen Perisai selama masih bekerja.")
        ]
    }

    // MARK: Standing

    /// Judges whether the agent may acquire on the latest day that anything is known of, and tells a change while the
    /// agency is in force. That day never goes back, so that news may come in any order.
    /// - Parameters:
    ///   - date: a business date, or the day of news that leaves no date of its own.
    ///   - comesIntoForce: tells what hinders from the start of an agency.
    ///   - tellsAgain: tells this standing even when it is the same: its days are others.
    mutating func judge(
        _ id: String, on date: CivilDate? = nil, comesIntoForce: Bool = false, tellsAgain: AgentStanding? = nil,
        _ outgoing: inout Outgoing
    ) {
        guard var agent = agents[id] else { return }
        let person = agent.file.application.flatMap { participants[$0.nik] }
        let days = [
            agent.standingOn, date, agent.suspension?.from, agent.resumedOn, person?.coverOn, person?.staffSince,
        ]
        guard let day = days.compactMap(\.self).max() else { return }
        let holding = hindrances(of: agent, on: day)
        let before = agent.standing
        let state = AgentMachine.settled(before.state, Set(holding.map(\.kind)))
        let top = holding.first { $0.kind.state == state }
        agent.standing = top?.standing ?? .active
        guard agent.standing != before || agent.standingOn != day || comesIntoForce || tellsAgain != nil else { return }
        agent.standingOn = day
        agents[id] = agent
        changedAgents.insert(id)
        let isNews = agent.standing != before || comesIntoForce && top != nil || agent.standing == tellsAgain
        guard isNews, isInForce(agent), let application = agent.file.application else { return }
        let start = max(agent.decidedOn ?? .earliest, agent.life.returnedOn ?? .earliest)
        outgoing.emit(
            AgentStandingChanged(
                agentID: application.agentID, standing: agent.standing,
                reason: top.map { $0.reason.isEmpty ? $0.text : "\($0.text) Alasan: \($0.reason)" }
                    ?? liftedText(before), until: top?.until,
                changedOn: max(start, top.map { $0.since ?? day } ?? lifted(before, agent, person, by: day))))
    }

    private func isInForce(_ agent: Agent) -> Bool {
        agent.stage == .active && agent.life.openEnd == nil && agent.life.dismissedOn == nil
    }

    private func liftedText(_ before: AgentStanding) -> String {
        switch before {
        case .suspended: "Penangguhan keagenan telah berakhir."
        case .membershipLapsed: "Kepesertaan agen sendiri aktif kembali."
        case .staff: "Agen tidak lagi tercatat sebagai pegawai BPJS Ketenagakerjaan."
        case .active: "Agen dapat mendaftarkan peserta."
        }
    }

    /// The first day without what hindered before.
    private func lifted(
        _ before: AgentStanding, _ agent: Agent, _ person: Participant?, by day: CivilDate
    ) -> CivilDate {
        let dates: [CivilDate?] =
            switch before {
            case .suspended: [agent.resumedOn, agent.suspension?.until?.adding(days: 1)]
            case .membershipLapsed: [person?.coverOn]
            case .staff: [person?.staffUntil?.adding(days: 1)]
            case .active: []
            }
        return dates.compactMap(\.self).filter { $0 <= day }.max() ?? day
    }
}
