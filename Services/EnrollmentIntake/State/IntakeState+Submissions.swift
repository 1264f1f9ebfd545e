import PerisaiModels
import Worker

import struct Foundation.UUID

/// Submissions: accepted, refused, or waiting for the agent's own registration.
extension IntakeState {
    mutating func apply(_ submission: Submission, lane: Int, _ outgoing: inout Outgoing) throws {
        let handedIn = HandedIn(submission)
        guard !isKnown(handedIn, &outgoing) else { return }
        var (contribution, reasons) = faults(submission)
        var waits = false
        if let agentID = submission.agentID {
            switch standing(agentID, on: submission.submittedOn) {
            case .active: break
            case .waitsForRegistration:
                waits = true
                if let own = agents[agentID.text]?.file.application?.nik, submission.niks.contains(own) {
                    // It would wait for itself.
                    reasons.insert(
                        RefusalCode.agentNotActive.reason("agent_id", "Agen tidak dapat mendaftarkan dirinya sendiri."),
                        at: 0)
                }
            case .refused(let reason): reasons.insert(reason, at: 0)
            }
        }
        let signal: SubmissionMachine.Signal = !reasons.isEmpty ? .invalid : waits ? .validAgentAwaited : .valid
        switch SubmissionMachine.move(.new, on: signal).state {
        case .new: return
        case .refused: refuse(handedIn, reasons, &outgoing)
        case .waiting: park(submission, handedIn, try takeNumbers(submission, lane: lane))
        case .enrolled:
            let numbers = try takeNumbers(submission, lane: lane)
            enrol(submission, handedIn, contribution, numbers, &outgoing)
        }
    }

    /// Numbers that an accepted submission needs; taken when it comes, so that they do not depend on when it is decided.
    struct Numbers {
        var npp: NPP?
        var kpjs: [KPJ?]
    }

    private mutating func takeNumbers(_ submission: Submission, lane: Int) throws -> Numbers {
        let month = submission.submittedOn.contributionMonth
        var numbers = Numbers(npp: nil, kpjs: [])
        // All of them or none: a submission that finds a range used up leaves no trace.
        let needed = submission.niks.count { kpj(of: $0) == nil }
        try checkKPJs(needed, month, lane: lane)
        if submission.kind == .employer { numbers.npp = try takeNPP(lane: lane) }
        for nik in submission.niks {
            numbers.kpjs.append(kpj(of: nik) == nil ? try takeKPJ(month, lane: lane) : nil)
        }
        return numbers
    }

    /// Every reason but the agent's standing, and an employer's contribution.
    private func faults(_ submission: Submission) -> (Rupiah, [RefusalReason]) {
        switch submission {
        case .participant(let submitted):
            return (.zero, ParticipantRules.faults(submitted, settings: settings) + claims(submitted))
        case .employer(let submitted):
            var (contribution, reasons) = EmployerRules.check(submitted, settings: settings)
            if let nib = submitted.nib, employersByNIB[nib] != nil {
                reasons.append(
                    RefusalCode.nibEnrolled.reason("nib", "Pemberi kerja dengan NIB ini sudah terdaftar."))
            }
            reasons += deceased(submitted.workers, field: "workers")
            return (contribution, reasons)
        }
    }

    /// The first valid submission of a NIK wins (domain.md 1.6), until the membership lapses or is left: then the next
    /// one does, of whatever agent.
    private func claims(_ submitted: ParticipantSubmitted) -> [RefusalReason] {
        let state = membership(of: submitted.nik)
        let known = participants[submitted.nik]
        guard MembershipMachine.move(state, on: .submitted).state == state else {
            guard let last = known?.exit?.lastMonth, submitted.firstMonth <= last else { return [] }
            return [
                RefusalCode.firstMonthPast.reason(
                    "first_month", "Keanggotaan sebelumnya berakhir dengan bulan iuran \(last); pilih bulan sesudahnya."
                )
            ]
        }
        if state == .deceased {
            return [RefusalCode.deceased.reason("nik", "Peserta ini telah dilaporkan meninggal dunia.")]
        }
        if let agent = known?.bpuAgent, agent != submitted.agentID?.text {
            return [RefusalCode.claimed.reason("nik", "Peserta ini sudah didaftarkan melalui agen lain.")]
        }
        return [RefusalCode.alreadyEnrolled.reason("nik", "Peserta ini sudah terdaftar aktif pada segmen BPU.")]
    }

