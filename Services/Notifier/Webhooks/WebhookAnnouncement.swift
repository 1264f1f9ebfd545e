import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Tells the other services what became of posts to offices and banks: NotificationSent, and NotificationFailed as an exception
/// for operations.
enum WebhookAnnouncement {
    static let channel = "webhook"
    private static let readStatement = Statement(
        "notifier_webhook_unannounced",
        """
        SELECT webhook_id, kind, office, stream, url, state, coalesce(reason, ''), coalesce(detail, ''), attempts,
            resends, finished_at, traceparent
        FROM webhook WHERE NOT announced AND state <> 'waiting'
        ORDER BY finished_at, webhook_id LIMIT $1 FOR UPDATE SKIP LOCKED
        """)
    private static let markStatement = Statement(
        "notifier_webhook_announced", "UPDATE webhook SET announced = true WHERE webhook_id = ANY($1::uuid[])")

    static func announce(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> Bool {
        try Announcement.announce(readStatement, markStatement, timeColumn: 10, connection, &outgoing, &writer) {
            rows, row, id in
            // Announced twice, it is the same event; sent again after a failure, it is another one.
            EventKey.derived(from: id, ordinal: Int(try rows.int32(row, 9)), purpose: 1)
        } emit: { rows, row, id, outgoing in
            try emit(rows, row, id, &outgoing)
        }
    }

    private static func emit(_ rows: QueryResult, _ row: Int, _ id: UUID, _ outgoing: inout Outgoing) throws {
        let kind = try rows.text(row, 1)
        let office = try rows.text(row, 2)
        let recipient = (try? WebhookSubscriber(office))?.recipient ?? "office:\(office)"
        guard try rows.text(row, 5) == "failed" else {
            let host = (try? CallbackURL(try rows.text(row, 4)))?.host ?? "-"
            return outgoing.emit(
                NotificationSent(
                    messageID: id, kind: kind, channel: channel, recipient: recipient, provider: host))
        }
        let detail = try rows.text(row, 7)
        outgoing.emit(
            NotificationFailed(
                messageID: id, kind: kind, channel: channel, recipient: recipient,
                reason: try rows.text(row, 6) + (detail.isEmpty ? "" : " (\(detail))"),
                attempts: Int(try rows.int32(row, 8)),
                about: String(try rows.text(row, 3).dropFirst(office.count + 1))))
    }
}
