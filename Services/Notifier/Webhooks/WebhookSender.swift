import Dispatch
import Foundation
import PerisaiModels
import Postgres
import Synchronization
import Worker

/// Posts answers to the permit offices and notices to the banks, on a thread and a connection of its own; every notifier process runs one.
///
/// An attempt is written down before the post leaves and its end after it: a process that dies in between leaves a
/// lease, and when that is over the same answer is posted again under the same id. An office gets each answer at least
/// once, and the answers of one application in their order: a later one waits while an earlier one is still tried.
public final class WebhookSender: Sendable {
    private struct State {
        /// When the posts in hand are left to the next process, once this one is told to end.
        var lastMoment: ContinuousClock.Instant?
        /// Posts in hand by office, until their end is in the database.
        var busy: [String: Int] = [:]
        /// Attempts in a row without an answer; an office that answers is left out.
        var silent: [String: Int] = [:]
        var results: [WebhookResult] = []

        var inHand: Int { busy.values.reduce(0, +) }

        mutating func settle(_ result: WebhookResult) {
            let office = result.post.subscriber.text
            let left = busy[office, default: 1] - 1
            busy[office] = left > 0 ? left : nil
            let isSilent = result.status == nil && result.outcome != .hostNotAgreed
            silent[office] = isSilent ? silent[office, default: 0] + 1 : nil
        }
    }

    /// After so many posts in a row without any answer an office gets one at a time.
    private static let silentLimit = 3

    private let settings: WebhookSettings
    private let offices: WebhookOffices
    private let log: Deliverer.Log
    private let now: @Sendable () -> Int64
    private let client: WebhookClient
    private let executor = QueueExecutor(label: "notifier.webhooks")
    private let state = Mutex(State())
    private let thread: DeliveryThread
    public let counts: WebhookCounts

    /// - Parameters:
    ///   - connection: with the notifier's schema as search path.
    ///   - now: unix seconds, for the signatures.
    init(
        _ settings: WebhookSettings, offices: WebhookOffices, connection: ConnectionSettings,
        counts: WebhookCounts = WebhookCounts(), now: @escaping @Sendable () -> Int64 = { Int64(time(nil)) },
        log: @escaping Deliverer.Log = { _ in }
    ) {
        self.settings = settings
        self.offices = offices
        self.counts = counts
        self.now = now
        self.log = log
        thread = DeliveryThread(
            name: "webhooks", connection: connection, pollInterval: settings.pollInterval, log: log)
        client = WebhookClient(timeout: settings.timeout, concurrency: settings.concurrency)
    }

    /// Starts the thread; does nothing the second time.
    public func start() {
        thread.start(
            turn: { [self] in try turn($0) }, mayEnd: { [self] in mayEnd() }, atEnd: { [client] in client.close() })
    }

    /// Takes nothing new from now on; `stop` waits for the end.
    public func beginStopping() { thread.beginStopping() }

    /// Finishes the posts in hand and ends the thread, at most `deadline`, after which they are left to the next
    /// process. Returns whether it ended in time.
    @discardableResult
    public func stop(within deadline: Duration = .seconds(20)) -> Bool { thread.stop(within: deadline) }

    private var inHand: Int { state.withLock(\.inHand) }

    /// A process that is told to end has the length of one post for those in hand, and not too long.
    private func mayEnd() -> Bool {
        state.withLock { state in
            let last = state.lastMoment ?? ContinuousClock.now + min(settings.timeout + .seconds(1), .seconds(12))
            state.lastMoment = last
            return state.inHand == 0 || ContinuousClock.now >= last
        }
    }

