import PerisaiModels
import Worker

/// Requests of persons about the own data (UU 27/2022). Each is decided once, whatever comes again.
extension IntakeState {
    mutating func apply(_ event: SubjectCorrectionAsked, _ outgoing: inout Outgoing) {
        guard knownRequests.insert(event.requestID.text).inserted else { return }
        let nik = event.nik
        let agentIDs = agentsByNIK[nik, default: []].sorted()
        let reasons = SubjectRules.refusals(event, isKnown: isKnown(nik))
        let kpj = participants[nik]?.kpj
        note(
            SubjectRequest(
                requestID: event.requestID, kind: .correction, kpj: kpj, isDone: reasons.isEmpty,
                reasons: reasons.map(\.code).joined(separator: ","), decidedOn: event.askedOn, askedBy: event.askedBy,
                approvedBy: nil))
        guard reasons.isEmpty else {
            dropGate(nik)
            outgoing.emit(
                SubjectRequestRefused(
                    requestID: event.requestID, kpj: kpj, reasons: reasons, decidedOn: event.askedOn))
            return
        }
        correctWaiting(event)
        // One event for each key by which the others know the person, in the partition of what they learned before.
        var corrected = SubjectCorrected(
            requestID: event.requestID, kpj: kpj, name: event.name, phone: event.phone, correctedOn: event.askedOn)
        if kpj != nil { outgoing.emit(corrected) }
        corrected.kpj = nil
        for id in agentIDs {
            if let name = event.name { agents[id]?.file.application?.name = name }
            if let phone = event.phone { agents[id]?.file.application?.phone = phone }
            changedAgents.insert(id)
            corrected.agentID = agents[id]?.file.application?.agentID
            if corrected.agentID != nil { outgoing.emit(corrected) }
            if isFileOpen(id) { review(id, &outgoing) }
        }
    }

    mutating func apply(_ event: SubjectErasureAsked, _ outgoing: inout Outgoing) {
        guard knownRequests.insert(event.requestID.text).inserted else { return }
        let nik = event.nik
        let kpj = participants[nik]?.kpj
        let reasons = SubjectRules.refusals(facts(of: nik, on: event.askedOn), event, settings: settings)
        note(
            SubjectRequest(
                requestID: event.requestID, kind: .erasure, kpj: kpj, isDone: reasons.isEmpty,
                reasons: reasons.map(\.code).joined(separator: ","), decidedOn: event.askedOn, askedBy: event.askedBy,
                approvedBy: event.approvedBy))
        guard reasons.isEmpty, let key = settings.subjectKey else {
            dropGate(nik)
            outgoing.emit(
                SubjectRequestRefused(
                    requestID: event.requestID, kpj: kpj, reasons: reasons, decidedOn: event.askedOn))
            return
        }
        keepTombstone(of: nik, under: key, on: event.askedOn)
        let agentIDs = eraseAgents(nik, &outgoing)
        eraseWaiting(nik, on: event.askedOn, &outgoing)
        let npps = eraseWorker(nik)
        erasePermits(nik)
        participants[nik] = nil
        changedParticipants.remove(nik)
        erasedNIKs.insert(nik)
        outgoing.emit(
            SubjectErased(
                requestID: event.requestID, kpj: kpj, agentIDs: agentIDs, erasedOn: event.askedOn,
                npps: npps.isEmpty ? nil : npps))
    }

    private mutating func note(_ request: SubjectRequest) { newRequests.append(request) }

    /// The row that the request itself has made as a gate, where nothing else is known.
    private mutating func dropGate(_ nik: NIK) {
        guard let row = participants[nik], row.isEmpty, agentsByNIK[nik, default: []].isEmpty else { return }
        participants[nik] = nil
        changedParticipants.remove(nik)
        erasedNIKs.insert(nik)
    }

    // MARK: What is known

    private func isKnown(_ nik: NIK) -> Bool {
        if let row = participants[nik], !row.isEmpty { return true }
        return !agentsByNIK[nik, default: []].isEmpty || waiting(nik).contains { _ in true }
            || workers.values.contains { $0[nik] != nil } || !owned(nik).isEmpty
            || permits.values.contains { $0.names(nik) }
    }

