import PerisaiModels
import Worker

/// What is to change of an employer's workers, by whichever report.
struct WorkforceChange {
    let submissionID: SubmissionID
    let agentID: AgentID?
    let npp: NPP
    var joining: [SubmittedWorker] = []
    var movedFrom: NPP?
    let leaving: [LeavingWorker]
    var wages: [WageReport] = []
    let fromMonth: ContributionMonth
    let reportedOn: CivilDate
    /// Of an exit's report, whose fields are named otherwise.
    var lastMonth: ContributionMonth?

    init(_ report: EmployerChangeReported) {
        submissionID = report.submissionID
        agentID = report.agentID
        npp = report.npp
        joining = report.joining
        movedFrom = report.movedFrom
        leaving = report.leaving
        wages = report.wages
        fromMonth = report.fromMonth
        reportedOn = report.reportedOn
    }

    /// Nil where no employer is named: the BPU membership ends.
    init?(_ report: ExitReported) {
        guard let npp = report.npp else { return nil }
        submissionID = report.submissionID
        agentID = report.agentID
        self.npp = npp
        leaving = [LeavingWorker(nik: report.nik, reason: report.reason)]
        fromMonth = report.lastMonth.next
        reportedOn = report.reportedOn
        lastMonth = report.lastMonth
    }

    func field(leaving index: Int) -> String { lastMonth == nil ? "leaving[\(index)].nik" : "nik" }
    var monthField: String { lastMonth == nil ? "from_month" : "last_month" }
}

/// Workers who join, leave, move and earn another wage (PP 44/2015 Art. 9).
extension IntakeState {
    /// Working days in which a change is to be reported, counted from the first day of its first month (PP 44/2015
    /// Art. 9; that the month's first day counts as the day of the change is a reading).
    static let reportDays = 7

    // MARK: What stands against it

    func faults(_ change: WorkforceChange, of report: Report) -> [RefusalReason] {
        employerFaults(change.npp, of: report) { employer in
            var reasons = monthFaults(change, employer)
            if change.joining.isEmpty, change.leaving.isEmpty, change.wages.isEmpty {
                reasons.append(
                    RefusalCode.nothingReported.reason("joining", "Laporan tidak memuat perubahan apa pun."))
            }
            let listed = joiningFaults(change) + leavingFaults(change) + wageFaults(change)
            reasons += listed.prefix(EmployerRules.namedWorkers)
            return listed.isEmpty ? reasons + contributionFaults(change, employer) : reasons
        }
    }

    private func monthFaults(_ change: WorkforceChange, _ employer: Employer) -> [RefusalReason] {
        if let lastMonth = change.lastMonth {
            let faults = Self.lastMonthFaults(lastMonth, first: employer.firstMonth, reportedOn: change.reportedOn)
            if !faults.isEmpty { return faults }
        }
        // Lists of workers follow one another by month: an older one would undo the newer.
        let earliest = employer.changedFrom ?? employer.firstMonth
        let latest = change.reportedOn.contributionMonth.advanced(by: change.lastMonth == nil ? 1 : 2)
        guard change.fromMonth < earliest || change.fromMonth > latest else { return [] }
        return [
            RefusalCode.changeMonth.reason(
                change.monthField, "Perubahan dapat berlaku mulai bulan \(earliest) sampai \(latest).")
        ]
    }

    private func joiningFaults(_ change: WorkforceChange) -> [RefusalReason] {
        var reasons = EmployerRules.workers(change.joining, field: "joining")
        reasons += deceased(change.joining, field: "joining")
        let here = workers[change.npp, default: [:]]
        for (index, worker) in change.joining.enumerated() where here[worker.nik].map({ $0.leftOn == nil }) ?? false {
            reasons.append(
                RefusalCode.workerTwice.reason(
                    "joining[\(index)].nik", "Tenaga kerja ini sudah terdaftar pada pemberi kerja ini."))
        }
        guard let origin = change.movedFrom else { return reasons }
        guard let old = employers[origin], origin != change.npp else {
            return reasons
                + [
                    RefusalCode.notEnrolled.reason(
                        "moved_from", "Pemberi kerja asal tidak terdaftar, atau pelapor sendiri.")
                ]
        }
        if old.closedOn != nil {
            return reasons + [RefusalCode.employerClosed.reason("moved_from", "Pemberi kerja asal sudah ditutup.")]
        }
        // They leave there in the month in which they begin here, or that month would be billed twice.
        let earliest = old.changedFrom ?? old.firstMonth
        if change.fromMonth < earliest {
            reasons.append(
                RefusalCode.changeMonth.reason(
                    "from_month", "Pemberi kerja asal sudah melaporkan; pindah paling cepat bulan \(earliest)."))
        }
        let there = workers[origin, default: [:]]
        for (index, worker) in change.joining.enumerated() where there[worker.nik].map({ $0.leftOn != nil }) ?? true {
            reasons.append(
                RefusalCode.notEnrolled.reason(
                    "joining[\(index)].nik", "Tenaga kerja ini tidak bekerja pada pemberi kerja asal."))
        }
        return reasons
    }

