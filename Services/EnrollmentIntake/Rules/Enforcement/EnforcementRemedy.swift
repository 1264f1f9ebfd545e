import PerisaiModels

/// What an employer is told to do, in Indonesian, with the amounts and where to pay.
enum EnforcementRemedy {
    static func text(of found: EnforcementCase, _ step: EnforcementStep) -> String {
        guard step != .lifted else {
            return "Kewajiban telah dipenuhi; seluruh tindakan penegakan dihentikan dan layanan publik dipulihkan."
        }
        var sentences = demands(of: found, step)
        switch step {
        case .servicesWithheld:
            sentences.append("Pelayanan publik tertentu tidak diberikan sampai seluruh kewajiban dipenuhi.")
        case .inspector: sentences.append("Berkas telah diserahkan kepada pengawas ketenagakerjaan.")
        case .prosecutor:
            sentences.append("Berkas telah dikuasakan kepada Kejaksaan Negeri (Datun); penuhi panggilannya.")
        case .warning1, .warning2, .fine, .lifted: break
        }
        return sentences.joined(separator: " ")
    }

    private static func demands(of found: EnforcementCase, _ step: EnforcementStep) -> [String] {
        let until = found.deadline.map { " paling lambat \($0)" } ?? ""
        var sentences: [String] = []
        if found.breaches.contains(.notRegistered) {
            sentences.append("Daftarkan perusahaan dan seluruh pekerjanya ke BPJS Ketenagakerjaan\(until).")
        }
        if found.breaches.contains(.partial) {
            sentences.append("Laporkan seluruh pekerja dan upah yang sebenarnya ke BPJS Ketenagakerjaan\(until).")
        }
        if found.breaches.contains(.arrears) { sentences.append(payment(of: found, until)) }
        if step == .fine, found.sanctionFine == .zero {
            sentences.append("Denda sanksi nihil karena iuran yang terutang belum diketahui.")
        }
        return sentences
    }

    private static func payment(of found: EnforcementCase, _ until: String) -> String {
        let parts = [
            ("iuran", found.arrears), ("denda keterlambatan", found.lateFines), ("denda sanksi", found.sanctionFine),
        ].filter { $0.1 > .zero }
        let total = Rupiah(parts.reduce(0) { $0 + $1.1.amount })
        let place =
            found.npp.map { " ke virtual account \(VirtualAccount(payer: .employer($0)).text)" } ?? ""
        let list = parts.count > 1 ? " (\(parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")))" : ""
        return "Bayar \(total)\(list)\(place)\(until)."
    }
}
