import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// A post to an office or a bank as operations see it.
public struct WebhookRecord: Sendable {
    /// Where an answer stands.
    public enum State: String, Sendable, CaseIterable { case waiting, delivered, failed }

    public let id: UUID
    /// An office's code, or `bank:` and the bank's.
    public let subscriber: String
    /// `permit:…` with the office's number of the application, `case:…`, or `payment:…`.
    public let about: String
    public let kind: String
    public let url: String
    public let state: State
    public let reason: WebhookFailure?
    public let attempts: Int
    /// Of the latest attempt.
    public let status: Int?
    public let detail: String?
    public let createdAt: Instant
    public let finishedAt: Instant?
    /// When it will be tried again; nil unless it waits, or behind an earlier one.
    public let dueAt: Instant?

    static let columns = """
        w.webhook_id, w.office, w.stream, w.kind, w.url, w.state, w.reason, w.attempts, w.status, w.detail,
        w.created_at, w.finished_at,
        CASE WHEN w.state = 'waiting' AND NOT EXISTS (
            SELECT FROM webhook AS e WHERE e.stream = w.stream AND e.state = 'waiting' AND e.position < w.position)
        THEN (SELECT s.due_at FROM webhook_stream AS s WHERE s.stream = w.stream) END
        """
    private static let listStatement = Statement(
        "webhooks_list",
        """
        SELECT \(columns) FROM webhook AS w
        WHERE ($1::text IS NULL OR w.office = $1) AND ($2::text IS NULL OR w.state = $2)
        ORDER BY w.position DESC LIMIT $3
        """)
    private static let findStatement = Statement(
        "webhooks_find",
        "SELECT \(columns) FROM webhook AS w WHERE w.webhook_id BETWEEN $1 AND $2 ORDER BY w.webhook_id LIMIT 2")

    init(_ rows: QueryResult, _ row: Int) throws {
        id = try rows.uuid(row, 0)
        subscriber = try rows.text(row, 1)
        about = String(try rows.text(row, 2).dropFirst(subscriber.count + 1))
        kind = try rows.text(row, 3)
        url = try rows.text(row, 4)
        state = State(rawValue: try rows.text(row, 5)) ?? .waiting
        reason = try rows.optionalText(row, 6).flatMap { WebhookFailure(rawValue: $0) }
        attempts = Int(try rows.int32(row, 7))
        status = try rows.optionalInt32(row, 8).map { Int($0) }
        detail = try rows.optionalText(row, 9)
        createdAt = Instant(microseconds: try rows.timestamp(row, 10)) ?? .earliest
        finishedAt = try rows.optionalTimestamp(row, 11).flatMap { Instant(microseconds: $0) }
        dueAt = try rows.optionalTimestamp(row, 12).flatMap { Instant(microseconds: $0) }
    }

    /// The latest first.
    public static func list(
        subscriber: WebhookSubscriber? = nil, state: State? = nil, limit: Int, on connection: Connection
    ) throws -> [WebhookRecord] {
        let rows = try connection.query(
            listStatement,
            Parameters {
                $0.append(subscriber?.text)
                $0.append(state?.rawValue)
                $0.append(Int64(limit))
            })
        return try (0..<rows.rowCount).map { try WebhookRecord(rows, $0) }
    }

    /// The one whose id begins so.
    /// - Throws: `DeskError` for none, and for more than one.
    public static func find(_ prefix: IdentifierPrefix, on connection: Connection) throws -> WebhookRecord {
        let rows = try connection.query(
            findStatement,
            Parameters {
                $0.append(prefix.range.lowerBound)
                $0.append(prefix.range.upperBound)
            })
        guard rows.rowCount > 0 else { throw DeskError("no webhook has an id that begins with \(prefix.text)") }
        guard rows.rowCount == 1 else {
            throw DeskError("more than one webhook has an id that begins with \(prefix.text)")
        }
        return try WebhookRecord(rows, 0)
    }
}

/// A webhook with all that was tried.
public struct WebhookStory: Sendable {
    public struct Attempt: Sendable {
        public let number: Int
        public let startedAt: Instant
        /// Nil: no end is known; it is under way, or its process ended.
        public let milliseconds: Int?
        public let status: Int?
        public let detail: String?
    }

