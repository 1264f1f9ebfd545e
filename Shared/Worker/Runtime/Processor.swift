import Foundation
import Kafka
import Logging
import PerisaiModels
import Postgres

/// Owns the database connection: applies batches, one transaction each, and the service's own work between them.
///
/// Confined to one thread but for `exchange`, `publisher` and `cancelHandle`.
final class Processor<Service: WorkerService> {
    private let service: Service
    private let settings: WorkerSettings
    private let exchange: Exchange<Service.Input>
    private let publisher: OutboxPublisher
    private let metrics: WorkerMetrics
    private let log: Logger
    private let transaction: BatchTransaction<Service>
    private let connection: Connection
    /// The next offset of every partition held, as stored.
    private var expected: [TopicPartition: Int64] = [:]
    private var lastSweep = ContinuousClock.now

    init(
        service: Service, settings: WorkerSettings, exchange: Exchange<Service.Input>, publisher: OutboxPublisher,
        connection: Connection, metrics: WorkerMetrics, log: Logger
    ) {
        self.service = service
        self.settings = settings
        self.exchange = exchange
        self.publisher = publisher
        self.connection = connection
        self.metrics = metrics
        self.log = log
        transaction = BatchTransaction(service: service, metrics: metrics)
    }

    /// Partition 0 of the last input: the worker that holds it does what exists once for all workers of the service.
    private var leaderPartition: TopicPartition? {
        service.inputs.last.map { TopicPartition(topic: $0.name, partition: 0) }
    }

    /// Runs until the worker stops; what was taken is finished first.
    func run() {
        while true {
            let idleFrom = ContinuousClock.now
            let message = exchange.next(within: 0.1)
            metrics.stages.idle.add(ContinuousClock.now - idleFrom)
            switch message {
            case .assigned(let offsets): handle { try assigned(offsets) }
            case .batch(let batch): apply(batch)
            case nil: break
            }
            if exchange.isStopping { break }
            if message == nil { handle { try deleteAcknowledged() } }
            lead()
        }
        handle { try deleteAcknowledged() }
        connection.close()
    }

    // MARK: assignment

    private func assigned(_ offsets: [TopicPartition: Int64]) throws {
        expected.merge(offsets) { $1 }
        try publishLeftovers(of: Array(offsets.keys))
        exchange.finished()
    }

    private static var leftoverStatement: Statement {
        Statement(
            "worker_leftover",
            """
            SELECT o.topic, o.partition, o.position, o.records, o.payload FROM outbox AS o
            JOIN unnest($1::text[], $2::int4[]) AS u(topic, partition) USING (topic, partition)
            ORDER BY o.topic, o.partition, o.position
            """)
    }
    private static var sweepStatement: Statement {
        Statement(
            "worker_sweep",
            """
            SELECT topic, partition, position, records, payload FROM outbox WHERE topic LIKE '@%'
            ORDER BY topic, partition, position LIMIT 200
            """)
    }

    /// Rows that a worker before us committed and did not publish go out first, in order.
    private func publishLeftovers(of partitions: [TopicPartition]) throws {
        let rows = try connection.query(
            Self.leftoverStatement,
            Parameters {
                $0.append(partitions.map(\.topic))
                $0.append(partitions.map(\.partition))
            })
        try publisher.submit(Self.outboxRows(rows))
    }

    private static func outboxRows(_ rows: QueryResult) throws -> [OutboxRow] {
        try (0..<rows.rowCount).map { row in
            OutboxRow(
                key: OutboxKey(
                    topic: try rows.text(row, 0), partition: try rows.int32(row, 1), position: try rows.int64(row, 2)),
                payload: try rows.bytes(row, 4), records: Int(try rows.int32(row, 3)))
        }
    }

    // MARK: batches

    private func apply(_ batch: FetchedBatch<Service.Input>) {
        let start = ContinuousClock.now
        var applied: [TopicPartition: Int64] = [:]
        // Partitions may have been taken away while the batch waited.
        let records = batch.records.filter { record in
            exchange.isHeld(record.partition) && record.offset >= (expected[record.partition] ?? 0)
        }
        if !records.isEmpty {
            apply(records[...], &applied)
            metrics.batchSeconds.observe(ContinuousClock.now - start)
        }
        exchange.finished(applied)
    }

    /// Applies records whatever it takes: waits out transient trouble, halves a batch down to the record that is to
    /// blame, and gives up only partitions that were taken away.
    private func apply(_ records: ArraySlice<DecodedRecord<Service.Input>>, _ applied: inout [TopicPartition: Int64]) {
        var faults: [Int: RecordFault] = [:]
        var retry = Retry()
        while !records.isEmpty {
            let held = records.allSatisfy { exchange.isHeld($0.partition) }
            guard held else { return applyHeld(records, &applied) }
            do {
                let claims = self.claims(records)
                try commit(records, claims: claims, faults: faults)
                for claim in claims {
                    expected[claim.partition] = claim.next
                    applied[claim.partition] = claim.next
                }
                return
            } catch BatchFailure.record(let index, let fault) {
                connection.rollbackIfNeeded()
                faults[index] = fault
            } catch BatchFailure.fenced {
                connection.rollbackIfNeeded()
                metrics.fenced.add(1)
                return handle { try resume(records, &applied) }
            } catch {
                connection.rollbackIfNeeded()
                switch retry.next(error) {
                case .again(let seconds): wait(seconds, after: error)
                case .halve where records.count > 1:
                    let middle = records.startIndex + records.count / 2
                    apply(records[..<middle], &applied)
                    return apply(records[middle...], &applied)
                case .halve: faults[records.startIndex] = RecordFault(cause: "refused-by-database", reason: "\(error)")
                }
            }
            if exchange.isStopping, retry.attempts > 0 { return }
        }
    }

