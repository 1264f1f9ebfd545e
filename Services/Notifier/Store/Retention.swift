import PerisaiModels
import Postgres
import Worker

/// Forgets what is long over: messages with their attempts and receipts, and posts to offices and banks with theirs.
/// What has no end yet stays, however old it is; but nobody's address is waited for as long.
///
/// A walk over the old messages, by the time at which they were made, looks at each once an hour, however many of them
/// have to stay. The row of a message is how its event is known when it comes again: rows are kept longer than any topic
/// keeps its events (docs/notifications.md).
enum Retention {
    /// Rows of a kind in one transaction, and those of the same moment.
    static let limit = 1_000

    private static let dueStatement = Statement(
        "notifier_retention_due", "SELECT 1 FROM retention WHERE due_at <= now()")
    /// How far the next step goes, and over how many; NULL: none is left.
    private static let spanStatement = Statement(
        "notifier_retention_span",
        """
        SELECT max(s.created_at), count(*) FROM (
            SELECT created_at FROM message
            WHERE created_at > (SELECT passed FROM retention) AND created_at < now() - $2 * interval '1 second'
            ORDER BY created_at LIMIT $1) AS s
        """)
    private static let span = "m.created_at > (SELECT passed FROM retention) AND m.created_at <= $1"
    private static let waitingStatement = Statement(
        "notifier_retention_waiting",
        """
        UPDATE message AS m SET state = 'undeliverable', reason = '\(Route.noPhone)', waits_for = NULL,
            finished_at = now()
        WHERE \(span) AND m.state = 'waiting_contact'
        """)
    /// What has been announced only; nobody is told of the lines of a digest one by one.
    private static let messageStatement = Statement(
        "notifier_retention_messages",
        """
        WITH old AS MATERIALIZED (
            SELECT m.message_id FROM message AS m
            WHERE \(span) AND m.finished_at < now() - $2 * interval '1 second'
                AND (m.told IS NOT DISTINCT FROM m.state OR m.state = 'digested')
            FOR UPDATE SKIP LOCKED
        ), attempts AS (
            DELETE FROM attempt AS a USING old WHERE a.message_id = old.message_id RETURNING a.dispatch_id
        ), receipts AS (
            DELETE FROM receipt AS r USING (SELECT DISTINCT dispatch_id FROM attempts) AS a
            WHERE r.dispatch_id = a.dispatch_id
        ), resends AS (
            DELETE FROM message_resend AS r USING old WHERE r.message_id = old.message_id
        )
        DELETE FROM message AS m USING old WHERE m.message_id = old.message_id
        """)
    private static let passedStatement = Statement("notifier_retention_passed", "UPDATE retention SET passed = $1")
    /// From the oldest on: none waits for longer than its day of attempts, and its resends.
    private static let webhookStatement = Statement(
        "notifier_retention_webhooks",
        """
        WITH old AS MATERIALIZED (
            SELECT w.webhook_id FROM webhook AS w
            WHERE w.webhook_id IN (SELECT webhook_id FROM webhook ORDER BY position LIMIT $1)
                AND w.announced AND w.finished_at < now() - $2 * interval '1 second'
            FOR UPDATE SKIP LOCKED
        ), attempts AS (
            DELETE FROM webhook_attempt AS a USING old WHERE a.webhook_id = old.webhook_id
        ), resends AS (
            DELETE FROM webhook_resend AS r USING old WHERE r.webhook_id = old.webhook_id
        )
        DELETE FROM webhook AS w USING old WHERE w.webhook_id = old.webhook_id
        """)
    /// Receipts that belong to no message, or to none any more.
    private static let receiptStatement = Statement(
        "notifier_retention_receipts",
        """
        DELETE FROM receipt WHERE (provider, receipt_id) IN (
            SELECT r.provider, r.receipt_id FROM receipt AS r
            WHERE r.received_at < now() - $2 * interval '1 second'
                AND NOT EXISTS (SELECT FROM attempt AS a WHERE a.dispatch_id = r.dispatch_id) LIMIT $1)
        """)
    private static let overStatement = Statement(
        "notifier_retention_over", "UPDATE retention SET passed = '-infinity', due_at = now() + interval '1 hour'")

    /// A step of the walk, which ends with what belongs to no message. False when none is due.
    static func run(_ settings: NotifierSettings, _ connection: Connection, _ writer: inout BatchWriter) throws -> Bool
    {
        guard try connection.query(dueStatement).rowCount > 0 else { return false }
        let bounds = Parameters {
            $0.append(Int64(limit))
            $0.append(settings.keep.seconds)
        }
        let rows = try connection.query(spanStatement, bounds)
        if let through = try rows.optionalTimestamp(0, 0) {
            let end = Parameters { $0.append(timestamp: through) }
            _ = try connection.query(waitingStatement, end)
            _ = try connection.query(
                messageStatement,
                Parameters {
                    $0.append(timestamp: through)
                    $0.append(settings.keep.seconds)
                })
            writer.execute(passedStatement, end)
            guard try rows.int64(0, 1) < limit else { return true }
        }
        let rest = try [webhookStatement, receiptStatement].map { try connection.query($0, bounds).affectedRows }
        if rest.allSatisfy({ $0 == 0 }) { writer.execute(overStatement) }
        return true
    }
}
