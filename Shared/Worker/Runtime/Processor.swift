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
    private var lastLook = ContinuousClock.now
    private var workRetry = Retry()
    private var workNotBefore = ContinuousClock.now

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
            case .assigned(let offsets):
                handle { try assigned(offsets) }
                exchange.finished()
            case .batch(let batch): apply(batch)
            case nil: break
            }
            if exchange.isStopping { break }
            if message == nil {
                handle { try deleteAcknowledged() }
                lookForLeftovers()
            }
            lead()
        }
        // What Kafka acknowledges in time is deleted now and not published again by the next owner.
        _ = publisher.drain(until: Date(timeIntervalSinceNow: min(5, settings.drainDeadline.seconds * 0.4)))
        handle { try deleteAcknowledged() }
        connection.close()
        exchange.endDatabase()
    }

    // MARK: assignment

    private func assigned(_ offsets: [TopicPartition: Int64]) throws {
        // Some may have been taken away while the database did not answer.
        let held = offsets.filter { exchange.isHeld($0.key) }
        expected.merge(held) { $1 }
        try publishLeftovers(of: held.keys.sorted())
    }

    private static var leftoverStatement: Statement {
        Statement(
            "worker_leftover",
            """
            SELECT o.topic, o.partition, o.position FROM outbox AS o
            JOIN unnest($1::text[], $2::int4[]) AS u(topic, partition) USING (topic, partition)
            ORDER BY o.topic, o.partition, o.position LIMIT 100000
            """)
    }
    private static var sweepStatement: Statement {
        Statement(
            "worker_sweep",
            """
            SELECT topic, partition, position FROM outbox WHERE topic LIKE '@%'
            ORDER BY topic, partition, position LIMIT 1000
            """)
    }
    private static var payloadStatement: Statement {
        Statement(
            "worker_payload",
            "SELECT records, payload FROM outbox WHERE topic = $1 AND partition = $2 AND position = $3")
    }

    /// Rows that a worker before us committed and did not publish go out first, in order.
    private func publishLeftovers(of partitions: [TopicPartition]) throws {
        guard !partitions.isEmpty else { return }
        try publish(
            connection.query(
                Self.leftoverStatement,
                Parameters {
                    $0.append(partitions.map(\.topic))
                    $0.append(partitions.map(\.partition))
                }))
    }

    /// Publishes the rows with these keys, but for those in hand. One payload is read at a time: there may be many.
    private func publish(_ keys: QueryResult) throws {
        for row in 0..<keys.rowCount {
            let key = OutboxKey(
                topic: try keys.text(row, 0), partition: try keys.int32(row, 1), position: try keys.int64(row, 2))
            guard !publisher.isInHand(key) else { continue }
            let found = try connection.query(
                Self.payloadStatement,
                Parameters {
                    $0.append(key.topic)
                    $0.append(key.partition)
                    $0.append(key.position)
                })
            // Gone: its worker lives, and has published it.
            guard found.rowCount > 0 else { continue }
            submit([OutboxRow(key: key, payload: try found.bytes(0, 1), records: Int(try found.int32(0, 0)))])
        }
    }

    private func submit(_ rows: [OutboxRow]) { publisher.submit(rows) { exchange.noteProgress() } }

    /// A worker that lost its partitions may commit a last batch behind the new owner's first look, and die.
    private func lookForLeftovers() {
        guard ContinuousClock.now - lastLook > .seconds(5) else { return }
        lastLook = .now
        handle { try publishLeftovers(of: exchange.heldPartitions.sorted()) }
    }

    // MARK: batches

    /// How far a batch has come.
    private struct Progress {
        var applied: [TopicPartition: Int64] = [:]
        /// A record of these was let go: nothing behind it in the same batch may be applied.
        var abandoned: Set<TopicPartition> = []
    }

    private func apply(_ batch: FetchedBatch<Service.Input>) {
        let start = ContinuousClock.now
        var progress = Progress()
        // Partitions may have been taken away while the batch waited.
        let held = exchange.heldPartitions
        let records = batch.records.filter { record in
            held.contains(record.partition) && record.offset >= (expected[record.partition] ?? 0)
        }
        if !records.isEmpty {
            apply(records[...], &progress)
            metrics.batchSeconds.observe(ContinuousClock.now - start)
        }
        exchange.finished(progress.applied)
    }

    /// Faults of single records found one by one; with more of them the batch is halved.
    private static var mostFaults: Int { 8 }

    /// Applies records whatever it takes: waits out transient trouble, halves a batch down to the record that is to
    /// blame, and gives up only partitions that were taken away, or all of them when the worker stops in trouble.
    private func apply(_ records: ArraySlice<DecodedRecord<Service.Input>>, _ progress: inout Progress) {
        var faults: [Int: RecordFault] = [:]
        var retry = Retry()
        let partitions = PartitionIndex(records).all
        while !records.isEmpty {
            exchange.noteProgress()
            progress.abandoned.formUnion(partitions.filter { !exchange.isHeld($0) })
            guard progress.abandoned.isDisjoint(with: partitions) else {
                let kept = records.filter { !progress.abandoned.contains($0.partition) }
                return apply(kept[...], &progress)
            }
            do {
                let claims = self.claims(records)
                try commit(records, claims: claims, faults: faults)
                for claim in claims {
                    expected[claim.partition] = claim.next
                    progress.applied[claim.partition] = claim.next
                }
                return
            } catch BatchFailure.record(let index, let fault) {
                connection.rollbackIfNeeded()
                faults[index] = fault
                if faults.count > Self.mostFaults, records.count > 2 * Self.mostFaults {
                    return halve(records, &progress)
                }
            } catch BatchFailure.fenced {
                connection.rollbackIfNeeded()
                metrics.fenced.add(1)
                return resume(records, &progress)
            } catch {
                connection.rollbackIfNeeded()
                switch retry.next(error) {
                case .again(let seconds): wait(seconds, after: error)
                case .halve where records.count > 1: return halve(records, &progress)
                case .halve: faults[records.startIndex] = RecordFault(refused: error)
                case .smaller(let seconds):
                    wait(seconds, after: error)
                    if records.count > 1, !exchange.isStopping { return halve(records, &progress) }
                }
            }
            if exchange.isStopping, retry.attempts > 0 || exchange.failureReason != nil {
                return progress.abandoned.formUnion(partitions)
            }
        }
    }

    private func halve(_ records: ArraySlice<DecodedRecord<Service.Input>>, _ progress: inout Progress) {
        let middle = records.startIndex + records.count / 2
        apply(records[..<middle], &progress)
        apply(records[middle...], &progress)
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
            submit(rows)
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

    /// The stored offsets have moved: by a commit of ours whose answer was lost, or by another worker. What is stored
    /// counts; the rest of the batch goes on from there.
    private func resume(_ records: ArraySlice<DecodedRecord<Service.Input>>, _ progress: inout Progress) {
        let partitions = PartitionIndex(records).all
        var isKnown = false
        var moved = false
        handle {
            let stored = try OffsetStore.read(partitions, on: connection)
            for partition in partitions {
                let before = expected[partition] ?? 0
                guard let offset = stored[partition], offset >= before else {
                    return exchange.fail("the stored offset of \(partition) went back: start again from it")
                }
                moved = moved || offset > before
                expected[partition] = offset
                if offset > 0 { progress.applied[partition] = offset }
            }
            guard moved else { return exchange.fail("the stored offsets of \(partitions) cannot be claimed") }
            try publishLeftovers(of: partitions)
            isKnown = true
        }
        guard isKnown else { return progress.abandoned.formUnion(partitions) }
        let rest = records.filter { $0.offset >= (expected[$0.partition] ?? 0) }
        apply(rest[...], &progress)
    }

    // MARK: what one worker does for all

    /// One chunk at a time, so that batches go on between them, also while the work fails.
    private func lead() {
        guard let leaderPartition, exchange.isHeld(leaderPartition), ContinuousClock.now >= workNotBefore else {
            return
        }
        do {
            if !connection.isUsable { try connection.reconnect() }
            if let rows = try WorkStep(service: service).run(on: connection) { submit(rows) }
            if ContinuousClock.now - lastSweep > .milliseconds(500) {
                lastSweep = .now
                try publish(connection.query(Self.sweepStatement))
            }
            workRetry = Retry()
        } catch {
            connection.rollbackIfNeeded()
            metrics.retries.add(1)
            let seconds = workRetry.delay()
            workNotBefore = .now + .seconds(seconds)
            log.warning("work is tried again", metadata: ["error": "\(error)", "seconds": "\(seconds)"])
        }
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
