import PerisaiModels
import Postgres

import struct Foundation.UUID

/// One attempt in hand: the first answer of a stream that is leased to this process.
struct WebhookPost: Sendable, Hashable {
    let id: UUID
    let stream: String
    let lease: UUID
    let subscriber: WebhookSubscriber
    let url: CallbackURL
    let body: [UInt8]
    /// Of all attempts, from 1.
    let number: Int
    /// Since the first attempt or the latest resend, from 1.
    let tries: Int
    /// Since then.
    let age: Duration
}

/// What came of an attempt, with its trace for people.
struct WebhookResult: Sendable {
    let post: WebhookPost
    let outcome: WebhookOutcome
    /// HTTP status; nil without an answer.
    let status: Int?
    /// A short reason without content of the answer; nil when it was taken.
    let detail: String?
    let duration: Duration
}

/// waiting → delivered | failed, each step in a transaction.
///
/// A stream's row is locked by whoever adds an answer to it and by whoever finishes one, so that the row is never taken
/// away while an answer comes in.
enum WebhookStore {
    /// Most rows in one statement.
    static let rowsAStatement = 1_000

    /// Every statement here goes by keys: a plan that was kept from when a table was empty must not read all of it.
    private static let planByKeyStatement = Statement(
        "notifier_webhook_plan", "SELECT set_config('enable_seqscan', 'off', true)")
    private static let insertStatement = Statement(
        "notifier_webhook_insert",
        """
        INSERT INTO webhook (webhook_id, stream, office, kind, url, traceparent, body, state, reason, finished_at)
        SELECT u.id, u.stream, u.office, u.kind, u.url, u.traceparent, u.body,
            CASE WHEN u.reason IS NULL THEN 'waiting' ELSE 'failed' END, u.reason,
            CASE WHEN u.reason IS NOT NULL THEN now() END
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[])
            WITH ORDINALITY AS u(id, stream, office, kind, url, traceparent, body, reason, place)
        ORDER BY u.place
        ON CONFLICT (webhook_id) DO NOTHING
        """)
    /// An update that changes nothing takes the lock.
    private static let openStatement = Statement(
        "notifier_webhook_open",
        """
        INSERT INTO webhook_stream AS s (stream, office, due_at)
        SELECT DISTINCT u.stream, u.office, now() FROM unnest($1::text[], $2::text[]) AS u(stream, office)
        ORDER BY u.stream
        ON CONFLICT (stream) DO UPDATE SET due_at = s.due_at
        """)
    /// Offices by a walk over the index and in any order, from each as many as it may have: one with a long queue, or
    /// one that is slow, keeps nobody else waiting.
    private static let claimStatement = Statement(
        "notifier_webhook_claim",
        """
        WITH RECURSIVE walk AS (
            (SELECT s.office FROM webhook_stream AS s ORDER BY s.office LIMIT 1)
            UNION ALL
            SELECT (SELECT s.office FROM webhook_stream AS s WHERE s.office > walk.office ORDER BY s.office LIMIT 1)
            FROM walk WHERE walk.office IS NOT NULL
        ), shuffled AS MATERIALIZED (
            SELECT walk.office, coalesce(b.free, CASE WHEN walk.office LIKE 'bank:%' THEN $7 ELSE $3 END) AS free
            FROM walk LEFT JOIN unnest($5::text[], $6::int8[]) AS b(office, free) ON b.office = walk.office
            WHERE walk.office IS NOT NULL ORDER BY random()
        ), due AS MATERIALIZED (
            SELECT d.stream FROM shuffled CROSS JOIN LATERAL (
                SELECT s.stream FROM webhook_stream AS s WHERE s.office = shuffled.office AND s.due_at <= now()
                ORDER BY s.due_at LIMIT shuffled.free FOR UPDATE SKIP LOCKED) AS d
            LIMIT $4
        )
        UPDATE webhook_stream AS s SET lease = $1, due_at = now() + $2 * interval '1 millisecond'
        FROM due WHERE s.stream = due.stream
        RETURNING s.stream
        """)
    private static let headStatement = Statement(
        "notifier_webhook_head",
        """
        WITH head AS (
            SELECT h.webhook_id FROM unnest($1::text[]) AS u(stream) CROSS JOIN LATERAL (
                SELECT w.webhook_id FROM webhook AS w WHERE w.stream = u.stream AND w.state = 'waiting'
                ORDER BY w.position LIMIT 1) AS h
        ), begun AS (
            UPDATE webhook AS w
            SET attempts = w.attempts + 1, first_attempt_at = coalesce(w.first_attempt_at, now())
            FROM head WHERE w.webhook_id = head.webhook_id
            RETURNING w.webhook_id, w.stream, w.office, w.url, w.body, w.attempts, w.attempts - w.attempts_before AS tries,
                w.first_attempt_at
        ), noted AS (
            INSERT INTO webhook_attempt (webhook_id, number, started_at)
            SELECT webhook_id, attempts, now() FROM begun
        )
        SELECT webhook_id, stream, office, url, body, attempts, tries,
            (extract(epoch FROM now() - first_attempt_at) * 1000)::int8
        FROM begun
        """)
    private static let lockStatement = Statement(
        "notifier_webhook_lock",
        """
        SELECT s.stream FROM webhook_stream AS s
        JOIN unnest($1::text[], $2::uuid[]) AS u(stream, lease) ON s.stream = u.stream AND s.lease = u.lease
        ORDER BY s.stream FOR UPDATE OF s
        """)
    private static let finishStatement = Statement(
        "notifier_webhook_finish",
        """
        UPDATE webhook AS w
        SET state = u.state, reason = u.reason, status = u.status, detail = u.detail,
            finished_at = CASE WHEN u.state <> 'waiting' THEN clock_timestamp() END
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int4[], $5::text[]) AS u(id, state, reason, status, detail)
        WHERE w.webhook_id = u.id AND w.state = 'waiting'
        """)
    private static let noteStatement = Statement(
        "notifier_webhook_note",
        """
        UPDATE webhook_attempt AS a SET status = u.status, detail = u.detail, milliseconds = u.milliseconds
        FROM unnest($1::uuid[], $2::int4[], $3::int4[], $4::text[], $5::int4[])
            AS u(id, number, status, detail, milliseconds)
        WHERE a.webhook_id = u.id AND a.number = u.number
        """)
    private static let releaseStatement = Statement(
        "notifier_webhook_release",
        """
        UPDATE webhook_stream AS s SET lease = NULL, due_at = now() + u.delay * interval '1 millisecond'
        FROM unnest($1::text[], $2::int8[]) AS u(stream, delay) WHERE s.stream = u.stream
        """)
    private static let closeStatement = Statement(
        "notifier_webhook_close",
        """
        DELETE FROM webhook_stream AS s WHERE s.stream = ANY($1::text[])
            AND NOT EXISTS (SELECT FROM webhook AS w WHERE w.stream = s.stream AND w.state = 'waiting')
        """)

