import PerisaiModels

/// What a firm should do about a missing condition, how much it is and where; in Indonesian, without personal data.
struct PermitConditions {
    let application: PermitApplied
    let policy: PermitPolicy

    /// Whether a statement of readiness stands for the registration at this office.
    var isReadinessEnough: Bool { !policy.registrationOffices.contains(application.office) }

    private static let nearestBranch = "Kantor Cabang BPJS Ketenagakerjaan terdekat"

    private static func branch(_ employer: RegisteredEmployer?) -> String {
        employer.map { "Kantor Cabang BPJS Ketenagakerjaan \($0.branch.text)" } ?? nearestBranch
    }

    var mismatch: MissingCondition {
        MissingCondition(
            code: .identityMismatch,
            remedy: "NIB, NPP dan NPWP pada permohonan menunjuk pemberi kerja yang berbeda; perbaiki permohonan dengan "
                + "nomor yang benar.", place: "Loket PTSP tempat permohonan diajukan")
    }

    func notRegistered(_ firm: PermitFirm) -> MissingCondition {
        var text = "Daftarkan pemberi kerja dan seluruh pekerja ke BPJS Ketenagakerjaan"
        if isReadinessEnough {
            text += ", atau serahkan surat pernyataan kesediaan mendaftar dengan daftar NIK pekerja"
        }
        text += "."
        if let size = application.size {
            // By size (Perpres 109/2013 Art. 6; domain.md 3).
            let names = size.programmes.programmes.map(\.rawValue).joined(separator: ", ")
            text += " Program wajib: \(names)."
        }
        switch firm {
        case .doubtful(.foreignNPP(let npp)): text += " NPP \(npp.text) milik NIB lain; perbaiki bila keliru."
        case .doubtful(.foreignNPWP): text += " NPWP ini milik NIB lain; perbaiki bila keliru."
        case .doubtful(.sharedNPWP): text += " NPWP ini dipakai beberapa pemberi kerja; sebutkan NPP."
        case .registered, .unknown, .mismatch: break
        }
        return MissingCondition(code: .notRegistered, remedy: text, place: Self.nearestBranch)
    }

    func workersMissing(listed: Int) -> MissingCondition {
        MissingCondition(
            code: .workersMissing,
            remedy:
                "Surat pernyataan memuat \(listed) dari \(application.workersDeclared) pekerja; lengkapi daftar NIK "
                + "atau daftarkan pemberi kerja ke BPJS Ketenagakerjaan.", place: Self.nearestBranch)
    }

    func partialWorkers(_ employer: RegisteredEmployer) -> MissingCondition {
        let way = isReadinessEnough ? ", atau serahkan surat pernyataan dengan daftar NIK seluruh pekerja" : ""
        return MissingCondition(
            code: .partialWorkers,
            remedy: "Terdaftar \(employer.workers) dari \(application.workersDeclared) pekerja pada NPP "
                + "\(employer.npp.text); daftarkan pekerja lainnya\(way).", place: Self.branch(employer))
    }

    func partialWages(_ employer: RegisteredEmployer, declared: Rupiah) -> MissingCondition {
        MissingCondition(
            code: .partialWages,
            remedy: "Upah sebulan yang terdaftar pada NPP \(employer.npp.text) adalah \(employer.wages) dari "
                + "\(declared) yang dinyatakan; laporkan upah yang sebenarnya.", place: Self.branch(employer))
    }

    func arrears(_ employer: RegisteredEmployer) -> MissingCondition {
        let day = employer.arrearsOn.map { " per \($0)" } ?? ""
        return MissingCondition(
            code: .arrears,
            remedy: "Lunasi tunggakan iuran \(employer.arrears) dan denda \(employer.lateFines)\(day) dengan NPP "
                + "\(employer.npp.text); izin dilepas otomatis setelah lunas.",
            amount: employer.overdue,
            place: "Kanal bayar mitra dengan NPP \(employer.npp.text)")
    }

    func firstPayment(_ employer: RegisteredEmployer?) -> MissingCondition {
        guard let employer else {
            return MissingCondition(
                code: .firstPaymentMissing,
                remedy: "Daftarkan pemberi kerja ke BPJS Ketenagakerjaan, lalu bayar iuran bulan pertama.",
                place: Self.nearestBranch)
        }
        let code = try? KodeIuran(employer: employer.npp, month: employer.firstMonth)
        let way = (code.map { "kode iuran \($0.text) / " } ?? "") + "NPP \(employer.npp.text)"
        return MissingCondition(
            code: .firstPaymentMissing,
            remedy: "Bayar iuran bulan pertama (\(employer.firstMonth)) dengan \(way); izin dilepas otomatis setelah "
                + "pembayaran diterima.", amount: employer.monthlyContribution, place: "Kanal bayar mitra dengan \(way)"
        )
    }

    func servicesWithheld(_ employer: RegisteredEmployer?) -> MissingCondition {
        MissingCondition(
            code: .servicesWithheld,
            remedy: "Layanan publik tertentu ditahan atas permintaan BPJS Ketenagakerjaan (PP 86/2013 Pasal 8); penuhi "
                + "kewajiban pada surat sanksi, lalu serahkan buktinya.", place: Self.branch(employer))
    }

    /// What the firm does instead; construction is registered project by project (domain.md 3).
    static let outside =
        "Jasa konstruksi didaftarkan per proyek melalui E-Jakon BPJS Ketenagakerjaan; bila KBLI keliru, ajukan "
        + "permohonan baru dengan KBLI yang benar."
}
