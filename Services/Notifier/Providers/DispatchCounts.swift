import PerisaiModels
import Postgres
import Synchronization
import Worker

/// Exchanges with providers and receipts of this process, for the metrics.
public final class DispatchCounts: Sendable {
    private struct State {
        var registry: MetricsRegistry?
        var queue: [(channel: String, count: Double)] = []
        var breakers: [(provider: String, isOpen: Bool)] = []
        var readAt: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    public init() {}

    /// Shows them.
    public func show(in registry: MetricsRegistry) {
        state.withLock { $0.registry = registry }
        registry.gauges(
            "perisai_notifier_queued", help: "Messages that wait for a provider, counted up to 10,000",
            labelNames: ["channel"]
        ) { [self] in state.withLock { $0.queue.map { ([$0.channel], $0.count) } } }
        registry.gauges(
            "perisai_notifier_breaker_open", help: "1: nothing is sent through the provider but trials",
            labelNames: ["provider"]
        ) { [self] in state.withLock { $0.breakers.map { ([$0.provider], $0.isOpen ? 1 : 0) } } }
    }

    func count(_ result: DispatchResult) {
        guard let registry = state.withLock(\.registry) else { return }
        registry.counter(
            "perisai_notifier_attempts_total", help: "Exchanges with providers by what came of them",
            labels: [
                ("provider", result.job.provider), ("action", result.job.action.rawValue), ("outcome", result.word),
            ]
        ).add()
        registry.histogram(
            "perisai_notifier_attempt_seconds", help: "Time of exchanges with providers",
            labels: [("provider", result.job.provider)]
        ).observe(result.duration)
    }

    func count(_ status: ReceiptStatus, _ effect: ReceiptEffect, provider: String) {
        state.withLock(\.registry)?.counter(
            "perisai_notifier_receipts_total", help: "Reports of providers by status and by what they did",
            labels: [("provider", provider), ("status", status.rawValue), ("effect", effect.rawValue)]
        ).add()
    }

    /// Reports that were not believed, or could not be read.
    func countRefused(provider: String, reason: String) {
        state.withLock(\.registry)?.counter(
            "perisai_notifier_receipts_refused_total", help: "Requests with receipts that were refused",
            labels: [("provider", provider), ("reason", reason)]
        ).add()
    }

    private static let interval: Duration = .seconds(5)
    /// Counts no further than a screen can tell apart: a million waiting messages cost nothing.
    private static let queueStatement = Statement(
        "notifier_dispatch_queue",
        """
        SELECT u.channel, (SELECT count(*) FROM (
            SELECT FROM unnest($2::text[]) AS w(wave)
            CROSS JOIN LATERAL (
                SELECT FROM message AS m WHERE m.state = 'queued' AND m.lane = u.channel || ':' || w.wave
                LIMIT 10000) AS q
            LIMIT 10000) AS c)
        FROM unnest($1::text[]) AS u(channel)
        """)
    private static let breakerStatement = Statement(
        "notifier_dispatch_breakers", "SELECT name, open_until IS NOT NULL FROM provider WHERE name = ANY($1::text[])")

    /// Looks at the queue and the breakers, at most every five seconds and where somebody looks at the metrics.
    func look(_ providers: ProviderSet, on connection: Connection) throws {
        let isDue = state.withLock { state in
            guard state.registry != nil else { return false }
            if let last = state.readAt, ContinuousClock.now - last < Self.interval { return false }
            state.readAt = ContinuousClock.now
            return true
        }
        guard isDue else { return }
        let queue = try connection.query(
            Self.queueStatement,
            Parameters {
                $0.append(providers.channels.map(\.rawValue))
                $0.append(Wave.allCases.map(\.rawValue))
            })
        let breakers = try connection.query(
            Self.breakerStatement, Parameters { $0.append(providers.providers.map(\.name)) })
        let counts = try (0..<queue.rowCount).map { (try queue.text($0, 0), Double(try queue.int64($0, 1))) }
        let opens = try (0..<breakers.rowCount).map { (try breakers.text($0, 0), try breakers.bool($0, 1)) }
        state.withLock { state in
            state.queue = counts
            state.breakers = opens
        }
    }
}
