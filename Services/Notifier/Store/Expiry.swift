import Postgres
import Worker

/// Ends messages that make no sense any more: a reminder after its due date is not sent.
enum Expiry {
    /// Rows in one transaction.
    static let limit = 20_000
    static let reason = "EXPIRED"

    private static let statement = Statement(
        "notifier_expire",
        """
        WITH late AS (
            SELECT message_id FROM message
            WHERE state IN ('waiting_contact', 'held', 'queued')
                AND expires_on < (SELECT started_on FROM business_date)
            ORDER BY expires_on LIMIT $1 FOR UPDATE SKIP LOCKED)
        UPDATE message AS m SET state = 'expired', reason = '\(reason)', waits_for = NULL, finished_at = now()
        FROM late WHERE m.message_id = late.message_id
        """)

    /// False when nothing has expired.
    static func run(_ connection: Connection, _ writer: inout BatchWriter) throws -> Bool {
        try connection.query(statement, Parameters { $0.append(Int64(limit)) }).affectedRows > 0
    }
}
