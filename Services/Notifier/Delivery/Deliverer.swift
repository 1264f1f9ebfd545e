import PerisaiModels
import Postgres

/// Takes messages whose channel no provider serves into files, on a thread and a connection of its own; every notifier
/// process runs one.
///
/// Each message goes out once: a batch is written down with its messages before anything leaves, and a batch whose
/// process has died is taken over with the same messages under the same id.
public final class Deliverer: Sendable {
    /// Tells of trouble; texts hold no personal data.
    public typealias Log = @Sendable (String) -> Void

    private let settings: NotifierSettings
    private let outbox: FileOutbox
    private let now: @Sendable () -> Instant
    private let log: Log
    private let thread: DeliveryThread
    /// - Parameters:
    ///   - connection: with the notifier's schema as search path.
    ///   - now: for the quiet hours.
    /// - Throws: `DeliveryError` when the outbox directory cannot be used.
    public init(
        _ settings: NotifierSettings, connection: ConnectionSettings,
        now: @escaping @Sendable () -> Instant = WallClock.now, log: @escaping Log = { _ in }
    ) throws {
        self.settings = settings
        self.now = now
        self.log = log
        outbox = try FileOutbox(directory: settings.outboxDirectory)
        thread = DeliveryThread(
            name: "delivery", connection: connection, pollInterval: settings.pollInterval, log: log)
    }

    /// Starts the thread; does nothing the second time.
    public func start() { thread.start(turn: { [self] in try step($0) }, atEnd: {}) }

    /// Finishes the batch in hand and ends the thread; at most `deadline`, after which the batch is
    /// left to the next process. Returns whether it ended in time.
    @discardableResult
    public func stop(within deadline: Duration = .seconds(20)) -> Bool { thread.stop(within: deadline) }

    /// Looks for messages now instead of at the next poll.
    public func wake() { thread.wake() }

    /// One batch; false when nothing was due.
    func step(_ connection: Connection) throws -> Bool {
        guard let claim = try claim(on: connection) else { return false }
        do { try outbox.deliver(claim.messages, batch: claim.batch) } catch {
            // It may have left all the same: the batch must stay together under its id.
            try DeliveryStore.postpone(claim, by: settings.backoff * 4, on: connection)
            throw error
        }
        _ = try finish(claim, on: connection)
        return true
    }

    func claim(on connection: Connection) throws -> Claim? {
        let lanes = Lane.open(settings.providers.fileChannels, settings.openWaves(at: now()))
        return try DeliveryStore.claim(
            lanes: lanes, limit: settings.batchMessages, lease: settings.lease, on: connection)
    }

    func finish(_ claim: Claim, on connection: Connection) throws -> Bool {
        guard try DeliveryStore.finish(claim, on: connection) else {
            log("a batch was taken over by another process before it was finished here")
            return false
        }
        return true
    }
}
