import Dispatch
import Foundation
import Postgres
import Synchronization

/// Lets tasks use PostgreSQL without blocking: each connection has a thread of its own, what waits is bounded, and every
/// wait ends at its deadline.
final class DatabasePool: Sendable {
    enum Fault: Error, Sendable {
        /// As many calls wait as may.
        case busy
        case timedOut
        case closed
    }

    private let core: PoolCore
    private let deadline: Duration

    /// `deadline` bounds the waiting and the work of each call together.
    init(_ settings: ConnectionSettings, connections: Int, waiting: Int, deadline: Duration) {
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
            thread.name = "snap-database-\(index)"
            thread.start()
        }
    }

    deinit { core.stop() }

    /// Runs `body` on a connection. After the loss of a connection it is run a second time on a new one, so it must do
    /// its work in one transaction that may be repeated.
    func run<Value: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
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
    func stop() { core.stop() }
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

/// What tasks and the threads share. A condition and not a `Mutex`: threads sleep on it until there is a job.
private final class PoolCore: @unchecked Sendable {  // mutable properties are used only with `condition` locked
    private let condition = NSCondition()
    private let waiting: Int
    private var queue: [PoolJob] = []
    private var running: [(job: PoolJob, cancel: CancelHandle)?]
    private var isStopped = false

    init(threads: Int, waiting: Int) {
        self.waiting = waiting
        running = Array(repeating: nil, count: threads)
    }

    func submit(_ job: PoolJob) -> DatabasePool.Fault? {
        condition.withLock {
            guard !isStopped else { return .closed }
            guard queue.count < waiting else { return .busy }
            queue.append(job)
            condition.signal()
            return nil
        }
    }

    /// The next call that still waits for an answer; nil once stopped and empty.
    func next() -> PoolJob? {
        condition.withLock {
            while true {
                while !queue.isEmpty {
                    let job = queue.removeFirst()
                    if job.isOpen() { return job }
                }
                if isStopped { return nil }
                condition.wait()
            }
        }
    }

    func begin(_ job: PoolJob, _ cancel: CancelHandle, on thread: Int) {
        condition.withLock { running[thread] = (job, cancel) }
    }

    func end(on thread: Int) { condition.withLock { running[thread] = nil } }

    /// Cuts the connection that the call still runs on, so that its thread is free again even if the server hangs.
    func abandon(_ job: PoolJob) {
        condition.withLock {
            for entry in running where entry?.job === job { entry?.cancel.abandon() }
        }
    }

    func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
        }
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
