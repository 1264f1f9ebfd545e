import PerisaiModels

/// What a BPU submission must fulfil, whatever else is known (domain.md 1.6, 2).
public enum ParticipantRules {
    /// Every reason that stands against the submission by itself; the NIK was checked when it was read. Consent to be
    /// written to is none of them: membership does not depend on it (UU 27/2022).
    public static func faults(_ submission: ParticipantSubmitted, settings: EnrollmentSettings) -> [RefusalReason] {
        var reasons: [RefusalReason] = []
        if PersonName.isBlank(submission.name) {
            reasons.append(RefusalCode.nameMissing.reason("name", "Nama peserta harus diisi."))
        }
        reasons += age(submission, settings)
        reasons += programmes(submission)
        reasons += firstMonth(submission.firstMonth, submittedOn: submission.submittedOn)
        return reasons
    }

    /// The age limit holds at registration (Perdir 22/PERDIR.02/072022; domain.md 2.4).
    private static func age(_ submission: ParticipantSubmitted, _ settings: EnrollmentSettings) -> [RefusalReason] {
        guard let birth = submission.nik.birthDate(asOf: submission.submittedOn) else {
            return [
                RefusalCode.birthDate.reason("nik", "Tanggal lahir pada NIK tidak mungkin pada tanggal pendaftaran.")
            ]
        }
        guard submission.submittedOn.years(since: birth) < settings.participantAgeBelow else {
            return [
                RefusalCode.ageLimit.reason(
                    "nik", "Usia pada saat pendaftaran harus di bawah \(settings.participantAgeBelow) tahun.")
            ]
        }
        return []
    }

    /// JKK and JKM, and JHT by choice; nothing else is offered to BPU (PP 44/2015, PP 46/2015; domain.md 2.1). JHT is
    /// compulsory for those who employ others or own a business (Permenaker 5/2021 Art. 31-32).
    private static func programmes(_ submission: ParticipantSubmitted) -> [RefusalReason] {
        let set = ProgrammeSet(submission.programmes)
        guard set.programmes.count == submission.programmes.count, set == .basic || set == .three else {
            return [RefusalCode.programmes.reason("programmes", "Pilih JKK dan JKM, atau JKK, JKM dan JHT.")]
        }
        if submission.businessOwner == true, !set.contains(.jht) {
            return [
                RefusalCode.jhtCompulsory.reason(
                    "programmes", "Pemberi kerja atau pemilik usaha wajib ikut JHT: pilih JKK, JKM dan JHT.")
            ]
        }
        do {
            _ = try BPUContribution.of(
                month: submission.firstMonth, income: submission.monthlyIncome, programmes: set,
                occupation: submission.occupation, payer: submission.payerKind ?? .own)
        } catch {
            return [RefusalCode.noRates.reason("first_month", "Tidak ada tarif iuran untuk bulan iuran pertama.")]
        }
        return []
    }

    static func firstMonth(_ month: ContributionMonth, submittedOn date: CivilDate) -> [RefusalReason] {
        guard month < date.contributionMonth else { return [] }
        return [
            RefusalCode.firstMonthPast.reason(
                "first_month", "Bulan iuran pertama tidak boleh sebelum bulan pendaftaran.")
        ]
    }
}
