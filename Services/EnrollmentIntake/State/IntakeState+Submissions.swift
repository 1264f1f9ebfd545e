import PerisaiModels
import Worker

import struct Foundation.UUID

/// Submissions: accepted, refused, or waiting for the agent's own registration.
extension IntakeState {
    mutating func apply(_ submission: Submission, lane: Int, _ outgoing: inout Outgoing) throws {
        let fingerprint = Self.fingerprint(submission)
        if let earlier = submissions[submission.key] {
            // The same content again is the same message: its answer is out. Other content under a number that was
            // used must be answered, or its sender would take it for applied.
            if earlier.fingerprint != fingerprint {
                let reason = RefusalCode.duplicateSubmission.reason(
                    "submission_id", "Nomor ini sudah dipakai untuk isi yang lain; gunakan nomor baru.")
                outgoing.emit(Self.refusal(submission, [reason], on: submission.submittedOn))
            }
            return
        }
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
        guard reasons.isEmpty else { return refuse(submission, fingerprint, reasons, &outgoing) }
        let numbers = try takeNumbers(submission, lane: lane)
        if waits, let agentID = submission.agentID {
            park(submission, fingerprint, numbers, agent: agentID.text)
        } else {
            enrol(submission, fingerprint, contribution, numbers, &outgoing)
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
        let needed = submission.niks.count { participants[$0]?.kpj == nil }
        try checkKPJs(needed, month, lane: lane)
        if submission.kind == .employer { numbers.npp = try takeNPP(lane: lane) }
        for nik in submission.niks {
            let isKnown = participants[nik]?.kpj != nil
            numbers.kpjs.append(isKnown ? nil : try takeKPJ(month, lane: lane))
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
            return (contribution, reasons)
        }
    }

    /// The first valid submission of a NIK wins (domain.md 1.6).
    private func claims(_ submitted: ParticipantSubmitted) -> [RefusalReason] {
        guard let known = participants[submitted.nik], known.bpuOn != nil else { return [] }
        if let agent = known.bpuAgent, agent != submitted.agentID?.text {
            return [RefusalCode.claimed.reason("nik", "Peserta ini sudah didaftarkan melalui agen lain.")]
        }
        return [RefusalCode.alreadyEnrolled.reason("nik", "Peserta ini sudah terdaftar aktif pada segmen BPU.")]
    }

    // MARK: Outcomes

    private mutating func refuse(
        _ submission: Submission, _ fingerprint: UUID, _ reasons: [RefusalReason], _ outgoing: inout Outgoing
    ) {
        note(
            submission, .refused, fingerprint,
            reasons: Set(reasons.map(\.code)).sorted().joined(separator: ","))
        outgoing.emit(Self.refusal(submission, reasons, on: submission.submittedOn))
    }

    private mutating func note(
        _ submission: Submission, _ outcome: SubmissionOutcome, _ fingerprint: UUID, reasons: String = ""
    ) {
        submissions[submission.key] = SubmissionRow(
            kind: submission.kind, outcome: outcome, fingerprint: fingerprint, reasons: reasons,
            decidedOn: submission.submittedOn)
        changedSubmissions.insert(submission.key)
    }

    private mutating func park(_ submission: Submission, _ fingerprint: UUID, _ numbers: Numbers, agent: String) {
        note(submission, .waiting, fingerprint)
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
            let fingerprint = submissions[submission.key]?.fingerprint ?? Self.fingerprint(submission)
            var (contribution, reasons) = faults(submission)
            if let agentID = submission.agentID,
                case .refused(let reason) = standing(agentID, on: submission.submittedOn)
            {
                reasons.insert(reason, at: 0)
            }
            guard reasons.isEmpty else {
                refuse(submission, fingerprint, reasons, &outgoing)
                continue
            }
            let numbers = Numbers(npp: item.npp, kpjs: item.kpjs)
            enrol(submission, fingerprint, contribution, numbers, &outgoing)
        }
    }

    private mutating func enrol(
        _ submission: Submission, _ fingerprint: UUID, _ contribution: Rupiah, _ numbers: Numbers,
        _ outgoing: inout Outgoing
    ) {
        note(submission, .enrolled, fingerprint)
        switch submission {
        case .participant(let submitted): enrol(submitted, numbers, &outgoing)
        case .employer(let submitted): enrol(submitted, contribution, numbers, &outgoing)
        }
    }

