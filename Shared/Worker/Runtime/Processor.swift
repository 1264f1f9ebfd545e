import Foundation
import Kafka
import Logging
import PerisaiModels
import Postgres

/// Owns the database connection of a lane: applies batches, one transaction each, and the service's own work between them.
///
/// Confined to one thread but for `exchange`, `publisher` and `cancelHandle`.
final class Processor<Service: WorkerService> {
    let service: Service
    private let settings: WorkerSettings
    let exchange: Exchange<Service.Input>
    let publisher: OutboxPublisher
    let metrics: WorkerMetrics
    let log: Logger
    private let transaction: BatchTransaction<Service>
    let connection: Connection
    /// The next offset of every partition held, as stored.
    private var expected: [TopicPartition: Int64] = [:]
    var lastSweep = ContinuousClock.now
    var lastPrune = ContinuousClock.now
    var lastLook = ContinuousClock.now
    var workRetry = Retry()
    var workNotBefore = ContinuousClock.now

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

    /// Runs until the worker stops; what was taken is finished first.
    func run() {
        var hasWork = false
        while true {
            let idleFrom = ContinuousClock.now
            // Where there is more of its own work the service hardly waits for a batch: just so long that what comes one
            // by one goes out together.
            let message = exchange.next(within: hasWork ? 0.01 : 0.1)
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
            hasWork = lead()
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

    // MARK: trouble

    /// Runs database work that is tried again until it succeeds or the worker stops.
    func handle(_ work: () throws -> Void) {
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
