import Foundation
import Kafka
import Logging
import PerisaiModels

/// Reads and decodes on a thread of its own; hands a batch over whenever the database thread of a lane is ready for one.
///
/// Confined to that thread but for `lanes`.
final class Fetcher<Service: WorkerService>: RebalanceHandler {
    private let service: Service
    private let settings: WorkerSettings
    private let lanes: Lanes<Service.Input>
    private let metrics: WorkerMetrics
    private let log: Logger
    private let decoder: RecordDecoder<Service>
    /// Ends a statement of this lane that runs on when its partitions are taken away.
    private let cancelWork: @Sendable (_ lane: Int) -> Void
    private var feeds: [Feed]
    private var chunk = RecordBatch()
    /// Partitions may have come back paused from a rebalance.
    private var mustResume = false
    /// As librdkafka has them, held or not.
    private var paused: Set<TopicPartition> = []
    private var lastCommit = ContinuousClock.now
    /// When records came last.
    private var lastArrival = ContinuousClock.now

    /// What waits for a lane, on this side of its exchange.
    private struct Feed {
        var pending = FetchedBatch<Service.Input>()
        var isPaused = false
        /// Since when there is no room for more.
        var fullSince: ContinuousClock.Instant?
    }

    /// Full for a moment is normal: records that were prefetched are given up only after this.
    private static var pauseAfter: Duration { .milliseconds(500) }
    /// How long a revoke waits for running work: well under every session time-out.
    private static var revokeSeconds: TimeInterval { 3 }

    init(
        service: Service, settings: WorkerSettings, lanes: Lanes<Service.Input>, metrics: WorkerMetrics,
        log: Logger, cancelWork: @escaping @Sendable (_ lane: Int) -> Void
    ) {
        self.service = service
        self.settings = settings
        self.lanes = lanes
        feeds = Array(repeating: Feed(), count: lanes.count)
        self.metrics = metrics
        self.log = log
        self.cancelWork = cancelWork
        decoder = RecordDecoder(service: service)
    }

    /// Runs until the worker stops, then leaves the group.
    func run() {
        do {
            let log = log
            let metrics = metrics
            let consumer = try Consumer(
                configuration: configuration(), topics: service.inputs.map(\.name), handler: self,
                maxRecordBytes: settings.maxRecordBytes,
                statistics: { statistics in
                    metrics.lagRecords.set(Int(statistics.lag))
                    metrics.showAge(hasLag: statistics.lag > 0)
                },
                events: { event in log.warning("Kafka", metadata: ["event": "\(event)"]) })
            while !lanes.isStopping { try step(consumer) }
            // The next owner of the partitions finds everything done, published and deleted.
            lanes.waitForDatabases(settings.drainDeadline.seconds * 0.6)
            commit(consumer, force: true)
            consumer.close(within: .seconds(5))
        } catch {
            lanes.fail("the consumer ended: \(error)")
        }
    }

    private func configuration() -> KafkaConfiguration {
        let log = log
        var configuration = settings.consumerConfiguration { level, facility, message in
            log.log(level: level <= 3 ? .error : level <= 4 ? .warning : .debug, "\(facility): \(message)")
        }
        if configuration.properties["statistics.interval.ms"] == nil {
            configuration.properties["statistics.interval.ms"] = "2000"
        }
        return configuration
    }

    private func step(_ consumer: Consumer) throws {
        if mustResume {
            mustResume = false
            try resume(consumer.assignment, consumer)
        }
        for lane in feeds.indices { try steer(lane, consumer) }
        // A record of a full lane cannot be put back: nothing is read until it has room or is paused.
        let stalled = feeds.firstIndex { $0.fullSince != nil && !$0.isPaused }
        if stalled == nil { try fetch(consumer) }
        handOver()
        if let stalled { _ = lanes.exchanges[stalled].waitForRoom(0.005) }
        commit(consumer)
    }

