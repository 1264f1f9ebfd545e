import PerisaiModels
import Testing
import Worker

@testable import CommissionCalculator

/// A dismissal revokes all rights at once (S01b).
@Suite(.serialized) struct DismissalTests {
    private func dismissal(_ on: String) -> DismissalAction {
        DismissalAction(agent: AgencyBench.agent(1), on: AgencyBench.date(on))
    }

    /// 25 participants in May 2026 who pay in May; the month is closed on 3 June.
    private func earned() throws -> AgencyBench {
        let bench = try AgencyBench()
        try bench.activate(1, "2026-04-03")
        try bench.start("2026-05-01")
        for number in 1...25 {
            try bench.enrol(number, agent: 1, "2026-05-02")
            try bench.pay(number, "2026-05-03", payment: UInt64(number))
        }
        try bench.start("2026-06-03")
        #expect(try bench.balances(1) == [.expense: -513_000, .payable: 513_000])
        return bench
    }

    @Test func whatIsUnpaidIsForfeited() throws {
        let bench = try earned()
        try bench.pay(1, "2026-06-05", payment: 101)
        try bench.pay(2, "2026-06-10", payment: 102)
        try bench.start("2026-06-10")
        #expect(try bench.refusal(dismissal("2026-06-11")).hasPrefix("on: a dismissal holds at once"))
        #expect(try bench.refusal(dismissal("2026-04-02")) == "on: AG-1 is an agent since 2026-04-03")
        #expect(try bench.decide(dismissal("2026-06-10")) == "applied")
        #expect(bench.story == ["AG-1 dismissed 2026-06-10"])
        #expect(try bench.balances(1) == [.expense: -513_000, .forfeited: 513_000])
        #expect(bench.passed.count == 25 && bench.passed.allSatisfy { $0.reason == .dismissed })
        // The payment of the day itself accrues no more, that of the 5th does, and is forfeited with its statement.
        #expect(try bench.base(of: 1) == 26 * 36_800)
        try bench.start("2026-07-03")
        #expect(bench.issued.last?.agentShare.rupiah.amount == 5_520)
        #expect(try bench.balances(1) == [.expense: -518_520, .forfeited: 518_520])
        // The wadah keeps its part.
        #expect(try Balances.of(.wadah("W-1"), on: bench.connection)[.payable]?.amount == 51_300 + 552)
        #expect(try bench.refusal(dismissal("2026-06-10")) == "agent: AG-1 was dismissed on 2026-06-10")
        let back = ReactivationAction(
            agent: AgencyBench.agent(1), wadah: try WadahID("W-1"), on: AgencyBench.date("2026-07-03"))
        #expect(try bench.refusal(back).contains("does not come back"))
        // Idle for good, and never ended.
        for day in ["2026-10-03", "2027-03-03"] { try bench.start(day) }
        #expect(bench.changes.count == 1)
    }

    /// Found out after the agent came back, for a day before that, on which its portfolio had passed on already: no
    /// later return makes it good.
    @Test func aDismissalFromADayBeforeTheReturn() throws {
        let bench = try AgencyBench()
        try bench.activate(1, "2025-06-03")
        for day in ["2025-07-03", "2025-10-03", "2026-04-02"] { try bench.start(day) }
        #expect(bench.story.last == "AG-1 ended 2025-09-30")
        #expect(try bench.decide(bench.contract("W-1", "2026-01-01", "2026-12-31")) == "applied")
        let back = ReactivationAction(
            agent: AgencyBench.agent(1), wadah: try WadahID("W-1"), on: AgencyBench.date("2026-04-02"))
        #expect(try bench.decide(back) == "applied")
        for number in 1...25 {
            try bench.enrol(number, agent: 1, "2026-05-02")
            try bench.pay(number, "2026-05-03", payment: UInt64(number))
        }
        try bench.start("2026-06-03")
        #expect(try bench.balances(1)[.payable] == 513_000)
        #expect(try bench.decide(dismissal("2025-10-01")) == "applied")
        #expect(bench.passed.count == 25 && bench.passed.allSatisfy { $0.reason == .dismissed })
        try bench.pay(1, "2026-06-03", payment: 101)
        #expect(try bench.base(of: 1) == 0)
        _ = try bench.connection.execute(
            """
            INSERT INTO transfer VALUES ('agent', 'AG-1', gen_random_uuid(), 'expense', 'payable', 1000,
                \(AgencyBench.date("2026-05-01").contributionMonth.index), '2026-06-03', 'statement', 'a test')
            """)
        let plan = try PayoutAction(month: AgencyBench.date("2026-05-01").contributionMonth).plan(on: bench.connection)
        #expect(plan.refusals.map(\.code) == [.dismissed])
        #expect(plan.instructions.flatMap(\.items).map(\.owner) == [.wadah("W-1")])
    }

