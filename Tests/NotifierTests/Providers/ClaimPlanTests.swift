import Foundation
import Postgres
import TestSupport
import Testing

@testable import Notifier

/// What a claim reads where very many messages wait.
@Suite struct ClaimPlanTests {
    @Test func aClaimGoesByTheIndexHoweverManyWait() throws {
        let gateway = try FakeGateway { _, _ in .status(200) }
        defer { gateway.stop() }
        let rig = try ProviderRig("claim_plan", [.test("a", gateway), .test("wa", gateway, channel: .whatsapp)])
        let count = ProcessInfo.processInfo.environment["PERISAI_TEST_QUEUE"].flatMap { Int($0) } ?? 20_000
        _ = try rig.connection.execute("SET statement_timeout = 0")
        try rig.queue(count)
        _ = try rig.connection.execute("ANALYZE message")
        let plan = try rig.connection.transaction {
            _ = try rig.connection.query(DispatchMoves.planByKeyStatement)
            return try rig.connection.texts(
                "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) "
                    + DispatchStore.dueSQL.replacingOccurrences(
                        of: "$1", with: "ARRAY['sms:now', 'whatsapp:now', 'sms:WIB']"
                    ).replacingOccurrences(
                        of: "$2", with: "ARRAY[64, 64, 64]::int8[]"))
        }
        if ProcessInfo.processInfo.environment["PERISAI_TEST_QUEUE"] != nil { print(plan.joined(separator: "\n")) }
        #expect(plan.contains { $0.contains("Index Scan using message_queued on message") })
        #expect(!plan.contains { $0.contains("Seq Scan on message") || $0.contains("Bitmap") })
        // No more rows are read than are taken.
        #expect(plan.contains { $0.contains("message_queued") && $0.contains("rows=21") } || count < 64)
        let jobs = try rig.dispatcher().claim(on: rig.connection)
        #expect(jobs.count == 16)
    }
}
