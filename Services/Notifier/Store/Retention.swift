import PerisaiModels
import Postgres
import Worker

/// Forgets what is long over: messages with their attempts and receipts, and posts to offices and banks with theirs.
/// What has no end yet stays, however old it is; but nobody's address is waited for as long.
///
/// The row of a message is how its event is known when it comes again: rows are kept longer than any topic keeps its
/// events (docs/notifications.md).
enum Retention {
    /// Rows of a kind in one transaction.
    static let limit = 1_000

    private static let dueStatement = Statement(
        "notifier_retention_due", "SELECT 1 FROM retention WHERE looked_at <= now() - interval '1 minute'")
    private static let waitingStatement = Statement(
        "notifier_retention_waiting",
        """
        WITH old AS (
            SELECT message_id FROM message
            WHERE state = 'waiting_contact' AND created_at < now() - $2 * interval '1 second'
            ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED)
        UPDATE message AS m SET state = 'undeliverable', reason = '\(Route.noPhone)', waits_for = NULL,
            finished_at = now()
        FROM old WHERE m.message_id = old.message_id
        """)
    /// What has been announced only. A digest goes beside its lines, a minute sooner or later.
    private static let messageStatement = Statement(
        "notifier_retention_messages",
        """
        WITH old AS MATERIALIZED (
            SELECT message_id FROM message
            WHERE created_at < now() - $2 * interval '1 second' AND finished_at < now() - $2 * interval '1 second'
                AND (told IS NOT DISTINCT FROM state OR state = 'digested')
            ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED
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
    /// From the oldest on: none waits for longer than its day of attempts.
    private static let webhookStatement = Statement(
        "notifier_retention_webhooks",
        """
        WITH old AS MATERIALIZED (
            SELECT w.webhook_id FROM (
                SELECT webhook_id, announced, finished_at FROM webhook ORDER BY position LIMIT $1) AS w
            WHERE w.announced AND w.finished_at < now() - $2 * interval '1 second'
        ), attempts AS (
            DELETE FROM webhook_attempt AS a USING old WHERE a.webhook_id = old.webhook_id
        ), resends AS (
            DELETE FROM webhook_resend AS r USING old WHERE r.webhook_id = old.webhook_id
        )
        DELETE FROM webhook AS w USING old WHERE w.webhook_id = old.webhook_id
        """)
    /// Receipts that never found their message.
    private static let receiptStatement = Statement(
        "notifier_retention_receipts",
        """
        DELETE FROM receipt WHERE (provider, receipt_id) IN (
            SELECT provider, receipt_id FROM receipt
            WHERE received_at < now() - $2 * interval '1 second' AND effect = 'unmatched' LIMIT $1)
        """)
    private static let doneStatement = Statement("notifier_retention_done", "UPDATE retention SET looked_at = now()")

    /// False when it is too early for another look.
    static func run(_ settings: NotifierSettings, _ connection: Connection, _ writer: inout BatchWriter) throws -> Bool
    {
        guard try connection.query(dueStatement).rowCount > 0 else { return false }
        var isOver = true
        for statement in [waitingStatement, messageStatement, webhookStatement, receiptStatement] {
            let rows = try connection.query(
                statement,
                Parameters {
                    $0.append(Int64(limit))
                    $0.append(settings.keep.seconds)
                }
            ).affectedRows
            if rows == limit { isOver = false }
        }
        if isOver { writer.execute(doneStatement) }
        return true
    }
}
