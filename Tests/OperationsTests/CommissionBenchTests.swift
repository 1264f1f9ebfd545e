import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Postgres
import Testing
import Worker

import struct Foundation.UUID

@testable import Operations

/// One cluster for all tests of the commission-calculator's benchmarks.
private enum Cluster {
    static let shared = Result { try PrivatePostgres(settings: ["fsync": "off"]) }
}

@Suite struct CommissionBenchTests {
    private static let service = CommissionCalculatorService()

    private static func database(_ name: String) throws -> Connection {
        let url = try Cluster.shared.get().createDatabase(name)
        let connection = try Connection(ConnectionSettings(url: url, schema: BenchSubject.calculator.schema))
        _ = try WorkerSchema.migrate(service, on: connection)
        return connection
    }

    /// All rows of a table, as the database writes them, in an order of their own.
    private static func rows(_ table: String, _ connection: Connection) throws -> [String] {
        let rows = try connection.query(
            Statement("bench_rows_\(table)", "SELECT row_to_json(t)::text FROM \(table) AS t ORDER BY 1"))
        return try (0..<rows.rowCount).map { try rows.text($0, 0) }
    }

    private static func apply(
        _ events: [Event<CommissionInput>], inBatchesOf size: Int,
        _ applier: BatchApplier<CommissionCalculatorService>
    ) throws {
        for start in stride(from: 0, to: events.count, by: size) {
            _ = try applier.apply(Array(events[start..<min(start + size, events.count)]))
        }
    }

    @Test func filledTablesAreThoseOfTheService() throws {
        let (total, batch) = (1_500, 200)
        let agents = try BenchAgents(count: 30, seed: 3)
        let filled = try Self.database("bench_filled")
        defer { filled.close() }
        let tables = BenchAgentTables(agents: agents, batch: batch, connection: filled)
        try tables.forget()
        try tables.loadParticipants(total)
        try tables.loadContributions(total)

        let applied = try Self.database("bench_applied")
        defer { applied.close() }
        let applier = try BatchApplier(service: Self.service, connection: applied)
        try Self.apply((0..<30).map(agents.activated), inBatchesOf: batch, applier)
        try Self.apply((0..<total).map(agents.enrolled), inBatchesOf: batch, applier)
        try Self.apply((0..<total).map { try agents.posted($0, of: total).event }, inBatchesOf: batch, applier)
        for table in ["agent", "payer", "enrolment", "accrual", "touched"] {
            let (found, wanted) = (try Self.rows(table, filled), try Self.rows(table, applied))
            #expect(found.count == wanted.count)
            #expect(zip(found, wanted).first { $0 != $1 } == nil, "\(table)")
        }
        #expect(try Self.rows("accrual", filled).count == total)
        let keys = Statement(
            "bench_test_keys", "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1")
        let (found, wanted) = (try filled.query(keys), try applied.query(keys))
        #expect(found.rowCount == wanted.rowCount)
        for row in 0..<min(found.rowCount, wanted.rowCount) { #expect(try found.text(row, 0) == wanted.text(row, 0)) }
    }

    @Test func everyStepOfTheSchemeOccurs() throws {
        let agents = try BenchAgents(count: 20, seed: 1)
        var ages: Set<Int> = []
        for number in 0..<3_000 {
            guard case .participantEnrolled(let data) = try agents.enrolled(number).input else { continue }
            ages.insert(data.firstMonth.distance(to: BenchAgents.month))
            #expect(data.newlyRegistered == (data.enrolledOn.contributionMonth == BenchAgents.month))
        }
        #expect(ages == Set(0...65))
        #expect(Set(try (0..<3_000).map { try agents.posted($0, of: 3_000).participant }).count == 3_000)
    }

    @Test func postingsComeBeforeTheirReversals() throws {
        let agents = try BenchAgents(count: 50, seed: 1)
        var load = ContributionLoad(agents: agents, participants: 15_000, contributions: 30_000, seed: 2)
        var posted: Set<UUID> = []
        var (reversed, sent, rows) = (0, 0, 0)
        while true {
            let count = try load.next(7_001) { record in
                sent += 1
                let bytes = record.value ?? []
                if String(decoding: bytes, as: UTF8.self).contains("from_suspense") {
                    let data = try bytes.withUnsafeBytes { try ContributionPosted.read(bytes: $0) }
                    #expect(posted.insert(data.paymentID).inserted)
                    rows += data.allocations.count
                } else {
                    let data = try bytes.withUnsafeBytes { try ContributionReversed.read(bytes: $0) }
                    #expect(posted.contains(data.paymentID))
                    reversed += 1
                    rows += data.allocations.count
                }
            }
            guard count > 0 else { break }
        }
        #expect(posted.count == 30_000)
        #expect(sent == posted.count + reversed)
        #expect(abs(reversed - 600) < 150)
        #expect(rows == load.rows)
    }

    @Test func whatDoesNotFitIsRefused() throws {
        try ClosingScenario.checkDisk(for: 1_000_000, free: 20 << 30)
        #expect(throws: OperationsError.self) { try ClosingScenario.checkDisk(for: 35_000_000, free: 20 << 30) }
    }

    @Test func optionsOfAgents() throws {
        let command = try #require(
            try BenchCommand.parseAsRoot(["--scenario", "closing", "--agents", "300"]) as? BenchCommand)
        #expect(command.agents == 300)
        #expect(command.scenario.subject.service == "commission-calculator")
        #expect(throws: (any Error).self) { _ = try BenchCommand.parseAsRoot(["--agents", "0"]) }
    }
}
