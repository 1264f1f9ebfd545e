import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

/// New rows: proposed, approved, applied; and what is refused, by the desk and by the schema.
@Suite(.serialized) struct EffectiveRowTests {
    private typealias Sample = SchemesSample

    private func date(_ year: Int, _ month: Int, _ day: Int) -> CivilDate { Sample.date(year, month, day) }

    private func days(_ bench: SchemesBench, _ kind: EffectiveKind = .scheme) throws -> [String] {
        try EffectiveRow.list(kind, on: bench.connection).map { "\($0.code) \($0.days)" }
    }

    /// A scheme is data: money of its months accrues by it, money of the months before as before, to the row.
    @Test func newSchemeFromItsDayOn() throws {
        let bench = try SchemesBench()
        try bench.start(date(2022, 5, 10))
        try bench.pay(1, enrolled: date(2022, 4, 2), on: date(2022, 5, 3))
        let before = try bench.connection.texts("SELECT accrual::text FROM accrual ORDER BY 1")

        let adopted = try bench.adopt(Sample.row("C", date(2022, 6, 1), ends: "B"))
        #expect(adopted.outcome == "applied")
        let event = try #require(adopted.events.first)
        #expect(adopted.events.count == 1 && event.type == SchemeApproved.type)
        let data = try event.data.withUnsafeBytes { try SchemeApproved.read(bytes: $0) }
        #expect(data.kind == "scheme" && data.code == "C" && data.approvedBy == "Putu Arta")
        #expect(data.validFrom == date(2022, 6, 1) && data.validUntil == nil)
        #expect(
            try days(bench) == ["A 2017-01-01 to 2022-03-31", "B 2022-04-01 to 2022-05-31", "C from 2022-06-01 on"])
        let row = try #require(EffectiveRow.list(.scheme, on: bench.connection).last)
        #expect(row.proposedBy == "Sri Wahyuni" && row.approvedBy == "Putu Arta" && row.proposal != nil)
        #expect(try EffectiveRows.schemes(on: bench.connection).scheme("C") == Sample.scheme("C").scheme)