    /// Writes down what has come back, and sends what is due. With posts under way and nothing else to do it waits for
    /// one of them. False when nothing is in hand and nothing was due.
    func turn(_ connection: Connection) throws -> Bool {
        let results = state.withLock { state in
            defer { state.results = [] }
            return state.results
        }
        if !results.isEmpty {
            do { try finish(results, on: connection) } catch {
                // They stay in hand: the database may be back before their leases are over.
                state.withLock { $0.results += results }
                throw error
            }
        }
        let posts = thread.isStopping ? [] : try claim(on: connection)
        for post in posts { launch(post) }
        guard posts.isEmpty, results.isEmpty else { return true }
        guard inHand > 0 else { return false }
        thread.pause(settings.pollInterval)
        return true
    }

    func claim(on connection: Connection) throws -> [WebhookPost] {
        let (limit, free) = state.withLock { state in
            var free: [String: Int] = [:]
            for office in Set(state.busy.keys).union(state.silent.keys) {
                let usual = (try? WebhookSubscriber(office))?.isBank == true ? settings.perBank : settings.perOffice
                let most = state.silent[office, default: 0] >= Self.silentLimit ? 1 : usual
                free[office] = max(0, most - state.busy[office, default: 0])
            }
            return (settings.concurrency - state.inHand, free)
        }
        return try WebhookStore.claim(
            limit: limit, perOffice: settings.perOffice, perBank: settings.perBank, free: free,
            lease: settings.claimLease, on: connection)
    }

    private func launch(_ post: WebhookPost) {
        state.withLock { $0.busy[post.subscriber.text, default: 0] += 1 }
        Task(executorPreference: executor) {
            let result = await self.attempt(post)
            self.state.withLock { $0.results.append(result) }
            self.thread.wake()
        }
    }

    /// One post and its answer.
    func attempt(_ post: WebhookPost) async -> WebhookResult {
        guard let target = offices.target(of: post.url, for: post.subscriber) else {
            return WebhookResult(post: post, outcome: .hostNotAgreed, status: nil, detail: nil, duration: .zero)
        }
        let started = ContinuousClock.now
        let answer = await client.post(post, to: target, timestamp: now())
        return WebhookResult(
            post: post, outcome: answer.outcome, status: answer.status, detail: answer.detail,
            duration: ContinuousClock.now - started)
    }

    private func finish(_ results: [WebhookResult], on connection: Connection) throws {
        let ends = results.map { result in
            let next = WebhookNext(
                result.outcome, tries: result.post.tries, age: result.post.age + result.duration,
                spread: Double.random(in: 0...1), settings)
            return (result: result, next: next)
        }
        let mine = try WebhookStore.finish(ends, on: connection)
        if mine.count < results.count { log("an answer was taken over by another process before its end was written") }
        state.withLock { state in
            for result in results { state.settle(result) }
        }
        for (result, next) in ends where mine.contains(result.post.id) { counts.count(next) }
    }
}

/// Webhooks of this process by what became of them, for the metrics.
public final class WebhookCounts: Sendable {
    private let counters = Mutex<[WebhookState: Counter]>([:])

    private enum WebhookState: String, CaseIterable { case delivered, failed, retried }

    public init() {}

    /// Shows the counts, and how many offices and banks there are: none means that webhooks are off.
    public func show(in registry: MetricsRegistry, _ agreed: WebhookOffices?) {
        registry.gauge("perisai_webhook_offices", help: "Offices that webhooks are agreed with").set(
            agreed?.offices.count ?? 0)
        registry.gauge("perisai_webhook_banks", help: "Banks that webhooks are agreed with").set(
            agreed?.banks.count ?? 0)
        counters.withLock { counters in
            for state in WebhookState.allCases {
                counters[state] = registry.counter(
                    "perisai_webhook_attempts_total", help: "Attempts to post an answer to a permit office or bank",
                    labels: [("outcome", state.rawValue)])
            }
        }
    }

    func count(_ next: WebhookNext) {
        let state: WebhookState =
            switch next {
            case .delivered: .delivered
            case .failed: .failed
            case .again: .retried
            }
        counters.withLock { $0[state] }?.add()
    }
}
