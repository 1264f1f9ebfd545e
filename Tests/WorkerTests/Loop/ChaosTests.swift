import Foundation
import Kafka
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Worker

extension LoopTests {
    private struct Outcome: Sendable {
        var codes: [Int32?] = []
        var hasJoined = false
        var applied: [UUID] = []
        var appliedByAccount: [String: [UUID]] = [:]
        var totals: Int64 = 0
        /// First occurrences by account, in the order of their partition.
        var input: [String: [UUID]] = [:]
        var output: [String: [String]] = [:]
        var repeated = 0
        var rowsLeft: Int64 = -1
        var retries: Int64 = 0
    }

    /// Feeds a part of the input, a step at a time, and does harm at most steps.
    private static func harm(
        _ step: Int, _ rig: Rig, _ seconds: (Double) -> Void, _ random: inout SeededGenerator
    ) throws {
        switch step {
        case 15: try LoopCluster.shared.server.restart()
        case 30:
            try rig.broker.setDown(1)
            seconds(3)
            try rig.broker.setUp(1)
        case 45:
            try LoopCluster.shared.server.crash()
            seconds(1)
            try LoopCluster.shared.server.start()
        default:
            switch Int.random(in: 0..<7, using: &random) {
            // Request timed out, not enough replicas: tried again by the producer. Invalid record: given up by it.
            case 0:
                try rig.broker.failRequests(apiKey: 0, code: [7, 19, 87].randomElement(using: &random) ?? 7, count: 2)
            case 1: try rig.broker.failRequests(apiKey: 1, code: 6, count: 3)
            case 2: try rig.broker.failRequests(apiKey: 8, code: 16, count: 2)
            case 3, 4, 5:
                let connection = try rig.connect()
                defer { connection.close() }
                _ = try connection.query(
                    Statement(
                        "kill",
                        """
                        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                        WHERE application_name LIKE '%worker' AND datname = current_database()
                        """))
            default: break
            }
        }
    }

    private static func collect(_ rig: Rig, _ outcome: inout Outcome) throws {
        for row in try rig.applied() {
            outcome.applied.append(row.key)
            outcome.appliedByAccount[row.account, default: []].append(row.key)
        }
        outcome.totals = try rig.number("SELECT sum(total)::bigint FROM account")
        outcome.rowsLeft = try rig.number("SELECT count(*) FROM outbox")
        var seen = Set<UUID>()
        for record in try rig.read(Topic.payments.name) where seen.insert(record.eventKey).inserted {
            outcome.input[record.key ?? "", default: []].append(record.eventKey)
        }
        var ids = Set<String>()
        for record in try rig.read(Topic.contributions.name) {
            guard let id = record.header("ce_id"), ids.insert(id).inserted else {
                outcome.repeated += 1
                continue
            }
            outcome.output[record.key ?? "", default: []].append(id)
        }
    }

    /// Killed sessions, a restarted and a crashed database, a broker that goes away and refuses, a second worker that
    /// comes and goes, every event twice: the same rows, the same events, in order.
    @Test(arguments: [1, 2])
    func everyEventIsAppliedOnceAndPublishedInOrderWhateverHappens(_ lanes: Int) async throws {
        let payments = (0..<6_000).map { TestPayment(number: $0, account: $0 % 101, amount: Int64($0 % 977) + 1) }
        var random = SeededGenerator(seed: LoopSeed.value)
        // Each event twice, the second time somewhere behind the first.
        var places: [(place: Int, index: Int)] = []
        for index in payments.indices {
            places.append((index * 10, index))
            places.append((index * 10 + Int.random(in: 5..<20_000, using: &random), index))
        }
        places.sort { $0.place < $1.place }
        let order = places.map { payments[$0.index] }
        let started = random
        let outcome = try await onThread {
            var random = started
            let rig = try Rig("chaos")
            defer { rig.broker.stop() }
            try rig.migrate()
            let first = rig.worker(rig.settings("1", lanes: lanes))
            var second: RunningWorker?
            var outcome = Outcome()
            let steps = 60
            let size = order.count / steps
            func pause(_ seconds: Double) { _ = Rig.wait(seconds) { false } }
            for step in 0..<steps {
                try rig.publish(Rig.records(Array(order[step * size..<(step + 1) * size])))
                if step == 10 { second = rig.worker(rig.settings("2", lanes: lanes)) }
                if step == 50, let second {
                    let held = second.runtime.metrics.assignedPartitions
                    outcome.hasJoined = Rig.wait(180) { held.current > 0 }
                    outcome.codes.append(second.stop())
                }
                try Self.harm(step, rig, pause, &random)
                pause(0.1)
            }
            _ = Rig.wait(240) {
                try rig.number("SELECT count(*) FROM applied") >= payments.count
                    && rig.number("SELECT count(*) FROM outbox") == 0
            }
            outcome.retries = first.runtime.metrics.retries.current
            outcome.codes.append(first.stop())
            try Self.collect(rig, &outcome)
            return outcome
        }
        print("retries \(outcome.retries), published again \(outcome.repeated)")
        #expect(outcome.hasJoined)
        #expect(outcome.codes == [0, 0])
        #expect(outcome.applied.count == payments.count)
        #expect(Set(outcome.applied) == Set(payments.map(\.key)))
        #expect(outcome.totals == payments.reduce(0) { $0 + $1.amount })
        #expect(outcome.rowsLeft == 0)
        #expect(outcome.retries > 0)
        #expect(outcome.input.count == 101)
        #expect(outcome.appliedByAccount == outcome.input)
        let expected = outcome.input.mapValues { keys in keys.map { EventKey.derived(from: $0, ordinal: 0).text } }
        #expect(outcome.output.keys.sorted() == expected.keys.sorted())
        for (account, ids) in expected { #expect(outcome.output[account] == ids, "account \(account)") }
    }

    /// Told to stop while the database is away or the broker is: it ends within its deadline, and the next worker
    /// finds what was left.
    @Test(arguments: [true, false])
    func aWorkerStopsWithoutItsDatabaseOrBrokerAndTheNextOneGoesOn(_ isDatabase: Bool) async throws {
        let payments = (0..<3_000).map { TestPayment(number: $0, account: $0 % 50, amount: 3) }
        let outcome = try await onThread {
            let rig = try Rig(isDatabase ? "without-database" : "without-broker")
            defer { rig.broker.stop() }
            try rig.migrate()
            try rig.publish(Rig.records(payments))
            var settings = rig.settings()
            settings.drainDeadline = .seconds(4)
            settings.batchRecords = 20
            let worker = rig.worker(settings)
            _ = Rig.wait(180) { try rig.number("SELECT count(*) FROM applied") > 100 }
            let cluster = try LoopCluster.shared.server
            if isDatabase { cluster.crash() } else { try rig.broker.setDown(1) }
            let code = worker.stop()
            if isDatabase { try cluster.start() } else { try rig.broker.setUp(1) }
            var outcome = Outcome()
            let next = rig.worker(rig.settings("2"))
            _ = Rig.wait(240) {
                try rig.number("SELECT count(*) FROM applied") >= payments.count
                    && rig.number("SELECT count(*) FROM outbox") == 0
            }
            outcome.codes = [code, next.stop()]
            try Self.collect(rig, &outcome)
            return outcome
        }
        #expect(outcome.codes[0] != nil)
        #expect(outcome.codes[1] == 0)
        #expect(outcome.applied.count == payments.count)
        #expect(outcome.appliedByAccount == outcome.input)
        let expected = outcome.input.mapValues { keys in keys.map { EventKey.derived(from: $0, ordinal: 0).text } }
        #expect(outcome.output == expected)
    }
}