    public let record: WebhookRecord
    public let attempts: [Attempt]
    public let resends: [(at: Instant, by: String)]
    /// What is posted.
    public let body: [UInt8]

    private static let attemptsStatement = Statement(
        "webhooks_attempts",
        """
        SELECT number, started_at, milliseconds, status, detail FROM webhook_attempt WHERE webhook_id = $1
        ORDER BY number DESC LIMIT 1000
        """)
    private static let resendsStatement = Statement(
        "webhooks_resends",
        "SELECT resent_at, resent_by FROM webhook_resend WHERE webhook_id = $1 ORDER BY resent_at LIMIT 1000")
    private static let bodyStatement = Statement("webhooks_body", "SELECT body FROM webhook WHERE webhook_id = $1")

    public static func of(_ prefix: IdentifierPrefix, on connection: Connection) throws -> WebhookStory {
        let record = try WebhookRecord.find(prefix, on: connection)
        let id = Parameters { $0.append(record.id) }
        let rows = try connection.query(attemptsStatement, id)
        let attempts = try (0..<rows.rowCount).map { row in
            Attempt(
                number: Int(try rows.int32(row, 0)),
                startedAt: Instant(microseconds: try rows.timestamp(row, 1)) ?? .earliest,
                milliseconds: try rows.optionalInt32(row, 2).map { Int($0) },
                status: try rows.optionalInt32(row, 3).map { Int($0) }, detail: try rows.optionalText(row, 4))
        }
        let again = try connection.query(resendsStatement, id)
        let resends = try (0..<again.rowCount).map { row in
            (at: Instant(microseconds: try again.timestamp(row, 0)) ?? .earliest, by: try again.text(row, 1))
        }
        return WebhookStory(
            record: record, attempts: attempts.reversed(), resends: resends,
            body: try connection.query(bodyStatement, id).bytes(0, 0))
    }
}

/// Sends a failed answer again, for another day.
public enum WebhookResend {
    private static let laterStatement = Statement(
        "webhooks_later",
        """
        SELECT l.webhook_id FROM webhook AS w JOIN webhook AS l ON l.stream = w.stream AND l.position > w.position
        WHERE w.webhook_id = $1 ORDER BY l.position DESC LIMIT 1
        """)
    private static let resendStatement = Statement(
        "webhooks_resend",
        """
        WITH again AS (
            UPDATE webhook SET state = 'waiting', reason = NULL, finished_at = NULL, first_attempt_at = NULL,
                attempts_before = attempts, resends = resends + 1, announced = false
            WHERE webhook_id = $1 AND state = 'failed' RETURNING webhook_id
        )
        INSERT INTO webhook_resend (webhook_id, resent_by) SELECT webhook_id, $2 FROM again
        """)
    private static let streamStatement = Statement(
        "webhooks_stream", "SELECT stream, office FROM webhook WHERE webhook_id = $1")

    /// - Throws: `DeskError` unless it has failed, and where the office was told something later about the same matter:
    ///   an old answer must never be the last one that an office gets.
    @discardableResult
    public static func resend(
        _ prefix: IdentifierPrefix, by name: OperatorName, on connection: Connection
    ) throws -> WebhookRecord {
        let record = try WebhookRecord.find(prefix, on: connection)
        try connection.transaction {
            let id = Parameters { $0.append(record.id) }
            let stream = try connection.query(streamStatement, id)
            // Held until the end: nothing is added to the stream while we look.
            try WebhookStore.open(stream: stream.text(0, 0), office: stream.text(0, 1), on: connection)
            let later = try connection.query(laterStatement, id)
            guard later.rowCount == 0 else {
                throw DeskError("a later answer about \(record.about) exists: \(try later.uuid(0, 0).text)")
            }
            let changed = try connection.query(
                resendStatement,
                Parameters {
                    $0.append(record.id)
                    $0.append(name.text)
                })
            guard changed.affectedRows == 1 else {
                throw DeskError("only a failed one is sent again; this one is \(record.state.rawValue)")
            }
        }
        return record
    }
}
