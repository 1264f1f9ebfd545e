import Foundation
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing
import Worker

@testable import Notifier

/// A database with messages for providers, written without events.
struct ProviderRig {
    static let secret = "secret-of-the-gateway-0123456789abcdef"

    let connection: Connection
    let applier: BatchApplier<NotifierService>
    var settings: NotifierSettings

    init(_ name: String, _ providers: [ProviderSettings], change: (inout NotifierSettings) -> Void = { _ in }) throws {
        connection = try Connection(try Database.make(name))
        applier = try BatchApplier(service: try Database.service(), connection: connection)
        settings = NotifierSettings()
        settings.providers = ProviderSet(providers: providers)
        settings.providers.breaker.failures = 1_000
        settings.backoff = .zero
        settings.pollInterval = .milliseconds(20)
        settings.quietHours = nil
        change(&settings)
    }

    func dispatcher(now: @escaping @Sendable () -> Instant = WallClock.now) -> Dispatcher {
        Dispatcher(settings, connection: connection.settings, now: now)
    }

    /// Queues messages with the bodies `prefix-0` and so on.
    func queue(
        _ count: Int, _ prefix: String = "m", channel: MessageChannel = .sms, fallback: [String] = [],
        wave: Wave = .now, expiresOn: String? = nil
    ) throws {
        let rest = fallback.isEmpty ? "'{}'" : "ARRAY[\(fallback.map { "'\($0)'" }.joined(separator: ","))]"
        _ = try connection.execute(
            """
            INSERT INTO message (message_id, event_key, kind, recipient_kind, recipient_ref, title, short, body, state,
                channel, address, name, fallback, wave, queued_at, expires_on)
            SELECT gen_random_uuid(), gen_random_uuid(), 'receipt', 'participant', 'participant:' || i, 'Judul',
                '\(prefix)-' || i, '\(prefix)-' || i, 'queued', '\(channel.rawValue)', '+6281200' || 10000 + i, 'Budi',
                \(rest), '\(wave.rawValue)', now(), \(expiresOn.map { "'\($0)'" } ?? "NULL")
            FROM generate_series(0, \(count - 1)) AS i
            """)
    }

    /// Until nothing is due and nothing is in hand.
    func run(_ dispatcher: Dispatcher) throws {
        while try dispatcher.turn(connection) {}
    }

    /// What was waited for is over: leases, pauses, and the time before an outcome is asked for.
    func passTime() throws {
        _ = try connection.execute(
            """
            UPDATE message SET next_attempt_at = now() - interval '1 second',
                lease_until = lease_until - interval '1 day'
            WHERE state IN ('queued', 'unknown', 'sending')
            """)
        _ = try connection.execute(
            "UPDATE provider SET open_until = now() - interval '1 second' WHERE open_until IS NOT NULL")
    }

    /// `body|state|channel|provider|reason` by body.
    func states(_ columns: String = "body, state, channel, coalesce(provider, '-'), coalesce(reason, '-')") throws
        -> [String]
    {
        try connection.texts("SELECT concat_ws('|', \(columns)) FROM message ORDER BY body")
    }

    /// `action|provider|outcome` in their order.
    func attempts() throws -> [String] {
        try connection.texts(
            "SELECT concat_ws('|', action, provider, coalesce(outcome, '-')) FROM attempt ORDER BY message_id, number")
    }

    func dispatchIDs() throws -> [UUID] {
        try connection.texts("SELECT dispatch_id::text FROM message ORDER BY body").compactMap { UUID(uuidString: $0) }
    }

    func apply(
        _ receipts: [Receipt], from name: String
    ) throws -> [ReceiptEffect] {
        let provider = try #require(settings.providers.providers.first { $0.name == name })
        return try ReceiptStore(provider: provider, settings: settings).apply(receipts, on: connection).map(\.effect)
    }
}

extension ProviderSettings {
    /// A gateway of a test; whether it can be asked.
    static func test(
        _ name: String, _ gateway: FakeGateway, channel: MessageChannel = .sms, isAsked: Bool = true,
        change: (inout ProviderSettings) -> Void = { _ in }
    ) -> ProviderSettings {
        var settings = ProviderSettings(name, channel: channel, kind: .gateway)
        settings.url = gateway.url
        settings.token = .text("token-of-\(name)")
        settings.statusURL = isAsked ? gateway.origin + "/status" : nil
        settings.timeout = .seconds(20)
        settings.settle = .seconds(3_600)
        settings.receiptSecrets = [ProviderRig.secret]
        change(&settings)
        return settings
    }
}