    private func commit(
        _ records: ArraySlice<DecodedRecord<Service.Input>>, claims: [OffsetClaim], faults: [Int: RecordFault]
    ) throws {
        if !connection.isUsable { try connection.reconnect() }
        let acknowledged = publisher.takeAcknowledged()
        do {
            let rows = try transaction.commit(
                records, claims: claims, faults: faults, acknowledged: acknowledged, on: connection)
            publisher.forget(acknowledged)
            publisher.submit(rows)
        } catch {
            publisher.giveBack(acknowledged)
            throw error
        }
    }

    private func claims(_ records: ArraySlice<DecodedRecord<Service.Input>>) -> [OffsetClaim] {
        var next: [TopicPartition: Int64] = [:]
        var last: (partition: TopicPartition, offset: Int64)?
        for record in records {
            if let last, last.partition != record.partition { next[last.partition] = last.offset + 1 }
            last = (record.partition, record.offset)
        }
        if let last { next[last.partition] = last.offset + 1 }
        return next.sorted { $0.key < $1.key }.map { partition, next in
            OffsetClaim(partition: partition, expected: expected[partition] ?? 0, next: next)
        }
    }

    private func applyHeld(
        _ records: ArraySlice<DecodedRecord<Service.Input>>, _ applied: inout [TopicPartition: Int64]
    ) {
        let kept = records.filter { exchange.isHeld($0.partition) }
        if !kept.isEmpty { apply(kept[...], &applied) }
    }

    /// The stored offsets have moved: by a commit of ours whose answer was lost, or by another worker. What is stored
    /// counts; the rest of the batch goes on from there.
    private func resume(
        _ records: ArraySlice<DecodedRecord<Service.Input>>, _ applied: inout [TopicPartition: Int64]
    ) throws {
        let partitions = PartitionIndex(records).all
        let stored = try OffsetStore.read(partitions, on: connection)
        for partition in partitions {
            let offset = stored[partition] ?? 0
            guard offset >= (expected[partition] ?? 0) else {
                return exchange.fail("the stored offset of \(partition) went back: start again from it")
            }
            expected[partition] = offset
        }
        try publishLeftovers(of: partitions)
        let rest = records.filter { $0.offset >= (expected[$0.partition] ?? 0) }
        if !rest.isEmpty { apply(rest[...], &applied) }
    }

    // MARK: what one worker does for all

    private func lead() {
        guard let leaderPartition, exchange.isHeld(leaderPartition) else { return }
        // One chunk at a time, so that batches go on between them.
        handle {
            if let rows = try WorkStep(service: service).run(on: connection) { publisher.submit(rows) }
        }
        guard ContinuousClock.now - lastSweep > .milliseconds(500) else { return }
        lastSweep = .now
        handle { try publisher.submit(Self.outboxRows(try connection.query(Self.sweepStatement))) }
    }

    private func deleteAcknowledged() throws {
        let keys = publisher.takeAcknowledged()
        guard !keys.isEmpty else { return }
        do {
            var writer = BatchWriter()
            var stages = StageClock(metrics)
            try connection.execute("BEGIN")
            try BatchTransaction<Service>.send(&writer, rows: [], acknowledged: keys, on: connection, &stages)
            publisher.forget(keys)
        } catch {
            connection.rollbackIfNeeded()
            publisher.giveBack(keys)
            throw error
        }
    }

    // MARK: trouble

    /// Runs database work that is tried again until it succeeds or the worker stops.
    private func handle(_ work: () throws -> Void) {
        var retry = Retry()
        while true {
            do {
                if !connection.isUsable { try connection.reconnect() }
                return try work()
            } catch {
                connection.rollbackIfNeeded()
                if exchange.isStopping { return }
                wait(retry.delay(), after: error)
            }
        }
    }

    private func wait(_ seconds: TimeInterval, after error: any Error) {
        metrics.retries.add(1)
        log.warning("trying again", metadata: ["error": "\(error)", "seconds": "\(seconds)"])
        exchange.pause(seconds)
        if !connection.isUsable {
            do { try connection.reconnect() } catch { log.warning("database", metadata: ["error": "\(error)"]) }
        }
    }
}

/// What to do after a failure, and how long to wait first.
struct Retry {
    enum Step {
        case again(TimeInterval)
        /// The data is to blame: find the record.
        case halve
    }

    private(set) var attempts = 0
    private var conflicts = 0

    /// Half to all of 50 ms, 100 ms, … 5 s: workers that fail together do not come back together.
    mutating func delay() -> TimeInterval {
        let longest = min(0.05 * Double(1 << min(attempts, 10)), 5)
        attempts += 1
        return Double.random(in: longest / 2...longest)
    }

    mutating func next(_ error: any Error) -> Step {
        guard let error = error as? PostgresError else { return .halve }
        switch error.kind {
        case .connection, .transient: return .again(delay())
        case .conflict:
            // Another worker was quicker: fresh state decides. Three times the same is the record's own fault.
            conflicts += 1
            return conflicts <= 3 ? .again(delay() / 4) : .halve
        case .data: return .halve
        // A missing table or a wrong statement is ours: nothing may be skipped for it.
        case .programming: return .again(delay())
        }
    }
}
