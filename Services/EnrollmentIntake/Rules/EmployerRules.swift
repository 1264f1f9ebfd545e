import PerisaiModels

/// What an employer's submission must fulfil, whatever else is known (domain.md 1.3, 1.4, 3).
public enum EmployerRules {
    /// Most workers that are named in one refusal.
    static let namedWorkers = 20

    /// The contribution of the first month, or every reason that stands against the submission by itself.
    public static func check(
        _ submission: EmployerSubmitted, settings: EnrollmentSettings
    ) -> (contribution: Rupiah, faults: [RefusalReason]) {
        var reasons: [RefusalReason] = []
        if PersonName.isBlank(submission.name) {
            reasons.append(RefusalCode.nameMissing.reason("name", "Nama pemberi kerja harus diisi."))
        }
        reasons += workers(submission.workers)
        reasons += ParticipantRules.firstMonth(submission.firstMonth, submittedOn: submission.submittedOn)
        if submission.agentID != nil, let last = settings.employersByAgentsUntil, submission.submittedOn > last {
            reasons.append(
                RefusalCode.employersNotByAgents.reason(
                    "agent_id", "Sejak skema 2022 agen hanya mendaftarkan peserta BPU; pemberi kerja mendaftar sendiri."
                ))
        }
        do {
            let total = try PUContribution.of(
                month: submission.firstMonth, wages: submission.workers.map(\.wage), riskClass: submission.riskClass,
                size: submission.size
            ).total
            if submission.agentID != nil, !settings.allows(total: total) {
                let word = settings.employerLimitRule == .below ? "kurang dari" : "paling banyak"
                reasons.append(
                    RefusalCode.contributionLimit.reason(
                        "workers", "Iuran sebulan \(total); melalui agen harus \(word) \(settings.employerLimit)."))
            }
            return (total, reasons)
        } catch {
            reasons.append(
                RefusalCode.noRates.reason("first_month", "Iuran bulan pertama tidak dapat dihitung untuk bulan itu."))
            return (.zero, reasons)
        }
    }

    private static func workers(_ workers: [SubmittedWorker]) -> [RefusalReason] {
        guard !workers.isEmpty else {
            return [RefusalCode.noWorkers.reason("workers", "Sedikitnya satu tenaga kerja harus didaftarkan.")]
        }
        var reasons: [RefusalReason] = []
        var seen: Set<NIK> = []
        seen.reserveCapacity(workers.count)
        for (index, worker) in workers.enumerated() {
            if !seen.insert(worker.nik).inserted {
                reasons.append(
                    RefusalCode.workerTwice.reason("workers[\(index)].nik", "NIK ini sudah ada di daftar yang sama."))
            }
            if worker.wage <= .zero {
                reasons.append(RefusalCode.wage.reason("workers[\(index)].wage", "Upah harus lebih dari Rp0."))
            }
            if PersonName.isBlank(worker.name) {
                reasons.append(
                    RefusalCode.nameMissing.reason("workers[\(index)].name", "Nama tenaga kerja harus diisi."))
            }
            if reasons.count >= namedWorkers { break }
        }
        return reasons
    }
}
