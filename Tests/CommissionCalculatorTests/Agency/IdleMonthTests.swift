import PerisaiModels
import Testing

@testable import CommissionCalculator

/// domain.md 1.5.
@Suite(.serialized) struct IdleMonthTests {
    /// T45: three idle months, ended on 2026-03-31, earliest return on 2026-09-30 at the wadah's request.
    @Test func threeIdleMonthsEndAnAgency() throws {
        let bench = try AgencyBench()
        try bench.activate(1, "2025-12-10")
        for day in ["2026-01-05", "2026-02-02", "2026-02-03", "2026-03-03", "2026-04-02"] { try bench.start(day) }
        #expect(bench.story == ["AG-1 idle-1 2026-01-31", "AG-1 idle-2 2026-02-28"])
        try bench.start("2026-04-03")
        #expect(bench.story.last == "AG-1 ended 2026-03-31")
        let end = try #require(bench.changes.last)
        #expect(end.reentryFrom == AgencyBench.date("2026-09-30"))
        #expect(end.reason.contains("2026-01 s.d. 2026-03") && end.reason.contains("2026-09-30"))
        for day in ["2026-05-03", "2026-09-29"] { try bench.start(day) }
        #expect(bench.changes.count == 3)

        let wadah = try WadahID("W-1")
        func back(_ on: String) -> ReactivationAction {
            ReactivationAction(agent: AgencyBench.agent(1), wadah: wadah, on: AgencyBench.date(on))
        }
        #expect(try bench.refusal(back("2026-09-29")) == "on: AG-1 may come back from 2026-09-30 on, not before")
        #expect(try bench.refusal(back("2026-09-30")).hasPrefix("on: must lie within"))
        try bench.start("2026-09-30")
        #expect(
            try bench.refusal(back("2026-09-30")) == "wadah: W-1 has no contract (PKS) in force on 2026-09-30")
        #expect(try bench.decide(bench.contract("W-1", "2026-09-01", "2027-08-31")) == "applied")
        #expect(try bench.decide(back("2026-09-30")) == "applied")
        #expect(bench.story.last == "AG-1 reactivated 2026-09-30")
        #expect(bench.changes.last?.contractUntil == AgencyBench.date("2027-08-31"))
        #expect(try bench.refusal(back("2026-09-30")) == "agent: AG-1 is active since 2026-09-30")
        // Counting starts anew with the month after the return.
        for day in ["2026-10-03", "2026-11-03", "2026-12-03"] { try bench.start(day) }
        #expect(bench.story.suffix(2) == ["AG-1 idle-1 2026-10-31", "AG-1 idle-2 2026-11-30"])
        #expect(Set(bench.ids).count == bench.ids.count)
    }

    /// Contributions alone keep an agency alive, unless the stricter test applies.
    @Test func contributionsAloneKeepAnAgencyAlive() throws {
        for policy in [CommissionSettings.IdleMonth.neither, .acquisition] {
            let bench = try AgencyBench(idle: policy)
            try bench.activate(1, "2025-12-10")
            try bench.enrol(1, agent: 1, "2025-12-15")
            for (index, month) in ["2026-01", "2026-02", "2026-03"].enumerated() {
                try bench.pay(1, "\(month)-15", payment: UInt64(index))
            }
            try bench.start("2026-04-10")
            // The first date looks at the month before it, and at those before as far as they are idle.
            #expect(bench.story == (policy == .neither ? [] : ["AG-1 ended 2026-03-31"]))
            try bench.start("2026-05-03")
            #expect(bench.story == [policy == .neither ? "AG-1 idle-1 2026-04-30" : "AG-1 ended 2026-03-31"])
        }
    }

    /// An acquisition counts when it brings somebody new; money taken back in its own month was not received.
    @Test func whatDoesNotCount() throws {
        let bench = try AgencyBench()
        for number in 1...3 { try bench.activate(number, "2026-01-05") }
        try bench.start("2026-02-01")
        try bench.enrol(1, agent: 1, "2026-01-10")
        try bench.enrol(2, agent: 2, "2026-01-10")
        try bench.enrol(3, agent: 3, "2026-02-10", new: false)
        let bounced = try bench.posted(1, "2026-02-10")
        try bench.apply(.posted(bounced))
        try bench.reverse(bounced, "2026-02-20")
        let earlier = try bench.posted(2, "2026-01-20")
        try bench.apply(.posted(earlier))
        try bench.reverse(earlier, "2026-02-20")
        try bench.pay(2, "2026-02-21", payment: 9)
        try bench.start("2026-03-03")
        #expect(bench.story == ["AG-1 idle-1 2026-02-28", "AG-3 idle-1 2026-02-28"])
    }

    /// However far the clock jumps and however small the chunks: each month in its turn.
    @Test(arguments: [1, 500]) func aClockThatJumps(chunk: Int) throws {
        var stories: [[String]] = []
        for dates in [["2026-01-05", "2026-06-10"], (1...6).map { "2026-0\($0)-10" }] {
            let bench = try AgencyBench(chunk: chunk)
            for number in 1...4 { try bench.activate(number, "2025-1\(number % 3)-05") }
            try bench.enrol(1, agent: 1, "2025-12-20")
            try bench.pay(1, "2026-02-10")
            try bench.enrol(2, agent: 2, "2026-03-10")
            for date in dates { try bench.start(date) }
            stories.append(bench.story.sorted())
            #expect(Set(bench.ids).count == bench.ids.count)
        }
        #expect(stories[0] == stories[1])
        #expect(stories[0].filter { $0.contains("ended") }.count >= 2)
        #expect(stories[0].contains("AG-1 ended 2026-05-31"))
    }

    /// Late contributions reset the run before an end; after it the end stands and the life tells.
    @Test func lateContributionsDoNotUndoAnEnd() throws {
        let bench = try AgencyBench()
        try bench.activate(1, "2025-12-10")
        try bench.enrol(1, agent: 1, "2025-12-20")
        for day in ["2026-01-05", "2026-02-03", "2026-03-03"] { try bench.start(day) }
        #expect(bench.story == ["AG-1 idle-1 2026-01-31", "AG-1 idle-2 2026-02-28"])
        try bench.pay(1, "2026-02-25", payment: 1)
        try bench.start("2026-04-03")
        #expect(bench.story.last == "AG-1 idle-1 2026-03-31")
        for day in ["2026-05-03", "2026-06-03"] { try bench.start(day) }
        #expect(bench.story.last == "AG-1 ended 2026-05-31")
        try bench.pay(1, "2026-05-20", payment: 2)
        for day in ["2026-06-04", "2026-07-03"] { try bench.start(day) }
        #expect(bench.story.last == "AG-1 ended 2026-05-31")
        let life = try AgencyLife.of(AgencyBench.agent(1), on: bench.connection)
        #expect(life.agency.state == .ended)
        let may = try #require(life.months.first { $0.month == Branch.month(2026, 5) })
        #expect(may.activity.received && !may.activity.acquired)
        #expect(life.entries.map(\.what).suffix(2) == ["ended", "passed"])
    }

    @Test func neverEndsNothing() throws {
        let bench = try AgencyBench(idle: .never)
        try bench.activate(1, "2025-12-10")
        for day in ["2026-01-05", "2026-08-03"] { try bench.start(day) }
        #expect(bench.changes.isEmpty)
    }
}