    private func facts(of nik: NIK, on date: CivilDate) -> SubjectFacts {
        var facts = SubjectFacts(isKnown: isKnown(nik))
        var ends: [CivilDate?] = []
        if let row = participants[nik] {
            // Lapsed is "berakhir kepesertaan" (Perdir 22/PERDIR.02/072022), ended by itself.
            let isOver = row.exit != nil || row.cover == .lapsed || row.cover == .exited
            facts.isMember = row.bpuOn != nil && !isOver
            if row.bpuOn != nil { ends += [row.bpuOn, row.exit?.on, isOver ? row.coverOn : nil] }
            facts.isEmployed = row.puNPP != nil
            ends.append(row.puOn)
            facts.isStaff = row.staffSince != nil && row.staffUntil.map { $0 >= date } ?? true
            ends.append(row.staffUntil)
        }
        for (npp, people) in workers {
            guard let worker = people[nik] else { continue }
            let left = worker.leftOn ?? employers[npp]?.closedOn
            if left == nil { facts.isEmployed = true }
            ends.append(left)
        }
        for npp in owned(nik) {
            if employers[npp]?.closedOn == nil { facts.isEmployed = true }
            ends.append(employers[npp]?.closedOn)
        }
        for id in agentsByNIK[nik, default: []] {
            guard let agent = agents[id] else { continue }
            let end = agent.life.dismissedOn ?? agent.life.openEnd
            if agent.stage == .active, end == nil { facts.isAgent = true }
            if agent.stage == .active || end != nil { ends += [agent.decidedOn, end] }
        }
        facts.waitsInList = waiting(nik).contains { $0.item.submission.kind == .employer }
        facts.endedOn = ends.compactMap(\.self).max()
        return facts
    }

    /// Submissions that wait and hold the NIK.
    private func waiting(_ nik: NIK) -> [(agent: String, item: Parked)] {
        parked.sorted { $0.key < $1.key }.flatMap { agent, items in
            items.filter { $0.submission.niks.contains(nik) }.map { (agent, $0) }
        }
    }

    /// Employers whose tax number is the NIK: an individual's firm.
    private func owned(_ nik: NIK) -> Set<NPP> {
        (try? NPWP(code: nik.code)).flatMap { employersByNPWP[$0] } ?? []
    }

    // MARK: What goes

    private mutating func keepTombstone(of nik: NIK, under key: SubjectKey, on date: CivilDate) {
        func earlier(_ left: CivilDate?, _ right: CivilDate?) -> CivilDate? { [left, right].compactMap(\.self).min() }
        let row = participants[nik]
        let lives = agentsByNIK[nik, default: []].compactMap { agents[$0]?.life.dismissedOn }
        var kept = ErasedSubject(
            key: key.hash(nik), kpj: row?.kpj, firstSeen: row?.firstSeen, bpuOn: row?.bpuOn, puOn: row?.puOn,
            dismissedOn: lives.min(), erasedOn: date)
        if let before = erased[nik] {
            kept.kpj = kept.kpj ?? before.kpj
            kept.firstSeen = earlier(kept.firstSeen, before.firstSeen)
            kept.bpuOn = earlier(kept.bpuOn, before.bpuOn)
            kept.puOn = earlier(kept.puOn, before.puOn)
            kept.dismissedOn = earlier(kept.dismissedOn, before.dismissedOn)
        }
        guard kept.kpj != nil || kept.dismissedOn != nil else { return }
        erased[nik] = kept
        newErased.append(kept)
    }

    /// Empties the files of the person's agencies; their numbers and dates stay, for statements name them.
    private mutating func eraseAgents(_ nik: NIK, _ outgoing: inout Outgoing) -> [AgentID] {
        var ids: [AgentID] = []
        for id in agentsByNIK[nik, default: []].sorted() {
            if let agentID = agents[id]?.file.application?.agentID { ids.append(agentID) }
            agents[id]?.file.application = nil
            if agents[id]?.suspension != nil { agents[id]?.suspension?.reason = "" }
            changedAgents.insert(id)
            // What the agent has handed in and waits is refused: without an application nobody hands it in.
            if isFileOpen(id) { review(id, &outgoing) }
            release(id, &outgoing)
        }
        agentsByNIK[nik] = nil
        return ids
    }

