import PerisaiModels
import Testing
import Worker

@testable import CommissionCalculator

/// What is approved is what was seen, and nobody is paid whose rights are revoked meanwhile.
@Suite struct PayoutApprovalTests {
    private var month: ContributionMonth {
        get throws { try #require(ContributionMonth(year: 2022, month: 2)) }
    }

    private func bench() throws -> PayoutBench {
        let bench = try PayoutBench(on: "2022-03-03")
        try bench.agent("PRS-1", name: "Siti Aminah")
        try bench.agent("PRS-2", name: "Budi Santoso")
        try bench.owe(.agent("PRS-1"), 100_000, month)
        try bench.owe(.agent("PRS-2"), 50_000, month)
        try bench.close(month)
        return bench
    }

    @Test func anotherSumThanProposedIsNotPaid() throws {
        let bench = try bench()
        let desk = CommissionDesk(bench.connection)
        let action = PayoutAction(month: try month, gross: Rupiah(150_000), tax: .zero)
        let id = try desk.propose(action, reason: DeskReason("a test"), by: PayoutBench.ani.get())
        #expect(try desk.preview(id).contains("2 instructions: gross Rp150.000, tax Rp0, net Rp150.000; 0 refused"))
        try bench.owe(.agent("PRS-2"), 1, month)
        let refusal = #expect(throws: DeskError.self) { try desk.approve(id, by: PayoutBench.budi.get()) }
        #expect(refusal?.description.contains("Rp150.000 was proposed, it would be Rp150.001 now") == true)
        #expect(try bench.payouts().isEmpty)
    }

    @Test func anAgentDismissedAfterTheOrderIsNotInTheFile() throws {
        let bench = try bench()
        try bench.execute("UPDATE effective_row SET valid_until = '2022-02-28' WHERE kind = 3")
        try bench.execute(
            """
            INSERT INTO effective_row VALUES (3, 'test', '2022-03-01', NULL, 'test', '{"partner_banks": ["009"],
                "debtor": {"name": "BPJS Ketenagakerjaan", "bank": "009", "account": "00012345678"}}', NULL)
            """)
        let run = try bench.decide(PayoutAction(month: month))
        #expect(try PayoutFile(run: run, on: bench.connection).lines.count == 2)
        let payout = try #require(try bench.payouts().first)
        // What is ordered for others stays ordered.
        #expect(throws: DeskError.self) {
            try bench.decide(PayoutRetryAction(payoutID: payout.id, remedy: .release), works: false)
        }
        let date = try #require(CivilDate(year: 2022, month: 3, day: 3))
        try bench.decide(DismissalAction(agent: AgentID("PRS-1"), on: date))
        let refusal = #expect(throws: DeskError.self) { try PayoutFile(run: run, on: bench.connection) }
        #expect(refusal?.description.contains("PRS-1 was dismissed") == true)
        try bench.decide(PayoutRetryAction(payoutID: payout.id, remedy: .release))
        let file = try PayoutFile(run: run, on: bench.connection)
        #expect(file.lines.map(\.net.amount) == [50_000] && file.answered == 0)
        // Once the bank may have the file, only its report tells.
        try file.noteExport(on: bench.connection)
        try bench.decide(DismissalAction(agent: AgentID("PRS-2"), on: date))
        let other = try #require(try bench.payouts().last)
        let late = #expect(throws: DeskError.self) {
            try bench.decide(PayoutRetryAction(payoutID: other.id, remedy: .release), works: false)
        }
        #expect(late?.description.contains("the bank may pay it") == true)
        #expect(try bench.balances(.agent("PRS-1"))[.paid] == nil)
        #expect(try bench.balances(.agent("PRS-1"))[.transit] ?? 0 == 0)
    }
}
