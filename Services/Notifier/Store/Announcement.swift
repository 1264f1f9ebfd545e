import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Tells the other services what became of messages: NotificationSent and NotificationFailed.
enum Announcement {
    /// Rows in one transaction.
    static let limit = 1_000

    private static let readStatement = Statement(
        "notifier_unannounced",
        """
        SELECT message_id, kind, recipient_ref, state, address, coalesce(channel, 'none'), coalesce(provider, 'none'),
            coalesce(reason, 'none'), attempts, finished_at, traceparent
        FROM message WHERE NOT announced AND state IN ('sent', 'failed', 'undeliverable')
        ORDER BY finished_at, message_id LIMIT $1 FOR UPDATE SKIP LOCKED
        """)
    private static let markStatement = Statement(
        "notifier_announced", "UPDATE message SET announced = true WHERE message_id = ANY($1::uuid[])")

    static func announce(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> Bool {
        try announce(readStatement, markStatement, timeColumn: 9, connection, &outgoing, &writer) { _, _, id in
            // The event's id follows from the message's: announced twice, it is the same event.
            id
        } emit: { rows, row, id, outgoing in
            let recipient = masked(try rows.optionalText(row, 4), ref: try rows.text(row, 2))
            if try rows.text(row, 3) == "sent" {
                outgoing.emit(
                    NotificationSent(
                        messageID: id, kind: try rows.text(row, 1), channel: try rows.text(row, 5),
                        recipient: recipient, provider: try rows.text(row, 6)))
            } else {
                outgoing.emit(
                    NotificationFailed(
                        messageID: id, kind: try rows.text(row, 1), channel: try rows.text(row, 5),
                        recipient: recipient, reason: try rows.text(row, 7), attempts: Int(try rows.int32(row, 8))))
            }
        }
    }

    /// Up to `limit` rows that nobody was told of: their id in column 0, the time of their end in `timeColumn`, the trace
    /// in the next one. False when there are none.
    static func announce(
        _ read: Statement, _ mark: Statement, timeColumn: Int, _ connection: Connection, _ outgoing: inout Outgoing,
        _ writer: inout BatchWriter, key: (QueryResult, Int, UUID) throws -> UUID,
        emit: (QueryResult, Int, UUID, inout Outgoing) throws -> Void
    ) throws -> Bool {
        let rows = try connection.query(read, Parameters { $0.append(Int64(limit)) })
        guard rows.rowCount > 0 else { return false }
        var ids: [UUID] = []
        for row in 0..<rows.rowCount {
            let id = try rows.uuid(row, 0)
            ids.append(id)
            let time = Instant(microseconds: try rows.timestamp(row, timeColumn)) ?? .earliest
            outgoing.begin(
                key: try key(rows, row, id), time: time, traceparent: try rows.optionalText(row, timeColumn + 1))
            try emit(rows, row, id, &outgoing)
        }
        writer.execute(mark, Parameters { $0.append(ids) })
        return true
    }

    /// A phone number with its middle hidden; anything else by its ref, which names no person.
    static func masked(_ address: String?, ref: String) -> String {
        guard let address, let phone = try? PhoneNumber(address) else { return ref }
        return phone.description
    }
}