    private func isFull(_ batch: FetchedBatch<Service.Input>) -> Bool {
        batch.records.count >= settings.batchRecords || batch.bytes >= settings.batchBytes
    }

    /// A lane that cannot take more for long is paused. The consumer still polls: it serves the other lanes and keeps
    /// its membership.
    private func steer(_ lane: Int, _ consumer: Consumer) throws {
        guard isFull(feeds[lane].pending), !lanes.exchanges[lane].wantsBatch else {
            feeds[lane].fullSince = nil
            guard feeds[lane].isPaused else { return }
            try resume(lanes.partitions(consumer.assignment, of: lane), consumer)
            feeds[lane].isPaused = false
            return
        }
        let since = feeds[lane].fullSince ?? .now
        feeds[lane].fullSince = since
        guard !feeds[lane].isPaused, ContinuousClock.now - since >= Self.pauseAfter else { return }
        let partitions = lanes.partitions(consumer.assignment, of: lane)
        try consumer.pause(partitions)
        paused.formUnion(partitions)
        feeds[lane].isPaused = true
    }

    /// Those of the partitions that were paused. librdkafka keeps the pause of a partition that goes and comes back, and
    /// may drop what it has fetched of one that is resumed without having been paused.
    private func resume(_ partitions: [TopicPartition], _ consumer: Consumer) throws {
        let held = partitions.filter { paused.contains($0) }
        guard !held.isEmpty else { return }
        try consumer.resume(held)
        paused.subtract(held)
    }

    private func handOver() {
        for (lane, exchange) in lanes.exchanges.enumerated() where !feeds[lane].pending.records.isEmpty {
            guard
                exchange.offer(
                    feeds[lane].pending, mostRecords: settings.batchRecords, mostBytes: settings.batchBytes)
            else { continue }
            feeds[lane].pending = FetchedBatch()
        }
    }

    /// What may be read at once: whatever comes may all be for the lane with the least room. Nil when a lane is full and
    /// not paused.
    private func room() -> (records: Int, bytes: Int)? {
        var least: (records: Int, bytes: Int)?
        for lane in feeds.indices where !feeds[lane].isPaused {
            if isFull(feeds[lane].pending) { return nil }
            let records = settings.batchRecords - feeds[lane].pending.records.count
            let bytes = settings.batchBytes - feeds[lane].pending.bytes
            least = (min(records, least?.records ?? records), min(bytes, least?.bytes ?? bytes))
        }
        // All paused: polled for the sake of the membership.
        return least ?? (1, 1)
    }

    /// While a batch is in the database there is time to fill the next one; else the first record goes at once.
    private var waitMilliseconds: Int {
        if feeds.allSatisfy({ $0.pending.records.isEmpty }) { return 100 }
        return feeds.contains { !$0.isPaused && !$0.pending.records.isEmpty } ? 2 : 20
    }

    /// How long a batch waits for more, in milliseconds, and after how much quiet it does not: somebody may wait for what
    /// comes then, and what follows makes the next batch.
    private var linger: (most: Int, quiet: Int) {
        let since = (ContinuousClock.now - lastArrival).seconds * 1_000
        return (settings.lingerMilliseconds, max(0, settings.lingerMilliseconds - Int(min(since, 10_000))))
    }

    private func fetch(_ consumer: Consumer) throws {
        guard let room = room() else { return }
        let linger = linger
        do throws(KafkaError) {
            try consumer.poll(
                into: &chunk, maxRecords: room.records, maxBytes: room.bytes, waitMilliseconds: waitMilliseconds,
                lingerMilliseconds: linger.most, quietMilliseconds: linger.quiet)
        } catch {
            if error.isFatal || error.code == .offsetReset { throw error }
            log.warning("Kafka", metadata: ["error": "\(error)"])
        }
        guard !chunk.isEmpty else { return }
        let start = ContinuousClock.now
        lastArrival = start
        distribute(RawChunk(chunk))
        chunk = RecordBatch()
        metrics.stages.decode.add(ContinuousClock.now - start)
    }

