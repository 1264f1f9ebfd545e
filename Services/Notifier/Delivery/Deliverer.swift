import Postgres
import Synchronization

/// Takes messages to their channel, on a thread and a connection of its own; every notifier process runs one.
///
/// Each message goes out once: a batch is written down with its messages before anything leaves, and a batch whose
/// process has died is taken over with the same messages under the same id.
public final class Deliverer: Sendable {
    /// Tells of trouble; texts hold no personal data.
    public typealias Log = @Sendable (String) -> Void

    private let settings: NotifierSettings
    private let channel: any DeliveryChannel
    private let log: Log
    private let thread: DeliveryThread
    /// Messages sent, failed and tried again since the start, for the metrics.
    public let counts = Counts()

    public final class Counts: Sendable {
        public let sent = Atomic<Int>(0)
        public let failed = Atomic<Int>(0)
        public let retried = Atomic<Int>(0)
    }

    /// - Parameter connection: with the notifier's schema as search path.
    /// - Throws: `DeliveryError` when the outbox directory or the gateway's URL cannot be used.
    public convenience init(
        _ settings: NotifierSettings, connection: ConnectionSettings, log: @escaping Log = { _ in }
    ) throws {
        let channel: any DeliveryChannel
        switch settings.channel {
        case .file: channel = try FileOutbox(directory: settings.outboxDirectory)
        case .http:
            guard let url = settings.gatewayURL else { throw DeliveryError(reason: "no gateway URL is configured") }
            channel = try HTTPGateway(
                url: url, token: settings.token, timeout: settings.timeout, concurrency: settings.concurrency)
        }
        self.init(settings, connection: connection, channel: channel, log: log)
    }

    init(
        _ settings: NotifierSettings, connection: ConnectionSettings, channel: any DeliveryChannel,
        log: @escaping Log = { _ in }
    ) {
        self.settings = settings
        self.channel = channel
        self.log = log
        thread = DeliveryThread(
            name: "delivery", connection: connection, pollInterval: settings.pollInterval, log: log)
    }

    /// Starts the thread; does nothing the second time.
    public func start() { thread.start(turn: { [self] in try step($0) }, atEnd: { [channel] in channel.close() }) }

    /// Finishes the batch in hand, ends the thread and closes the channel; at most `deadline`, after which the batch is
    /// left to the next process. Returns whether it ended in time.
    @discardableResult
    public func stop(within deadline: Duration = .seconds(20)) -> Bool { thread.stop(within: deadline) }

    /// Looks for messages now instead of at the next poll.
    public func wake() { thread.wake() }

    /// One batch; false when nothing was due.
    func step(_ connection: Connection) throws -> Bool {
        guard let claim = try claim(on: connection) else { return false }
        let outcomes: [Outcome]
        do { outcomes = try channel.deliver(claim.messages, batch: claim.batch) } catch {
            // It may have left all the same: the batch must stay together under its id.
            try DeliveryStore.postpone(claim, by: settings.backoff * 4, on: connection)
            throw error
        }
        _ = try finish(claim, outcomes, on: connection)
        return true
    }

    func claim(on connection: Connection) throws -> Claim? {
        try DeliveryStore.claim(
            channel: channel.name, limit: settings.claimLimit, lease: settings.claimLease, on: connection)
    }

    func finish(_ claim: Claim, _ outcomes: [Outcome], on connection: Connection) throws -> Bool {
        let results = zip(claim.messages, outcomes).map { MessageOutcome($1, of: $0, settings) }
        guard try DeliveryStore.finish(claim, results, channel: channel, on: connection) else {
            log("a batch was taken over by another process before it was finished here")
            return false
        }
        for result in results {
            switch result.state {
            case "sent": counts.sent.add(1, ordering: .relaxed)
            case "failed": counts.failed.add(1, ordering: .relaxed)
            default: counts.retried.add(1, ordering: .relaxed)
            }
        }
        return true
    }
}
