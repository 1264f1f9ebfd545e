import PerisaiModels
import Worker

/// Reports of those who know: a membership has ended, workers have changed, an employer has closed (domain.md 2.4, 3).
extension IntakeState {
    mutating func apply(_ report: Report, lane: Int, _ outgoing: inout Outgoing) throws {
        let handedIn = HandedIn(report)
        guard !isKnown(handedIn, &outgoing) else { return }
        let reasons = faults(report)
        let signal: SubmissionMachine.Signal = reasons.isEmpty ? .valid : .invalid
        guard SubmissionMachine.move(.new, on: signal).state == .enrolled else {
            return refuse(handedIn, reasons, &outgoing)
        }
        switch report {
        case .exit(let exit):
            if let change = WorkforceChange(exit) {
                try apply(change, lane: lane, &outgoing)
            } else {
                end(exit.nik, exit.reason, exit.lastMonth, exit.submissionID, exit.reportedOn, &outgoing)
            }
        case .change(let change): try apply(WorkforceChange(change), lane: lane, &outgoing)
        case .closure(let closure): close(closure, &outgoing)
        }
        note(handedIn, .enrolled)
    }

    private func faults(_ report: Report) -> [RefusalReason] {
        switch report {
        case .exit(let exit):
            if let change = WorkforceChange(exit) { return faults(change, of: report) }
            return faults(exit, of: report)
        case .change(let change): return faults(WorkforceChange(change), of: report)
        case .closure(let closure):
            return employerFaults(closure.npp, of: report) { employer in
                Self.lastMonthFaults(closure.lastMonth, first: employer.firstMonth, reportedOn: closure.reportedOn)
            }
        }
    }

    // MARK: Who may report

    /// The agent that a report names must be active, and must be the one that acquired what it reports on.
    func reporterFaults(_ report: Report, holder: String?) -> [RefusalReason] {
        guard let agentID = report.agentID else { return [] }
        var reasons: [RefusalReason] = []
        switch standing(agentID, on: report.reportedOn) {
        case .active: break
        case .waitsForRegistration:
            reasons.append(
                RefusalCode.agentNotActive.reason("agent_id", "Agen belum aktif: persyaratan belum terpenuhi."))
        case .refused(let reason): reasons.append(reason)
        }
        if holder != agentID.text {
            reasons.append(
                RefusalCode.notYours.reason("agent_id", "Kepesertaan ini tidak didaftarkan melalui agen tersebut."))
        }
        return reasons
    }

    /// What stands against a report on an employer; `more` is asked of one that is there and open.
    func employerFaults(
        _ npp: NPP, of report: Report, _ more: (Employer) -> [RefusalReason]
    ) -> [RefusalReason] {
        guard let employer = employers[npp] else {
            return [RefusalCode.notEnrolled.reason("npp", "Pemberi kerja dengan NPP ini tidak terdaftar.")]
        }
        let reporter = reporterFaults(report, holder: employer.agentID?.text)
        if let closedOn = employer.closedOn {
            return reporter + [RefusalCode.employerClosed.reason("npp", "Pemberi kerja ini ditutup pada \(closedOn).")]
        }
        return reporter + more(employer)
    }

    /// A last month lies in the membership, and at the latest in the month after the report.
    static func lastMonthFaults(
        _ month: ContributionMonth, first: ContributionMonth?, reportedOn date: CivilDate
    ) -> [RefusalReason] {
        if let first, month < first {
            return [
                RefusalCode.exitMonth.reason("last_month", "Bulan terakhir mendahului bulan iuran pertama \(first).")
            ]
        }
        let latest = date.contributionMonth.next
        guard month > latest else { return [] }
        return [RefusalCode.exitMonth.reason("last_month", "Bulan terakhir paling lambat \(latest).")]
    }

    // MARK: The end of a BPU membership, and deaths

    private func faults(_ exit: ExitReported, of report: Report) -> [RefusalReason] {
        let state = membership(of: exit.nik)
        let works = employments[exit.nik, default: []]
        let signal: MembershipMachine.Signal = exit.reason == .death ? .deathReported : .exitReported
        let isEnd = MembershipMachine.move(state, on: signal).state != state
        guard isEnd, state != .unknown || !works.isEmpty else {
            if state == .exited || state == .deceased {
                return [RefusalCode.exitedAlready.reason("nik", "Kepesertaan orang ini sudah berakhir.")]
            }
            return [RefusalCode.notEnrolled.reason("nik", "Tidak ada kepesertaan BPU dengan NIK ini.")]
        }
        let known = participants[exit.nik]
        var holder = known?.bpuAgent
        if state == .unknown {
            // A wage earner: whoever acquired an employer of theirs may tell of the death.
            holder = works.compactMap { employers[$0]?.agentID?.text }.first { $0 == exit.agentID?.text }
        }
        let first = known?.exit == nil ? known?.bpuMonth ?? known?.bpuOn?.contributionMonth : nil
        return reporterFaults(report, holder: holder)
            + Self.lastMonthFaults(exit.lastMonth, first: first, reportedOn: exit.reportedOn)
    }

    /// Ends the BPU membership; a death ends every employment too.
    mutating func end(
        _ nik: NIK, _ reason: ExitReason, _ lastMonth: ContributionMonth, _ submissionID: SubmissionID,
        _ date: CivilDate, _ outgoing: inout Outgoing
    ) {
        let state = membership(of: nik)
        let signal: MembershipMachine.Signal = reason == .death ? .deathReported : .exitReported
        if MembershipMachine.move(state, on: signal).state != state {
            var participant = participants[nik] ?? Participant()
            // Who had left before does not owe more months by dying later.
            let month = participant.exit.map { min($0.lastMonth, lastMonth) } ?? lastMonth
            participant.exit = Participant.Exit(reason: reason, on: date, lastMonth: month)
            participants[nik] = participant
            changedParticipants.insert(nik)
            if participant.bpuOn != nil, let kpj = participant.kpj {
                outgoing.emit(
                    ParticipantExited(kpj: kpj, reason: reason, lastMonth: month, exitedOn: date))
            }
        }
        guard reason == .death else { return }
        for npp in employments[nik, default: []].sorted() where employers[npp] != nil {
            leave(npp, [(nik, reason)], from: lastMonth.next, movedTo: nil, submissionID, date, &outgoing)
        }
    }

    // MARK: The end of an employer

    private mutating func close(_ closure: EmployerClosureReported, _ outgoing: inout Outgoing) {
        guard var employer = employers[closure.npp] else { return }
        for (nik, worker) in workers[closure.npp, default: [:]] where worker.leftOn == nil {
            workers[closure.npp]?[nik]?.leftOn = closure.lastMonth.lastDay
            changedWorkers[closure.npp, default: []].insert(nik)
            dismiss(nik, from: closure.npp)
        }
        employer.closedOn = closure.reportedOn
        employer.lastMonth = closure.lastMonth
        employer.workers = 0
        employer.wages = .zero
        employer.monthlyContribution = .zero
        employers[closure.npp] = employer
        changedEmployers.insert(closure.npp)
        if let nib = employer.nib, employersByNIB[nib] == closure.npp { employersByNIB[nib] = nil }
        outgoing.emit(
            EmployerClosed(npp: closure.npp, lastMonth: closure.lastMonth, closedOn: closure.reportedOn))
        reviewCases(of: closure.npp, on: closure.reportedOn, &outgoing)
        reviewPermits(permits(of: employer), &outgoing)
    }
}
