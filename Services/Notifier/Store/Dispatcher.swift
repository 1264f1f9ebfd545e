import PerisaiModels
import Postgres
import Synchronization

/// Takes messages to the providers, on a thread and a connection of its own; every notifier process runs one.
///
/// An attempt is written down before the message leaves and its end after it. Where nobody knows what became of a post,
/// because no answer came or the process died over it, the message is bound to its provider and asked about, or waited
/// for; it is never sent again blindly.
public final class Dispatcher: Sendable {
    private struct State {
        /// When what is in hand is left to the next process, once this one is told to end.
        var lastMoment: ContinuousClock.Instant?
        /// By provider, until their end is in the database.
        var busy: [String: Int] = [:]
        var results: [DispatchResult] = []
        var sweptAt: ContinuousClock.Instant?
        var hasLookedForOrphans = false

        var inHand: Int { busy.values.reduce(0, +) }
    }

    private static let sweepInterval: Duration = .seconds(1)

    private let settings: NotifierSettings
    private let adapters: [String: any ProviderAdapter]
    private let store: DispatchStore
    private let finisher: DispatchFinish
    private let sweep: DispatchSweep
    private let now: @Sendable () -> Instant
    private let log: Deliverer.Log
    private let executor = QueueExecutor(label: "notifier.dispatch")
    private let state = Mutex(State())
    private let thread: DeliveryThread
    public let counts: DispatchCounts

