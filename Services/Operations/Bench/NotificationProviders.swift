import Dispatch
import Foundation
import PerisaiModels
import Postgres

/// The notifier's settings of a benchmark: a file of providers on this machine, any hour, no digests.
struct NotificationProviders {
    struct Provider {
        let name: String
        let channel: MessageChannel
        let port: Int
        var ratePerSecond: Int?
        /// Messages at a time.
        var concurrency = 256

        fileprivate var json: String {
            let rate = ratePerSecond.map { #", "rate_per_second": \#($0)"# } ?? ""
            return """
                {"name": "\(name)", "channel": "\(channel.rawValue)", "kind": "gateway",
                 "url": "http://127.0.0.1:\(port)/messages", "insecure": true, "token": "bench-of-messages",
                 "status_url": "http://127.0.0.1:\(port)/messages", "repeats": "never", "settle_seconds": 1,
                 "timeout_ms": 1000, "concurrency": \(concurrency)\(rate)}
                """
        }
    }

    private let file: String

    init(directory: String, _ providers: [Provider]) throws {
        file = directory + "/providers.json"
        let text = "{\"providers\": [\(providers.map(\.json).joined(separator: ",\n"))]}\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    }

    var environment: [String: String] {
        [
            "PERISAI_NOTIFIER_PROVIDERS_FILE": file, "PERISAI_NOTIFIER_HOURS": "any",
            "PERISAI_NOTIFIER_DIGEST_AFTER": "0s",
        ]
    }
}

/// Messages that stand in the queue without events, made by the database itself.
struct NotificationQueue {
    let connection: Connection

    /// Adds messages of a channel, to addresses that are no one's. `kind` tells them apart from others.
    func add(_ count: Int, on channel: MessageChannel, kind: String = "receipt") throws {
        guard count > 0 else { return }
        try connection.execute(
            """
            INSERT INTO message (message_id, event_key, kind, recipient_kind, recipient_ref, purpose, template, title,
                short, body, state, channel, address, name, language, queued_at)
            SELECT gen_random_uuid(), gen_random_uuid(), '\(kind)', 'participant', 'participant:' || (18020000001 + i),
                'payments', '\(kind)/id/1', 'Iuran diterima',
                'Iuran Rp36.800 KPJ ' || (18020000001 + i) || ' diterima. Terlindungi s.d. 31 Okt 2026.',
                repeat('Iuran Rp36.800 untuk bulan Oktober 2026 diterima. ', 4), 'queued', '\(channel.rawValue)',
                '+62812' || (10000000 + i % 90000000), 'Ni Wayan Sari', 'id', now()
            FROM generate_series(1, \(count)) AS i
            """)
    }

    /// Adds messages at an even rate, for so many seconds. A timer of the system rings for each turn.
    /// - Parameters:
    ///   - rate: messages a second.
    ///   - turn: called with the seconds since the start before each addition, and once when they are over.
    /// - Returns: the messages added.
    @discardableResult
    func add(
        at rate: Double, on channel: MessageChannel, kind: String, for seconds: Double,
        turn: (Double) throws -> Void = { _ in }
    ) throws -> Int {
        let bell = DispatchSemaphore(value: 0)
        let timer = DispatchSource.makeTimerSource(queue: .global())
        timer.setEventHandler { bell.signal() }
        timer.schedule(deadline: .now(), repeating: .milliseconds(50))
        timer.resume()
        defer { timer.cancel() }
        let start = ContinuousClock.now
        var added = 0
        while true {
            bell.wait()
            let elapsed = (ContinuousClock.now - start).inSeconds
            try turn(elapsed)
            guard elapsed < seconds else { return added }
            let due = Int(elapsed * rate)
            try add(due - added, on: channel, kind: kind)
            added = max(added, due)
        }
    }

    /// Messages of a channel in these states.
    func count(_ states: [String], on channel: MessageChannel) throws -> Int64 {
        let list = states.map { "'\($0)'" }.joined(separator: ", ")
        return try figure(
            "SELECT count(*) FROM message WHERE channel = '\(channel.rawValue)' AND state IN (\(list))")
    }

    /// Whether any message of the channel is not sent yet: a look at the partial indexes, whatever the size of the table.
    func isOpen(on channel: MessageChannel) throws -> Bool {
        let name = channel.rawValue
        return try figure(
            """
            SELECT (EXISTS (SELECT FROM message WHERE lane = '\(name):now' AND state = 'queued')
                OR EXISTS (SELECT FROM message WHERE state = 'sending' AND batch_id IS NULL AND channel = '\(name)')
                OR EXISTS (SELECT FROM message WHERE state = 'unknown' AND channel = '\(name)'))::int4::int8
            """) > 0
    }

    private func figure(_ sql: String) throws -> Int64 { try connection.query(Statement(sql, sql)).int64(0, 0) }

    /// Milliseconds from queued to sent of the messages of a kind.
    func latency(of kind: String) throws -> (p50: Double, p99: Double) {
        let row = try connection.query(
            Statement(
                "bench_latency",
                """
                SELECT coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY m), 0)::float8,
                    coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY m), 0)::float8
                FROM (SELECT extract(epoch FROM sent_at - queued_at) * 1000 AS m FROM message
                    WHERE kind = $1 AND sent_at IS NOT NULL) AS s
                """), Parameters { $0.append(kind) })
        return (try row.double(0, 0), try row.double(0, 1))
    }

    /// CPU seconds of all backends of the worker: those that decide and those that deliver.
    func databaseSeconds() throws -> Double {
        let rows = try connection.query(
            Statement("bench_all_backends", "SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1 || ' %'"),
            Parameters { $0.append(BenchSubject.notifier.service) })
        return try (0..<rows.rowCount).reduce(0) { try $0 + LocalProcess.processorSeconds(of: rows.int32($1, 0)) }
    }
}
