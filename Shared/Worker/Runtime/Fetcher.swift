import Foundation
import Kafka
import Logging
import PerisaiModels
import Postgres

/// Reads and decodes on a thread of its own; hands a batch over whenever the database thread is ready for one.
///
/// Confined to that thread but for `exchange`.
final class Fetcher<Service: WorkerService>: RebalanceHandler {
    private let service: Service
    private let settings: WorkerSettings
    private let exchange: Exchange<Service.Input>
    private let metrics: WorkerMetrics
    private let log: Logger
    private let decoder: RecordDecoder<Service>
    /// Ends a statement that runs on when its partitions are taken away.
    private let cancelWork: @Sendable () -> Void
    private var pending = FetchedBatch<Service.Input>()
    private var chunk = RecordBatch()
    private var paused = false
    /// Partitions may have come back paused from a rebalance.
    private var mustResume = false
    private var lastCommit = ContinuousClock.now

    /// How long a revoke waits for running work: well under every session time-out.
    private static var revokeSeconds: TimeInterval { 3 }

    init(
        service: Service, settings: WorkerSettings, exchange: Exchange<Service.Input>, metrics: WorkerMetrics,
        log: Logger, cancelWork: @escaping @Sendable () -> Void
    ) {
        self.service = service
        self.settings = settings
        self.exchange = exchange
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
            while !exchange.isStopping { try step(consumer) }
            // The next owner of the partitions finds everything done, published and deleted.
            exchange.waitForDatabase(settings.drainDeadline.seconds * 0.6)
            commit(consumer, force: true)
            consumer.close(within: .seconds(5))
        } catch {
            exchange.fail("the consumer ended: \(error)")
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
        let isFull = pending.records.count >= settings.batchRecords || pending.bytes >= settings.batchBytes
        if mustResume {
            mustResume = false
            try consumer.resume(consumer.assignment)
        }
        try setPaused(isFull && !exchange.wantsBatch, consumer)
        if !isFull || paused { try fetch(consumer, most: settings.batchRecords - pending.records.count) }
        if !pending.records.isEmpty, exchange.wantsBatch {
            exchange.hand(over: .batch(pending))
            pending = FetchedBatch()
        }
        commit(consumer)
    }

    /// A consumer that cannot hand over still polls, with its partitions paused, so that it keeps its membership.
    private func setPaused(_ wanted: Bool, _ consumer: Consumer) throws {
        guard wanted != paused else { return }
        if wanted {
            // Full for a moment is normal: wait for the database before giving prefetched records up.
            guard !exchange.waitForRoom(0.5) else { return }
            try consumer.pause(consumer.assignment)
        } else {
            try consumer.resume(consumer.assignment)
        }
        paused = wanted
    }

    private func fetch(_ consumer: Consumer, most: Int) throws {
        do throws(KafkaError) {
            // While a batch is in the database there is time to fill the next one; else the first record goes at once.
            try consumer.poll(
                into: &chunk, maxRecords: max(1, most), maxBytes: max(1, settings.batchBytes - pending.bytes),
                waitMilliseconds: pending.records.isEmpty ? 100 : paused ? 20 : 2,
                lingerMilliseconds: exchange.wantsBatch ? settings.lingerMilliseconds : 20)
        } catch {
            if error.isFatal || error.code == .offsetReset { throw error }
            log.warning("Kafka", metadata: ["error": "\(error)"])
        }
        guard !chunk.isEmpty else { return }
        let start = ContinuousClock.now
        pending.bytes += chunk.byteCount
        pending.records += decoder.decode(RawChunk(chunk))
        chunk = RecordBatch()
        metrics.stages.decode.add(ContinuousClock.now - start)
    }

    /// Tells Kafka how far we are. The database is the truth; this is for tools that show lag.
    private func commit(_ consumer: Consumer, force: Bool = false) {
        guard force || ContinuousClock.now - lastCommit > .seconds(1) else { return }
        lastCommit = .now
        let offsets = exchange.takeApplied()
        guard !offsets.isEmpty else { return }
        do { try consumer.commit(offsets) } catch { log.debug("offset commit", metadata: ["error": "\(error)"]) }
    }

