import PerisaiModels
import Postgres
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

@Suite(.serialized) struct AccountTests {
    private func move(
        _ bench: CloseBench, _ number: UInt64, _ amount: Int64, _ from: TransferAccount, _ to: TransferAccount,
        _ source: TransferSource
    ) throws {
        var buffer = Transfer.buffer
        try Transfer(
            id: UUID(77, number), owner: .agent("PRS-1"), Rupiah(amount), from: from, to: to,
            month: CloseBench.month("2022-05"), bookedOn: CloseBench.day("2022-06-05"), source: source,
            sourceID: "test"
        )?.append(to: &buffer)
        _ = try bench.connection.copy(&buffer)
    }

    /// Held, taxed, paid and carried forward stand on paper and in words, and add up; later months do not change them.
    @Test func whatBecameOfTheMoney() throws {
        let bench = try CloseBench()
        try bench.apply([bench.activated(1)] + bench.members(1...50, agent: 1, on: "2022-05-10"))
        try bench.start("2022-06-01")
        try bench.close("2022-05")
        try move(bench, 1, 15_000, .payable, .held, .dispute)
        try move(bench, 2, 1_000_000, .payable, .transit, .payout)
        try move(bench, 3, 25_000, .transit, .tax, .payout)
        try move(bench, 4, 975_000, .transit, .paid, .payout)
        try move(bench, 5, 5_000, .expense, .payable, .dispute)
        let row = try bench.connection.query(
            Statement("account_event", "SELECT event_key FROM accrual WHERE mark IS NOT NULL ORDER BY payer LIMIT 1"))
        try bench.connection.execute(
            """
            INSERT INTO dispute VALUES ('00000000-0000-0000-0000-00000000000d', 'PRS-1', 2022 * 12 + 4,
                '\(row.uuid(0, 0).text)', 0, 'W-1', 'B', 5520, 552, 'paid twice', 'Siti', now(), 'held', 5520, 552)
            """)
        func read(_ format: StatementFormat) throws -> String {
            try StatementReader.agent(CloseBench.agent(1), CloseBench.month("2022-05"), on: bench.connection)
                .rendered(format)
        }
        let account = try StatementReader.account(
            .agent("PRS-1"), CloseBench.month("2022-05"), bench.connection)
        #expect(account.due.amount == 1_026_000 && account.corrected.amount == 5_000 && account.held.amount == 15_000)
        #expect(account.tax.amount == 25_000 && account.paid.amount == 975_000 && account.transit.isZero)
        #expect(account.carried.amount == 16_000)
        let text = try read(.text)
        for line in [
            "Pajak dipotong", "-25.000", "Ditahan karena sengketa", "-15.000", "-975.000", "ditahan: sengketa",
        ] {
            #expect(text.contains(line), "\(line)")
        }
        let words = try CommissionStory(CloseBench.agent(1), CloseBench.month("2022-05"), on: bench.connection).lines
            .map(\.text)
        for sentence in [
            "Rp25.000 was withheld as tax.", "Rp15.000 is held by disputes.", "Rp975.000 was paid.",
            "Rp16.000 is carried forward.", "Rp5.000 was booked by decided disputes or other decisions.",
        ] {
            #expect(words.contains(sentence), "\(sentence)")
        }
        #expect(words.contains { $0.hasPrefix("Dispute 00000000-0000-0000-0000-00000000000d about event") })
        // The wadah's part is not paid: the month is late.
        try bench.start("2022-06-06")
        #expect(try MonthOverview.all(on: bench.connection).first?.owed.amount == 16_000 + 102_600)
        #expect(try MonthOverview.all(on: bench.connection).first?.isLate == true)
        let before = try StatementFormat.allCases.map { try read($0) }
        try bench.apply(
            bench.members(1...2, agent: 1, on: "2022-06-10").filter { if case .posted = $0 { true } else { false } })
        try bench.start("2022-07-01")
        try bench.close("2022-06")
        #expect(try StatementFormat.allCases.map { try read($0) } == before)
        let june = try StatementReader.agent(CloseBench.agent(1), CloseBench.month("2022-06"), on: bench.connection)
        #expect(june.account.brought.amount == 16_000 && june.account.carried.amount == 16_000 + 2 * 5_520)
    }

    @Test func handoversAreTold() throws {
        let bench = try CloseBench()
        try bench.apply([bench.activated(1)] + bench.members(1...2, agent: 1, on: "2022-05-10"))
        try bench.connection.execute(
            """
            INSERT INTO handover
            SELECT payer, '2022-05-20', NULL, 'policy', gen_random_uuid() FROM enrolment WHERE agent_id = 'PRS-1'
            """)
        let story = try CommissionStory(CloseBench.agent(1), CloseBench.month("2022-05"), on: bench.connection)
        #expect(
            story.lines.filter { $0.topic == "passed" }.map(\.text) == [
                "2 payers passed to the branch from 2022-05-20 on (policy); what is booked since then earns whom they "
                    + "passed to."
            ])
    }
}