    private func leavingFaults(_ change: WorkforceChange) -> [RefusalReason] {
        var seen = Set(change.joining.map(\.nik))
        return change.leaving.enumerated().compactMap { index, worker in
            let field = change.field(leaving: index)
            if !seen.insert(worker.nik).inserted {
                return RefusalCode.workerTwice.reason(field, "NIK ini sudah ada di laporan yang sama.")
            }
            return absence(worker.nik, from: change.npp, field)
        }
    }

    private func wageFaults(_ change: WorkforceChange) -> [RefusalReason] {
        var seen = Set(change.joining.map(\.nik) + change.leaving.map(\.nik))
        return change.wages.enumerated().flatMap { index, report in
            let field = "wages[\(index)]"
            var reasons: [RefusalReason] = []
            if !seen.insert(report.nik).inserted {
                reasons.append(
                    RefusalCode.workerTwice.reason("\(field).nik", "NIK ini sudah ada di laporan yang sama."))
            } else if let absence = absence(report.nik, from: change.npp, "\(field).nik") {
                reasons.append(absence)
            }
            if report.wage <= .zero {
                reasons.append(RefusalCode.wage.reason("\(field).wage", "Upah harus lebih dari Rp0."))
            }
            return reasons
        }
    }

    private func absence(_ nik: NIK, from npp: NPP, _ field: String) -> RefusalReason? {
        guard let worker = workers[npp]?[nik] else {
            return RefusalCode.notEnrolled.reason(field, "Orang ini tidak bekerja pada pemberi kerja ini.")
        }
        return worker.leftOn.map {
            RefusalCode.exitedAlready.reason(field, "Tenaga kerja ini sudah keluar pada \($0).")
        }
    }

    /// What the workers cost afterwards: known rates, and no more than an agent may look after.
    private func contributionFaults(_ change: WorkforceChange, _ employer: Employer) -> [RefusalReason] {
        var wages = workers[change.npp, default: [:]].filter { $0.value.leftOn == nil }.mapValues(\.wage)
        for worker in change.leaving { wages[worker.nik] = nil }
        for worker in change.joining { wages[worker.nik] = worker.wage }
        for report in change.wages { wages[report.nik] = report.wage }
        // Whom death has taken cannot be kept on the list.
        if wages.isEmpty, change.leaving.contains(where: { $0.reason != .death }) {
            return [
                RefusalCode.noWorkers.reason(
                    change.lastMonth == nil ? "leaving" : "nik",
                    "Tidak ada tenaga kerja yang tersisa; laporkan penutupan pemberi kerja.")
            ]
        }
        guard let total = Self.contribution(employer, Array(wages.values), change.fromMonth) else {
            return [RefusalCode.noRates.reason(change.monthField, "Iuran untuk bulan itu tidak dapat dihitung.")]
        }
        guard change.agentID != nil, total > employer.monthlyContribution else { return [] }
        return EmployerRules.limit(total, field: change.joining.isEmpty ? "wages" : "joining", settings)
    }

    private static func contribution(_ employer: Employer, _ wages: [Rupiah], _ month: ContributionMonth) -> Rupiah? {
        try? PUContribution.of(
            month: month, wages: wages, riskClass: employer.riskClass, size: employer.size,
            labourIntensive: EmployerRules.isLabourIntensive(employer.kbli, workers: wages.count)
        ).total
    }

    // MARK: What it does