    static func inserts(_ rows: [WebhookRow]) -> [(Statement, Parameters)] {
        stride(from: 0, to: rows.count, by: rowsAStatement).flatMap { start -> [(Statement, Parameters)] in
            let chunk = rows[start..<min(start + rowsAStatement, rows.count)]
            let waiting = chunk.filter { $0.failure == nil }
            let insert = Parameters {
                $0.append(chunk.map(\.id))
                $0.append(chunk.map(\.stream))
                $0.append(chunk.map(\.subscriber.text))
                $0.append(chunk.map(\.kind))
                $0.append(chunk.map(\.url.text))
                $0.append(chunk.map(\.traceparent))
                $0.append(chunk.map(\.body))
                $0.append(chunk.map { $0.failure?.rawValue })
            }
            guard !waiting.isEmpty else { return [(insertStatement, insert)] }
            return [
                (insertStatement, insert), (openStatement, streams(waiting.map { ($0.stream, $0.subscriber.text) })),
            ]
        }
    }

    private static func streams(_ streams: [(String, String)]) -> Parameters {
        Parameters {
            $0.append(streams.map(\.0))
            $0.append(streams.map(\.1))
        }
    }

    /// Makes sure that a stream is looked at, and holds its row until the transaction ends.
    static func open(stream: String, office: String, on connection: Connection) throws {
        _ = try connection.query(openStatement, streams([(stream, office)]))
    }

