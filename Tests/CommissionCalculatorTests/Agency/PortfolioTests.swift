import PerisaiModels
import Testing
import Worker

@testable import CommissionCalculator

/// Who looks after the participants of an agent.
@Suite(.serialized) struct PortfolioTests {
    /// Agent 1 with seven payers, idle from January 2026 on.
    private func idle(_ portfolio: CommissionSettings.Portfolio = .branch) throws -> AgencyBench {
        let bench = try AgencyBench(portfolio: portfolio, chunk: 2)
        try bench.activate(1, "2025-12-01")
        for number in 1...7 { try bench.enrol(number, agent: 1, "2025-12-10") }
        try bench.start("2026-01-05")
        return bench
    }

    @Test func theBranchTakesOverFromTheDayAfterTheEnd() throws {
        let bench = try idle()
        // Booked after the end and known before it is decided.
        try bench.pay(1, "2026-04-02", payment: 1)
        #expect(try bench.base(of: 1) == 36_800)
        try bench.start("2026-04-03")
        #expect(bench.passed.count == 7)
        #expect(
            bench.passed.allSatisfy {
                $0.passedOn == AgencyBench.date("2026-04-01") && $0.toAgent == nil && $0.reason == .agencyEnded
            })
        #expect(try bench.base(of: 1) == 0)
        try bench.pay(2, "2026-04-04", payment: 2)
        #expect(try bench.base(of: 1) == 0)
        // Booked while it was active and told late: it earns.
        try bench.pay(3, "2026-03-31", payment: 3)
        #expect(try bench.base(of: 1) == 36_800)
        // An enrolment of that time told late passes with the next look; one of later by the same agent too.
        try bench.enrol(8, agent: 1, "2026-03-30")
        try bench.enrol(9, agent: 1, "2026-04-20")
        try bench.pay(8, "2026-04-25", payment: 4)
        try bench.pay(9, "2026-04-25", payment: 5)
        #expect(try bench.base(of: 1) == 3 * 36_800)
        try bench.start("2026-05-03")
        #expect(bench.passed.count == 9)
        #expect(try bench.base(of: 1) == 36_800)
        #expect(bench.passed.last?.passedOn == AgencyBench.date("2026-04-20"))
        #expect(Set(bench.ids).count == bench.ids.count)
    }

    @Test func thePortfolioMayStay() throws {
        let bench = try idle(.keep)
        try bench.start("2026-04-03")
        #expect(bench.story.last == "AG-1 ended 2026-03-31" && bench.passed.isEmpty)
        try bench.pay(1, "2026-04-04")
        #expect(try bench.base(of: 1) == 36_800)
    }

    /// Another process goes on after every chunk.
    @Test func chunksGoOnElsewhere() throws {
        let bench = try idle()
        for number in 1...7 { try bench.pay(number, "2026-04-02", payment: UInt64(number)) }
        try bench.apply(.dateStarted(BusinessDateStarted(date: AgencyBench.date("2026-04-03"))))
        var rounds = 0
        while (try? bench.applier.work(limit: 1)) == nil {
            try bench.restart()
            rounds += 1
            guard rounds < 100 else { break }
        }
        #expect(rounds > 8 && rounds < 100)
        #expect(try bench.number("SELECT count(*) FROM handover") == 7)
        #expect(try bench.number("SELECT count(*) FROM agency_change") == 3)
        #expect(try bench.number("SELECT count(*) FROM portfolio_passing WHERE done") == 1)
        #expect(try bench.base(of: 1) == 0)
        // Each chunk has rows of its own in the statement.
        #expect(try bench.number("SELECT count(*) FROM accrual WHERE units < 0") == 7)
    }

    private func three() throws -> AgencyBench {
        let bench = try AgencyBench(chunk: 2)
        try bench.activate(1, "2026-01-01")
        try bench.activate(2, "2026-01-01")
        try bench.activate(3, "2026-01-01", wadah: "W-9", branch: "SBY")
        for number in 1...3 { try bench.enrol(number, agent: 1, "2026-01-10") }
        try bench.start("2026-02-05")
        return bench
    }

    private func pass(_ from: Int, _ to: Int?, _ on: String) -> PortfolioAction {
        PortfolioAction(
            agent: AgencyBench.agent(from), to: to.map(AgencyBench.agent), on: AgencyBench.date(on))
    }

    @Test func theBranchPassesAPortfolioOn() throws {
        let bench = try three()
        #expect(try bench.refusal(pass(1, 2, "2026-02-04")).hasPrefix("on: 2026-02-04 lies before"))
        #expect(try bench.refusal(pass(1, 1, "2026-02-05")).hasPrefix("to: must be another agent"))
        #expect(try bench.refusal(pass(1, 3, "2026-02-05")).contains("the wadah or the branch must be the same"))
        #expect(try bench.refusal(pass(1, 9, "2026-02-05")) == "agent: AG-9 was never activated")
        #expect(try bench.refusal(pass(9, 1, "2026-02-05")) == "agent: AG-9 was never activated")
        #expect(try bench.refusal(pass(1, 2, "2028-02-05")).hasPrefix("on: lies more than a year"))
        #expect(try bench.decide(pass(1, 2, "2026-02-10")) == "applied")
        #expect(try bench.refusal(pass(1, nil, "2026-02-10")).contains("already"))
        #expect(bench.passed.isEmpty)  // the day has not come
        try bench.pay(1, "2026-02-11", payment: 1)
        try bench.start("2026-02-12")
        #expect(bench.passed.count == 3 && bench.passed.allSatisfy { $0.toAgent == AgencyBench.agent(2) })
        #expect(try bench.base(of: 1) == 0 && bench.base(of: 2) == 36_800)
        try bench.pay(2, "2026-02-09", payment: 2)
        #expect(try bench.base(of: 1) == 36_800)
        // And from there to the branch.
        #expect(try bench.decide(pass(2, nil, "2026-02-12")) == "applied")
        #expect(bench.passed.count == 6)
        try bench.pay(3, "2026-02-13", payment: 3)
        #expect(try bench.base(of: 2) == 36_800)
    }

    /// Who was to get it is gone when the day comes.
    @Test func aTargetThatIsGone() throws {
        let bench = try three()
        try bench.decide(pass(1, 2, "2026-02-10"))
        try bench.decide(DismissalAction(agent: AgencyBench.agent(2), on: AgencyBench.date("2026-02-05")))
        try bench.start("2026-02-10")
        #expect(bench.passed.count == 3 && bench.passed.allSatisfy { $0.toAgent == nil })
        #expect(try bench.refusal(pass(1, 2, "2026-03-10")) == "to: AG-2 is dismissed, not active")
    }

    /// B: month 60 earns, month 61 passes to the branch; what is paid late for an earlier month still earns.
    @Test func monthSixtyOne() throws {
        let bench = try AgencyBench(idle: .never, chunk: 1)
        try bench.activate(1, "2023-01-01")
        try bench.enrol(1, agent: 1, "2023-01-10")
        try bench.enrol(2, agent: 1, "2023-02-10")
        try bench.enrol(3, agent: 1, "2023-01-10")
        try bench.enrol(3, agent: 1, "2025-01-10", submission: "again")
        try bench.enrol(4, agent: nil, "2023-01-10")
        try bench.start("2027-12-31")
        #expect(bench.passed.isEmpty)
        try bench.start("2028-01-01")
        #expect(bench.passed.map(\.payer) == [.participant(try AgencyBench.kpj(1))])
        let first = try #require(bench.passed.first)
        #expect(first.reason == .month61 && first.passedOn == AgencyBench.date("2028-01-01"))
        #expect(first.fromAgent == AgencyBench.agent(1) && first.toAgent == nil)
        try bench.start("2028-01-02")
        #expect(bench.passed.count == 1)
        var late = try bench.posted(1, "2028-01-05", payment: 1)
        late.allocations[0].month = Branch.month(2027, 12)
        try bench.apply(.posted(late))
        try bench.pay(1, "2028-01-06", payment: 2)
        #expect(
            try bench.number("SELECT count(*) FROM accrual WHERE payer = \(late.payer.code) AND rate_ppm = 50000") == 1)
        #expect(
            try bench.number("SELECT count(*) FROM accrual WHERE payer = \(late.payer.code) AND rate_ppm = 0") == 1)
        try bench.start("2028-03-01")
        #expect(bench.passed.map(\.payer).suffix(1) == [.participant(try AgencyBench.kpj(2))])
        #expect(bench.passed.count == 2)
    }
}