    func deceased(_ workers: [SubmittedWorker], field: String) -> [RefusalReason] {
        workers.indices.lazy.filter { membership(of: workers[$0].nik) == .deceased }.prefix(EmployerRules.namedWorkers)
            .map {
                RefusalCode.deceased.reason("\(field)[\($0)].nik", "Tenaga kerja ini telah dilaporkan meninggal dunia.")
            }
    }

    /// The number of a person, kept for ever; also of one whose data were erased.
    func kpj(of nik: NIK) -> KPJ? { participants[nik]?.kpj ?? erased[nik]?.kpj }

    // MARK: Outcomes

    /// What came under a number.
    struct HandedIn {
        let key: SubmissionKey
        let kind: SubmissionKind
        let agentID: AgentID?
        let submissionID: SubmissionID
        let on: CivilDate
        let fingerprint: UUID

        init(_ submission: Submission) {
            key = submission.key
            kind = submission.kind
            agentID = submission.agentID
            submissionID = submission.submissionID
            on = submission.submittedOn
            fingerprint = IntakeState.fingerprint(submission.json)
        }

        init(_ report: Report) {
            key = report.key
            kind = report.kind
            agentID = report.agentID
            submissionID = report.submissionID
            on = report.reportedOn
            fingerprint = IntakeState.fingerprint(report.json)
        }

        func refusal(_ reasons: [RefusalReason]) -> SubmissionRefused {
            SubmissionRefused(
                submissionID: submissionID, kind: kind, agentID: agentID, reasons: reasons, decidedOn: on)
        }
    }

    /// Whether the number was used. The same content again is the same message: its answer is out. Other content under a
    /// number that was used must be answered, or its sender would take it for applied.
    func isKnown(_ handedIn: HandedIn, _ outgoing: inout Outgoing) -> Bool {
        guard let earlier = submissions[handedIn.key] else { return false }
        let signal: SubmissionMachine.Signal =
            earlier.fingerprint == handedIn.fingerprint ? .repeated : .contradicted
        // Neither moves anything (`SubmissionMachine`).
        if signal == .contradicted {
            let reason = RefusalCode.duplicateSubmission.reason(
                "submission_id", "Nomor ini sudah dipakai untuk isi yang lain; gunakan nomor baru.")
            outgoing.emit(handedIn.refusal([reason]))
        }
        return SubmissionMachine.move(earlier.outcome.state, on: signal).state != .new
    }

    mutating func refuse(_ handedIn: HandedIn, _ reasons: [RefusalReason], _ outgoing: inout Outgoing) {
        note(handedIn, .refused, reasons: Set(reasons.map(\.code)).sorted().joined(separator: ","))
        outgoing.emit(handedIn.refusal(reasons))
    }

    mutating func note(_ handedIn: HandedIn, _ outcome: SubmissionOutcome, reasons: String = "") {
        submissions[handedIn.key] = SubmissionRow(
            kind: handedIn.kind, outcome: outcome, fingerprint: handedIn.fingerprint, reasons: reasons,
            decidedOn: handedIn.on)
        changedSubmissions.insert(handedIn.key)
    }

    private mutating func park(_ submission: Submission, _ handedIn: HandedIn, _ numbers: Numbers) {
        note(handedIn, .waiting)
        let agent = handedIn.key.agent
        let position = (parked[agent]?.last?.position ?? 0) + 1
        parked[agent, default: []].append(
            Parked(
                position: position, submission: submission, npp: numbers.npp, kpjs: numbers.kpjs, isStored: false))
    }

