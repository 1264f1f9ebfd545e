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
            coalesce(reason, 'none'), attempts, finished_at, traceparent, told, sent_at, delivered_at, resends
        FROM message
        WHERE told IS DISTINCT FROM state AND state IN ('sent', 'delivered', 'failed', 'expired', 'undeliverable')
        ORDER BY finished_at, message_id LIMIT $1 FOR UPDATE SKIP LOCKED
        """)
    private static let markStatement = Statement(
        "notifier_announced", "UPDATE message SET told = state WHERE message_id = ANY($1::uuid[])")

    static func announce(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> Bool {
        try announce(readStatement, markStatement, timeColumn: 9, connection, &outgoing, &writer) { rows, row, id in
            // The event's id follows from the message's, its channel and its state: announced twice, it is the same
            // event; by another channel it is another one.
            let state = try rows.text(row, 3)
            guard let place = toldStates.firstIndex(of: state) else { return id }
            var hash = SipHash128(seed: 2)
            hash.combine(try rows.text(row, 5))
            return EventKey.derived(
                from: id, ordinal: Int(try rows.int32(row, 14)) * toldStates.count + place, purpose: hash.finish().0)
        } emit: { rows, row, id, outgoing in
            try emit(rows, row, id, &outgoing)
        }
    }

    private static let toldStates = ["sent", "delivered", "failed", "expired", "undeliverable"]

    private static func emit(_ rows: QueryResult, _ row: Int, _ id: UUID, _ outgoing: inout Outgoing) throws {
        let kind = try rows.text(row, 1)
        let recipient = masked(try rows.optionalText(row, 4), ref: try rows.text(row, 2))
        let channel = try rows.text(row, 5)
        let provider = try rows.text(row, 6)
        let state = try rows.text(row, 3)
        guard state == "sent" || state == "delivered" else {
            return outgoing.emit(
                NotificationFailed(
                    messageID: id, kind: kind, channel: channel, recipient: recipient, reason: try rows.text(row, 7),
                    attempts: Int(try rows.int32(row, 8))))
        }
        // Sent and delivered between two announcements: both are told.
        if try state == "sent" || rows.optionalText(row, 11) != "sent" {
            outgoing.emit(
                NotificationSent(
                    messageID: id, kind: kind, channel: channel, recipient: recipient, provider: provider))
        }
        guard state == "delivered", let at = try rows.optionalTimestamp(row, 13).flatMap(Instant.init(microseconds:))
        else { return }
        let sentAt = try rows.optionalTimestamp(row, 12).flatMap(Instant.init(microseconds:)) ?? at
        outgoing.emit(
            NotificationDelivered(
                messageID: id, kind: kind, channel: channel, recipient: recipient, provider: provider, sentAt: sentAt,
                deliveredAt: at))
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

    /// A phone number with its middle hidden, an e-mail address with its beginning; anything else by its ref, which
    /// names no person.
    static func masked(_ address: String?, ref: String) -> String {
        guard let address else { return ref }
        if let phone = try? PhoneNumber(address) { return phone.description }
        return (try? EmailAddress(address))?.description ?? ref
    }
}
