import PerisaiModels
import Postgres

/// What no exchange brings about: processes that died, outcomes that nobody told, channels that stay away.
struct DispatchSweep {
    /// Rows in one statement.
    static let limit = 1_000

    private static let diedStatement = Statement(
        "notifier_dispatch_died",
        """
        WITH died AS (
            SELECT message_id FROM message
            WHERE state = 'sending' AND batch_id IS NULL AND lease_until < now()
            ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED)
        UPDATE message AS m
        SET state = 'unknown', reason = 'not finished', unknown_since = coalesce(m.unknown_since, now()),
            next_attempt_at = now() + coalesce(
                (SELECT u.wait FROM unnest($2::text[], $3::int8[]) AS u(name, wait) WHERE u.name = m.provider), $4)
                * interval '1 millisecond'
        FROM died WHERE m.message_id = died.message_id
        """)
    private static let giveUpStatement = Statement(
        "notifier_dispatch_give_up",
        """
        WITH old AS (
            SELECT message_id FROM message
            WHERE state = 'unknown' AND unknown_since <= now() - $2 * interval '1 millisecond'
            ORDER BY unknown_since LIMIT $1 FOR UPDATE SKIP LOCKED)
        UPDATE message AS m SET state = 'failed', reason = '\(DispatchRule.outcomeUnknown)', lease = NULL,
            lease_until = NULL, finished_at = clock_timestamp()
        FROM old WHERE m.message_id = old.message_id
        """)
    private static let healthStatement = Statement(
        "notifier_dispatch_away",
        """
        SELECT name, extract(epoch FROM now() - away_since)::float8 FROM provider
        WHERE name = ANY($1::text[]) AND open_until IS NOT NULL
        """)
    private static let movableStatement = Statement(
        "notifier_dispatch_movable",
        """
        SELECT \(DispatchMoves.columns) FROM message AS m
        WHERE m.state = 'queued' AND m.lane = $2 AND m.fallback <> '{}' AND split_part(m.fallback[1], ':', 1) = $3
            AND greatest(m.channel_at, m.queued_at) <= now() - $4 * interval '1 millisecond'
        ORDER BY greatest(m.channel_at, m.queued_at) LIMIT $1 FOR UPDATE SKIP LOCKED
        """)

    /// Why a message left its channel.
    static let away = "CHANNEL_AWAY"

    let settings: NotifierSettings

    /// False when there was nothing.
    func run(on connection: Connection) throws -> Bool {
        try connection.transaction {
            _ = try connection.query(DispatchMoves.planByKeyStatement)
            let died = try recover(on: connection)
            let givenUp = try giveUp(on: connection)
            let moved = try moveOn(on: connection)
            return died + givenUp + moved > 0
        }
    }

    private func recover(on connection: Connection) throws -> Int {
        let providers = settings.providers.providers
        return try connection.query(
            Self.diedStatement,
            Parameters {
                $0.append(Int64(Self.limit))
                $0.append(providers.map(\.name))
                $0.append(providers.map { ($0.mayLookAgain ? $0.settle : settings.unknownFor).milliseconds })
                $0.append(settings.unknownFor.milliseconds)
            }
        ).affectedRows
    }

    private func giveUp(on connection: Connection) throws -> Int {
        try connection.query(
            Self.giveUpStatement,
            Parameters {
                $0.append(Int64(Self.limit))
                $0.append(Double(settings.unknownFor.milliseconds))
            }
        ).affectedRows
    }

    /// Messages of a channel whose providers have all been away for too long go to their next channel, where that one is
    /// there. They are queued: nobody has taken them.
    private func moveOn(on connection: Connection) throws -> Int {
        let away = try away(on: connection)
        guard !away.isEmpty else { return 0 }
        let open = MessageChannel.allCases.filter { away[$0] == nil }
        var changes: [DispatchMoves.Change] = []
        for (channel, seconds) in away.sorted(by: { $0.key < $1.key }) {
            for wave in Wave.allCases {
                let patience = wave == .now ? settings.providers.urgentPatience : settings.providers.patience
                guard seconds >= patience.seconds else { continue }
                for next in open {
                    changes += try movable("\(channel.rawValue):\(wave.rawValue)", to: next, patience, on: connection)
                }
            }
        }
        try DispatchMoves.write(changes, settings, on: connection)
        return changes.count
    }

    /// Channels without a provider that works, and for how many seconds.
    private func away(on connection: Connection) throws -> [MessageChannel: Double] {
        let providers = settings.providers.providers
        let rows = try connection.query(Self.healthStatement, Parameters { $0.append(providers.map(\.name)) })
        var seconds: [String: Double] = [:]
        for row in 0..<rows.rowCount { seconds[try rows.text(row, 0)] = try rows.optionalDouble(row, 1) ?? 0 }
        return Dictionary(grouping: providers, by: \.channel).compactMapValues { providers in
            let times = providers.compactMap { seconds[$0.name] }
            return times.count == providers.count ? times.min() : nil
        }
    }

    private func movable(
        _ lane: String, to channel: MessageChannel, _ patience: Duration, on connection: Connection
    ) throws -> [DispatchMoves.Change] {
        let rows = try connection.query(
            Self.movableStatement,
            Parameters {
                $0.append(Int64(Self.limit))
                $0.append(lane)
                $0.append(channel.rawValue)
                $0.append(Double(patience.milliseconds))
            })
        return try (0..<rows.rowCount).map {
            DispatchMoves.Change(row: try DispatchMoves.row(rows, $0), move: .away(reason: Self.away))
        }
    }
}