    /// Decides what has waited for an agent, in order of arrival; nothing while the agent still waits.
    mutating func release(_ agent: String, _ outgoing: inout Outgoing) {
        guard let state = agents[agent], !state.waitsForRegistration, let waiting = parked[agent], !waiting.isEmpty
        else { return }
        parked[agent] = []
        for item in waiting {
            if item.isStored { released.append((agent, item.position)) }
            let submission = item.submission
            let handedIn = HandedIn(submission)
            var (contribution, reasons) = faults(submission)
            if let agentID = submission.agentID,
                case .refused(let reason) = standing(agentID, on: submission.submittedOn)
            {
                reasons.insert(reason, at: 0)
            }
            let signal: SubmissionMachine.Signal = reasons.isEmpty ? .releasedValid : .releasedInvalid
            if SubmissionMachine.move(.waiting, on: signal).state == .enrolled {
                let numbers = Numbers(npp: item.npp, kpjs: item.kpjs)
                enrol(submission, handedIn, contribution, numbers, &outgoing)
            } else {
                refuse(handedIn, reasons, &outgoing)
            }
        }
    }

    private mutating func enrol(
        _ submission: Submission, _ handedIn: HandedIn, _ contribution: Rupiah, _ numbers: Numbers,
        _ outgoing: inout Outgoing
    ) {
        note(handedIn, .enrolled)
        switch submission {
        case .participant(let submitted): enrol(submitted, numbers, &outgoing)
        case .employer(let submitted): enrol(submitted, contribution, numbers, &outgoing)
        }
    }

    private mutating func enrol(_ submitted: ParticipantSubmitted, _ numbers: Numbers, _ outgoing: inout Outgoing) {
        let nik = submitted.nik
        var participant = participants[nik] ?? Participant()
        guard let kpj = kpj(of: nik) ?? numbers.kpjs.first.flatMap(\.self) else { return }
        // "Never registered in the BPU segment" (Perdir 13/PERDIR.02/042022 item c): an erased person was.
        let isNew = participant.bpuOn == nil && erased[nik]?.bpuOn == nil
        register(nik, &participant, kpj, on: submitted.submittedOn)
        participant.bpuOn = submitted.submittedOn
        participant.bpuAgent = submitted.agentID?.text
        participant.bpuBranch = submitted.branch.text
        participant.bpuSubmission = submitted.submissionID.text
        participant.bpuMonth = submitted.firstMonth
        participant.cover = nil
        participant.coverOn = nil
        participant.exit = nil
        participants[nik] = participant
        outgoing.emit(
            ParticipantEnrolled(
                submissionID: submitted.submissionID, kpj: kpj, nik: nik, name: submitted.name,
                phone: submitted.phone, agentID: submitted.agentID, branch: submitted.branch,
                programmes: ProgrammeSet(submitted.programmes).programmes, monthlyIncome: submitted.monthlyIncome,
                occupation: submitted.occupation, payerKind: submitted.payerKind, newlyRegistered: isNew,
                zone: nik.zone ?? .wib, enrolledOn: submitted.submittedOn, firstMonth: submitted.firstMonth,
                returning: isNew ? nil : true, consent: submitted.consent))
        if !isNew, agentsByNIK[nik]?.isEmpty == false { reviewStanding(of: nik, on: submitted.submittedOn, &outgoing) }
    }

    mutating func register(_ nik: NIK, _ participant: inout Participant, _ kpj: KPJ, on date: CivilDate) {
        changedParticipants.insert(nik)
        guard participant.kpj == nil else { return }
        participant.kpj = kpj
        participant.firstSeen = date
        niksByKPJ[kpj] = nik
        if agentsByNIK[nik] != nil { justRegistered.append(nik) }
    }

