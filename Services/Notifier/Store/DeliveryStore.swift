import PerisaiModels
import Postgres

import struct Foundation.UUID

/// A batch of messages that belongs to this process until its lease is over.
struct Claim {
    let batch: UUID
    let lease: UUID
    let messages: [Outbound]
}

/// queued → sending → sent | queued again | failed, each step in a transaction.
enum DeliveryStore {
    private static let takeOverStatement = Statement(
        "notifier_take_over",
        """
        UPDATE delivery SET lease = $1, lease_until = now() + $2 * interval '1 millisecond'
        WHERE batch_id = (
            SELECT batch_id FROM delivery WHERE lease_until < now() AND channel = $3
            ORDER BY lease_until LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING batch_id
        """)
    private static let claimStatement = Statement(
        "notifier_claim",
        """
        WITH due AS (
            SELECT message_id FROM message WHERE state = 'queued' AND next_attempt_at <= now()
            ORDER BY next_attempt_at, message_id LIMIT $2 FOR UPDATE SKIP LOCKED)
        UPDATE message AS m SET state = 'sending', batch_id = $1, attempts = m.attempts + 1
        FROM due WHERE m.message_id = due.message_id
        RETURNING m.message_id, m.kind, m.recipient_kind, m.address, m.name, m.subject, m.body, m.attempts
        """)
    private static let beginStatement = Statement(
        "notifier_batch_begin",
        """
        INSERT INTO delivery (batch_id, lease, lease_until, channel)
        VALUES ($1, $2, now() + $3 * interval '1 millisecond', $4)
        """)
    private static let readStatement = Statement(
        "notifier_batch_read",
        """
        SELECT message_id, kind, recipient_kind, address, name, subject, body, attempts
        FROM message WHERE state = 'sending' AND batch_id = $1
        """)
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
        UPDATE message AS m
        SET state = u.state, reason = u.reason, channel = $6, provider = $7,
            next_attempt_at = now() + u.delay * interval '1 millisecond',
            finished_at = CASE WHEN u.state <> 'queued' THEN clock_timestamp() END
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int8[]) AS u(message_id, state, reason, delay)
        WHERE m.message_id = u.message_id AND m.state = 'sending' AND m.batch_id = $5
        """)

    /// The next batch: one whose lease is over, as it was, or up to `limit` messages that are due; nil when there is none.
    static func claim(
        channel: String, limit: Int, lease: Duration, on connection: Connection
    ) throws -> Claim? {
        try connection.transaction {
            let mine = UUID()
            let milliseconds = lease.milliseconds
            let taken = try connection.query(
                takeOverStatement,
                Parameters {
                    $0.append(mine)
                    $0.append(Double(milliseconds))
                    $0.append(channel)
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
                })
            guard rows.rowCount > 0 else { return nil }
            _ = try connection.query(
                beginStatement,
                Parameters {
                    $0.append(batch)
                    $0.append(mine)
                    $0.append(Double(milliseconds))
                    $0.append(channel)
                })
            return Claim(batch: batch, lease: mine, messages: try messages(rows))
        }
    }

    private static func messages(_ rows: QueryResult) throws -> [Outbound] {
        try (0..<rows.rowCount).map { row in
            Outbound(
                id: try rows.uuid(row, 0), kind: try rows.text(row, 1), recipientKind: try rows.text(row, 2),
                address: try rows.text(row, 3),
                text: TemplateSet.text(
                    name: try rows.optionalText(row, 4) ?? "", subject: try rows.optionalText(row, 5),
                    body: try rows.text(row, 6)),
                attempts: Int(try rows.int32(row, 7)))
        }
    }

    /// Writes down what became of the batch. Returns false when it belongs to somebody else by now, who will do it.
    static func finish(
        _ claim: Claim, _ outcomes: [MessageOutcome], channel: any DeliveryChannel, on connection: Connection
    ) throws -> Bool {
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
                    $0.append(claim.messages.map(\.id))
                    $0.append(outcomes.map(\.state))
                    $0.append(outcomes.map { $0.reason.map { String($0.prefix(200)) } })
                    $0.append(outcomes.map(\.delayMilliseconds))
                    $0.append(claim.batch)
                    $0.append(channel.name)
                    $0.append(channel.provider)
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

/// The next state of a message after an attempt.
struct MessageOutcome: Hashable {
    let state: String
    let reason: String?
    let delayMilliseconds: Int64

    /// A wait of 0 to `backoff` × 2^(attempts - 1), at most `backoffLimit`, and not less than the gateway asks for.
    ///
    /// The whole range is drawn from ("full jitter"), so that messages that failed together do not come back together.
    init(_ outcome: Outcome, of message: Outbound, _ settings: NotifierSettings) {
        switch outcome {
        case .sent: (state, reason, delayMilliseconds) = ("sent", nil, 0)
        case .failed(let reason): (state, self.reason, delayMilliseconds) = ("failed", reason, 0)
        case .retry(let reason, _) where message.attempts >= settings.attempts:
            (state, self.reason, delayMilliseconds) = ("failed", reason, 0)
        case .retry(let reason, let after):
            let longest = min(
                settings.backoffLimit.milliseconds,
                settings.backoff.milliseconds << Int64(min(20, max(0, message.attempts - 1))))
            let delay = max(Int64.random(in: 0...max(0, longest)), after?.milliseconds ?? 0)
            (state, self.reason, delayMilliseconds) = ("queued", reason, delay)
        }
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
