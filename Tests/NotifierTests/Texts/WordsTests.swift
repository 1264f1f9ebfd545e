import PerisaiModels
import Testing

import struct Foundation.UUID

@testable import Notifier

/// Worked words: what people read when a rule gives the numbers (domain.md, by section).
@Suite struct WordsTests {
    private let templates: TemplateSet
    private let kpj: KPJ
    private let january: ContributionMonth

    init() throws {
        templates = try TemplateSet()
        january = try #require(ContributionMonth(year: 2018, month: 1))
        kpj = try KPJ(month: january, serial: 17)
    }

    private func text(_ input: NotifierInput, _ language: MessageLanguage = .indonesian) throws -> MessageText {
        templates.text(of: try #require(input.drafts.first), in: language)
    }

    private func date(_ year: Int, _ month: Int, _ day: Int) throws -> CivilDate {
        try #require(CivilDate(year: year, month: month, day: day))
    }

    /// BPU on two programmes: Rp16.800 a month, due on the 15th of the month itself (2.1, 2.3).
    @Test func bpuReminderAndReceipt() throws {
        var reminded = ContributionReminded.sample
        reminded.payer = .participant(kpj)
        reminded.month = january
        reminded.amount = Rupiah(16_800)
        reminded.dueOn = january.day(15)
        reminded.kodeIuran = try KodeIuran("922053115900")
        let reminder = try text(.contributionReminded(reminded))
        #expect(
            reminder.short
                == "Iuran Januari 2018 Rp16.800 (KPJ 18010000017) jatuh tempo 15 Januari 2018. Bayar dengan kode iuran "
                + "922053115900. Abaikan bila sudah dibayar.")
        #expect(reminder.line == "iuran Januari 2018 Rp16.800 jatuh tempo 15 Januari 2018")
        #expect(reminder.template == "reminder-participant/id/1")
        #expect(NotifierInput.contributionReminded(reminded).drafts.first?.expiresOn == january.day(15))
        reminded.kodeIuran = nil
        #expect(try text(.contributionReminded(reminded)).short.contains("Bayar dengan NIK Anda."))

        var posted = ContributionPosted.sample
        posted.payer = .participant(kpj)
        posted.bank = .bni
        posted.reference = try PaymentReference("BNI-77")
        posted.amount = Rupiah(16_800)
        posted.allocations = [Allocation(month: january, amount: Rupiah(16_800), outstanding: .zero)]
        posted.protectedFrom = january.day(15)
        posted.protectedUntil = january.lastDay
        posted.bookedOn = january.day(15)
        let receipt = try text(.contributionPosted(posted))
        #expect(
            receipt.short
                == "Iuran Rp16.800 (KPJ 18010000017) diterima 15 Januari 2018. Terlindungi 15 Januari 2018 s.d. 31 Januari "
                + "2018. Ref BNI-77.")
        #expect(SMSText.segments(of: receipt.short) == 1)
        #expect(receipt.title == "Iuran Rp16.800 diterima")
        #expect(receipt.line == "iuran Rp16.800 diterima 15 Januari 2018, terlindungi s.d. 31 Januari 2018")
        #expect(
            try text(.contributionPosted(posted), .english).short
                == "Contribution Rp16.800 (KPJ 18010000017) received 15 January 2018. Covered 15 January 2018 to 31 January "
                + "2018. Ref BNI-77.")
        posted.protectedFrom = nil
        posted.protectedUntil = nil
        #expect(try text(.contributionPosted(posted)).short.contains("Belum ada bulan yang lunas"))
    }

    /// PU: the bill with its kode iuran goes out from the 5th to the 7th (8, S68); due on the 15th of the next month,
    /// 2 % a month late (3, T25: Rp200.000 of 10.000.000).
    @Test func puBillAndFine() throws {
        var reminded = ContributionReminded.sample
        reminded.payer = .employer(try NPP("15092870"))
        reminded.kind = .bill
        reminded.month = january
        reminded.amount = Rupiah(10_000_000)
        reminded.dueOn = january.next.day(15)
        reminded.kodeIuran = try KodeIuran("230501086970")
        let bill = try text(.contributionReminded(reminded))
        #expect(
            bill.short
                == "Tagihan iuran Januari 2018 NPP 15092870: Rp10.000.000, kode iuran 230501086970, jatuh tempo 15 Februari "
                + "2018. Abaikan bila sudah dibayar.")
        #expect(SMSText.segments(of: bill.short) == 1 && bill.template == "reminder-bill/id/1" && bill.line == nil)
        reminded.kind = .beforeDue
        #expect(try text(.contributionReminded(reminded)).template == "reminder-employer/id/1")

        var fine = FineAssessed.sample
        fine.payer = reminded.payer
        fine.month = january
        fine.amount = Rupiah(200_000)
        fine.monthsLate = 1
        fine.dueOn = january.next.day(15)
        fine.settledOn = january.next.day(20)
        #expect(
            try text(.fineAssessed(fine)).body == """
                Iuran bulan Januari 2018 dilunasi terlambat 1 bulan.
                NPP: 15092870
                Jatuh tempo: 15 Februari 2018
                Dilunasi: 20 Februari 2018
                Denda keterlambatan 2% per bulan: Rp200.000
                Denda dibayar bersama penyetoran iuran bulan berikutnya (PP 44/2015).
                """)
        fine.amount = .zero
        #expect(NotifierInput.fineAssessed(fine).drafts.isEmpty)
    }

    /// Three months of grace, then the lapse (2.4, S03b); the return collects no arrears (T22).
    @Test func coverFromArrearsToReturn() throws {
        var cover = CoverChanged.sample
        cover.payer = .participant(kpj)
        cover.status = .grace
        cover.unpaidSince = january
        cover.payableUntil = january.advanced(by: 3).day(16)
        cover.protectedUntil = try date(2017, 12, 31)
        let expected = [
            "Iuran KPJ 18010000017 menunggak 1 bulan (Januari 2018). Lunasi paling lambat 16 April 2018 agar kepesertaan "
                + "tidak berakhir.",
            "Iuran KPJ 18010000017 menunggak 2 bulan (sejak Januari 2018). Lunasi paling lambat 16 April 2018 agar "
                + "kepesertaan tidak berakhir.",
            "PENTING: iuran KPJ 18010000017 menunggak 3 bulan (sejak Januari 2018). Bila tidak dilunasi paling lambat 16 "
                + "April 2018, kepesertaan berakhir.",
        ]
        for (index, short) in expected.enumerated() {
            cover.unpaidMonths = index + 1
            let words = try text(.coverChanged(cover))
            #expect(words.short == short && words.template == "arrears-\(index + 1)/id/1")
            #expect(SMSText.segments(of: words.short) == 1)
            #expect(NotifierInput.coverChanged(cover).drafts.first?.expiresOn == cover.payableUntil)
        }
        cover.unpaidMonths = 4
        #expect(NotifierInput.coverChanged(cover).drafts.isEmpty)
        cover.status = .lapsed
        let lapse = try text(.coverChanged(cover))
        #expect(
            lapse.short
                == "Kepesertaan KPJ 18010000017 berakhir: iuran menunggak lebih dari 3 bulan. Bayar iuran bulan ini dengan "
                + "NIK agar aktif kembali; tunggakan lama tidak ditagih.")
        #expect(NotifierInput.coverChanged(cover).drafts.first?.expiresOn == nil)
        cover.status = .returned
        cover.protectedUntil = try date(2018, 5, 31)
        #expect(
            try text(.coverChanged(cover)).short
                == "Kepesertaan KPJ 18010000017 aktif kembali, terlindungi sampai 31 Mei 2018. Tunggakan lama tidak ditagih. "
                + "Bayar iuran paling lambat tanggal 15 setiap bulan.")
        for status in [CoverStatus.awaited, .active, .exited] {
            cover.status = status
            #expect(NotifierInput.coverChanged(cover).drafts.isEmpty)
        }
        cover.status = .grace
        cover.unpaidMonths = 1
        cover.payer = .employer(.sample)
        #expect(NotifierInput.coverChanged(cover).drafts.isEmpty)
    }

    /// Warning 1 of Monday 2 November 2026 ends after 10 working days, on the 16th (4.1, T37).
    @Test func warningWithItsDeadline() throws {
        var stepped = EnforcementStepped.sample
        stepped.npp = try NPP("15092870")
        stepped.employerName = "PT Dewata"
        stepped.step = .warning1
        stepped.caseID = UUID(0x1234_ABCD_0000_7000, 0x8000_0000_0000_0001)
        stepped.unpaidMonths = 4
        stepped.arrears = Rupiah(10_000_000)
        stepped.lateFines = Rupiah(400_000)
        stepped.sanctionFine = .zero
        stepped.deadline = try date(2026, 11, 16)
        stepped.legalGround = "PP 86/2013 Pasal 6"
        stepped.remedy = "Bayar Rp10.400.000 ke virtual account 77701118010000017."
        stepped.steppedOn = try date(2026, 11, 2)
        let warning = try text(.enforcementStepped(stepped))
        #expect(
            warning.short
                == "PERINGATAN TERTULIS 1 (PP 86/2013), NPP 15092870, tunggakan iuran Rp10.000.000. Penuhi kewajiban paling "
                + "lambat 16 November 2026. Kasus 1234abcd. Info: 175.")
        #expect(
            warning.body == """
                PERINGATAN TERTULIS 1
                PT Dewata, NPP 15092870
                Bulan menunggak: 4
                Tunggakan iuran: Rp10.000.000
                Denda keterlambatan: Rp400.000
                Yang harus dilakukan: Bayar Rp10.400.000 ke virtual account 77701118010000017.
                Batas waktu: 16 November 2026. Setelah itu dikenai Peringatan Tertulis 2.
                Dasar hukum: PP 86/2013 Pasal 6
                Kasus 1234abcd, tanggal 2 November 2026.
                BPJS Ketenagakerjaan
                """)
        stepped.step = .fine
        stepped.sanctionFine = Rupiah(10_000)
        stepped.deadline = try date(2026, 12, 30)
        #expect(
            try text(.enforcementStepped(stepped)).short
                == "SANKSI DENDA (PP 86/2013), NPP 15092870: Rp10.000. Bayar bersama iuran paling lambat 30 Desember 2026; "
                + "setelah itu dimintakan TMP2T. Kasus 1234abcd.")
        stepped.npp = nil
        #expect(NotifierInput.enforcementStepped(stepped).drafts.isEmpty)
    }

    @Test func arrearsOfAnEmployer() throws {
        var arrears = ArrearsChanged.sample
        arrears.payer = .employer(try NPP("15092870"))
        arrears.unpaidMonths = 2
        arrears.amount = Rupiah(2_000_000)
        arrears.fines = Rupiah(40_000)
        arrears.unpaidSince = january
        #expect(
            try text(.arrearsChanged(arrears)).short
                == "Iuran NPP 15092870 menunggak 2 bulan sejak Januari 2018: Rp2.000.000 dan denda Rp40.000. Segera lunasi; "
                + "denda 2% per bulan terus berjalan.")
        for months in [0, 4, 9] {
            arrears.unpaidMonths = months
            #expect(NotifierInput.arrearsChanged(arrears).drafts.isEmpty)
        }
    }

    /// Three idle months to 31 March 2026: back on 30 September at the earliest, at the wadah's request (1.5, T45).
    @Test func endOfAnAgencyWithItsReentry() throws {
        var changed = AgencyChanged.sample
        changed.agentID = try AgentID("PRS-1")
        changed.change = .ended
        changed.changedOn = try date(2026, 3, 31)
        changed.reentryFrom = try date(2026, 9, 30)
        #expect(
            try text(.agencyChanged(changed)).short
                == "Keagenan Perisai PRS-1 berakhir 31 Maret 2026 setelah tiga bulan tanpa kegiatan. Dapat diaktifkan kembali "
                + "atas permintaan wadah paling cepat 30 September 2026.")
        changed.change = .idleOnce
        changed.changedOn = try date(2026, 1, 31)
        #expect(
            try text(.agencyChanged(changed)).short
                == "Peringatan 1, agen Perisai PRS-1: Januari 2026 tanpa peserta baru dan tanpa iuran yang diterima. Tiga "
                + "bulan berturut-turut mengakhiri keagenan.")
    }

    /// T8: 50 members on scheme A give Rp698.400 to the agent; the tax of T35's rule is 2,5 % of it.
    @Test func payouts() throws {
        var payout = PayoutChanged.sample
        payout.payeeKind = .agent
        payout.payeeID = "PRS-1"
        payout.month = january
        payout.gross = Rupiah(698_400)
        payout.tax = Rupiah(17_460)
        payout.net = Rupiah(680_940)
        payout.state = .paid
        payout.reason = "-"
        payout.changedOn = january.next.day(5)
        #expect(
            try text(.payoutChanged(payout)).short
                == "Insentif Perisai s.d. Januari 2018 (PRS-1) telah dibayarkan 5 Februari 2018: Rp680.940 (bruto Rp698.400, "
                + "pajak Rp17.460).")
        payout.state = .returned
        payout.reason = "Rekening ditutup"
        payout.payeeKind = .wadah
        let returned = try #require(NotifierInput.payoutChanged(payout).drafts.first)
        #expect(returned.recipient == .wadah(try WadahID("PRS-1")) && returned.kind == .payoutRejected)
        #expect(
            try text(.payoutChanged(payout)).short
                == "Pembayaran insentif Perisai s.d. Januari 2018 (PRS-1) Rp680.940 dikembalikan bank 5 Februari 2018: "
                + "Rekening ditutup. Periksa rekening Anda dan hubungi kantor cabang.")
    }

    @Test func exceptionsGoToTheDeskOfTheirLevel() throws {
        var escalated = ExceptionEscalated.sample
        escalated.exceptionID = UUID(0x1234_ABCD_0000_7000, 0x8000_0000_0000_0001)
        escalated.code = .unknownPayer
        escalated.payer = .sample
        escalated.amount = Rupiah(16_800)
        escalated.level = 2
        escalated.deadline = january.day(15)
        let branch = try BranchCode("DPS")
        #expect(
            try text(.exceptionEscalated(escalated)).short
                == "Pengecualian 1234abcd (UNKNOWN_PAYER, Rp16.800) naik ke tingkat 2, batas waktu 15 Januari 2018. Lihat: "
                + "perisai exceptions show 1234abcd")
        let desks = (1...3).map { level in
            escalated.level = level
            return NotifierInput.exceptionEscalated(escalated).drafts { _ in branch }.first?.recipient.ref
        }
        #expect(desks == ["branch:DPS", "branch:KANWIL", "branch:PUSAT"])
        escalated.payer = nil
        escalated.level = 1
        #expect(
            NotifierInput.exceptionEscalated(escalated).drafts { _ in branch }.first?.recipient.ref == "branch:PUSAT")
    }

    @Test func refusedRenewalsAndClosedPermits() throws {
        var refused = AgentRefused.sample
        refused.agentID = try AgentID("PRS-1")
        refused.reasons = [
            RefusalReason(
                code: "CONTRACT_TERM", field: "contract_until",
                text: "PKS paling lama 1 tahun. Perjanjian yang berjalan tetap berlaku sampai 2026-12-31.")
        ]
        #expect(
            try text(.agentRefused(refused)).short
                == "Permohonan keagenan Perisai PRS-1 belum dapat disetujui: PKS paling lama 1 tahun. Perjanjian yang berjalan "
                + "tetap berlaku sampai 2026-12-31. Hubungi wadah atau kantor cabang Anda.")
        var closed = PermitClosed.sample
        closed.applicationID = try ApplicationID("A-1")
        closed.reason = .outside
        closed.remedy = "Daftarkan proyek melalui E-Jakon."
        #expect(try text(.permitClosed(closed)).body.contains("\nDaftarkan proyek melalui E-Jakon.\n"))
        closed.reason = nil
        #expect(try text(.permitClosed(closed)).body.contains("ditutup karena ditarik kembali oleh pemohon."))
    }

    /// Workers who join later are welcomed like those of an enrolment, where their number is known.
    @Test func workersWhoJoin() throws {
        var worker = EnrolledWorker.sample
        worker.phone = .sample
        var silent = worker
        silent.phone = nil
        var changed = EmployerChanged.sample
        changed.joined = [worker, silent]
        let drafts = NotifierInput.employerChanged(changed).drafts
        #expect(drafts.map(\.kind) == [.employerChanged, .welcomeWorker])
        #expect(
            templates.text(of: drafts[1], in: .indonesian).body.hasPrefix(
                "Anda telah didaftarkan pada BPJS Ketenagakerjaan oleh perusahaan dengan NPP \(changed.npp.text).\n"))
    }

    @Test func digests() {
        let lines = [("Ni Luh", "iuran Rp16.800 diterima 15 Januari 2018"), ("", "KPJ 18010000017 aktif kembali")]
        let text = templates.digest(lines: lines, purpose: .payments, more: 3, language: .indonesian)
        #expect(
            text.body == """
                5 pemberitahuan pembayaran untuk Anda:
                - Ni Luh: iuran Rp16.800 diterima 15 Januari 2018
                - KPJ 18010000017 aktif kembali
                - dan 3 lainnya
                """)
        #expect(
            text.short
                == "BPJS Ketenagakerjaan, 5 pemberitahuan pembayaran: Ni Luh: iuran Rp16.800 diterima 15 Januari 2018; KPJ "
                + "18010000017 aktif kembali; dan 3 lainnya. Info: 175.")
        #expect(text.title == "5 pemberitahuan pembayaran" && text.template == "digest/id/1")
        for count in [1, 10, 50, 200] {
            let many = Array(
                repeating: (String(repeating: "Ñ", count: 80), String(repeating: "kata ", count: 32)), count: count)
            let long = templates.digest(lines: many, purpose: .membership, more: 0, language: .english)
            #expect(long.body.count <= TemplateSet.maximumCharacters && !long.body.hasSuffix("…"))
            #expect(SMSText.segments(of: long.short) <= SMSText.mostSegments)
            #expect(long.title == "\(count) notices: membership")
        }
    }
}
