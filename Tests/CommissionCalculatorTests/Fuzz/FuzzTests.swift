import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import CommissionCalculator

/// Everything that can happen to money, in any order.
@Suite(.serialized) struct FuzzTests {
    @Test(arguments: 1...2) func whateverHappensTheMoneyAgrees(run: Int) async throws {
        let bench = try FuzzBench(SeededGenerator("fuzz \(run)"))
        for _ in 0..<150 {
            try await bench.step()
            try bench.prove()
        }
        try bench.settle()
        print("fuzz \(run): \(bench.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
    }

    /// Dates, enrolments and money in any order, some of them twice, in batches of any size.
    @Test func anyOrderGivesTheSameStatements() throws {
        var branch = FuzzBranch(SeededGenerator("fuzz order"), today: Branch.month(2022, 1).day(5))
        branch.contradicts = false
        var events = try (1...FuzzBranch.agents).map { try branch.activated($0, branch.today) }
        for _ in 0..<20 {
            events += try branch.batch(15)
            events.append(branch.date(branch.today.adding(days: branch.number(1...20))))
        }
        let last = [10, 11].map { branch.date(Branch.month(2024, 1).day($0)) }
        let inOrder = try sums(events, last, &branch)
        #expect(inOrder.count > 20)
        for _ in 0..<2 {
            let shuffled = (events + events.prefix(100)).shuffled(using: &branch.generator)
            #expect(try sums(shuffled, last, &branch) == inOrder)
        }
    }

    private func sums(
        _ events: [FuzzBranch.Input], _ last: [FuzzBranch.Input], _ branch: inout FuzzBranch
    ) throws -> [String] {
        let service = CommissionCalculatorService(settings: CommissionSettings(agentsPerChunk: 3))
        let connection = try Connection(
            ConnectionSettings(url: FuzzBench.cluster.newDatabase(), schema: service.schema))
        defer { connection.close() }
        let applier = try BatchApplier(service: service, connection: connection)
        var rest = events[...]
        while !rest.isEmpty {
            let size = branch.number(1...40)
            #expect(try applier.apply(Array(rest.prefix(size))).isEmpty)
            _ = try applier.work()
            rest = rest.dropFirst(size)
        }
        for date in last {
            #expect(try applier.apply([date]).isEmpty)
            _ = try applier.work()
        }
        return try FuzzBench.sums(on: connection)
    }
}
