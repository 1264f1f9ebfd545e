import Dispatch
import Foundation
import Postgres
import Synchronization

/// A thread that takes what is due from the database, turn after turn, on a connection of its own: reconnects, waits
/// longer with each failure in a row, and ends when it is asked to.
final class DeliveryThread: Sendable {
    private struct State {
        var isStopping = false
        var isStarted = false
    }

    private let name: String
    private let connectionSettings: ConnectionSettings
    private let pollInterval: Duration
    private let log: Deliverer.Log
    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - name: of the thread, and in the log.
    ///   - pollInterval: how long to wait when nothing was due.
    init(name: String, connection: ConnectionSettings, pollInterval: Duration, log: @escaping Deliverer.Log) {
        self.name = name
        connectionSettings = connection
        self.pollInterval = pollInterval
        self.log = log
    }

    var isStopping: Bool { state.withLock(\.isStopping) }

    /// Starts the thread; does nothing the second time.
    /// - Parameters:
    ///   - turn: one turn; false when nothing was due.
    ///   - mayEnd: whether nothing is in hand any more, once the thread is asked to end.
    ///   - atEnd: closes what the turns have used.
    func start(
        turn: @escaping @Sendable (Connection) throws -> Bool, mayEnd: @escaping @Sendable () -> Bool = { true },
        atEnd: @escaping @Sendable () -> Void
    ) {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else { return }
        let thread = Thread { [self] in
            run(turn, mayEnd)
            atEnd()
            ended.signal()
        }
        thread.name = name
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Asks for the end; `stop` waits for it.
    func beginStopping() {
        state.withLock { $0.isStopping = true }
        wake()
    }

    /// At most `deadline`. Returns whether it ended in time.
    func stop(within deadline: Duration) -> Bool {
        beginStopping()
        guard state.withLock(\.isStarted) else { return true }
        guard ended.wait(timeout: .now() + .milliseconds(Int(deadline.milliseconds))) == .success else { return false }
        ended.signal()  // for whoever stops it once more
        return true
    }

    /// Ends a pause.
    func wake() { wakeUp.signal() }

    /// Until something wakes the thread, at most so long.
    func pause(_ duration: Duration) {
        _ = wakeUp.wait(timeout: .now() + .milliseconds(Int(duration.milliseconds)))
    }

    private func run(_ turn: (Connection) throws -> Bool, _ mayEnd: () -> Bool) {
        var connection: Connection?
        var failures = 0
        while !(isStopping && mayEnd()) {
            do {
                let usable = try connection ?? Connection(connectionSettings)
                if !usable.isUsable { try usable.reconnect() }
                connection = usable
                let didWork = try turn(usable)
                failures = 0
                if !didWork { pause(pollInterval) }
            } catch {
                connection?.rollbackIfNeeded()
                failures += 1
                log("\(name) pauses: \(error)")
                pause(.milliseconds(min(10_000, 100 << min(failures, 7))))
            }
        }
        connection?.close()
    }
}
