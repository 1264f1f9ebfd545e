import Foundation
import Kafka
import Logging

/// Publishes committed outbox rows in order, on a thread of its own, and remembers which ones Kafka has acknowledged.
///
/// @unchecked Sendable: shared properties are read and written under `condition` alone; the producer belongs to the
/// publishing thread.
final class OutboxPublisher: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: [OutboxRow] = []
    private var submitted: Set<OutboxKey> = []
    private var acknowledged: [OutboxKey] = []
    private var oldest: ContinuousClock.Instant?
    private var stopping = false
    private let configuration: KafkaConfiguration
    private let metrics: WorkerMetrics
    private let log: Logger

    private var draining = false
    /// Bytes of `waiting`.
    private var waitingBytes = 0

    /// Rows and bytes that may wait at once: the database side stops beyond that.
    private static let mostWaiting = 64
    private static let mostWaitingBytes = 32 << 20

    init(configuration: KafkaConfiguration, metrics: WorkerMetrics, log: Logger) {
        self.configuration = configuration
        self.metrics = metrics
        self.log = log
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }

    // MARK: the database thread

    /// Queues rows that are committed; those already in hand are left out. Waits while too many are in hand, so that
    /// nothing piles up when Kafka is away; `alive` is called meanwhile.
    func submit(_ rows: [OutboxRow], alive: () -> Void = {}) {
        guard !rows.isEmpty else { return }
        while !locked({ waitForRoom() }) { alive() }
        locked {
            let before = submitted.count
            for row in rows where submitted.insert(row.key).inserted {
                waiting.append(row)
                waitingBytes += row.payload.count
            }
            if oldest == nil, !waiting.isEmpty { oldest = .now }
            metrics.outboxWaiting.add(submitted.count - before)
            condition.broadcast()
        }
    }

    /// False after a second without room. Rows of a worker that ends stay in the database for the next one.
    private func waitForRoom() -> Bool {
        let deadline = Date(timeIntervalSinceNow: 1)
        while waiting.count >= Self.mostWaiting || waitingBytes >= Self.mostWaitingBytes, !stopping, !draining {
            if !condition.wait(until: deadline) { return false }
        }
        return true
    }

    /// From now on `submit` never waits: the worker ends, and its last rows wait in the database if need be.
    func beginDraining() {
        locked {
            draining = true
            condition.broadcast()
        }
    }

    /// Whether this row was queued and is not known to be deleted yet.
    func isInHand(_ key: OutboxKey) -> Bool { locked { submitted.contains(key) } }

    /// Rows that Kafka has, to be deleted by the caller's next transaction.
    func takeAcknowledged() -> [OutboxKey] {
        locked {
            defer { acknowledged = [] }
            return acknowledged
        }
    }

    /// The transaction that deleted them was committed: their keys may come again.
    func forget(_ keys: [OutboxKey]) {
        locked {
            let before = submitted.count
            submitted.subtract(keys)
            metrics.outboxWaiting.add(submitted.count - before)
        }
    }

    /// The transaction failed: they are still to be deleted.
    func giveBack(_ keys: [OutboxKey]) {
        locked { acknowledged = keys + acknowledged }
    }

    /// Waits until everything submitted is acknowledged; false at the deadline.
    func drain(until deadline: Date) -> Bool {
        locked {
            while !waiting.isEmpty {
                if !condition.wait(until: deadline) { return false }
            }
            return true
        }
    }

    func stop() {
        locked {
            stopping = true
            condition.broadcast()
        }
    }

    /// How long the oldest row in hand has waited; zero without one.
    var age: Duration { locked { oldest.map { ContinuousClock.now - $0 } ?? .zero } }

    // MARK: the publishing thread

    /// Runs until stopped.
    func run() {
        var producer: Producer?
        var delay = 0.05
        while let rows = nextRows() {
            do {
                let open = try producer ?? Producer(configuration: configuration)
                producer = open
                let start = ContinuousClock.now
                for row in rows { try send(row, open) }
                try open.awaitAcknowledgements(within: .seconds(30))
                metrics.stages.publish.add(ContinuousClock.now - start)
                delay = 0.05
                finished(rows)
            } catch {
                // The rows stay in hand and go out again, in order; readers drop ids that they have seen.
                metrics.publishFailures.add(1)
                log.warning("publishing", metadata: ["error": "\(error)", "rows": "\(rows.count)"])
                producer?.abandonRound()
                pause(delay)
                delay = min(delay * 2, 2)
            }
        }
        producer?.close()
    }

    private func nextRows() -> [OutboxRow]? {
        locked {
            while waiting.isEmpty, !stopping { condition.wait() }
            return stopping ? nil : waiting
        }
    }

    private func finished(_ rows: [OutboxRow]) {
        metrics.published.add(rows.reduce(0) { $0 + $1.records })
        locked {
            waiting.removeFirst(rows.count)
            waitingBytes = waiting.reduce(0) { $0 + $1.payload.count }
            acknowledged += rows.map(\.key)
            oldest = waiting.isEmpty ? nil : .now
            condition.broadcast()
        }
    }

    private func pause(_ seconds: TimeInterval) {
        locked {
            let deadline = Date(timeIntervalSinceNow: seconds)
            while !stopping, condition.wait(until: deadline) {}
        }
    }

    private func send(_ row: OutboxRow, _ producer: Producer) throws {
        var headers = OutgoingHeaders()
        try row.payload.withUnsafeBytes { bytes in
            var reader = OutboxReader(bytes)
            var topic = ""
            while let record = try reader.next() {
                if !record.topic.elementsEqual(topic.utf8) { topic = String(decoding: record.topic, as: UTF8.self) }
                headers.removeAll()
                for (name, value) in record.headers { headers.append(name: name, value) }
                try producer.send(topic: topic, key: record.key, value: record.value, headers: headers)
            }
        }
    }
}