        #expect(try bench.connection.texts("SELECT accrual::text FROM accrual ORDER BY 1") == before)
        // Late money of May, and the first of June; the second participant is in month 13.
        try bench.pay(2, enrolled: date(2021, 6, 2), on: date(2022, 5, 31))
        try bench.pay(3, enrolled: date(2022, 5, 2), on: date(2022, 6, 1))
        try bench.pay(4, enrolled: date(2021, 6, 2), on: date(2022, 6, 30))
        #expect(
            try bench.connection.texts(
                "SELECT concat_ws(' ', month, scheme, rule, rate_ppm) FROM accrual WHERE agent_id IS NOT NULL ORDER BY payer"
            ) == ["24268 B 2 150000", "24268 B 2 150000", "24269 C 5 175000", "24269 C 5 60000"])
    }

    /// Booked ahead of the business date, after the last month that earns: by a new scheme it may earn.
    @Test func whatEarnedNothingIsComputedToo() throws {
        let bench = try SchemesBench()
        try bench.start(date(2022, 5, 10))
        try bench.pay(1, enrolled: date(2017, 1, 2), on: date(2022, 6, 1))
        #expect(try bench.connection.texts("SELECT count(*)::text FROM touched WHERE month = 24269") == ["0"])
        #expect(
            try bench.refusal(Sample.row("C", date(2022, 6, 1), ends: "B"))
                == "valid_from: contributions or new participants are booked already in 2022-06")
        #expect(try bench.adopt(Sample.row("C", date(2022, 7, 1), ends: "B")).outcome == "applied")
    }

    @Test func daysThatDoNotFitAreRefused() throws {
        let bench = try SchemesBench()
        try bench.start(date(2022, 5, 10))
        let june = date(2022, 6, 1)
        for (action, reason) in [
            (Sample.row("A", june), "code: A is used already, 2017-01-01 to 2022-03-31"),
            (
                Sample.row("C", june),
                "valid_from: overlaps scheme B, which applies from 2022-04-01 on; say that it \"ends\""
            ),
            (Sample.row("C", june, ends: "X"), "ends: there is no scheme X"),
            (Sample.row("C", june, ends: "A"), "ends: A has an end already, 2017-01-01 to 2022-03-31"),
            (
                Sample.row("C", date(2022, 4, 1), ends: "B"),
                "ends: B does not start before 2022-04-01, but applies from 2022-04-01 on"
            ),
            (
                Sample.row("C", date(2022, 5, 1), ends: "B"),
                "valid_from: must lie after 2022-05, the month of the business date"
            ),
            (Sample.row("C", date(2022, 6, 2), ends: "B"), "valid_from: must be the first day of a month"),
            (
                Sample.tax("T", date(2022, 5, 9), ends: "none"),
                "valid_from: is before the business date, 2022-05-10"
            ),
        ] { #expect(try bench.refusal(action) == reason) }

        // Half a year only; what follows must neither overlap it nor leave days without a scheme.
        let half = Sample.row("C", june, until: date(2022, 12, 31), ends: "B")
        #expect(try bench.adopt(half).outcome == "applied")
        #expect(
            try bench.refusal(Sample.row("D", date(2022, 12, 1)))
                == "valid_from: overlaps scheme C, which applies 2022-06-01 to 2022-12-31")
        #expect(
            try bench.refusal(Sample.row("D", date(2023, 2, 1)))
                == "valid_from: leaves a gap, no scheme would apply from 2023-01-01 to 2023-01-31")
        #expect(try bench.adopt(Sample.row("D", date(2023, 1, 1))).outcome == "applied")
        #expect(
            try bench.refusal(Sample.row("E", date(2022, 12, 1), until: date(2023, 1, 31)))
                == "valid_from: overlaps scheme C, which applies 2022-06-01 to 2022-12-31")

        // Taxes and policies start on any day from the business date on.
        #expect(try bench.adopt(Sample.tax("T", date(2022, 5, 10), ends: "none")).outcome == "applied")
        #expect(try bench.adopt(Sample.policy("2022", date(2022, 5, 20), ends: "2018")).outcome == "applied")
        #expect(try days(bench, .tax) == ["none 2017-01-01 to 2022-05-09", "T from 2022-05-10 on"])
        let taxes = try EffectiveRows.taxes(on: bench.connection)
        #expect(taxes[date(2022, 5, 9)] == TaxRule.none && taxes[date(2022, 5, 10)] == TaxRule(.byPayee))
        let policies = try EffectiveRows.payoutPolicies(on: bench.connection)
        #expect(policies[date(2022, 5, 19)] == PayoutPolicy(partnerBanks: [.cimbNiaga, .bni]))
        #expect(policies[date(2022, 5, 20)]?.minimum == Rupiah(10_000))
        #expect(policies[date(2022, 5, 20)]?.debtor?.account == .sample)
    }

    /// Nothing that was computed changes: not what is closed, stated, booked or paid.
    @Test func computedMonthsAreRefused() throws {
        let june = SchemesSample.row("C", date(2022, 6, 1), ends: "B")
        for (sql, reason) in [
            ("INSERT INTO month_close (month, started_on) VALUES (24269, '2022-07-03')", "2022-06 is closed already"),
            (
                "INSERT INTO statement VALUES ('AG-1', 24270, 0, '2022-08-03', 'W', '', 'B', 0, 0, 0, 0, 0, 0, 0, 0)",
                "statements are issued already for 2022-07"
            ),
        ] {
            let bench = try SchemesBench()
            try bench.execute(sql)
            #expect(try bench.refusal(june) == "valid_from: " + reason)
            let adopted = try bench.adopt(Sample.row("C", date(2022, 8, 1), ends: "B"))
            #expect(adopted.outcome == "applied")
        }
        let bench = try SchemesBench()
        try bench.pay(1, enrolled: date(2022, 4, 2), on: date(2022, 6, 30))
        #expect(
            try bench.refusal(june)
                == "valid_from: contributions or new participants are booked already in 2022-06")
        try bench.execute(
            """
            INSERT INTO payout (payout_id, run_id, first_id, payee_kind, payee_id, bank, account_number, account_holder,
                gross, tax, tax_kind, through_month, created_on, state, state_on)
            VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'agent', 'AG-1', '009', '0000123456', 'X',
                100, 0, 'none', 24269, '2022-07-05', 'ordered', '2022-07-05')
            """)
        for action in [
            Sample.tax("T", date(2022, 7, 5), ends: "none"), Sample.policy("P", date(2022, 7, 1), ends: "2018"),
        ] {
            #expect(try bench.refusal(action) == "valid_from: payouts were made by the old rule up to 2022-07-05")
        }
        #expect(try bench.adopt(Sample.tax("T", date(2022, 7, 6), ends: "none")).outcome == "applied")
    }

    /// What was free when it was approved may be computed when it is applied: then nothing of it happens.
    @Test func whatIsComputedMeanwhileIsRefusedWhenApplied() throws {
        let bench = try SchemesBench()
        try bench.start(date(2022, 5, 10))
        let id = try bench.propose(Sample.row("C", date(2022, 6, 1), ends: "B"))
        try bench.approve(id)
        try bench.pay(1, enrolled: date(2022, 4, 2), on: date(2022, 6, 1))
        #expect(try bench.applier.work().isEmpty)
        #expect(
            try bench.outcome(id) == "valid_from: contributions or new participants are booked already in 2022-06")
        #expect(try days(bench) == ["A 2017-01-01 to 2022-03-31", "B from 2022-04-01 on"])
    }

    /// A batch that has read the rows and not committed yet is waited for: no row is applied behind its back.
    @Test func batchesInFlightAreWaitedFor() throws {
        let bench = try SchemesBench(lockTimeoutMilliseconds: 50)
        try bench.start(date(2022, 5, 10))
        let id = try bench.propose(Sample.row("C", date(2022, 6, 1), ends: "B"))
        try bench.approve(id)
        let batch = try bench.another()
        defer { batch.close() }
        _ = try batch.execute("BEGIN")
        _ = try EffectiveRows.schemes(on: batch)
        do {
            _ = try bench.applier.work()
            Issue.record("the row was applied while a batch was reading")
        } catch let error as PostgresError {
            #expect(error.isTransient)
            bench.connection.rollbackIfNeeded()
        }
        #expect(try bench.outcome(id).isEmpty)
        _ = try batch.execute("COMMIT")
        #expect(try bench.applier.work().count == 1)
        #expect(try bench.outcome(id) == "applied")
    }

    @Test func onePersonNeverDoesBoth() throws {
        let bench = try SchemesBench()
        let id = try bench.propose(Sample.row("C", date(2022, 6, 1), ends: "B"))
        #expect(throws: DeskError.self) {
            try CommissionDesk(bench.connection).approve(id, by: OperatorName("sri  WAHYUNI"))
        }
        let refused = bench.sqlRefusal(
            """
            UPDATE proposal SET decision = 'approved', decided_by = 'SriWahyuni', decided_at = now()
            WHERE proposal_id = '\(id.text)'
            """)
        #expect(refused.contains("proposal_four_eyes"))
        // A second proposal of the same row waits for the first.
        #expect(try bench.refusal(Sample.row("C", date(2022, 7, 1), ends: "B")).contains("waits already"))
    }

    /// Whoever writes SQL is refused by the schema.
    @Test func theSchemaRefusesTheSame() throws {
        let bench = try SchemesBench()
        try bench.start(date(2022, 5, 10))
        let open = try bench.propose(Sample.row("C", date(2022, 6, 1), ends: "B"))
        func insert(_ code: String, _ days: String, _ proposal: String, kind: Int = 1) -> String {
            bench.sqlRefusal(
                """
                INSERT INTO effective_row VALUES (\(kind), '\(code)', \(days), 'by hand', '{"code": "\(code)"}',
                    \(proposal))
                """)
        }
        #expect(insert("D", "'2022-06-01', NULL", "NULL").contains("needs an approved proposal"))
        #expect(insert("D", "'2022-06-01', NULL", "'\(open.text)'").contains("needs an approved proposal"))
        try bench.approve(open)
        let approved = "'\(open.text)'"
        // B is open still: the exclusion constraint.
        #expect(insert("D", "'2022-06-01', NULL", approved).contains("23P01"))
        #expect(insert("D", "'2022-06-01', '2022-06-30'", approved).contains("23P01"))
        #expect(insert("D", "'2022-05-01', NULL", approved).contains("computed already"))
        #expect(insert("D", "'2022-06-02', NULL", approved).contains("23514"))
        #expect(insert("D", "'2022-06-01', '2022-06-29'", approved).contains("23514"))
        #expect(insert("T", "'2022-05-09', NULL", approved, kind: 2).contains("computed already"))
        #expect(insert("B", "'2023-01-01', '2023-01-31'", approved).contains("23505"))
        #expect(
            bench.sqlRefusal(
                """
                INSERT INTO effective_row VALUES (1, 'D', '2023-01-01', '2023-01-31', 'by hand', '{"code": "E"}',
                    \(approved))
                """
            ).contains("23514"))
        for change in [
            "UPDATE effective_row SET valid_until = '2022-04-30' WHERE code = 'B'",
            "UPDATE effective_row SET valid_until = '2022-06-29' WHERE code = 'B'",
            "UPDATE effective_row SET valid_until = '2022-12-31' WHERE code = 'A'",
            "UPDATE effective_row SET definition = definition || '{\"contract_years\": 9}' WHERE code = 'B'",
            "UPDATE effective_row SET regulation = 'another' WHERE code = 'B'",
            "UPDATE effective_row SET valid_from = '2022-03-01' WHERE code = 'B'",
            "DELETE FROM effective_row WHERE code = 'B'",
        ] { #expect(bench.sqlRefusal(change).contains("23514"), "\(change)") }
        #expect(try days(bench) == ["A 2017-01-01 to 2022-03-31", "B from 2022-04-01 on"])
        _ = try bench.applier.work()
        #expect(try bench.outcome(open) == "applied")
    }
}