    // MARK: rebalance

    func assigned(_ partitions: [TopicPartition]) -> [StartOffset] {
        mustResume = mustResume || paused
        paused = false
        let stored = storedOffsets(partitions)
        log.info("partitions assigned", metadata: ["partitions": "\(partitions.sorted())"])
        exchange.hand(over: .assigned(stored))
        metrics.assignedPartitions.set(exchange.heldCount)
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
        pending.records.removeAll { gone.contains($0.partition) }
        // Without records there are no bytes: else the batch would look full for ever.
        if pending.records.isEmpty { pending.bytes = 0 }
        if !exchange.revoke(gone, until: Date(timeIntervalSinceNow: Self.revokeSeconds)) {
            // Abandoned: its transaction is rolled back, or its claim on the offsets decides.
            cancelWork()
            _ = exchange.revoke(gone, until: Date(timeIntervalSinceNow: Self.revokeSeconds))
        }
        metrics.assignedPartitions.set(exchange.heldCount)
        log.info("partitions revoked", metadata: ["partitions": "\(partitions.sorted())", "lost": "\(lost)"])
    }

    /// Where the partitions go on, from the database. Waits for a database that is away: without an answer there is
    /// nothing to read.
    private func storedOffsets(_ partitions: [TopicPartition]) -> [TopicPartition: Int64] {
        var delay = 0.1
        while !exchange.isStopping {
            do {
                return try OffsetStore.read(partitions, settings: settings)
            } catch {
                log.error("stored offsets", metadata: ["error": "\(error)"])
                exchange.pause(delay)
                delay = min(delay * 2, 5)
            }
        }
        return [:]
    }
}

/// The stored offsets of a service.
enum OffsetStore {
    private static let insert = Statement(
        "offset_insert",
        """
        INSERT INTO worker_offset (topic, partition, next_offset)
        SELECT topic, partition, $3 FROM unnest($1::text[], $2::int4[]) AS u(topic, partition)
        ORDER BY topic, partition ON CONFLICT DO NOTHING
        """)
    private static let select = Statement(
        "offset_select",
        """
        SELECT o.topic, o.partition, o.next_offset FROM worker_offset AS o
        JOIN unnest($1::text[], $2::int4[]) AS u(topic, partition) USING (topic, partition)
        """)

    /// Reads where the partitions go on; those seen for the first time get 0 (from the oldest record) or -1 (from now).
    static func read(
        _ partitions: [TopicPartition], settings: WorkerSettings
    ) throws -> [TopicPartition: Int64] {
        guard !partitions.isEmpty else { return [:] }
        let connection = try Connection(settings.connection("offsets"))
        defer { connection.close() }
        let first: Int64 = settings.firstOffset == .earliest ? 0 : -1
        _ = try connection.query(
            insert,
            Parameters {
                $0.append(partitions.map(\.topic))
                $0.append(partitions.map(\.partition))
                $0.append(first)
            })
        return try read(partitions, on: connection)
    }

    static func read(_ partitions: [TopicPartition], on connection: Connection) throws -> [TopicPartition: Int64] {
        let rows = try connection.query(
            select,
            Parameters {
                $0.append(partitions.map(\.topic))
                $0.append(partitions.map(\.partition))
            })
        var offsets: [TopicPartition: Int64] = [:]
        for row in 0..<rows.rowCount {
            let partition = TopicPartition(topic: try rows.text(row, 0), partition: try rows.int32(row, 1))
            offsets[partition] = try rows.int64(row, 2)
        }
        return offsets
    }
}

extension WorkerSettings {
    /// How this worker's connections are set up.
    public func connection(_ purpose: String) -> ConnectionSettings {
        ConnectionSettings(
            url: databaseURL, schema: databaseSchema, applicationName: "\(service.name) \(purpose)",
            statementTimeoutMilliseconds: max(1, Int(statementTimeout.seconds * 1_000)))
    }
}
