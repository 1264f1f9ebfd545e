import PerisaiModels
import Postgres
import Worker

/// How messages fared: counts, delivery rate, times and cost of what was made in a range of time.
public struct NotificationStats: Sendable {
    public enum Group: String, Sendable, CaseIterable { case channel, provider, kind, purpose, day }

    /// Messages of one group.
    public struct Line: Sendable {
        public let name: String
        /// By state; those without any are left out.
        public let states: [NotificationState: Int]
        /// Taken by a provider that reports, and out of its hands: delivered, failed, expired, and sent without a report.
        /// What goes into files is not among them: nobody reports of a file.
        public let handedOver: Int
        /// From queued to sent, and from sent to delivered, in milliseconds; nil where there is none.
        public let toSent: Times?
        public let toDelivered: Times?
        public let segments: Int
        /// In thousandths of a rupiah.
        public let costMilli: Int64

        public var total: Int { states.values.reduce(0, +) }
        public var delivered: Int { states[.delivered] ?? 0 }
        /// Delivered of those handed over, in hundredths of a percent; nil where nothing was.
        public var rate: Int? { handedOver == 0 ? nil : delivered * 10_000 / handedOver }
    }

    public struct Times: Sendable, Hashable {
        public let median: Int64
        /// 95 of 100 took no longer.
        public let p95: Int64
    }

    public let from: Instant
    public let until: Instant
    public let group: Group
    /// The largest group first; days in order.
    public let lines: [Line]
    public let total: Line?

    /// Longest range, in days.
    public static let mostDays = 366
    /// Days that are looked at unless told.
    public static let usualDays = 30
    /// Groups at most.
    static let mostLines = 1_000

    private static let states = NotificationState.allCases

    private static func statement(_ group: Group) -> Statement {
        let key =
            switch group {
            case .channel: "coalesce(channel, 'none')"
            case .provider: "coalesce(provider, 'none')"
            case .kind: "kind"
            case .purpose: "purpose"
            case .day: "to_char(created_at AT TIME ZONE 'Asia/Jakarta', 'YYYY-MM-DD')"
            }
        let counts = states.map { "count(*) FILTER (WHERE state = '\($0.rawValue)')" }.joined(separator: ", ")
        func times(_ from: String, _ to: String) -> String {
            "percentile_disc(ARRAY[0.5, 0.95]) WITHIN GROUP "
                + "(ORDER BY (extract(epoch FROM \(to) - \(from)) * 1000)::int8)"
                + " FILTER (WHERE \(to) IS NOT NULL AND \(from) IS NOT NULL)"
        }
        return Statement(
            "notifications_stats_\(group.rawValue)",
            """
            WITH made AS (SELECT *, \(key) AS in_group FROM message WHERE created_at >= $1 AND created_at < $2), summed AS (
                SELECT in_group, grouping(in_group) AS is_total, \(counts),
                    count(*) FILTER (
                        WHERE provider IS DISTINCT FROM '\(FileOutbox.provider)'
                            AND (state IN ('sent', 'delivered', 'failed') OR state = 'expired' AND sent_at IS NOT NULL)),
                    \(times("queued_at", "sent_at")) AS to_sent,
                    \(times("sent_at", "delivered_at")) AS to_delivered,
                    coalesce(sum(segments), 0)::int8 AS segments, coalesce(sum(cost_milli), 0)::int8 AS cost,
                    count(*) AS all_of_them
                FROM made GROUP BY GROUPING SETS ((in_group), ()))
            SELECT summed.*, to_sent[1], to_sent[2], to_delivered[1], to_delivered[2] FROM summed
            ORDER BY is_total DESC, \(group == .day ? "in_group" : "all_of_them DESC, in_group") LIMIT \(mostLines + 1)
            """)
    }

