import Foundation

/// Publishes small groups of records from any task, each acknowledged by Kafka before `publish` returns. Owns a thread
/// with a producer. For intake that may answer only once Kafka has the data.
public final class AcknowledgedPublisher: Sendable {
    /// Bounds what waits for acknowledgement; beyond it `publish` refuses at once.
    public struct Limits: Sendable {
        public var records: Int
        public var bytes: Int
        public init(records: Int = 10_000, bytes: Int = 16 << 20) {
            self.records = records
            self.bytes = bytes
        }
    }

    private let core: PublisherCore

    /// Throws when the configuration is refused.
    public init(configuration: KafkaConfiguration, limits: Limits = Limits()) throws(KafkaError) {
        if let fault = configuration.faults().first { throw KafkaError(.invalidArgument, fault.description) }
        let core = PublisherCore(limits: limits)
        self.core = core
        let thread = Thread { PublisherLoop.run(core, configuration) }
        thread.name = "kafka-publisher"
        thread.start()
    }

    deinit { core.stop(nil) }

    /// Returns when all records are acknowledged. Throws `.queueFull` at once when too much waits already, `.timedOut`
    /// after `timeout`, `.closed` after `stop`; the records may have been written even then.
    public func publish(_ records: [OutgoingRecord], timeout: Duration = .seconds(10)) async throws(KafkaError) {
        if records.isEmpty { return }
        let result: Result<Void, KafkaError> = await withCheckedContinuation { continuation in
            core.submit(records, .now + timeout, continuation)
        }
        try result.get()
    }

    /// Records and bytes that wait for acknowledgement.
    public var waiting: (records: Int, bytes: Int) { core.waiting }

    /// Refuses new records, waits for what is under way up to its time-outs, and ends the thread.
    public func stop() async {
        await withCheckedContinuation { core.stop($0) }
    }
}

/// One call of `publish`.
struct PublisherJob: Sendable {
    let records: [OutgoingRecord]
    let bytes: Int
    let deadline: ContinuousClock.Instant
    let continuation: CheckedContinuation<Result<Void, KafkaError>, Never>
}

/// What tasks and the publisher's thread share.
/// @unchecked: every mutable property is read and written only with `condition` locked.
final class PublisherCore: @unchecked Sendable {
    private let condition = NSCondition()
    private let limits: AcknowledgedPublisher.Limits
    private var queued: [PublisherJob] = []
    private var records = 0
    private var bytes = 0
    private var stopping = false
    private var ended = false
    private var stopWaiters: [CheckedContinuation<Void, Never>] = []

    init(limits: AcknowledgedPublisher.Limits) { self.limits = limits }

    var waiting: (records: Int, bytes: Int) { condition.withLock { (records, bytes) } }

    func submit(
        _ new: [OutgoingRecord], _ deadline: ContinuousClock.Instant,
        _ continuation: CheckedContinuation<Result<Void, KafkaError>, Never>
    ) {
        let size = new.reduce(0) { $0 + $1.byteCount }
        let refusal: KafkaError? = condition.withLock {
            if stopping { return .closed }
            guard records + new.count <= limits.records, bytes + size <= limits.bytes else {
                return KafkaError(.queueFull, "\(records) records, \(bytes) bytes wait for acknowledgement")
            }
            records += new.count
            bytes += size
            queued.append(PublisherJob(records: new, bytes: size, deadline: deadline, continuation: continuation))
            condition.signal()
            return nil
        }
        if let refusal { continuation.resume(returning: .failure(refusal)) }
    }

    /// New jobs; waits for one when `idle`. Nil: stopped and nothing left.
    func next(idle: Bool) -> [PublisherJob]? {
        condition.withLock {
            while idle, queued.isEmpty, !stopping { condition.wait() }
            if idle, queued.isEmpty { return nil }
            defer { queued.removeAll() }
            return queued
        }
    }

    func finished(_ job: PublisherJob, _ error: KafkaError?) {
        condition.withLock {
            records -= job.records.count
            bytes -= job.bytes
        }
        job.continuation.resume(returning: error.map { .failure($0) } ?? .success(()))
    }

    func stop(_ continuation: CheckedContinuation<Void, Never>?) {
        let over = condition.withLock {
            stopping = true
            condition.signal()
            if !ended, let continuation { stopWaiters.append(continuation) }
            return ended
        }
        if over { continuation?.resume() }
    }

    func threadEnded() {
        let waiters = condition.withLock {
            stopping = true
            ended = true
            defer { stopWaiters.removeAll() }
            return stopWaiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// The publisher's thread: sends jobs as they come and answers each by its own reports and deadline.
final class PublisherLoop {
    private struct Open {
        let job: PublisherJob
        var left: Int
    }

    private let core: PublisherCore
    private let producer: Producer
    private var open: [UInt: Open] = [:]
    private var lastTag: UInt = 0

    private init(_ core: PublisherCore, _ producer: Producer) {
        self.core = core
        self.producer = producer
    }

    static func run(_ core: PublisherCore, _ configuration: KafkaConfiguration) {
        defer { core.threadEnded() }
        do throws(KafkaError) {
            let producer = try Producer(configuration: configuration)
            let loop = PublisherLoop(core, producer)
            producer.onReport = { [weak loop] tag, error in loop?.reported(tag, error) }
            loop.run()
            producer.close()
        } catch {
            // Answer whoever waits, until `stop`.
            while let jobs = core.next(idle: true) {
                for job in jobs { core.finished(job, error) }
            }
        }
    }

    private func run() {
        while let jobs = core.next(idle: open.isEmpty) {
            for job in jobs { send(job) }
            producer.serve(milliseconds: 5)
            if let fatal = producer.fatalError { failAll(fatal) }
            expire()
        }
    }

    private func send(_ job: PublisherJob) {
        lastTag &+= 1
        let tag = lastTag
        open[tag] = Open(job: job, left: job.records.count)
        for record in job.records {
            let left = job.deadline - .now
            guard left > .zero else { return finish(tag, KafkaError(.timedOut, "no room before the time-out")) }
            do throws(KafkaError) {
                let rebuilds = producer.counters.rebuilds
                try producer.send(record, tag: tag, within: left)
                if producer.counters.rebuilds != rebuilds {
                    failAll(KafkaError(.fatal, "the producer was made anew", isRetriable: true), except: tag)
                }
            } catch { return finish(tag, error) }
        }
    }

    private func reported(_ tag: UInt, _ error: KafkaError?) {
        guard var entry = open[tag] else { return }
        if let error { return finish(tag, error) }
        entry.left -= 1
        if entry.left == 0 { finish(tag, nil) } else { open[tag] = entry }
    }

    private func finish(_ tag: UInt, _ error: KafkaError?) {
        if let entry = open.removeValue(forKey: tag) { core.finished(entry.job, error) }
    }

    private func failAll(_ error: KafkaError, except: UInt? = nil) {
        for tag in open.keys where tag != except { finish(tag, error) }
    }

    private func expire() {
        let now = ContinuousClock.now
        for (tag, entry) in open where entry.job.deadline <= now {
            let cause = producer.lastTrouble.map { ": \($0.reason)" } ?? ""
            finish(tag, KafkaError(.timedOut, "\(entry.left) records not acknowledged in time\(cause)"))
        }
    }
}
