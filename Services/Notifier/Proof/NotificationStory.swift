import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// A message with all that was tried, and all that was reported of it.
public struct NotificationStory: Sendable {
    public struct Attempt: Sendable {
        public let number: Int
        /// `send`, or `ask` for the outcome of an earlier one.
        public let action: String
        public let channel: String
        public let provider: String
        public let startedAt: Instant
        /// Nil: no end is known; it is under way, or its process ended.
        public let milliseconds: Int?
        public let outcome: String?
        public let detail: String?
    }

    public struct Receipt: Sendable {
        public let provider: String
        public let status: String
        public let reportedAt: Instant
        public let receivedAt: Instant
        /// `moved`, `nothing` or `unmatched`.
        public let effect: String
        public let detail: String?
    }

    public struct Resend: Sendable {
        public let at: Instant
        public let by: String
        /// State and reason before it.
        public let was: String
    }

    /// A message that the digest tells of.
    public struct Member: Sendable {
        public let id: UUID
        public let kind: String
        public let recipient: String
    }

    public let record: NotificationRecord
    /// As the reader gets them: personal.
    public let title: String?
    public let text: String
    /// Of the text as an SMS; nil for another channel.
    public let segments: Int?
    public let attempts: [Attempt]
    public let receipts: [Receipt]
    public let resends: [Resend]
    public let members: [Member]

    /// Rows of each part at most.
    static let limit = 1_000

    private static let textStatement = Statement(
        "notifications_text",
        """
        SELECT channel, coalesce(name, ''), subject, language, coalesce(short, body), body, title FROM message
        WHERE message_id = $1
        """)
    private static let attemptsStatement = Statement(
        "notifications_attempts",
        """
        SELECT number, action, channel, provider, started_at, milliseconds, outcome, detail FROM attempt
        WHERE message_id = $1 ORDER BY number DESC LIMIT \(limit)
        """)
    private static let receiptsStatement = Statement(
        "notifications_receipts",
        """
        SELECT provider, status, reported_at, received_at, effect, detail FROM receipt
        WHERE dispatch_id IN (
            SELECT dispatch_id FROM attempt WHERE message_id = $1
            UNION SELECT dispatch_id FROM message WHERE message_id = $1)
        ORDER BY received_at, receipt_id LIMIT \(limit)
        """)
    private static let resendsStatement = Statement(
        "notifications_resends",
        "SELECT resent_at, resent_by, was FROM message_resend WHERE message_id = $1 ORDER BY resent_at LIMIT \(limit)")
    private static let membersStatement = Statement(
        "notifications_members",
        """
        SELECT message_id, kind, recipient_ref FROM message WHERE digest_id = $1
        ORDER BY created_at, message_id LIMIT \(limit)
        """)

    /// - Throws: `DeskError` for no such message, and for more than one.
    public static func of(_ prefix: IdentifierPrefix, on connection: Connection) throws -> NotificationStory {
        let record = try NotificationRecord.find(prefix, on: connection)
        let id = Parameters { $0.append(record.id) }
        let words = try connection.query(textStatement, id)
        let channel = MessageChannel(rawValue: try words.optionalText(0, 0) ?? "")
        let text = try MessageText.whole(
            on: channel ?? .file, name: words.text(0, 1), subject: words.optionalText(0, 2),
            language: MessageLanguage(rawValue: words.text(0, 3)) ?? .indonesian, short: words.text(0, 4),
            body: words.text(0, 5))
        return NotificationStory(
            record: record, title: try words.optionalText(0, 6), text: text,
            segments: channel == .sms ? record.segments ?? SMSText.segments(of: text) : nil,
            attempts: try attempts(connection.query(attemptsStatement, id)).reversed(),
            receipts: try receipts(connection.query(receiptsStatement, id)),
            resends: try resends(connection.query(resendsStatement, id)),
            members: try members(connection.query(membersStatement, id)))
    }

    private static func attempts(_ rows: QueryResult) throws -> [Attempt] {
        try (0..<rows.rowCount).map { row in
            Attempt(
                number: Int(try rows.int32(row, 0)), action: try rows.text(row, 1), channel: try rows.text(row, 2),
                provider: try rows.text(row, 3), startedAt: try instant(rows, row, 4),
                milliseconds: try rows.optionalInt32(row, 5).map { Int($0) }, outcome: try rows.optionalText(row, 6),
                detail: try rows.optionalText(row, 7))
        }
    }

    private static func receipts(_ rows: QueryResult) throws -> [Receipt] {
        try (0..<rows.rowCount).map { row in
            Receipt(
                provider: try rows.text(row, 0), status: try rows.text(row, 1), reportedAt: try instant(rows, row, 2),
                receivedAt: try instant(rows, row, 3), effect: try rows.text(row, 4),
                detail: try rows.optionalText(row, 5))
        }
    }

    private static func resends(_ rows: QueryResult) throws -> [Resend] {
        try (0..<rows.rowCount).map { row in
            Resend(at: try instant(rows, row, 0), by: try rows.text(row, 1), was: try rows.text(row, 2))
        }
    }

    private static func members(_ rows: QueryResult) throws -> [Member] {
        try (0..<rows.rowCount).map { row in
            Member(id: try rows.uuid(row, 0), kind: try rows.text(row, 1), recipient: try rows.text(row, 2))
        }
    }

    private static func instant(_ rows: QueryResult, _ row: Int, _ column: Int) throws -> Instant {
        Instant(microseconds: try rows.timestamp(row, column)) ?? .earliest
    }
}
