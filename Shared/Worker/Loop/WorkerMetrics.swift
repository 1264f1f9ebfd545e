import Foundation
import Synchronization

/// Where the time of a batch goes. Seconds are counted as nanoseconds.
public struct StageTimes: Sendable {
    public let decode: Counter
    public let claim: Counter
    public let load: Counter
    public let decide: Counter
    public let save: Counter
    public let copy: Counter
    public let outbox: Counter
    public let commit: Counter
    public let publish: Counter
    /// The database side had nothing to do.
    public let idle: Counter

    init(_ registry: MetricsRegistry) {
        func stage(_ name: String) -> Counter {
            registry.counter(
                "perisai_stage_seconds_total", help: "Time by stage of the loop", labels: [("stage", name)],
                unit: .seconds)
        }
        decode = stage("decode")
        claim = stage("claim")
        load = stage("load")
        decide = stage("decide")
        save = stage("save")
        copy = stage("copy")
        outbox = stage("outbox")
        commit = stage("commit")
        publish = stage("publish")
        idle = stage("idle")
    }

    /// All stages by name, in the order of the loop.
    public var all: [(name: String, counter: Counter)] {
        [
            ("decode", decode), ("claim", claim), ("load", load), ("decide", decide), ("save", save), ("copy", copy),
            ("outbox", outbox), ("commit", commit), ("publish", publish), ("idle", idle),
        ]
    }
}

/// The figures of one worker.
public final class WorkerMetrics: Sendable {
    public let stages: StageTimes
    public let batches: Counter
    public let records: Counter
    public let duplicates: Counter
    public let deadLetters: Counter
    public let retries: Counter
    public let fenced: Counter
    public let published: Counter
    public let publishFailures: Counter
    public let batchSeconds: Histogram
    public let lagRecords: Gauge
    public let lagSeconds: Gauge
    public let assignedPartitions: Gauge
    public let outboxWaiting: Gauge
    /// Timestamp of the last record applied, milliseconds since 1970.
    let lastRecordTime = Atomic<Int64>(0)

    public init(_ registry: MetricsRegistry) {
        stages = StageTimes(registry)
        batches = registry.counter("perisai_batches_total", help: "Batches committed")
        records = registry.counter("perisai_records_total", help: "Records committed, whatever became of them")
        duplicates = registry.counter("perisai_duplicates_total", help: "Events dropped because they were seen before")
        deadLetters = registry.counter("perisai_dead_letters_total", help: "Records sent to the dead-letter topic")
        retries = registry.counter("perisai_retries_total", help: "Batches tried again")
        fenced = registry.counter("perisai_fenced_total", help: "Batches refused because the stored offset had moved")
        published = registry.counter("perisai_published_total", help: "Records acknowledged by Kafka")
        publishFailures = registry.counter("perisai_publish_failures_total", help: "Rounds of publishing tried again")
        batchSeconds = registry.histogram(
            "perisai_batch_seconds", help: "Time from claim to commit of a batch", buckets: MetricsRegistry.timeBuckets)
        lagRecords = registry.gauge("perisai_lag_records", help: "Records not read yet, all partitions held")
        lagSeconds = registry.gauge(
            "perisai_lag_seconds", help: "Age of the last record applied, while there is lag", unit: .seconds)
        assignedPartitions = registry.gauge("perisai_assigned_partitions", help: "Partitions held")
        outboxWaiting = registry.gauge("perisai_outbox_rows", help: "Outbox rows committed and not acknowledged")
    }

    /// Lag in seconds: how old the last record applied is, while there are more.
    func showAge(hasLag: Bool) {
        let last = lastRecordTime.load(ordering: .relaxed)
        guard hasLag, last > 0 else { return lagSeconds.set(.zero) }
        lagSeconds.set(.milliseconds(max(0, Int64(Date().timeIntervalSince1970 * 1_000) - last)))
    }

    func count<Input>(_ counted: ArraySlice<DecodedRecord<Input>>, fresh: Int, faults: Int) {
        var events = 0
        var dead = faults
        for record in counted {
            switch record.outcome {
            case .event: events += 1
            case .fault: dead += 1
            case .skipped: break
            }
        }
        if let last = counted.last, let raw = last.chunk?.batch {
            lastRecordTime.store(raw[last.index].timestampMilliseconds, ordering: .relaxed)
        }
        batches.add(1)
        records.add(counted.count)
        duplicates.add(max(0, events - faults - fresh))
        deadLetters.add(dead)
    }
}

/// Adds the time between two marks to a stage.
struct StageClock {
    private let metrics: WorkerMetrics
    private var last = ContinuousClock.now

    init(_ metrics: WorkerMetrics) { self.metrics = metrics }

    mutating func mark(_ stage: KeyPath<StageTimes, Counter>) {
        let now = ContinuousClock.now
        metrics.stages[keyPath: stage].add(now - last)
        last = now
    }
}