    private mutating func enrol(_ submitted: ParticipantSubmitted, _ numbers: Numbers, _ outgoing: inout Outgoing) {
        let nik = submitted.nik
        var participant = participants[nik] ?? Participant()
        guard let kpj = participant.kpj ?? numbers.kpjs.first.flatMap(\.self) else { return }
        // "Never registered in the BPU segment" (Perdir 13/PERDIR.02/042022 item c): an erased person was.
        let isNew = participant.bpuOn == nil && erased[nik]?.bpuOn == nil
        register(nik, &participant, kpj, on: submitted.submittedOn)
        participant.bpuOn = submitted.submittedOn
        participant.bpuAgent = submitted.agentID?.text
        participant.bpuBranch = submitted.branch.text
        participant.bpuSubmission = submitted.submissionID.text
        participants[nik] = participant
        outgoing.emit(
            ParticipantEnrolled(
                submissionID: submitted.submissionID, kpj: kpj, nik: nik, name: submitted.name,
                phone: submitted.phone, agentID: submitted.agentID, branch: submitted.branch,
                programmes: ProgrammeSet(submitted.programmes).programmes, monthlyIncome: submitted.monthlyIncome,
                occupation: submitted.occupation, newlyRegistered: isNew, zone: nik.zone ?? .wib,
                enrolledOn: submitted.submittedOn, firstMonth: submitted.firstMonth))
    }

    private mutating func register(_ nik: NIK, _ participant: inout Participant, _ kpj: KPJ, on date: CivilDate) {
        changedParticipants.insert(nik)
        guard participant.kpj == nil else { return }
        participant.kpj = kpj
        participant.firstSeen = date
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
            let isNew = participant.kpj == nil
            guard let kpj = participant.kpj ?? reserved else { continue }
            register(worker.nik, &participant, kpj, on: submitted.submittedOn)
            participant.puOn = participant.puOn ?? submitted.submittedOn
            participants[worker.nik] = participant
            workers.append(
                EnrolledWorker(
                    kpj: kpj, nik: worker.nik, name: worker.name, phone: worker.phone, wage: worker.wage,
                    newlyRegistered: isNew))
        }
        let enrolled = EmployerEnrolled(
            submissionID: submitted.submissionID, npp: npp, nib: submitted.nib, name: submitted.name,
            phone: submitted.phone, agentID: submitted.agentID, branch: submitted.branch, size: submitted.size,
            riskClass: submitted.riskClass, programmes: submitted.size.programmes.programmes, workers: workers,
            monthlyContribution: contribution, zone: submitted.workers.first?.nik.zone ?? .wib,
            enrolledOn: submitted.submittedOn, firstMonth: submitted.firstMonth)
        keep(submitted, enrolled)
        outgoing.emit(enrolled)
        if let nib = submitted.nib {
            employersByNIB[nib] = npp
            settle(.notRegistered, of: .business(nib), on: submitted.submittedOn, &outgoing)
        }
        if let employer = employers[npp] { reviewPermits(permits(of: employer), &outgoing) }
    }

    private mutating func keep(_ submitted: EmployerSubmitted, _ enrolled: EmployerEnrolled) {
        let npp = enrolled.npp
        employers[npp] = Employer(
            npp: npp, nib: submitted.nib, npwp: submitted.npwp, name: submitted.name, phone: submitted.phone,
            agentID: submitted.agentID, branch: submitted.branch, size: submitted.size, riskClass: submitted.riskClass,
            kbli: submitted.kbli, labourIntensive: enrolled.labourIntensive ?? false, workers: enrolled.workers.count,
            wages: Rupiah(enrolled.workers.reduce(0) { $0 + $1.wage.amount }),
            monthlyContribution: enrolled.monthlyContribution, submissionID: submitted.submissionID,
            enrolledOn: submitted.submittedOn, firstMonth: submitted.firstMonth)
        changedEmployers.insert(npp)
        for worker in enrolled.workers {
            workers[npp, default: [:]][worker.nik] = Worker(kpj: worker.kpj, wage: worker.wage)
            changedWorkers[npp, default: []].insert(worker.nik)
            participants[worker.nik]?.puNPP = npp
            changedParticipants.insert(worker.nik)
        }
        if let npwp = submitted.npwp { employersByNPWP[npwp, default: []].insert(npp) }
    }

    // MARK: Parts

    static func fingerprint(_ submission: Submission) -> UUID {
        var hash = SipHash128(seed: 4)
        submission.json.withUnsafeBytes { hash.combine($0) }
        let (high, low) = hash.finish()
        return UUID(high, low)
    }

    static func refusal(_ submission: Submission, _ reasons: [RefusalReason], on date: CivilDate) -> SubmissionRefused {
        SubmissionRefused(
            submissionID: submission.submissionID, kind: submission.kind, agentID: submission.agentID,
            reasons: reasons, decidedOn: date)
    }
}

/// A number range that is used up is nothing that waiting mends: the event goes to the dead letters.
func numbered<Number>(_ take: () throws(IdentifierFault) -> Number) throws(RecordFault) -> Number {
    do { return try take() } catch { throw RecordFault(cause: "numbers-used-up", reason: "\(error)") }
}