    /// Of the messages made from `from` to before `until`.
    public static func read(
        from: Instant, until: Instant, by group: Group, on connection: Connection
    ) throws -> NotificationStats {
        let rows = try connection.query(
            statement(group),
            Parameters {
                $0.append(timestamp: from.microseconds)
                $0.append(timestamp: until.microseconds)
            })
        var lines: [Line] = []
        var total: Line?
        for row in 0..<rows.rowCount {
            let line = try line(rows, row)
            if try rows.int32(row, 1) == 1 { total = line } else { lines.append(line) }
        }
        return NotificationStats(from: from, until: until, group: group, lines: lines, total: total)
    }

    private static func line(_ rows: QueryResult, _ row: Int) throws -> Line {
        var counts: [NotificationState: Int] = [:]
        for (index, state) in states.enumerated() {
            let count = Int(try rows.int64(row, 2 + index))
            if count > 0 { counts[state] = count }
        }
        let next = 2 + states.count
        func times(_ column: Int) throws -> Times? {
            guard let median = try rows.optionalInt64(row, column),
                let p95 = try rows.optionalInt64(row, column + 1)
            else { return nil }
            return Times(median: median, p95: p95)
        }
        return Line(
            name: try rows.optionalText(row, 0) ?? "all", states: counts, handedOver: Int(try rows.int64(row, next)),
            toSent: try times(next + 6), toDelivered: try times(next + 8), segments: Int(try rows.int64(row, next + 3)),
            costMilli: try rows.int64(row, next + 4))
    }
}

/// What waits now.
public struct WaitingNotifications: Sendable {
    public let state: NotificationState
    /// `channel:wave`; empty for messages without a channel.
    public let lane: String
    public let count: Int
    public let oldest: Instant

    private static let statement = Statement(
        "notifications_queue",
        [NotificationState.waitingContact, .held, .queued, .sending, .unknown].map { state in
            """
            SELECT '\(state.rawValue)' AS state, coalesce(lane, '') AS lane, count(*),
                min(coalesce(queued_at, created_at)) AS oldest
            FROM message WHERE state = '\(state.rawValue)' GROUP BY lane
            """
        }.joined(separator: " UNION ALL ") + " ORDER BY oldest, state, lane")

    /// By state and lane, the longest wait first.
    public static func read(on connection: Connection) throws -> [WaitingNotifications] {
        let rows = try connection.query(statement)
        return try (0..<rows.rowCount).map { row in
            WaitingNotifications(
                state: try NotificationState(stored: rows.text(row, 0)), lane: try rows.text(row, 1),
                count: Int(try rows.int64(row, 2)),
                oldest: Instant(microseconds: try rows.timestamp(row, 3)) ?? .earliest)
        }
    }
}

/// How a provider does now, as all processes see it.
public struct ProviderCondition: Sendable {
    public enum Breaker: String, Sendable {
        case closed
        /// Nothing is sent until `openUntil`.
        case open
        /// One message tries whether it is back.
        case trying
    }

    public let name: String
    public let breaker: Breaker
    public let openUntil: Instant?
    /// In a row.
    public let failures: Int
    /// Moving averages: 0 to 1, and milliseconds.
    public let failureRate: Double
    public let latency: Double
    public let updatedAt: Instant

    private static let statement = Statement(
        "notifications_providers",
        """
        SELECT name, CASE WHEN open_until IS NULL THEN 'closed' WHEN open_until > now() THEN 'open' ELSE 'trying' END,
            open_until, failures, failure_rate, latency_ms, updated_at
        FROM provider ORDER BY name LIMIT 1000
        """)

    public static func read(on connection: Connection) throws -> [ProviderCondition] {
        let rows = try connection.query(statement)
        return try (0..<rows.rowCount).map { row in
            ProviderCondition(
                name: try rows.text(row, 0), breaker: Breaker(rawValue: try rows.text(row, 1)) ?? .closed,
                openUntil: try rows.optionalTimestamp(row, 2).flatMap { Instant(microseconds: $0) },
                failures: Int(try rows.int32(row, 3)), failureRate: try rows.double(row, 4),
                latency: try rows.double(row, 5),
                updatedAt: Instant(microseconds: try rows.timestamp(row, 6)) ?? .earliest)
        }
    }
}