    private func distribute(_ raw: RawChunk) {
        let records = decoder.decode(raw)
        guard lanes.count > 1 else {
            feeds[0].pending.bytes += raw.batch.byteCount
            feeds[0].pending.records += records
            return
        }
        let laneOf = raw.batch.partitions.map { lanes.index(of: $0) }
        for (record, source) in zip(records, raw.batch.records) {
            let lane = laneOf[source.partitionIndex]
            feeds[lane].pending.records.append(record)
            feeds[lane].pending.bytes += Self.byteCount(of: source, in: raw.batch)
        }
    }

    /// Key, headers and value of a record lie one behind the other.
    private static func byteCount(of record: RecordBatch.Record, in batch: RecordBatch) -> Int {
        if let key = record.key, let value = record.value { return value.upperBound - key.lowerBound }
        return batch.headers(of: record).reduce((record.key?.count ?? 0) + (record.value?.count ?? 0)) {
            $0 + $1.name.count + ($1.value?.count ?? 0)
        }
    }

    /// Tells Kafka how far we are. The database is the truth; this is for tools that show lag.
    private func commit(_ consumer: Consumer, force: Bool = false) {
        guard force || ContinuousClock.now - lastCommit > .seconds(1) else { return }
        lastCommit = .now
        let offsets = lanes.takeApplied()
        guard !offsets.isEmpty else { return }
        do { try consumer.commit(offsets) } catch { log.debug("offset commit", metadata: ["error": "\(error)"]) }
    }

    // MARK: rebalance

    func assigned(_ partitions: [TopicPartition]) -> [StartOffset] {
        for lane in feeds.indices { feeds[lane].isPaused = false }
        // Also those that were paused when they were taken away, some time ago.
        mustResume = mustResume || !paused.isDisjoint(with: partitions)
        let stored = storedOffsets(partitions)
        log.info("partitions assigned", metadata: ["partitions": "\(partitions.sorted())"])
        lanes.assign(stored)
        metrics.assignedPartitions.set(lanes.heldCount)
        return partitions.map { partition in
            switch stored[partition] ?? 0 {
            case ..<0: .end
            case 0: .beginning
            case let offset: .at(offset)
            }
        }
    }

    func revoked(_ partitions: [TopicPartition], lost: Bool) {
        let gone = Set(partitions)
        for lane in feeds.indices {
            feeds[lane].pending.records.removeAll { gone.contains($0.partition) }
            // Without records there are no bytes: else the batch would look full for ever.
            if feeds[lane].pending.records.isEmpty { feeds[lane].pending.bytes = 0 }
        }
        let late = lanes.revoke(gone, until: Date(timeIntervalSinceNow: Self.revokeSeconds))
        if !late.isEmpty {
            // Abandoned: its transaction is rolled back, or its claim on the offsets decides.
            for lane in late { cancelWork(lane) }
            let deadline = Date(timeIntervalSinceNow: Self.revokeSeconds)
            for lane in late { _ = lanes.exchanges[lane].waitForWork(until: deadline) }
        }
        metrics.assignedPartitions.set(lanes.heldCount)
        log.info("partitions revoked", metadata: ["partitions": "\(partitions.sorted())", "lost": "\(lost)"])
    }

    /// Where the partitions go on, from the database. Waits for a database that is away: without an answer there is
    /// nothing to read.
    private func storedOffsets(_ partitions: [TopicPartition]) -> [TopicPartition: Int64] {
        var delay = 0.1
        while !lanes.isStopping {
            do {
                return try OffsetStore.read(partitions, settings: settings)
            } catch {
                log.error("stored offsets", metadata: ["error": "\(error)"])
                lanes.exchanges[0].pause(delay)
                delay = min(delay * 2, 5)
            }
        }
        return [:]
    }
}
