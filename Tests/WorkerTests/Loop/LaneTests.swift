import Dispatch
import Foundation
import Kafka
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Worker

extension LoopTests {
    /// Which partitions each connection has worked on.
    private final class Sightings: Sendable {
        private let seen = Mutex<[ObjectIdentifier: Set<Int32>]>([:])

        func note(_ events: [Event<PaymentReceived>], _ connection: Connection) {
            seen.withLock { $0[ObjectIdentifier(connection), default: []].formUnion(events.map(\.partition)) }
        }

        var partitions: [Set<Int32>] { seen.withLock { Array($0.values) } }
        var connections: Set<ObjectIdentifier> { seen.withLock { Set($0.keys) } }
    }

    private struct Outcome: Sendable {
        var codes: [Int32?] = []
        var applied: [UUID] = []
        var appliedByAccount: [String: [UUID]] = [:]
        var input: [String: [UUID]] = [:]
        var output: [String: [String]] = [:]
        var rowsLeft: Int64 = -1
        var shares: [Int64] = []
        var connections = 0
        var reached = true

        /// Each event once, and in the order of its partition, in the database and in what was published.
        func check(_ payments: [TestPayment]) {
            #expect(applied.count == payments.count)
            #expect(Set(applied) == Set(payments.map(\.key)))
            #expect(appliedByAccount == input)
            #expect(output == input.mapValues { keys in keys.map { EventKey.derived(from: $0, ordinal: 0).text } })
            #expect(rowsLeft == 0)
            #expect(reached)
        }
    }

    private static func collect(_ rig: Rig, _ outcome: inout Outcome) throws {
        for row in try rig.applied() {
            outcome.applied.append(row.key)
            outcome.appliedByAccount[row.account, default: []].append(row.key)
        }
        for record in try rig.read(Topic.payments.name) {
            outcome.input[record.key ?? "", default: []].append(record.eventKey)
        }
        var ids = Set<String>()
        for record in try rig.read(Topic.contributions.name) {
            guard let id = record.header("ce_id"), ids.insert(id).inserted else { continue }
            outcome.output[record.key ?? "", default: []].append(id)
        }
        outcome.rowsLeft = try rig.number("SELECT count(*) FROM outbox")
    }

    private static func payments(_ count: Int) -> [TestPayment] {
        (0..<count).map { TestPayment(number: $0, account: $0 % 89, amount: Int64($0 % 1_000) + 1) }
    }

    private static func isDone(_ rig: Rig, _ count: Int) -> Bool {
        Rig.wait(240) {
            try rig.number("SELECT count(*) FROM applied") >= count && rig.number("SELECT count(*) FROM outbox") == 0
        }
    }

    @Test func aPartitionKeepsItsLaneAndTopicsShareThem() {
        for count in 1...8 {
            let lanes = Lanes<Int>(count)
            for number in Int32(0)..<64 {
                let lane = lanes.index(of: TopicPartition(topic: "a", partition: number))
                #expect(lane == Int(number) % count)
                #expect(lanes.index(of: TopicPartition(topic: "b", partition: number)) == lane)
            }
        }
        let lanes = Lanes<Int>(2)
        let all = (Int32(0)..<4).map { TopicPartition(topic: "a", partition: $0) }
        lanes.assign(Dictionary(uniqueKeysWithValues: all.map { ($0, 5) }))
        #expect(lanes.exchanges.map(\.heldPartitions) == [[all[0], all[2]], [all[1], all[3]]])
        // Lane 0 works; lane 1 does not, and is taken back at once.
        #expect(lanes.exchanges[0].next(within: 0) != nil)
        #expect(lanes.revoke(Set(all), until: .distantPast) == [0])
        #expect(lanes.heldCount == 0)
        // Taken away meanwhile: not for us to report.
        lanes.exchanges[0].finished([all[0]: 9])
        #expect(lanes.takeApplied().isEmpty)
        #expect(lanes.failureReason == nil)
        lanes.exchanges[1].fail("a reason")
        #expect(lanes.isStopping && lanes.failureReason == "a reason")
    }

    /// Both lanes work; a second worker takes its share and gives it back.
    @Test func twoLanesShareThePartitionsAlsoWhenAnotherWorkerComesAndGoes() async throws {
        let payments = Self.payments(6_000)
        let sightings = Sightings()
        let outcome = try await onThread {
            let rig = try Rig("two-lanes") { sightings.note($0, $1) }
            defer { rig.broker.stop() }
            try rig.migrate()
            var outcome = Outcome()
            let first = rig.worker(rig.settings("1", lanes: 2))
            let held = first.runtime.metrics.assignedPartitions
            try rig.publish(Rig.records(Array(payments[..<2_000])))
            outcome.reached = Self.isDone(rig, 2_000)
            outcome.connections = sightings.connections.count
            let second = rig.worker(rig.settings("2", lanes: 2))
            let heldBySecond = second.runtime.metrics.assignedPartitions
            // Records wait and are worked on while the partitions move.
            try rig.publish(Rig.records(Array(payments[2_000..<3_000])))
            outcome.reached =
                Rig.wait(180) { held.current == 2 && heldBySecond.current == 2 } && outcome.reached
            try rig.publish(Rig.records(Array(payments[3_000..<4_000])))
            outcome.reached = Self.isDone(rig, 4_000) && outcome.reached
            outcome.shares = [first, second].map { $0.runtime.metrics.records.current }
            try rig.publish(Rig.records(Array(payments[4_000...])))
            outcome.codes.append(second.stop())
            outcome.reached = Rig.wait(180) { held.current == 4 } && outcome.reached
            outcome.reached = Self.isDone(rig, 6_000) && outcome.reached
            outcome.codes.append(first.stop())
            try Self.collect(rig, &outcome)
            return outcome
        }
        outcome.check(payments)
        #expect(outcome.codes == [0, 0])
        #expect(outcome.connections == 2)
        #expect(outcome.shares.allSatisfy { $0 > 0 })
        #expect(sightings.connections.count > 2)
        for partitions in sightings.partitions {
            #expect(Set(partitions.map { $0 % 2 }).count == 1, "\(partitions)")
        }
    }

    /// One lane stands still and is full: the other one goes on to the end, and nothing is lost when it moves again.
    @Test func aLaneThatStandsStillDoesNotHoldTheOtherUp() async throws {
        let payments = Self.payments(6_000)
        let gate = DispatchSemaphore(value: 0)
        let isShut = Mutex(true)
        let outcome = try await onThread {
            let rig = try Rig("still-lane") { events, _ in
                guard events.contains(where: { $0.partition % 2 == 1 }), isShut.withLock({ $0 }) else { return }
                _ = gate.wait(timeout: .now() + 60)
                gate.signal()
            }
            defer { rig.broker.stop() }
            try rig.migrate()
            try rig.publish(Rig.records(payments))
            let even = try rig.read(Topic.payments.name).filter { $0.partition % 2 == 0 }.count
            var settings = rig.settings(lanes: 2)
            settings.batchRecords = 50
            let worker = rig.worker(settings)
            var outcome = Outcome()
            outcome.reached = Rig.wait(240) { try rig.number("SELECT count(*) FROM applied") == even }
            outcome.shares = [Int64(even), Int64(payments.count - even)]
            isShut.withLock { $0 = false }
            gate.signal()
            outcome.reached = Self.isDone(rig, payments.count) && outcome.reached
            outcome.codes = [worker.stop()]
            try Self.collect(rig, &outcome)
            return outcome
        }
        outcome.check(payments)
        #expect(outcome.codes == [0])
        #expect(outcome.shares.allSatisfy { $0 > 500 })
    }
}