    /// A submission of the person that waits is refused, so that its sender knows.
    private mutating func eraseWaiting(_ nik: NIK, on date: CivilDate, _ outgoing: inout Outgoing) {
        let reason = RefusalCode.dataErased.reason("nik", "Data orang ini dihapus atas permintaannya sendiri.")
        for (agent, item) in waiting(nik) {
            parked[agent]?.removeAll { $0.position == item.position }
            if item.isStored { released.append((agent, item.position)) }
            submissions[item.submission.key]?.outcome = .refused
            submissions[item.submission.key]?.reasons = reason.code
            submissions[item.submission.key]?.decidedOn = date
            changedSubmissions.insert(item.submission.key)
            let submission = item.submission
            outgoing.emit(
                SubmissionRefused(
                    submissionID: submission.submissionID, kind: submission.kind, agentID: submission.agentID,
                    reasons: [reason], decidedOn: date))
        }
    }

    /// Rows of workers keep KPJ, wage and dates; returns the employers.
    private mutating func eraseWorker(_ nik: NIK) -> [NPP] {
        var npps: Set<NPP> = []
        for (npp, people) in workers where people[nik] != nil {
            workers[npp]?[nik] = nil
            changedWorkers[npp]?.remove(nik)
            npps.insert(npp)
        }
        for npp in owned(nik) {
            employers[npp]?.npwp = nil
            changedEmployers.insert(npp)
        }
        if let npwp = try? NPWP(code: nik.code) { employersByNPWP[npwp] = nil }
        return npps.sorted()
    }

    /// The number of workers that were listed stays, so that no answer changes.
    private mutating func erasePermits(_ nik: NIK) {
        for (key, permit) in permits where permit.names(nik) {
            if permit.application?.readiness?.workers.contains(nik) == true {
                permits[key]?.application?.readiness?.workers.removeAll { $0 == nik }
                permits[key]?.erasedWorkers += 1
            }
            permits[key]?.amendment?.readiness?.workers.removeAll { $0 == nik }
            if permit.application?.npwp?.code == nik.code { permits[key]?.application?.npwp = nil }
            if permit.amendment?.npwp?.code == nik.code { permits[key]?.amendment?.npwp = nil }
            changedPermits.insert(key)
        }
        if let npwp = try? NPWP(code: nik.code) { permitsByNPWP[npwp] = nil }
    }

    private mutating func correctWaiting(_ event: SubjectCorrectionAsked) {
        for (agent, item) in waiting(event.nik) {
            guard let index = parked[agent]?.firstIndex(where: { $0.position == item.position }) else { continue }
            parked[agent]?[index].submission = item.submission.corrected(event)
            if item.isStored { changedParked[agent, default: []].insert(item.position) }
        }
    }
}

extension IntakeState.Participant {
    /// A gate that nothing is known behind.
    var isEmpty: Bool { kpj == nil && firstSeen == nil && bpuOn == nil && puOn == nil && staffSince == nil }
}

extension IntakeState.Permit {
    fileprivate func names(_ nik: NIK) -> Bool {
        application?.readiness?.workers.contains(nik) == true || application?.npwp?.code == nik.code
            || amendment?.readiness?.workers.contains(nik) == true || amendment?.npwp?.code == nik.code
    }
}

extension Submission {
    fileprivate func corrected(_ event: SubjectCorrectionAsked) -> Submission {
        switch self {
        case .participant(var submitted):
            submitted.name = event.name ?? submitted.name
            submitted.phone = event.phone ?? submitted.phone
            return .participant(submitted)
        case .employer(var submitted):
            for index in submitted.workers.indices where submitted.workers[index].nik == event.nik {
                submitted.workers[index].name = event.name ?? submitted.workers[index].name
                submitted.workers[index].phone = event.phone ?? submitted.workers[index].phone
            }
            return .employer(submitted)
        }
    }
}
