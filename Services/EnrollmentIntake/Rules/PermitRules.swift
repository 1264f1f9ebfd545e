import PerisaiModels

/// What is known of the firm that applies.
public struct RegisteredEmployer: Sendable, Hashable {
    public var npp: NPP
    public var enrolledOn: CivilDate
    public var firstPaidOn: CivilDate?
}

public enum PermitVerdict: Sendable, Hashable {
    case cleared(ClearanceGround, on: CivilDate)
    case held([MissingCondition], on: CivilDate)

    /// What decides whether an answer is another one than the last.
    public var answer: String {
        switch self {
        case .cleared(let ground, _): "cleared:\(ground.rawValue)"
        case .held(let missing, _): "held:\(missing.map(\.code.rawValue).joined(separator: ","))"
        }
    }
}

/// Whether a permit may be issued (article 001; PP 86/2013; domain.md 4.2).
public enum PermitRules {
    /// Cleared when the firm is registered or has signed that it will register all declared workers; where the office
    /// demands the first payment, only after that. The date is that of the latest fact.
    public static func evaluate(
        _ application: PermitApplied, employer: RegisteredEmployer?, settings: EnrollmentSettings
    ) -> PermitVerdict {
        let demandsPayment = settings.demandsFirstPayment(application.office)
        if demandsPayment, let employer, let paid = employer.firstPaidOn {
            return .cleared(.firstPayment, on: max(application.appliedOn, employer.enrolledOn, paid))
        }
        var missing: [MissingCondition] = []
        if employer == nil, let gap = readinessGap(application) { missing.append(gap) }
        if demandsPayment {
            missing.append(
                MissingCondition(
                    code: .firstPaymentMissing,
                    remedy: employer == nil
                        ? "Daftarkan pemberi kerja ke BPJS Ketenagakerjaan, lalu bayar iuran bulan pertama."
                        : "Bayar iuran bulan pertama; izin dilepas otomatis setelah pembayaran diterima."))
        }
        if !missing.isEmpty {
            return .held(missing, on: max(application.appliedOn, employer?.enrolledOn ?? application.appliedOn))
        }
        if let employer { return .cleared(.registered, on: max(application.appliedOn, employer.enrolledOn)) }
        return .cleared(.readiness, on: application.appliedOn)
    }

    /// What an unregistered firm's statement of readiness lacks.
    private static func readinessGap(_ application: PermitApplied) -> MissingCondition? {
        guard let readiness = application.readiness else {
            return MissingCondition(
                code: .notRegistered,
                remedy: "Daftarkan pemberi kerja dan seluruh pekerja ke BPJS Ketenagakerjaan, atau serahkan surat "
                    + "pernyataan kesediaan mendaftar dengan daftar NIK pekerja.")
        }
        let listed = Set(readiness.workers).count
        guard listed == 0 || listed < application.workersDeclared else { return nil }
        return MissingCondition(
            code: .workersMissing,
            remedy:
                "Surat pernyataan memuat \(listed) dari \(application.workersDeclared) pekerja; lengkapi daftar NIK "
                + "atau daftarkan pemberi kerja ke BPJS Ketenagakerjaan.")
    }
}
