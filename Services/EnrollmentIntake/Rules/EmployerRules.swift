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
        if submission.workers.isEmpty {
            reasons.append(RefusalCode.noWorkers.reason("workers", "Sedikitnya satu tenaga kerja harus didaftarkan."))
        }
        reasons += workers(submission.workers, field: "workers")
        reasons += ParticipantRules.firstMonth(submission.firstMonth, submittedOn: submission.submittedOn)
        reasons += size(submission) + construction(submission)
        if submission.agentID != nil, let last = settings.employersByAgentsUntil, submission.submittedOn > last {
            reasons.append(
                RefusalCode.employersNotByAgents.reason(
                    "agent_id", "Sejak skema 2022 agen hanya mendaftarkan peserta BPU; pemberi kerja mendaftar sendiri."
                ))
        }
        do {
            let total = try PUContribution.of(
                month: submission.firstMonth, wages: submission.workers.map(\.wage), riskClass: submission.riskClass,
                size: submission.size,
                labourIntensive: isLabourIntensive(submission.kbli, workers: submission.workers.count)
            ).total
            if submission.agentID != nil { reasons += limit(total, field: "workers", settings) }
            return (total, reasons)
        } catch {
            reasons.append(
                RefusalCode.noRates.reason("first_month", "Iuran bulan pertama tidak dapat dihitung untuk bulan itu."))
            return (.zero, reasons)
        }
    }

    /// What an agent may acquire, and keep growing (domain.md 1.3: micro and small employers).
    static func limit(_ total: Rupiah, field: String, _ settings: EnrollmentSettings) -> [RefusalReason] {
        guard !settings.allows(total: total) else { return [] }
        let word = settings.employerLimitRule == .below ? "kurang dari" : "paling banyak"
        return [
            RefusalCode.contributionLimit.reason(
                field, "Iuran sebulan \(total); melalui agen harus \(word) \(settings.employerLimit).")
        ]
    }

    /// Of the industries of PP 7/2025, with at least 50 workers.
    static func isLabourIntensive(_ kbli: KBLI?, workers: Int) -> Bool {
        (kbli?.isLabourIntensive ?? false) && workers >= PURates.labourIntensiveWorkers
    }

    /// What is wrong with a list of workers by itself.
    static func workers(_ workers: [SubmittedWorker], field: String) -> [RefusalReason] {
        var reasons: [RefusalReason] = []
        var seen: Set<NIK> = []
        seen.reserveCapacity(workers.count)
        for (index, worker) in workers.enumerated() {
            if !seen.insert(worker.nik).inserted {
                reasons.append(
                    RefusalCode.workerTwice.reason("\(field)[\(index)].nik", "NIK ini sudah ada di daftar yang sama."))
            }
            if worker.wage <= .zero {
                reasons.append(RefusalCode.wage.reason("\(field)[\(index)].wage", "Upah harus lebih dari Rp0."))
            }
            if PersonName.isBlank(worker.name) {
                reasons.append(
                    RefusalCode.nameMissing.reason("\(field)[\(index)].name", "Nama tenaga kerja harus diisi."))
            }
            if reasons.count >= namedWorkers { break }
        }
        return reasons
    }

    // MARK: Size and sector

    /// The size decides the programmes (Perpres 109/2013 Art. 6): it may not be declared smaller than the facts allow.
    private static func size(_ submission: EmployerSubmitted) -> [RefusalReason] {
        guard let least = EmployerSize.least(capital: submission.capital, annualSales: submission.annualSales),
            submission.size.rank < least.rank
        else { return [] }
        let field = submission.annualSales == nil ? "capital" : "annual_sales"
        return [
            RefusalCode.sizeMismatch.reason(
                field,
                "Modal atau penjualan tahunan melebihi batas usaha \(submission.size.rawValue) (PP 7/2021); "
                    + "skala usaha sedikitnya \(least.rawValue).")
        ]
    }

    /// Construction projects are insured each by itself (E-Jakon); only permanent staff are PU (domain.md 3).
    private static func construction(_ submission: EmployerSubmitted) -> [RefusalReason] {
        guard submission.kbli?.isConstruction == true, submission.permanentStaff != true else { return [] }
        return [
            RefusalCode.constructionOutside.reason(
                "kbli", "Proyek konstruksi didaftarkan per proyek melalui E-Jakon; di sini hanya pekerja tetapnya.")
        ]
    }
}

extension EmployerSize {
    /// 0 for micro.
    var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// The smallest size that capital or sales a year allow: micro to 1 billion of capital or 2 billion of sales, small
    /// to 5 or 15 billion (PP 7/2021; domain.md 3). One of the two is enough, so that the smaller result counts. Medium
    /// and large owe the same programmes and are not told apart. Nil where neither is known.
    static func least(capital: Rupiah?, annualSales: Rupiah?) -> EmployerSize? {
        func size(_ amount: Rupiah, _ micro: Int64, _ small: Int64) -> EmployerSize {
            amount.amount <= micro ? .micro : amount.amount <= small ? .small : .medium
        }
        let found = [
            capital.map { size($0, 1_000_000_000, 5_000_000_000) },
            annualSales.map { size($0, 2_000_000_000, 15_000_000_000) },
        ].compactMap(\.self)
        return found.min { $0.rank < $1.rank }
    }
}