    /// Up to `limit` answers that are due, at most `perOffice` of one office and `perBank` of one bank unless `free` says
    /// otherwise. Their attempts are written down.
    static func claim(
        limit: Int, perOffice: Int, perBank: Int, free: [String: Int], lease: Duration, on connection: Connection
    ) throws -> [WebhookPost] {
        guard limit > 0 else { return [] }
        return try connection.transaction {
            _ = try connection.query(planByKeyStatement)
            let mine = UUID()
            let claimed = try connection.query(
                claimStatement,
                Parameters {
                    $0.append(mine)
                    $0.append(Double(lease.milliseconds))
                    $0.append(Int64(perOffice))
                    $0.append(Int64(limit))
                    $0.append(free.map(\.key))
                    $0.append(free.map { Int64($0.value) })
                    $0.append(Int64(perBank))
                })
            guard claimed.rowCount > 0 else { return [] }
            let streams = try (0..<claimed.rowCount).map { try claimed.text($0, 0) }
            let rows = try connection.query(headStatement, Parameters { $0.append(streams) })
            let posts = try (0..<rows.rowCount).map { try post(rows, $0, lease: mine) }
            if posts.count < streams.count {
                let empty = Set(streams).subtracting(posts.map(\.stream)).sorted()
                _ = try connection.query(closeStatement, Parameters { $0.append(empty) })
            }
            return posts
        }
    }

    private static func post(_ rows: QueryResult, _ row: Int, lease: UUID) throws -> WebhookPost {
        WebhookPost(
            id: try rows.uuid(row, 0), stream: try rows.text(row, 1), lease: lease,
            subscriber: try WebhookSubscriber(try rows.text(row, 2)), url: try CallbackURL(try rows.text(row, 3)),
            body: try rows.bytes(row, 4), number: Int(try rows.int32(row, 5)), tries: Int(try rows.int32(row, 6)),
            age: .milliseconds(try rows.int64(row, 7)))
    }

    /// Writes down what became of attempts, and frees their streams. Those whose stream belongs to somebody else by now
    /// are left to them, and not among the posts that are returned.
    static func finish(
        _ results: [(result: WebhookResult, next: WebhookNext)], on connection: Connection
    ) throws -> Set<UUID> {
        try connection.transaction {
            _ = try connection.query(planByKeyStatement)
            let locked = try connection.query(
                lockStatement,
                Parameters {
                    $0.append(results.map(\.result.post.stream))
                    $0.append(results.map(\.result.post.lease))
                })
            let held = Set(try (0..<locked.rowCount).map { try locked.text($0, 0) })
            let mine = results.filter { held.contains($0.result.post.stream) }
            guard !mine.isEmpty else { return [] }
            try write(mine, on: connection)
            return Set(mine.map(\.result.post.id))
        }
    }

    private static func write(
        _ results: [(result: WebhookResult, next: WebhookNext)], on connection: Connection
    ) throws {
        let ids = results.map(\.result.post.id)
        let statuses = results.map { $0.result.status.map { Int32($0) } }
        let details = results.map { $0.result.detail.map { String($0.prefix(100)) } }
        let ends = results.map { result, next -> (state: String, reason: String?, delay: Int64) in
            switch next {
            case .delivered: ("delivered", nil, 0)
            case .failed(let failure): ("failed", failure.rawValue, 0)
            case .again(let delay): ("waiting", nil, delay.milliseconds)
            }
        }
        let streams = results.map(\.result.post.stream)
        let finish = Parameters {
            $0.append(ids)
            $0.append(ends.map(\.state))
            $0.append(ends.map(\.reason))
            $0.append(statuses)
            $0.append(details)
        }
        let note = Parameters {
            $0.append(ids)
            $0.append(results.map { Int32($0.result.post.number) })
            $0.append(statuses)
            $0.append(details)
            $0.append(results.map { Int32(clamping: $0.result.duration.milliseconds) })
        }
        let release = Parameters {
            $0.append(streams)
            $0.append(ends.map(\.delay))
        }
        _ = try connection.query(finishStatement, finish)
        _ = try connection.query(noteStatement, note)
        _ = try connection.query(releaseStatement, release)
        let ended = zip(streams, ends).filter { $1.state != "waiting" }.map(\.0)
        if !ended.isEmpty { _ = try connection.query(closeStatement, Parameters { $0.append(ended) }) }
    }
}
