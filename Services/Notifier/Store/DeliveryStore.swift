import PerisaiModels
import Postgres

import struct Foundation.UUID

/// A batch of messages for one file that belongs to this process until its lease is over.
struct Claim {
    let batch: UUID
    let lease: UUID
    let messages: [Outbound]
}

/// Messages of one channel that leave in the same hours: what the queue is kept by.
enum Lane {
    /// The lanes that are open: urgent messages first.
    static func open(_ channels: [MessageChannel], _ waves: [Wave]) -> [String] {
        waves.flatMap { wave in channels.map { "\($0.rawValue):\(wave.rawValue)" } }
    }
}

/// Files: queued → sending → sent, each step in a transaction.
enum DeliveryStore {
    private static let takeOverStatement = Statement(
        "notifier_take_over",
        """
        UPDATE delivery SET lease = $1, lease_until = now() + $2 * interval '1 millisecond'
        WHERE batch_id = (
            SELECT batch_id FROM delivery WHERE lease_until < now() ORDER BY lease_until LIMIT 1
            FOR UPDATE SKIP LOCKED)
        RETURNING batch_id
        """)
    private static let columns = """
        m.message_id, m.kind, m.channel, m.recipient_kind, m.address, coalesce(m.title, ''), coalesce(m.name, ''),
            m.subject, m.language, coalesce(m.short, m.body), m.body
        """
    private static let claimStatement = Statement(
        "notifier_claim",
        """
        WITH due AS (
            SELECT q.message_id FROM unnest($3::text[]) WITH ORDINALITY AS l(lane, place)
            CROSS JOIN LATERAL (
                SELECT message_id, next_attempt_at FROM message
                WHERE state = 'queued' AND lane = l.lane AND next_attempt_at <= now()
                    AND (expires_on IS NULL
                        OR expires_on >= coalesce((SELECT started_on FROM business_date), '-infinity'))
                ORDER BY next_attempt_at, message_id LIMIT $2 FOR UPDATE SKIP LOCKED) AS q
            ORDER BY l.place, q.next_attempt_at, q.message_id LIMIT $2)
        UPDATE message AS m SET state = 'sending', batch_id = $1, attempts = m.attempts + 1
        FROM due WHERE m.message_id = due.message_id
        RETURNING \(columns)
        """)
    private static let beginStatement = Statement(
        "notifier_batch_begin",
        """
        INSERT INTO delivery (batch_id, lease, lease_until, channel)
        VALUES ($1, $2, now() + $3 * interval '1 millisecond', 'file')
        """)
    private static let readStatement = Statement(
        "notifier_batch_read", "SELECT \(columns) FROM message AS m WHERE m.state = 'sending' AND m.batch_id = $1")
    private static let endStatement = Statement(
        "notifier_batch_end", "DELETE FROM delivery WHERE batch_id = $1 AND lease = $2")
    private static let postponeStatement = Statement(
        "notifier_batch_postpone",
        """
        UPDATE delivery SET lease_until = now() + $3 * interval '1 millisecond' WHERE batch_id = $1 AND lease = $2
        """)
    private static let finishStatement = Statement(
        "notifier_finish",
        """
        UPDATE message SET state = 'sent', provider = $2, sent_at = clock_timestamp(), finished_at = clock_timestamp()
        WHERE state = 'sending' AND batch_id = $1
        """)

    /// The next batch: one whose lease is over, as it was, or up to `limit` messages that are due; nil when there is none.
    static func claim(
        lanes: [String], limit: Int, lease: Duration, on connection: Connection
    ) throws -> Claim? {
        try connection.transaction {
            _ = try connection.query(DispatchMoves.planByKeyStatement)
            let mine = UUID()
            let milliseconds = Double(lease.milliseconds)
            let taken = try connection.query(
                takeOverStatement,
                Parameters {
                    $0.append(mine)
                    $0.append(milliseconds)
                })
            if taken.rowCount > 0 {
                let batch = try taken.uuid(0, 0)
                let rows = try connection.query(readStatement, Parameters { $0.append(batch) })
                return Claim(batch: batch, lease: mine, messages: try messages(rows))
            }
            let batch = UUID()
            let rows = try connection.query(
                claimStatement,
                Parameters {
                    $0.append(batch)
                    $0.append(Int64(limit))
                    $0.append(lanes)
                })
            guard rows.rowCount > 0 else { return nil }
            _ = try connection.query(
                beginStatement,
                Parameters {
                    $0.append(batch)
                    $0.append(mine)
                    $0.append(milliseconds)
                })
            return Claim(batch: batch, lease: mine, messages: try messages(rows))
        }
    }

    private static func messages(_ rows: QueryResult) throws -> [Outbound] {
        try (0..<rows.rowCount).map { row in
            let channel = try rows.text(row, 2)
            return Outbound(
                id: try rows.uuid(row, 0), kind: try rows.text(row, 1), channel: channel,
                recipientKind: try rows.text(row, 3), address: try rows.text(row, 4), title: try rows.text(row, 5),
                text: try MessageText.whole(
                    on: MessageChannel(rawValue: channel) ?? .file, name: rows.text(row, 6),
                    subject: rows.optionalText(row, 7),
                    language: MessageLanguage(rawValue: rows.text(row, 8)) ?? .indonesian, short: rows.text(row, 9),
                    body: rows.text(row, 10)))
        }
    }

    /// Writes down that the batch is in its file. Returns false when it belongs to somebody else by now, who will do it.
    static func finish(_ claim: Claim, on connection: Connection) throws -> Bool {
        try connection.transaction {
            let ended = try connection.query(
                endStatement,
                Parameters {
                    $0.append(claim.batch)
                    $0.append(claim.lease)
                })
            guard ended.affectedRows == 1 else { return false }
            _ = try connection.query(
                finishStatement,
                Parameters {
                    $0.append(claim.batch)
                    $0.append(FileOutbox.provider)
                })
            return true
        }
    }

    /// Leaves the batch as it is, to be taken over again after `delay`.
    static func postpone(_ claim: Claim, by delay: Duration, on connection: Connection) throws {
        _ = try connection.query(
            postponeStatement,
            Parameters {
                $0.append(claim.batch)
                $0.append(claim.lease)
                $0.append(Double(delay.milliseconds))
            })
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
