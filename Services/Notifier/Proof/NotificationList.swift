import PerisaiModels
import Postgres
import Worker

/// Which messages are listed.
public struct NotificationFilter: Sendable {
    /// Who they are for (`Recipient.ref`); empty: everybody.
    public var recipients: [String] = []
    public var state: NotificationState?
    public var kind: String?
    public var channel: MessageChannel?
    /// Made since then.
    public var since: Instant?

    public init() {}

    /// A person is written to as a participant and as a worker.
    public static func recipients(of participant: KPJ) -> [String] {
        [Recipient.participant(participant).ref, Recipient.worker(participant).ref]
    }
}

extension NotificationRecord {
    private static let filter = """
        ($2::text IS NULL OR m.state = $2) AND ($3::text IS NULL OR m.kind = $3)
            AND ($4::text IS NULL OR m.channel = $4) AND ($5::timestamptz IS NULL OR m.created_at >= $5)
        ORDER BY m.created_at DESC, m.message_id LIMIT $6
        """
    /// By `message_created`, from its end: nothing is sorted.
    private static let allStatement = Statement(
        "notifications_list",
        "SELECT \(columns) FROM message AS m WHERE cardinality($1::text[]) = 0 AND \(filter)")
    /// By `message_recipient`, and `message_reader` for what an agent reads for others.
    private static let historyStatement = Statement(
        "notifications_history",
        """
        SELECT \(columns) FROM message AS m
        WHERE (m.recipient_ref = ANY($1::text[]) OR m.reader_ref = ANY($1::text[])) AND \(filter)
        """)
    private static let findStatement = Statement(
        "notifications_find",
        "SELECT \(columns) FROM message AS m WHERE m.message_id BETWEEN $1 AND $2 ORDER BY m.message_id LIMIT 2")

    /// The latest first, at most `limit`.
    public static func list(
        _ filter: NotificationFilter, limit: Int, on connection: Connection
    ) throws -> [NotificationRecord] {
        let rows = try connection.query(
            filter.recipients.isEmpty ? allStatement : historyStatement,
            Parameters {
                $0.append(filter.recipients)
                $0.append(filter.state?.rawValue)
                $0.append(filter.kind)
                $0.append(filter.channel?.rawValue)
                $0.append(timestamp: filter.since?.microseconds)
                $0.append(Int64(limit))
            })
        return try (0..<rows.rowCount).map { try NotificationRecord(rows, $0) }
    }

    /// The one whose id begins so.
    /// - Throws: `DeskError` for none, and for more than one.
    public static func find(_ prefix: IdentifierPrefix, on connection: Connection) throws -> NotificationRecord {
        let rows = try connection.query(
            findStatement,
            Parameters {
                $0.append(prefix.range.lowerBound)
                $0.append(prefix.range.upperBound)
            })
        guard rows.rowCount > 0 else { throw DeskError("no message has an id that begins with \(prefix.text)") }
        guard rows.rowCount == 1 else {
            throw DeskError("more than one message has an id that begins with \(prefix.text)")
        }
        return try NotificationRecord(rows, 0)
    }
}
