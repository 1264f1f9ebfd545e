import PerisaiModels
import Testing

@testable import CommissionCalculator

/// Contracts of wadah (domain.md 1.2, S04).
@Suite(.serialized) struct WadahTests {
    private func story(_ bench: AgencyBench) -> [String] {
        bench.wadahChanges.map { "\($0.wadahID) \($0.change.rawValue) \($0.changedOn)" }
    }

    @Test func contractsAreChecked() throws {
        let bench = try AgencyBench()
        try bench.start("2026-01-05")
        // B: one year at most; A: three.
        #expect(
            try bench.refusal(bench.contract("W-1", "2026-01-01", "2027-01-01"))
                == "until: a contract from 2026-01-01 ends on 2026-12-31 at the latest (1 year under scheme B)")
        #expect(try bench.refusal(bench.contract("W-1", "2021-01-01", "2024-01-01")).contains("2023-12-31"))
        #expect(try bench.refusal(bench.contract("W-1", "2016-01-01", "2016-12-31")).contains("no scheme applies"))
        #expect(try bench.refusal(bench.contract("W-1", "2026-01-01", "2026-01-01")).hasPrefix("until: must lie"))
        #expect(
            try bench.refusal(bench.contract("W-1", "2026-01-01", "2026-12-31", holder: "Budi"))
                == "holder: the account must be in the name of the wadah, Koperasi Maju")
        #expect(try bench.refusal(bench.contract("W-1", "2026-01-01", "2026-12-31", name: "K")).hasPrefix("name:"))
        #expect(try bench.decide(bench.contract("W-1", "2026-01-01", "2026-12-31")) == "applied")
        #expect(story(bench) == ["W-1 contracted 2026-01-01"])
        #expect(
            try bench.refusal(bench.contract("W-1", "2026-12-31", "2027-12-30"))
                == "from: W-1 has a contract from 2026-01-01 until 2026-12-31")
        #expect(try bench.decide(bench.contract("W-1", "2027-01-01", "2027-12-31")) == "applied")
        #expect(try bench.decide(bench.contract("W-2", "2021-01-01", "2023-12-31")) == "applied")
        let listed = try WadahContract.list(wadah: WadahID("W-1"), on: bench.connection)
        #expect(listed.count == 2 && listed[0].maskedAccount == "******6789")
        #expect(try WadahLife.of(WadahID("W-1"), on: bench.connection).contracts.count == 2)
        #expect(throws: (any Error).self) { try WadahLife.of(WadahID("W-7"), on: bench.connection) }
    }

    /// B asks for five agents: two warnings, and the third month in a row ends the contract.
    @Test func tooFewAgents() throws {
        let bench = try AgencyBench(idle: .never)
        for number in 1...5 { try bench.activate(number, "2026-01-02") }
        try bench.start("2026-01-05")
        try bench.decide(bench.contract("W-1", "2026-01-01", "2026-12-31"))
        try bench.start("2026-03-03")
        #expect(story(bench) == ["W-1 contracted 2026-01-01"])
        try bench.decide(DismissalAction(agent: AgencyBench.agent(5), on: AgencyBench.date("2026-03-03")))
        for day in ["2026-04-03", "2026-05-03"] { try bench.start(day) }
        #expect(story(bench).suffix(2) == ["W-1 below-minimum 2026-03-31", "W-1 below-minimum 2026-04-30"])
        #expect(bench.wadahChanges.last?.reason.contains("4 agen aktif, paling sedikit 5") == true)
        try bench.start("2026-06-03")
        #expect(story(bench).last == "W-1 ended 2026-05-31")
        for day in ["2026-07-03", "2027-02-03"] { try bench.start(day) }
        #expect(story(bench).last == "W-1 ended 2026-05-31")
        #expect(try WadahContract.of(WadahID("W-1"), on: AgencyBench.date("2026-06-01"), bench.connection) == nil)
        // The rest of its term is free for another contract.
        #expect(try bench.decide(bench.contract("W-1", "2026-06-01", "2027-05-31")) == "applied")
    }

    @Test func contractsEnd() throws {
        let bench = try AgencyBench(idle: .never)
        try bench.start("2026-01-05")
        try bench.decide(bench.contract("W-1", "2026-01-01", "2026-03-20"))
        try bench.decide(bench.contract("W-2", "2026-01-01", "2026-03-20"))
        try bench.decide(bench.contract("W-2", "2026-03-21", "2027-03-20"))
        try bench.decide(bench.contract("W-3", "2025-01-01", "2025-06-30"))
        for day in ["2026-01-06", "2026-02-17"] { try bench.start(day) }
        #expect(story(bench).filter { !$0.contains("contracted") } == ["W-3 ended 2025-06-30"])
        for day in ["2026-02-18", "2026-02-19"] { try bench.start(day) }
        #expect(story(bench).last == "W-1 contract-ends 2026-02-18")
        try bench.start("2026-03-20")
        let before = story(bench).count
        try bench.start("2026-03-21")
        #expect(story(bench).count == before + 1 && story(bench).last == "W-1 ended 2026-03-20")
        try bench.start("2026-03-22")
        #expect(story(bench).count == before + 1)
    }

    /// A contract that ends with a month is over when the look at that month comes.
    @Test func aContractThatEndsWithItsMonth() throws {
        let bench = try AgencyBench(idle: .never)
        try bench.start("2026-01-05")
        try bench.decide(bench.contract("W-1", "2026-01-01", "2026-04-30"))
        for day in ["2026-03-03", "2026-04-03", "2026-05-01"] { try bench.start(day) }
        #expect(
            story(bench) == [
                "W-1 contracted 2026-01-01", "W-1 below-minimum 2026-02-28", "W-1 below-minimum 2026-03-31",
                "W-1 contract-ends 2026-04-03", "W-1 ended 2026-04-30",
            ])
        let before = story(bench).count
        for day in ["2026-05-03", "2026-06-03"] { try bench.start(day) }
        #expect(story(bench).count == before)
    }
}
