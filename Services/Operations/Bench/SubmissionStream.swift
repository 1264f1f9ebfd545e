import Foundation
import Kafka
import Synchronization

/// Publishes submissions from a thread of its own: at a steady rate, or all at once.
final class SubmissionStream: Sendable {
    private let stopping = Mutex(false)
    private let failure = Mutex<String?>(nil)
    private let published = Mutex(0)
    private let ended = DispatchSemaphore(value: 0)

    /// Records sent so far.
    var sent: Int { published.withLock { $0 } }

    /// `perSecond` nil: as fast as Kafka takes them. The records are made before, so that this costs little beside what
    /// is measured.
    init(_ records: [OutgoingRecord], perSecond: Double?, bootstrap: String) {
        let thread = Thread { [self] in
            do { try run(records, perSecond, bootstrap) } catch { failure.withLock { $0 = "\(error)" } }
            ended.signal()
        }
        thread.name = "submissions"
        thread.start()
    }

    private func run(_ records: [OutgoingRecord], _ perSecond: Double?, _ bootstrap: String) throws {
        let producer = try Producer(
            configuration: .producer(bootstrapServers: bootstrap, profile: .embeddedBroker, log: { _, _, _ in }))
        defer { producer.close() }
        let start = ContinuousClock.now
        for (number, record) in records.enumerated() {
            if let perSecond, number % 32 == 0 {
                while Double(number) / perSecond > (ContinuousClock.now - start).inSeconds, !isStopping {
                    producer.serve(milliseconds: 2)
                }
            }
            if isStopping { break }
            try producer.send(record)
            published.withLock { $0 = number + 1 }
        }
        try producer.awaitAcknowledgements(within: .seconds(60))
    }

    private var isStopping: Bool { stopping.withLock { $0 } }

    /// Ends it, or waits for its end; everything sent is then in Kafka.
    func finish(now: Bool) throws {
        if now { stopping.withLock { $0 = true } }
        ended.wait()
        if let reason = failure.withLock({ $0 }) { throw OperationsError("publishing submissions: \(reason)") }
    }
}