    /// - Parameters:
    ///   - connection: with the notifier's schema as search path.
    ///   - adapters: by provider; nil: as the settings say.
    ///   - now: for the quiet hours.
    ///   - spread: 0 to 1, for the waits between attempts.
    init(
        _ settings: NotifierSettings, connection: ConnectionSettings, counts: DispatchCounts = DispatchCounts(),
        adapters: [String: any ProviderAdapter]? = nil, now: @escaping @Sendable () -> Instant = WallClock.now,
        spread: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }, log: @escaping Deliverer.Log = { _ in }
    ) {
        self.settings = settings
        self.counts = counts
        self.now = now
        self.log = log
        let providers = settings.providers.providers
        let made = providers.compactMap { provider in provider.adapter().map { (provider.name, $0) } }
        self.adapters = adapters ?? Dictionary(uniqueKeysWithValues: made)
        store = DispatchStore(settings: settings)
        finisher = DispatchFinish(settings: settings, spread: spread)
        sweep = DispatchSweep(settings: settings)
        thread = DeliveryThread(
            name: "dispatch", connection: connection, pollInterval: settings.pollInterval, log: log)
    }

    /// Starts the thread; does nothing the second time.
    public func start() {
        thread.start(
            turn: { [self] in try turn($0) }, mayEnd: { [self] in mayEnd() },
            atEnd: { [adapters] in for adapter in adapters.values { adapter.close() } })
    }

    /// Takes nothing new from now on; `stop` waits for the end.
    public func beginStopping() { thread.beginStopping() }

    /// Finishes what is in hand and ends the thread, at most `deadline`, after which it is left to the next process.
    /// Returns whether it ended in time.
    @discardableResult
    public func stop(within deadline: Duration = .seconds(20)) -> Bool { thread.stop(within: deadline) }

    private var inHand: Int { state.withLock(\.inHand) }

    /// Until no exchange is under way, whatever becomes of their results.
    func waitForExchanges() {
        while state.withLock({ $0.inHand > $0.results.count }) { thread.pause(settings.pollInterval) }
    }

    /// A process that is told to end has the length of one exchange for those in hand, and not too long.
    private func mayEnd() -> Bool {
        let longest = settings.providers.providers.map(\.timeout).max() ?? .zero
        return state.withLock { state in
            let last = state.lastMoment ?? ContinuousClock.now + min(longest + .seconds(1), .seconds(12))
            state.lastMoment = last
            return state.inHand == 0 || ContinuousClock.now >= last
        }
    }

    /// Writes down what has come back, and sends what is due. With exchanges under way and nothing else to do it waits for
    /// one of them. False when nothing is in hand and nothing was due.
    func turn(_ connection: Connection) throws -> Bool {
        try tellOfOrphans(on: connection)
        let hadResults = try finish(on: connection)
        let jobs = thread.isStopping ? [] : try claim(on: connection)
        for job in jobs { launch(job) }
        let didSweep = try sweepIfDue(on: connection, isIdle: jobs.isEmpty && !hadResults)
        try counts.look(settings.providers, on: connection)
        guard jobs.isEmpty, !hadResults, !didSweep else { return true }
        guard inHand > 0 else { return false }
        thread.pause(settings.pollInterval)
        return true
    }

    private static let orphansStatement = Statement(
        "notifier_dispatch_orphans",
        """
        SELECT (SELECT count(*) FROM message WHERE state = 'unknown' AND provider <> ALL($1::text[]))
            + (SELECT count(*) FROM message
               WHERE state = 'sending' AND batch_id IS NULL AND provider <> ALL($1::text[]))
        """)

    /// Once: messages of providers that are no longer in the file.
    private func tellOfOrphans(on connection: Connection) throws {
        guard !state.withLock(\.hasLookedForOrphans) else { return }
        let names = Parameters { $0.append(settings.providers.providers.map(\.name)) }
        let count = try connection.query(Self.orphansStatement, names).int64(0, 0)
        state.withLock { $0.hasLookedForOrphans = true }
        guard count > 0 else { return }
        log("\(count) messages are in the hands of providers that the file does not name: nobody asks about them")
    }

    func claim(on connection: Connection) throws -> [DispatchJob] {
        let busy = state.withLock(\.busy)
        var free: [String: Int] = [:]
        for provider in settings.providers.providers {
            free[provider.name] = provider.concurrency - busy[provider.name, default: 0]
        }
        return try store.claim(free: free, waves: settings.openWaves(at: now()), on: connection)
    }

    private func launch(_ job: DispatchJob) {
        state.withLock { $0.busy[job.provider, default: 0] += 1 }
        Task(executorPreference: executor) {
            let result = await self.attempt(job)
            self.state.withLock { $0.results.append(result) }
            self.thread.wake()
        }
    }

    /// One exchange.
    func attempt(_ job: DispatchJob) async -> DispatchResult {
        let started = ContinuousClock.now
        // Later than this another process could think us dead before the answer is here, and send it elsewhere.
        guard let adapter = adapters[job.provider], started - job.claimedAt < ProviderSettings.startWithin else {
            return DispatchResult(job: job, outcome: .notBegun, duration: .zero)
        }
        let outcome: DispatchResult.Outcome =
            switch job.action {
            case .send: .send(await adapter.send(job.dispatch))
            case .ask: .ask(await adapter.ask(job.dispatch))
            }
        return DispatchResult(job: job, outcome: outcome, duration: ContinuousClock.now - started)
    }

    private func finish(on connection: Connection) throws -> Bool {
        let results = state.withLock { state in
            defer { state.results = [] }
            return state.results
        }
        guard !results.isEmpty else { return false }
        do { try finish(results, on: connection) } catch {
            // They stay in hand: the database may be back before their leases are over.
            state.withLock { $0.results += results }
            throw error
        }
        state.withLock { state in
            for result in results {
                let left = state.busy[result.job.provider, default: 1] - 1
                state.busy[result.job.provider] = left > 0 ? left : nil
            }
        }
        return true
    }

    /// Writes down what came of exchanges.
    func finish(_ results: [DispatchResult], on connection: Connection) throws {
        let done = try finisher.write(results, on: connection)
        if done.count < results.count {
            log("\(results.count - done.count) exchanges ended after their messages had moved on without them")
        }
        for result in results {
            counts.count(result)
            if case .send(.lockedOut(let reason)) = result.outcome {
                log("provider \(result.job.provider) does not let us in: \(reason)")
            }
        }
    }

    /// Where there is nothing else to do, and from time to time where there always is.
    private func sweepIfDue(on connection: Connection, isIdle: Bool) throws -> Bool {
        let isDue = state.withLock { state in
            if !isIdle, let last = state.sweptAt, ContinuousClock.now - last < Self.sweepInterval { return false }
            state.sweptAt = ContinuousClock.now
            return true
        }
        return isDue ? try sweep.run(on: connection) : false
    }
}
