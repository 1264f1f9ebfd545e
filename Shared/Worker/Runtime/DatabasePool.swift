import Dispatch
import Foundation
import Postgres
import Synchronization

/// Lets tasks use PostgreSQL without blocking: each connection has a thread of its own, what waits is bounded, and every
/// wait ends at its deadline.
public final class DatabasePool: Sendable {
    public enum Fault: Error, Sendable {
        /// As many calls wait as may.
        case busy
        case timedOut
        case closed
    }

    private let core: PoolCore
    private let deadline: Duration

    /// - Parameters:
    ///   - name: of the threads.
    ///   - waiting: most calls that wait.
    ///   - deadline: bounds the waiting and the work of each call together.
    public init(
        _ settings: ConnectionSettings, name: String = "database", connections: Int, waiting: Int, deadline: Duration
    ) {
        var settings = settings
        let milliseconds = max(100, Int(deadline / .milliseconds(1)))
        settings.statementTimeoutMilliseconds = milliseconds
        settings.lockTimeoutMilliseconds = milliseconds
        settings.connectTimeoutSeconds = max(1, milliseconds / 1_000)
        self.deadline = deadline
        core = PoolCore(threads: connections, waiting: waiting)
        for index in 0..<connections {
            let loop = PoolLoop(core: core, settings: settings, index: index)
            let thread = Thread { loop.run() }
            thread.name = "\(name)-\(index)"
            thread.start()
        }
    }

    deinit { core.stop() }

    /// Runs `body` on a connection. After the loss of a connection it is run a second time on a new one, so it must do
    /// its work in one transaction that may be repeated.
    public func run<Value: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
        let core = core
        let deadline = deadline
        let outcome = Outcome<Value>()
        return try await withCheckedThrowingContinuation { continuation in
            outcome.wait(continuation)
            let job = PoolJob(
                isOpen: { outcome.isOpen }, fail: { outcome.finish(.failure($0)) },
                perform: { connection in outcome.finish(.success(try body(connection))) })
            if let fault = core.submit(job) {
                outcome.finish(.failure(fault))
                return
            }
            let milliseconds = Int(deadline / .milliseconds(1))
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak job] in
                guard let job, outcome.isOpen else { return }
                outcome.finish(.failure(Fault.timedOut))
                core.abandon(job)
            }
        }
    }

    /// Ends the threads once what waits is done; calls that come later fail.
    public func stop() { core.stop() }
}

/// The one answer of a call: the first wins.
private final class Outcome<Value: Sendable>: Sendable {
    private let waiting = Mutex<CheckedContinuation<Value, any Error>?>(nil)

    var isOpen: Bool { waiting.withLock { $0 != nil } }
    func wait(_ continuation: CheckedContinuation<Value, any Error>) { waiting.withLock { $0 = continuation } }

    func finish(_ result: Result<Value, any Error>) {
        let continuation = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        continuation?.resume(with: result)
    }
}

private final class PoolJob: Sendable {
    let isOpen: @Sendable () -> Bool
    let fail: @Sendable (any Error) -> Void
    let perform: @Sendable (Connection) throws -> Void

    init(
        isOpen: @escaping @Sendable () -> Bool, fail: @escaping @Sendable (any Error) -> Void,
        perform: @escaping @Sendable (Connection) throws -> Void
    ) {
        self.isOpen = isOpen
        self.fail = fail
        self.perform = perform
    }
}

/// What tasks and the threads share. Threads sleep on the semaphore, which has a signal for each job and, once stopped,
/// one more for each thread.
private final class PoolCore: Sendable {
    private struct State {
        var queue: [PoolJob] = []
        var running: [(job: PoolJob, cancel: CancelHandle)?]
        var isStopped = false
    }

    private let waiting: Int
    private let threads: Int
    private let state: Mutex<State>
    private let arrived = DispatchSemaphore(value: 0)

    init(threads: Int, waiting: Int) {
        self.waiting = waiting
        self.threads = threads
        state = Mutex(State(running: Array(repeating: nil, count: threads)))
    }

    func submit(_ job: PoolJob) -> DatabasePool.Fault? {
        let fault = state.withLock { state -> DatabasePool.Fault? in
            guard !state.isStopped else { return .closed }
            guard state.queue.count < waiting else { return .busy }
            state.queue.append(job)
            return nil
        }
        if fault == nil { arrived.signal() }
        return fault
    }

    /// The next call that still waits for an answer; nil once stopped and empty.
    func next() -> PoolJob? {
        while true {
            arrived.wait()
            let (job, isOver) = state.withLock { state -> (PoolJob?, Bool) in
                while !state.queue.isEmpty {
                    let job = state.queue.removeFirst()
                    if job.isOpen() { return (job, false) }
                }
                return (nil, state.isStopped)
            }
            if job != nil || isOver { return job }
        }
    }

    func begin(_ job: PoolJob, _ cancel: CancelHandle, on thread: Int) {
        state.withLock { $0.running[thread] = (job, cancel) }
    }

    func end(on thread: Int) { state.withLock { $0.running[thread] = nil } }

    /// Cuts the connection that the call still runs on, so that its thread is free again even if the server hangs.
    func abandon(_ job: PoolJob) {
        state.withLock { state in
            for entry in state.running where entry?.job === job { entry?.cancel.abandon() }
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        for _ in 0..<threads { arrived.signal() }
    }
}

/// One thread and its connection, which is opened when it is first needed and again after a failure.
private struct PoolLoop: Sendable {
    let core: PoolCore
    let settings: ConnectionSettings
    let index: Int

    func run() {
        var connection: Connection?
        while let job = core.next() {
            for attempt in 0...1 {
                do {
                    let open = try connection ?? Connection(settings)
                    connection = open
                    core.begin(job, open.cancelHandle, on: index)
                    defer { core.end(on: index) }
                    // From here on the deadline cuts the connection. If it passed before, as while the connection was
                    // opened, it found nothing to cut: what the caller was told has failed must not be done.
                    guard job.isOpen() else { break }
                    try job.perform(open)
                    break
                } catch {
                    let isLost = (error as? PostgresError)?.kind == .connection
                    if isLost || connection?.rollbackIfNeeded() != true {
                        connection?.close()
                        connection = nil
                    }
                    guard isLost, attempt == 0, job.isOpen() else {
                        job.fail(error)
                        break
                    }
                }
            }
        }
        connection?.close()
    }
}
