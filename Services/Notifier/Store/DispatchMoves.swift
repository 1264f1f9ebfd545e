import PerisaiModels
import Postgres

import struct Foundation.UUID

/// Reads messages with their rows locked, and writes what becomes of them.
enum DispatchMoves {
    /// Every statement here goes by keys: a plan that was kept from when a table was empty must not read all of it.
    static let planByKeyStatement = Statement(
        "notifier_dispatch_plan",
        "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)")

    static let columns = """
        m.message_id, m.state, m.channel, m.address, array_to_string(m.fallback, ' '), m.wave, m.dispatch_id,
            m.provider, m.batch_id IS NOT NULL, m.reason, m.tries, m.asks, coalesce(m.segments, 1),
            coalesce(m.expires_on < (SELECT started_on FROM business_date), false) AS is_late
        """
    private static let lockStatement = Statement(
        "notifier_dispatch_lock",
        """
        SELECT \(columns) FROM message AS m
        WHERE m.message_id = ANY($1::uuid[]) AND m.address IS NOT NULL
        ORDER BY m.message_id FOR UPDATE
        """)
    private static let writeStatement = Statement(
        "notifier_dispatch_write",
        """
        UPDATE message AS m
        SET state = u.state, channel = u.channel, address = u.address, wave = u.wave,
            fallback = CASE WHEN u.moved THEN m.fallback[2:] ELSE m.fallback END,
            dispatch_id = CASE WHEN u.moved THEN NULL ELSE m.dispatch_id END,
            provider = CASE WHEN u.moved THEN NULL ELSE coalesce(u.provider, m.provider) END,
            provider_reference = CASE WHEN u.moved THEN NULL ELSE coalesce(u.reference, m.provider_reference) END,
            channel_at = CASE WHEN u.moved THEN now() ELSE m.channel_at END,
            tries = CASE WHEN u.moved THEN 0 ELSE m.tries + u.tries END, cost_milli = m.cost_milli + u.cost,
            reason = u.reason, lease = NULL, lease_until = NULL,
            unknown_since = CASE WHEN u.state = 'unknown' THEN coalesce(m.unknown_since, now()) END,
            next_attempt_at = CASE WHEN u.wait IS NULL THEN m.next_attempt_at
                ELSE now() + u.wait * interval '1 millisecond' END,
            sent_at = CASE WHEN u.moved THEN NULL WHEN u.state = 'sent' THEN clock_timestamp()
                WHEN u.state = 'delivered' THEN coalesce(m.sent_at, least(u.at, clock_timestamp())) ELSE m.sent_at END,
            delivered_at = CASE WHEN u.state = 'delivered'
                THEN greatest(m.sent_at, least(u.at, clock_timestamp())) END,
            told = CASE WHEN u.moved THEN NULL ELSE m.told END,
            finished_at = CASE WHEN u.state IN ('sent', 'delivered', 'failed', 'expired') THEN clock_timestamp() END
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::text[], $8::text[],
            $9::int8[], $10::int8[], $11::text[], $12::int8[], $13::timestamptz[])
            AS u(id, state, channel, address, wave, moved, provider, reference, tries, cost, reason, wait, at)
        WHERE m.message_id = u.id
        """)

    /// The rows of messages that still have an address, locked in the order of their ids.
    static func lock(_ ids: [UUID], on connection: Connection) throws -> [DispatchRow] {
        let rows = try connection.query(lockStatement, Parameters { $0.append(ids) })
        return try (0..<rows.rowCount).map { try row(rows, $0) }
    }

    static func row(_ rows: QueryResult, _ row: Int) throws -> DispatchRow {
        DispatchRow(
            id: try rows.uuid(row, 0), state: try rows.text(row, 1), channel: try rows.text(row, 2),
            address: try rows.text(row, 3), fallback: try rows.text(row, 4).split(separator: " ").map(String.init),
            wave: try rows.text(row, 5), dispatchID: try rows.optionalUUID(row, 6),
            provider: try rows.optionalText(row, 7), isInFile: try rows.bool(row, 8),
            reason: try rows.optionalText(row, 9), tries: Int(try rows.int32(row, 10)),
            asks: Int(try rows.int32(row, 11)), segments: Int(try rows.int32(row, 12)), isLate: try rows.bool(row, 13))
    }

    /// One message and what becomes of it.
    struct Change {
        var row: DispatchRow
        var move: DispatchMove
        /// Who has it; nil: as the row says.
        var provider: String?
        /// Of one message or segment; counted where the provider has taken it just now.
        var costMilli: Int64 = 0
        /// A short text for people.
        var detail: String?
    }

    static func write(_ changes: [Change], _ settings: NotifierSettings, on connection: Connection) throws {
        guard !changes.isEmpty else { return }
        let ends = changes.map { Columns($0, settings) }
        let parameters = Parameters {
            $0.append(changes.map(\.row.id))
            $0.append(ends.map(\.state))
            $0.append(ends.map(\.channel))
            $0.append(ends.map(\.address))
            $0.append(ends.map(\.wave))
            $0.append(ends.map(\.isMoved))
            $0.append(changes.map(\.provider))
            $0.append(ends.map(\.reference))
            $0.append(ends.map(\.tries))
            $0.append(ends.map(\.cost))
            $0.append(ends.map { $0.reason.map { String($0.prefix(200)) } })
            $0.append(ends.map { $0.wait?.milliseconds })
            $0.append(timestamps: ends.map { $0.at?.microseconds })
        }
        _ = try connection.query(writeStatement, parameters)
    }

    /// What a move means for the row.
    private struct Columns {
        var state: String
        var channel: String
        var address: String
        var wave: String
        var isMoved = false
        var reference: String?
        var tries: Int64 = 0
        var cost: Int64 = 0
        var reason: String?
        var wait: Duration?
        var at: Instant?

        init(_ change: Change, _ settings: NotifierSettings) {
            let row = change.row
            (state, channel, address, wave) = (row.state, row.channel, row.address, row.wave)
            switch change.move {
            case .sent(let reference):
                (state, self.reference) = ("sent", reference)
                cost = change.costMilli * Int64(row.segments)
            case .delivered(let reference, let at):
                (state, self.reference, self.at) = ("delivered", reference, at)
                let isNew = ["queued", "sending", "unknown"].contains(row.state)
                cost = isNew ? change.costMilli * Int64(row.segments) : 0
            case .again(let after, let isCounted):
                (state, wait, tries) = ("queued", after, isCounted ? 1 : 0)
                reason = change.detail
            case .expired:
                leave(row, DispatchRule.receiptExpired)
                if !isMoved { state = "expired" }
            case .unknown(let after):
                (state, wait) = ("unknown", after ?? settings.unknownFor)
                reason = change.detail
            case .away(let why): leave(row, why)
            }
        }

        /// To the next channel, or to the end.
        private mutating func leave(_ row: DispatchRow, _ why: String) {
            reason = why
            let parts = row.fallback.first?.split(separator: ":", maxSplits: 1) ?? []
            let isOver = why == DispatchRule.receiptExpired && row.isLate
            guard parts.count == 2, !isOver else {
                state = "failed"
                return
            }
            (state, channel, address) = ("queued", String(parts[0]), String(parts[1]))
            // A file is read by a machine, at any hour.
            if channel == MessageChannel.file.rawValue { wave = Wave.now.rawValue }
            (isMoved, wait) = (true, .zero)
        }
    }
}