    /// Whoever got a portfolio on the day of the own dismissal keeps nothing of it.
    @Test func whatWasPassedOnTheSameDayIsPassedOn() throws {
        let bench = try AgencyBench()
        for agent in 1...2 { try bench.activate(agent, "2026-04-03") }
        for number in 1...20 { try bench.enrol(number, agent: 2, "2026-05-02") }
        try bench.start("2026-05-10")
        let passing = PortfolioAction(
            agent: AgencyBench.agent(2), to: AgencyBench.agent(1), on: AgencyBench.date("2026-05-10"))
        #expect(try bench.decide(passing) == "applied")
        #expect(try bench.decide(dismissal("2026-05-10")) == "applied")
        #expect(bench.passed.count == 40)
        for number in 1...20 { try bench.pay(number, "2026-05-10", payment: UInt64(number)) }
        #expect(try bench.base(of: 1) == 0 && bench.base(of: 2) == 0)
    }

    /// A sum that leaves 64 bits would stop the close of every month.
    @Test func moneyBeyondAnyPayersIsNoMoney() throws {
        let bench = try AgencyBench()
        var data = try bench.posted(1, "2026-05-03")
        data.allocations[0].amount = Rupiah(CommissionInput.maximumBase)
        try bench.apply(.posted(data))
        data.allocations[0].amount = Rupiah(CommissionInput.maximumBase + 1)
        #expect(throws: RecordFault.self) { try bench.apply(.posted(data)) }
    }

    /// What a correction takes back of money never paid is no debt.
    @Test func aDismissalInThePast() throws {
        let bench = try earned()
        #expect(try bench.decide(dismissal("2026-05-03")) == "applied")
        #expect(try bench.balances(1)[.forfeited] == 513_000)
        try bench.start("2026-06-04")
        // Contributions of 3 May are taken back by a correction; the acquisitions of 2 May stand.
        #expect(bench.issued.last?.agentShare.rupiah.amount == -138_000)
        #expect(try bench.balances(1) == [.expense: -375_000, .forfeited: 375_000])
    }

    /// What a dispute holds is forfeited too, and its decision changes nothing.
    @Test func whatIsHeldIsForfeited() throws {
        let bench = try earned()
        let month = Branch.month(2026, 5)
        let line = try #require(
            AgentStatement.lines(agent: AgencyBench.agent(1), month: month, connection: bench.connection).first {
                $0.paymentID != nil
            })
        let dispute = try DisputeDesk(bench.connection).open(
            .contribution(event: try #require(line.eventKey), line: 0), agent: AgencyBench.agent(1), month: month,
            reason: .init("surat agen"), by: .init("ani"))
        try bench.work()
        #expect(try bench.balances(1)[.held] == 5_520)
        try bench.decide(dismissal("2026-06-03"))
        #expect(try bench.balances(1) == [.expense: -513_000, .forfeited: 513_000])
        try bench.decide(DisputeAction(dispute: dispute, verdict: .upheld, correction: .zero))
        try bench.start("2026-06-04")
        #expect(try bench.balances(1) == [.expense: -513_000, .forfeited: 513_000])
    }

    @Test func anEndedAgencyCanBeDismissed() throws {
        let bench = try AgencyBench()
        try bench.activate(1, "2025-12-10")
        for day in ["2026-01-05", "2026-04-03"] { try bench.start(day) }
        #expect(bench.story.last == "AG-1 ended 2026-03-31")
        #expect(try bench.decide(dismissal("2026-04-03")) == "applied")
        #expect(try AgencyRecord.of(AgencyBench.agent(1), on: bench.connection).state == .dismissed)
        #expect(throws: (any Error).self) {
            try bench.connection.execute("UPDATE agency_change SET reason = 'another'")
        }
    }

    @Test func unknownAgents() throws {
        let bench = try AgencyBench()
        #expect(try bench.refusal(dismissal("2026-04-03")) == "no business date has started yet")
        try bench.start("2026-04-03")
        #expect(try bench.refusal(dismissal("2026-04-03")) == "agent: AG-1 was never activated")
    }
}
