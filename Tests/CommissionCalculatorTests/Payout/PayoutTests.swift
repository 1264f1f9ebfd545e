import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

@Suite(.serialized) struct PayoutTests {
    private static let underA = Result { try #require(ContributionMonth(year: 2019, month: 5)) }
    private static let underB = Result { try #require(ContributionMonth(year: 2022, month: 5)) }
    private var a: ContributionMonth { get throws { try Self.underA.get() } }
    private var b: ContributionMonth { get throws { try Self.underB.get() } }

    /// T1 and T35: 3.417.650 gross, PPh 21 of half of it, 85.441 withheld; from order to payment and back.
    @Test func t1t35() throws {
        let bench = try PayoutBench(on: "2019-06-04")
        try bench.tax(#"{"kind": "pph21"}"#)
        try bench.agent("PRS-1", name: "Siti Aminah")
        try bench.owe(.agent("PRS-1"), 3_417_650, a)
        #expect(throws: DeskError.self) { try bench.decide(PayoutAction(month: a)) }
        try bench.close(a)
        try bench.decide(PayoutAction(month: a))
        let payout = try #require(try bench.payouts().first)
        #expect((payout.gross.amount, payout.tax.amount, payout.taxKind) == (3_417_650, 85_441, "pph21"))
        #expect(payout.payee == .agent("PRS-1"))
        #expect(try bench.balances(.agent("PRS-1")) == [.transit: 3_417_650])
        // Everything is paid: there is nothing for a second run.
        #expect(throws: DeskError.self) { try bench.decide(PayoutAction(month: a)) }

        let told = try bench.report([(payout.id, .paid)], amount: Rupiah(3_332_209))
        #expect(told.map(\.state) == [.paid])
        #expect(told.first?.net.amount == 3_332_209)
        #expect(try bench.balances(.agent("PRS-1")) == [.paid: 3_332_209, .tax: 85_441])
        // The same news in another file.
        #expect(try bench.report([(payout.id, .paid)]).isEmpty)
        #expect(try bench.report([(payout.id, .returned)]).map(\.state) == [.returned])
        #expect(try bench.balances(.agent("PRS-1")) == [.transit: 3_417_650])
        #expect(try bench.report([(payout.id, .paid), (payout.id, .rejected)]).isEmpty)
        #expect(try bench.reportOutcomes() == ["applied", "known", "applied", "known", "known"])
        try bench.prove()
    }

    /// T9: 1.026.000 of the agent and 102.600 of the wadah in one instruction to the wadah.
    @Test func t9() throws {
        let bench = try PayoutBench(on: "2022-06-04")
        try bench.tax(#"{"kind": "by-payee"}"#)
        try bench.agent("PRS-1", name: "Siti Aminah", bank: nil)
        try bench.wadah("W-1", name: "CV Mitra Bersama")
        try bench.owe(.agent("PRS-1"), 1_026_000, b)
        try bench.owe(.wadah("W-1"), 102_600, b)
        try bench.close(b)
        let run = try bench.decide(PayoutAction(month: b))
        let payouts = try bench.payouts()
        let payout = try #require(payouts.first)
        #expect(payouts.count == 1)
        #expect(payout.payee == .wadah("W-1"))
        #expect(payout.gross.amount == 1_128_600)
        // A legal entity: PPh 23, 2 %.
        #expect((payout.tax.amount, payout.taxKind) == (20_520 + 2_052, "pph23"))
        #expect(try bench.register.items(of: payout.id).map(\.owner) == [.agent("PRS-1"), .wadah("W-1")])

        #expect(throws: DeskError.self) { try PayoutFile(run: run, on: bench.connection) }
        try bench.execute("UPDATE effective_row SET valid_until = '2022-05-31' WHERE kind = 3")
        try bench.execute(
            """
            INSERT INTO effective_row VALUES (3, 'test', '2022-06-01', NULL, 'test', '{"partner_banks": ["022", "009"],
                "debtor": {"name": "BPJS Ketenagakerjaan", "bank": "009", "account": "00012345678"}}', NULL)
            """)
        let file = try PayoutFile(run: run, on: bench.connection)
        // The 5th is a Sunday, and the 4th a Saturday: the next working day from now.
        #expect(file.executeOn == CivilDate(year: 2022, month: 6, day: 6))
        let june = try b.next
        #expect(PayoutFile.executionDate(june.previous, from: june.day(2)) == june.day(3))
        let line = try #require(file.lines.first)
        #expect(line.net.amount == 1_106_028)
        #expect(line.remittance == "INSENTIF PERISAI 2022-05 W-1 1 AGEN BRUTO 1128600 PPH23 22572")
        #expect(file.answered == 0)
        // The bank refuses the file as a whole.
        let summary = try PayoutReports(bench.connection).take(
            [
                PayoutReportLine(
                    line: 9, reference: PayoutReference.message(run).lowercased(), bankStatus: "RJCT", status: .rejected
                )
            ], file: "x", sha256: "x", by: PayoutBench.ani.get())
        #expect(summary.waiting == [.rejected: 1])
        _ = try bench.applier.work()
        #expect(try bench.payouts().first?.state == .rejected)
        #expect(try PayoutFile(run: run, on: bench.connection).answered == 1)
        try bench.prove()
    }

    /// What was earned under A goes to the agent, what was earned under B to the wadah (domain.md 10), whichever month a
    /// run is for; also when it came back.
    @Test func eachSchemePaysWhomItPays() throws {
        let bench = try PayoutBench(on: "2022-06-03")
        try bench.agent("PRS-1", name: "Siti Aminah")
        try bench.wadah("W-1", name: "Paguyuban Ojek", legalEntity: false)
        try bench.owe(.agent("PRS-1"), 100_000, a)
        try bench.owe(.agent("PRS-1"), 250_000, b)
        try bench.owe(.wadah("W-1"), 10_000, a)
        try bench.owe(.wadah("W-1"), 25_000, b)
        try bench.close(a)
        try bench.close(b)
        try bench.decide(PayoutAction(month: b))
        func sums() throws -> [Owner: [Int64]] {
            try Dictionary(grouping: bench.payouts(), by: \.payee).mapValues { $0.map(\.gross.amount).sorted() }
        }
        #expect(try sums() == [.agent("PRS-1"): [100_000], .wadah("W-1"): [285_000]])
        #expect(try bench.balances(.agent("PRS-1")) == [.transit: 350_000])
        // Both come back and are owed again: they go the same ways as before.
        let first = try bench.payouts().map(\.id)
        _ = try bench.report(first.map { ($0, .rejected) })
        for id in first { try bench.decide(PayoutRetryAction(payoutID: id, remedy: .release)) }
        #expect(try bench.balances(.agent("PRS-1")) == [.payable: 350_000])
        try bench.decide(PayoutAction(month: b))
        #expect(try sums() == [.agent("PRS-1"): [100_000, 100_000], .wadah("W-1"): [285_000, 285_000]])
        try bench.prove()
    }

    /// What one scheme takes back is taken from what the other has left.
    @Test func balancesOfTwoSchemes() throws {
        func split(_ amount: Int64, _ own: Int64, _ throughWadah: Int64) throws -> [Scheme.Payee: Rupiah] {
            try PayoutPlanStore.split(Rupiah(amount), own: Rupiah(own), throughWadah: Rupiah(throughWadah))
        }
        #expect(try split(70, 100, -30) == [.owner: Rupiah(70)])
        #expect(try split(70, -30, 100) == [.wadah: Rupiah(70)])
        #expect(try split(100, 100, 40) == [.owner: Rupiah(100)])
        #expect(try split(140, 100, 40) == [.owner: Rupiah(100), .wadah: Rupiah(40)])
        #expect(try split(60, 100, 40) == [.owner: Rupiah(60)])
    }

    /// A name that is too short to have been cut by a bank is somebody else's: a parent association is no wadah of it.
    @Test func namesThatBanksCut() {
        #expect(!PayoutGate.isSame(holder: "Perkumpulan Perisai", payee: "Perkumpulan Perisai 2"))
        #expect(PayoutGate.isSame(holder: "PERKUMPULAN PERISAI", payee: "Perkumpulan Perisai"))
        #expect(PayoutGate.isSame(holder: "PERKUMPULAN PERISAI KOT", payee: "Perkumpulan Perisai Kota Denpasar"))
        #expect(!PayoutGate.isSame(holder: "Perkumpulan Perisai Kota Denpasar", payee: "Perkumpulan Perisai Kota"))
    }

    /// A wadah that gets its own part alone is paid for no agent; a NIK where a reference should be is not kept.
    @Test func whatBanksAreToldAndTell() throws {
        let bench = try PayoutBench(on: "2019-06-04")
        try bench.wadah("W-1", name: "Paguyuban Ojek", legalEntity: false)
        try bench.owe(.wadah("W-1"), 10_000, a)
        try bench.close(a)
        let run = try bench.decide(PayoutAction(month: a))
        try bench.execute("UPDATE effective_row SET valid_until = '2019-05-31' WHERE kind = 3")
        try bench.execute(
            """
            INSERT INTO effective_row VALUES (3, 'test', '2019-06-01', NULL, 'test', '{"partner_banks": ["022", "009"],
                "debtor": {"name": "BPJS Ketenagakerjaan", "bank": "009", "account": "00012345678"}}', NULL)
            """)
        let file = try PayoutFile(run: run, on: bench.connection)
        #expect(file.lines.map(\.remittance) == ["INSENTIF PERISAI 2019-05 W-1"])
        let nik = "5171014101569999"
        let summary = try PayoutReports(bench.connection).take(
            [PayoutReportLine(line: 2, reference: nik, bankStatus: nik, status: .paid, reason: nik)], file: "x",
            sha256: "x", by: PayoutBench.ani.get())
        #expect(summary.unknown.map(\.line) == [2] && !summary.unknown.contains { $0.reason.contains(nik) })
        let kept = try #require(bench.register.reports().first)
        #expect(![kept.reference, kept.bankStatus, kept.reason].contains { $0.contains(nik) })
    }

    /// Through a wadah that is no legal entity each agent is taxed.
    @Test func aWadahThatIsNoLegalEntity() throws {
        let bench = try PayoutBench(on: "2022-06-03")
        try bench.tax(#"{"kind": "by-payee"}"#)
        try bench.agent("PRS-1", name: "Siti Aminah")
        try bench.wadah("W-1", name: "Paguyuban Ojek", legalEntity: false)
        try bench.owe(.agent("PRS-1"), 3_417_650, b)
        try bench.close(b)
        try bench.decide(PayoutAction(month: b))
        #expect(try bench.payouts().map { [$0.tax.amount] } == [[85_441]])
    }

    @Test func aNegativeBalanceIsCarriedForward() throws {
        let bench = try PayoutBench(on: "2019-06-04")
        try bench.agent("PRS-1", name: "Siti Aminah")
        try bench.owe(.agent("PRS-1"), -70_000, a)
        try bench.close(a)
        #expect(throws: DeskError.self) { try bench.decide(PayoutAction(month: a)) }
        try bench.owe(.agent("PRS-1"), 100_000, a.next)
        try bench.close(a.next)
        try bench.today("2019-07-04")
        try bench.decide(PayoutAction(month: a.next))
        #expect(try bench.payouts().map(\.gross.amount) == [30_000])
        #expect(try bench.balances(.agent("PRS-1")) == [.transit: 30_000])
        // Paid through June: May alone is not paid again.
        #expect(throws: DeskError.self) { try bench.decide(PayoutAction(month: a)) }
        try bench.prove()
    }

    /// What a later month takes back is not paid out before, what it gives is.
    @Test func laterMonthsCountBelowZeroOnly() throws {
        let bench = try PayoutBench(on: "2019-06-04")
        for (agent, later) in [("PRS-1", Int64(-40_000)), ("PRS-2", 40_000)] {
            try bench.agent(agent, name: "Siti Aminah")
            try bench.owe(.agent(agent), 100_000, a)
            try bench.owe(.agent(agent), later, a.next)
        }
        try bench.close(a)
        try bench.decide(PayoutAction(month: a))
        #expect(try bench.payouts().map(\.gross.amount) == [60_000, 100_000])
    }

    @Test func whoIsRefusedKeepsTheBalance() throws {
        let bench = try PayoutBench(on: "2019-06-04")
        try bench.agent("PRS-1", name: "Siti Aminah", holder: "Budi Santoso")
        try bench.agent("PRS-2", name: "Made Wirawan", bank: "014")
        try bench.agent("PRS-3", name: "Ketut Sari", bank: nil)
        try bench.agent("PRS-4", name: "Wayan Dewi")
        try bench.execute(
            """
            INSERT INTO agency_change VALUES ('PRS-4', '2019-05-20', 'dismissed', 'fraud', NULL, NULL, gen_random_uuid())
            """)
        try bench.agent("PRS-5", name: "Ni Luh Putu Ayu Kusumawardani", holder: "NI LUH PUTU AYU KUSUMA")
        for number in 1...5 { try bench.owe(.agent("PRS-\(number)"), 100_000, a) }
        try bench.owe(.wadah("W-9"), 10_000, a)
        try bench.close(a)
        let run = try bench.decide(PayoutAction(month: a))
        // A name that the bank has cut is the payee's own.
        #expect(try bench.payouts().map(\.payee) == [.agent("PRS-5")])
        let refusals = try bench.register.refusals(run: run)
        #expect(
            Dictionary(uniqueKeysWithValues: refusals.map { ($0.owner.id, $0.code) }) == [
                "PRS-1": .foreignName, "PRS-2": .notPartnerBank, "PRS-3": .noAccount, "PRS-4": .dismissed,
                "W-9": .noContract,
            ])
        #expect(
            refusals.first { $0.owner.id == "PRS-1" }?.reason
                == "account_holder: Budi Santoso is not the payee, Siti Aminah")
        for number in 1...3 { #expect(try bench.balances(.agent("PRS-\(number)")) == [.payable: 100_000]) }
        // What a dismissed agent does not get is settled with the agency.
        #expect(try bench.balances(.agent("PRS-4")) == [.forfeited: 100_000])

        // Somebody else's name and a bank that is no partner are refused as repairs too; a good one is paid next time.
        func account(_ holder: String, _ bank: String = "009") throws -> PayeeAccountAction {
            PayeeAccountAction(
                owner: .agent("PRS-1"),
                account: try PayeeAccount(operatorBank: bank, number: "0987654321", holder: holder))
        }
        #expect(throws: DeskError.self) { try bench.decide(account("Budi Santoso")) }
        #expect(throws: DeskError.self) { try bench.decide(account("Siti Aminah", "014")) }
        try bench.decide(account("SITI AMINAH"))
        try bench.decide(PayoutAction(month: a))
        #expect(try bench.payouts().map(\.payee) == [.agent("PRS-1"), .agent("PRS-5")])
        #expect(try bench.payouts().first?.account.number.text == "0987654321")
        try bench.prove()
    }

    @Test func belowTheMinimum() throws {
        let bench = try PayoutBench(on: "2019-06-04")
        try bench.execute("UPDATE effective_row SET valid_until = '2018-12-31' WHERE kind = 3")
        try bench.execute(
            """
            INSERT INTO effective_row VALUES (3, 'test', '2019-01-01', NULL, 'test',
                '{"partner_banks": ["009"], "minimum": 10000}', NULL)
            """)
        for (agent, amount) in [("PRS-1", Int64(9_999)), ("PRS-2", 10_000)] {
            try bench.agent(agent, name: "Siti Aminah")
            try bench.owe(.agent(agent), amount, a)
        }
        try bench.close(a)
        try bench.decide(PayoutAction(month: a))
        #expect(try bench.payouts().map(\.payee.id) == ["PRS-2"])
        #expect(try bench.register.refusals().map(\.code) == [.belowMinimum])
    }

    @Test func aRunOfTwentyThousand() throws {
        let bench = try PayoutBench(on: "2019-06-04")
        try bench.tax(#"{"kind": "pph21"}"#)
        try bench.execute(
            """
            INSERT INTO agent (agent_id, activated_on, event_key, wadah_id, branch, name, bank, account_number,
                account_holder)
            SELECT 'PRS-' || n, '2018-02-05', gen_random_uuid(), 'W-1', 'DPS', 'Agen Nomor ' || n, '009',
                (1000000000 + n)::text, 'AGEN NOMOR ' || n FROM generate_series(1, 20000) AS n
            """)
        try bench.execute(
            """
            INSERT INTO transfer SELECT 'agent', 'PRS-' || n, gen_random_uuid(), 'expense', 'payable', 1000 + n,
                \(a.index), '2019-06-03', 'statement', 'test' FROM generate_series(1, 20000) AS n
            """)
        try bench.execute("ANALYZE")
        try bench.close(a)
        try bench.decide(PayoutAction(month: a))
        #expect(try bench.number("SELECT count(*) FROM payout WHERE state = 'ordered'") == 20_000)
        #expect(try bench.number("SELECT sum(amount)::int8 FROM balance WHERE account = 'payable'") == 0)
        try bench.prove()
    }
}
