import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Kafka

/// Plays the database: the next offsets and who owns what.
private final class Ledger: Sendable {
    struct State {
        var next: [TopicPartition: Int64] = [:]
        var owner: [TopicPartition: Int] = [:]
        var conflicts = 0
        var delivered: [Int] = [0, 0]
        var values: [TopicPartition: [Int64]] = [:]
        var stop = false
    }
    let state = Mutex(State())
    /// Signalled when the first member works, and when it ends.
    let firstWorks = DispatchSemaphore(value: 0)
}

/// One member; lives on its own thread.
private final class Member: RebalanceHandler {
    let number: Int
    let ledger: Ledger
    init(_ number: Int, _ ledger: Ledger) {
        self.number = number
        self.ledger = ledger
    }

    func assigned(_ partitions: [TopicPartition]) -> [StartOffset] {
        ledger.state.withLock { state in
            partitions.map { partition in
                if state.owner[partition] != nil { state.conflicts += 1 }
                state.owner[partition] = number
                return .at(state.next[partition] ?? 0)
            }
        }
    }

    func revoked(_ partitions: [TopicPartition], lost: Bool) {
        ledger.state.withLock { state in
            for partition in partitions where state.owner[partition] == number { state.owner[partition] = nil }
        }
    }

    /// Polls until told to stop or `limit` is over.
    func run(_ configuration: KafkaConfiguration, until limit: ContinuousClock.Instant) throws(KafkaError) {
        defer { if number == 0 { ledger.firstWorks.signal() } }
        let consumer = try Consumer(configuration: configuration, topics: ["shared"], handler: self)
        defer { consumer.close() }
        var batch = RecordBatch()
        while ContinuousClock.now < limit, !ledger.state.withLock({ $0.stop }) {
            try consumer.poll(into: &batch, waitMilliseconds: 50)
            ledger.state.withLock { state in
                for record in batch.records {
                    let partition = batch.partition(of: record)
                    if state.owner[partition] != number || state.next[partition] ?? 0 != record.offset {
                        state.conflicts += 1
                    }
                    state.next[partition] = record.offset + 1
                    state.values[partition, default: []].append(record.offset)
                    state.delivered[number] += 1
                }
            }
            if number == 0, !batch.isEmpty { ledger.firstWorks.signal() }
            try consumer.commit(
                batch.records.reduce(into: [:]) { $0[batch.partition(of: $1)] = $1.offset + 1 })
        }
    }
}

extension BrokerTests {
    @Test func twoMembersShareAndNeverOverlap() async throws {
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: "shared", partitions: 4)])
        defer { broker.stop() }
        let ledger = Ledger()
        let limit = ContinuousClock.now + .seconds(120)
        let configuration = KafkaConfiguration.consumer(
            bootstrapServers: broker.bootstrapServers, group: "members", profile: .embeddedBroker,
            overrides: ["session.timeout.ms": "10000", "heartbeat.interval.ms": "300", "log_level": "0"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await onThread { try Member(0, ledger).run(configuration, until: limit) } }
            group.addTask {
                try await onThread {
                    // The second member joins once the first one works.
                    _ = ledger.firstWorks.wait(timeout: .now() + 120)
                    try Member(1, ledger).run(configuration, until: limit)
                }
            }
            group.addTask {
                try await onThread {
                    let producer = try writer(broker)
                    while ledger.state.withLock({ $0.delivered.contains(0) }), ContinuousClock.now < limit {
                        for key in UInt8(0)..<32 {
                            try producer.send(OutgoingRecord(topic: "shared", key: [key], value: [key]))
                        }
                        try producer.awaitAcknowledgements(within: .seconds(10))
                        producer.serve(milliseconds: 20)
                    }
                    ledger.state.withLock { $0.stop = true }
                }
            }
            try await group.waitForAll()
        }
        let state = ledger.state.withLock { $0 }
        #expect(state.delivered.allSatisfy { $0 > 0 })
        #expect(state.conflicts == 0)
        #expect(state.owner.isEmpty)
        for offsets in state.values.values { #expect(offsets == Array(0..<Int64(offsets.count))) }
    }
}
