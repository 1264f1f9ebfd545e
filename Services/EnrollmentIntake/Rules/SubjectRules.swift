import PerisaiModels

/// What is known of a person who asks that data be erased.
struct SubjectFacts: Hashable {
    /// Anything is held under the NIK.
    var isKnown = false
    /// A BPU membership that has not ended.
    var isMember = false
    /// Enrolled by an employer and not left, or the owner of an employer that has not closed.
    var isEmployed = false
    /// An agent who is neither ended nor dismissed.
    var isAgent = false
    /// Listed as an employee of BPJS Ketenagakerjaan.
    var isStaff = false
    /// An employer's submission that waits to be decided lists the person.
    var waitsInList = false
    /// The latest end of a membership, an employment or an agency.
    var endedOn: CivilDate?
}

/// Whether a request of a person about the own data can be met (UU 27/2022; domain.md 8: erased on request, unless a law
/// requires keeping).
enum SubjectRules {
    /// Every reason against erasing; empty when all may go.
    static func refusals(
        _ facts: SubjectFacts, _ asked: SubjectErasureAsked, settings: EnrollmentSettings
    ) -> [RefusalReason] {
        guard settings.subjectKey != nil else {
            return [
                RefusalCode.erasureNotConfigured.reason(
                    "subject_key", "Penghapusan data belum dapat dilayani oleh sistem; permintaan diteruskan kembali.")
            ]
        }
        guard isApproved(asked) else {
            return [
                RefusalCode.notApproved.reason("approved_by", "Penghapusan harus disetujui oleh orang kedua.")
            ]
        }
        guard facts.isKnown else { return [notKnown] }
        var reasons: [RefusalReason] = []
        if facts.isMember || facts.isEmployed {
            reasons.append(
                RefusalCode.membershipActive.reason(
                    "nik", "Kepesertaan masih berjalan; data diperlukan selama perlindungan berlaku."))
        }
        if facts.isAgent {
            reasons.append(
                RefusalCode.agencyActive.reason("nik", "Keagenan masih berjalan; akhiri keagenan lebih dahulu."))
        }
        if facts.isStaff {
            reasons.append(
                RefusalCode.staffListed.reason(
                    "nik", "Tercatat sebagai pegawai BPJS Ketenagakerjaan; data diperlukan selama bekerja."))
        }
        if facts.waitsInList {
            reasons.append(
                RefusalCode.submissionWaiting.reason(
                    "nik", "Pendaftaran oleh pemberi kerja masih menunggu keputusan; ajukan lagi setelahnya."))
        }
        if let until = retainedUntil(facts, settings: settings), asked.askedOn < until {
            reasons.append(
                RefusalCode.retention.reason(
                    "nik",
                    "Dokumen wajib disimpan \(settings.subjectRetentionYears) tahun; dapat dihapus mulai \(until)."))
        }
        return reasons
    }

    /// The first day on which what has ended need not be kept any more. Documents of companies are kept for 10 years
    /// (UU 8/1997; the number is unverified [B], hence a setting).
    static func retainedUntil(_ facts: SubjectFacts, settings: EnrollmentSettings) -> CivilDate? {
        guard let ended = facts.endedOn, settings.subjectRetentionYears > 0 else { return nil }
        let year = ended.year + settings.subjectRetentionYears
        // 29 February ends on the 28th of a common year.
        return CivilDate(year: year, month: ended.month, day: ended.day) ?? CivilDate(year: year, month: 2, day: 28)
    }

    /// Every reason against a correction.
    static func refusals(_ asked: SubjectCorrectionAsked, isKnown: Bool) -> [RefusalReason] {
        guard isKnown else { return [notKnown] }
        guard asked.name != nil || asked.phone != nil else {
            return [
                RefusalCode.nothingToCorrect.reason("name", "Sebutkan nama atau nomor telepon yang benar.")
            ]
        }
        guard let name = asked.name, PersonName.isBlank(name) || NIK.hidden(in: name) != name else { return [] }
        return [RefusalCode.nameMissing.reason("name", "Nama harus diisi, tanpa nomor identitas.")]
    }

    private static var notKnown: RefusalReason {
        RefusalCode.subjectNotKnown.reason("nik", "Tidak ada data atas nomor ini.")
    }

    /// Two persons, whatever blanks and capitals their names have.
    private static func isApproved(_ asked: SubjectErasureAsked) -> Bool {
        func key(_ name: String?) -> String { (name ?? "").lowercased().filter { !$0.isWhitespace } }
        let (first, second) = (key(asked.askedBy), key(asked.approvedBy))
        return first.count >= 2 && second.count >= 2 && first != second
    }
}