    mutating func apply(_ change: WorkforceChange, lane: Int, _ outgoing: inout Outgoing) throws {
        let month = change.reportedOn.contributionMonth
        // All numbers or none.
        try checkKPJs(change.joining.count { kpj(of: $0.nik) == nil }, month, lane: lane)
        if let origin = change.movedFrom {
            leave(
                origin, change.joining.map { ($0.nik, .contractEnd) }, from: change.fromMonth, movedTo: change.npp,
                change.submissionID, change.reportedOn, &outgoing)
        }
        var joined: [EnrolledWorker] = []
        for worker in change.joining {
            let known = kpj(of: worker.nik)
            let kpj = try known ?? takeKPJ(month, lane: lane)
            var participant = participants[worker.nik] ?? Participant()
            register(worker.nik, &participant, kpj, on: change.reportedOn)
            participant.puOn = participant.puOn ?? change.reportedOn
            participants[worker.nik] = participant
            set(Worker(kpj: kpj, wage: worker.wage), worker.nik, change.npp)
            employ(worker.nik, by: change.npp)
            joined.append(
                EnrolledWorker(
                    kpj: kpj, nik: worker.nik, name: worker.name, phone: worker.phone, wage: worker.wage,
                    newlyRegistered: known == nil))
        }
        for report in change.wages {
            guard let worker = workers[change.npp]?[report.nik] else { continue }
            set(Worker(kpj: worker.kpj, wage: report.wage), report.nik, change.npp)
        }
        let left = change.leaving.compactMap {
            remove($0.nik, $0.reason, from: change.npp, change.fromMonth, movedTo: nil)
        }
        tell(change.npp, joined, left, change.fromMonth, change.submissionID, change.reportedOn, &outgoing)
        for worker in change.leaving where worker.reason == .death {
            let first = participants[worker.nik]?.bpuMonth ?? change.fromMonth.previous
            end(
                worker.nik, .death, max(first, change.fromMonth.previous), change.submissionID, change.reportedOn,
                &outgoing)
        }
    }

    /// Workers leave an employer that has not reported it itself. Its lists follow one another by month: where its newest
    /// one is newer, they leave with that.
    mutating func leave(
        _ npp: NPP, _ leaving: [(nik: NIK, reason: ExitReason)], from month: ContributionMonth, movedTo: NPP?,
        _ submissionID: SubmissionID, _ date: CivilDate, _ outgoing: inout Outgoing
    ) {
        guard let employer = employers[npp], employer.closedOn == nil else { return }
        let month = max(month, employer.changedFrom ?? employer.firstMonth)
        let left = leaving.compactMap { remove($0.nik, $0.reason, from: npp, month, movedTo: movedTo) }
        guard !left.isEmpty else { return }
        tell(npp, [], left, month, submissionID, date, &outgoing)
    }

    private mutating func remove(
        _ nik: NIK, _ reason: ExitReason, from npp: NPP, _ month: ContributionMonth, movedTo: NPP?
    ) -> LeftWorker? {
        guard var worker = workers[npp]?[nik], worker.leftOn == nil else { return nil }
        worker.leftOn = month.previous.lastDay
        set(worker, nik, npp)
        dismiss(nik, from: npp)
        return LeftWorker(kpj: worker.kpj, reason: reason, movedTo: movedTo)
    }

    /// Brings the employer's row in line with its workers, and says so.
    private mutating func tell(
        _ npp: NPP, _ joined: [EnrolledWorker], _ left: [LeftWorker], _ month: ContributionMonth,
        _ submissionID: SubmissionID, _ date: CivilDate, _ outgoing: inout Outgoing
    ) {
        guard var employer = employers[npp] else { return }
        let wages = workers[npp, default: [:]].filter { $0.value.leftOn == nil }.sorted { $0.key < $1.key }
            .map(\.value.wage)
        employer.labourIntensive = EmployerRules.isLabourIntensive(employer.kbli, workers: wages.count)
        employer.workers = wages.count
        employer.wages = Self.sum(wages)
        employer.monthlyContribution =
            Self.contribution(employer, wages, month) ?? employer.monthlyContribution
        employer.changedFrom = month
        employer.revision += 1
        employers[npp] = employer
        changedEmployers.insert(npp)
        outgoing.emit(
            EmployerChanged(
                submissionID: submissionID, npp: npp, joined: joined, left: left, size: employer.size,
                riskClass: employer.riskClass, labourIntensive: employer.labourIntensive ? true : nil,
                programmes: employer.size.programmes.programmes, wages: wages,
                monthlyContribution: employer.monthlyContribution,
                lateReport: date > settings.holidays.adding(workingDays: Self.reportDays, to: month.firstDay),
                fromMonth: month, changedOn: date, revision: employer.revision))
        // Partial registration may be healed.
        reviewCases(of: npp, on: date, &outgoing)
        reviewPermits(permits(of: employer), &outgoing)
    }

    // MARK: Rows

    private mutating func set(_ worker: Worker, _ nik: NIK, _ npp: NPP) {
        workers[npp, default: [:]][nik] = worker
        changedWorkers[npp, default: []].insert(nik)
    }

    mutating func employ(_ nik: NIK, by npp: NPP) {
        participants[nik]?.puNPP = npp
        changedParticipants.insert(nik)
        employments[nik, default: []].insert(npp)
    }

    /// A worker of several employers is kept under another of them.
    mutating func dismiss(_ nik: NIK, from npp: NPP) {
        employments[nik]?.remove(npp)
        guard participants[nik]?.puNPP == npp else { return }
        participants[nik]?.puNPP = employments[nik]?.max()
        changedParticipants.insert(nik)
    }
}