    private mutating func enrol(
        _ submitted: EmployerSubmitted, _ contribution: Rupiah, _ numbers: Numbers, _ outgoing: inout Outgoing
    ) {
        guard let npp = numbers.npp else { return }
        var workers: [EnrolledWorker] = []
        workers.reserveCapacity(submitted.workers.count)
        for (worker, reserved) in zip(submitted.workers, numbers.kpjs) {
            var participant = participants[worker.nik] ?? Participant()
            let known = kpj(of: worker.nik)
            guard let kpj = known ?? reserved else { continue }
            register(worker.nik, &participant, kpj, on: submitted.submittedOn)
            participant.puOn = participant.puOn ?? submitted.submittedOn
            participants[worker.nik] = participant
            workers.append(
                EnrolledWorker(
                    kpj: kpj, nik: worker.nik, name: worker.name, phone: worker.phone, wage: worker.wage,
                    newlyRegistered: known == nil))
        }
        let isLabourIntensive = EmployerRules.isLabourIntensive(submitted.kbli, workers: workers.count)
        let enrolled = EmployerEnrolled(
            submissionID: submitted.submissionID, npp: npp, nib: submitted.nib, name: submitted.name,
            phone: submitted.phone, agentID: submitted.agentID, branch: submitted.branch, size: submitted.size,
            riskClass: submitted.riskClass, labourIntensive: isLabourIntensive ? true : nil,
            programmes: submitted.size.programmes.programmes, workers: workers,
            monthlyContribution: contribution, zone: submitted.workers.first?.nik.zone ?? .wib,
            enrolledOn: submitted.submittedOn, firstMonth: submitted.firstMonth)
        keep(submitted, enrolled)
        outgoing.emit(enrolled)
        if let nib = submitted.nib { employersByNIB[nib] = npp }
        reviewCases(of: npp, on: submitted.submittedOn, &outgoing)
        if let employer = employers[npp] { reviewPermits(permits(of: employer), &outgoing) }
    }

    private mutating func keep(_ submitted: EmployerSubmitted, _ enrolled: EmployerEnrolled) {
        let npp = enrolled.npp
        employers[npp] = Employer(
            npp: npp, nib: submitted.nib, npwp: submitted.npwp, name: submitted.name, phone: submitted.phone,
            agentID: submitted.agentID, branch: submitted.branch, size: submitted.size, riskClass: submitted.riskClass,
            kbli: submitted.kbli, labourIntensive: enrolled.labourIntensive ?? false, workers: enrolled.workers.count,
            wages: Self.sum(enrolled.workers.map(\.wage)),
            monthlyContribution: enrolled.monthlyContribution, submissionID: submitted.submissionID,
            enrolledOn: submitted.submittedOn, firstMonth: submitted.firstMonth)
        changedEmployers.insert(npp)
        for worker in enrolled.workers {
            workers[npp, default: [:]][worker.nik] = Worker(kpj: worker.kpj, wage: worker.wage)
            changedWorkers[npp, default: []].insert(worker.nik)
            employ(worker.nik, by: npp)
        }
        if let npwp = submitted.npwp { employersByNPWP[npwp, default: []].insert(npp) }
    }

    // MARK: Parts

    static func fingerprint(_ json: [UInt8]) -> UUID {
        var hash = SipHash128(seed: 4)
        json.withUnsafeBytes { hash.combine($0) }
        let (high, low) = hash.finish()
        return UUID(high, low)
    }

    /// Stops at the largest sum: wages that are no wages are nobody's concern here.
    static func sum(_ wages: [Rupiah]) -> Rupiah {
        Rupiah(
            wages.reduce(Int64(0)) { sum, wage in
                let (total, overflow) = sum.addingReportingOverflow(wage.amount)
                return overflow ? .max : total
            })
    }
}

/// A number range that is used up is nothing that waiting mends: the event goes to the dead letters.
func numbered<Number>(_ take: () throws(IdentifierFault) -> Number) throws(RecordFault) -> Number {
    do { return try take() } catch { throw RecordFault(cause: "numbers-used-up", reason: "\(error)") }
}
