import Foundation
import Kafka
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Worker

extension LoopTests {
    private static func payments(_ count: Int, accounts: Int = 97) -> [TestPayment] {
        (0..<count).map { TestPayment(number: $0, account: $0 % accounts, amount: Int64($0 % 1_000) + 1) }
    }

    // MARK: leftovers

    @Test func leftoverRowsGoOutFirstInOrderAndAreDeleted() async throws {
        let (output, left, code) = try await onThread {
            let rig = try Rig("leftovers")
            defer { rig.broker.stop() }
            try rig.migrate()
            let connection = try rig.connect()
            for position in 1...5 {
                var buffer = OutboxBuffer()
                buffer.beginRecord(topic: Topic.contributions.name, headers: 1)
                buffer.header("ce_id", "left-\(position)")
                buffer.append(text: "one key")
                buffer.append(text: "value")
                _ = try connection.query(
                    Statement("insert", "INSERT INTO outbox VALUES ($1, $2, $3, 1, $4)"),
                    Parameters {
                        $0.append(position == 5 ? "@work" : Topic.payments.name)
                        $0.append(Int32(0))
                        $0.append(Int64(position))
                        $0.append(buffer.bytes)
                    })
            }
            connection.close()
            try rig.publish(Rig.records(Self.payments(50)))
            let worker = rig.worker(rig.settings())
            _ = Rig.wait(180) {
                try rig.number("SELECT count(*) FROM applied") == 50 && rig.number("SELECT count(*) FROM outbox") == 0
            }
            let code = worker.stop()
            return (
                try rig.read(Topic.contributions.name).compactMap { $0.header("ce_id") },
                try rig.number("SELECT count(*) FROM outbox"), code
            )
        }
        #expect(output.filter { $0.hasPrefix("left") }.sorted() == (1...5).map { "left-\($0)" })
        let first = output.filter { $0.hasPrefix("left") && $0 != "left-5" }
        #expect(first == (1...4).map { "left-\($0)" })
        #expect(output.count == 55)
        #expect(left == 0)
        #expect(code == 0)
    }

    // MARK: faults of the programme

    @Test func aMissingTableSkipsNothing() async throws {
        struct Outcome: Sendable {
            var healthy = false
            var code: Int32?
            var secondCode: Int32?
            var next: Int64 = 0
            var applied: [UUID] = []
        }
        let payments = Self.payments(100)
        let outcome = try await onThread {
            let rig = try Rig("programming")
            defer { rig.broker.stop() }
            try rig.migrate()
            let connection = try rig.connect()
            try connection.execute("ALTER TABLE applied RENAME TO applied_elsewhere")
            try rig.publish(Rig.records(payments))
            let worker = rig.worker(rig.settings())
            _ = Rig.wait(180) { worker.runtime.metrics.retries.current >= 4 }
            var outcome = Outcome()
            outcome.healthy = worker.runtime.health.isGood
            outcome.code = worker.stop()
            outcome.next = try rig.number("SELECT coalesce(max(next_offset), 0) FROM worker_offset")
            try connection.execute("ALTER TABLE applied_elsewhere RENAME TO applied")
            connection.close()
            let second = rig.worker(rig.settings())
            _ = Rig.wait(180) { try rig.number("SELECT count(*) FROM applied") == 100 }
            outcome.secondCode = second.stop()
            outcome.applied = try rig.applied().map(\.key)
            return outcome
        }
        #expect(outcome.healthy)
        #expect(outcome.code == 0)
        #expect(outcome.next == 0)
        #expect(outcome.secondCode == 0)
        #expect(Set(outcome.applied) == Set(payments.map(\.key)))
        #expect(outcome.applied.count == 100)
    }

    // MARK: backpressure

    @Test func aLockedTableCostsNoMembershipAndBatchesKeepToTheirBytes() async throws {
        struct Outcome: Sendable {
            var membersLost = 0
            var largest = 0
            var code: Int32?
            var applied = 0
            var rebalances: [Int64] = []
        }
        let largest = Mutex(0)
        let outcome = try await onThread {
            let rig = try Rig("locked") { events, _ in largest.withLock { $0 = max($0, events.count) } }
            defer { rig.broker.stop() }
            try rig.migrate()
            let payments = Self.payments(6_000)
            let size = try Rig.records(Array(payments[..<1]))[0].byteCount
            try rig.publish(Rig.records(payments))
            let connection = try rig.connect()
            try connection.execute("BEGIN; LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
            var settings = rig.settings()
            settings.batchRecords = 50_000
            settings.batchBytes = 65_536
            let worker = rig.worker(settings)
            var outcome = Outcome()
            let metrics = worker.runtime.metrics
            _ = Rig.wait(180) { metrics.assignedPartitions.current == Int64(Rig.partitions) }
            // Longer than the session time-out, with full queues.
            _ = Rig.wait(9) {
                if metrics.assignedPartitions.current != Int64(Rig.partitions) { outcome.membersLost += 1 }
                return false
            }
            try connection.execute("COMMIT")
            connection.close()
            _ = Rig.wait(240) { try rig.number("SELECT count(*) FROM applied") == 6_000 }
            outcome.applied = Int(try rig.number("SELECT count(DISTINCT event_key) FROM applied"))
            outcome.code = worker.stop()
            outcome.largest = largest.withLock { $0 } * size
            return outcome
        }
        #expect(outcome.membersLost == 0)
        #expect(outcome.applied == 6_000)
        #expect(outcome.code == 0)
        // One inner read of 256 records may go over the limit.
        #expect(outcome.largest <= 65_536 + 2 * 256 * 700)
    }
}
