import PerisaiModels
import Postgres
import Worker

/// Which targets; nil: all.
public struct TargetFilter: Sendable {
    public var level: TargetLevel?
    /// Targets of this place, or of a wadah, group or branch in it.
    public var place: String?
    public var measure: TargetMeasure?
    /// Those whose months and these have one in common.
    public var from: ContributionMonth?
    public var through: ContributionMonth?

    public init(
        level: TargetLevel? = nil, place: String? = nil, measure: TargetMeasure? = nil, from: ContributionMonth? = nil,
        through: ContributionMonth? = nil
    ) {
        self.level = level
        self.place = place
        self.measure = measure
        self.from = from
        self.through = through
    }
}

extension TargetStore {
    /// A wadah's branch is that of its agents.
    private static let filter = """
        ($1::text IS NULL OR level = $1)
            AND ($2::text IS NULL OR place = $2
                OR level IN ('branch', 'group') AND place IN (SELECT branch FROM place WHERE region = $2)
                OR level = 'wadah' AND place IN (
                    SELECT wadah_id FROM agent LEFT JOIN place USING (branch) WHERE $2 IN (branch, region)))
            AND ($3::text IS NULL OR measure = $3) AND last_month >= $4 AND first_month <= $5
        """
    private static let order = """
        array_position(ARRAY['nation', 'region', 'branch', 'group', 'wadah'], level), place, measure, first_month,
            last_month, source
        """
    private static let list = Statement(
        "targets_list",
        """
        SELECT \(columns), amount, set_by, set_at, NULL::text, NULL::timestamptz FROM target_amount
        WHERE \(filter) ORDER BY \(order) LIMIT $6
        """)
    private static let history = Statement(
        "targets_history",
        """
        SELECT \(columns), value, set_by, set_at, replaced_by, replaced_at FROM target_history
        WHERE \(filter) ORDER BY \(order), replaced_at LIMIT $6
        """)

    /// The targets in order of level and place.
    /// - Throws: `DeskError` for more than `listLimit`.
    public func list(_ filter: TargetFilter = TargetFilter()) throws -> [StoredTarget] {
        try read(Self.list, filter)
    }

    /// What was replaced, in order of target and time.
    public func history(_ filter: TargetFilter = TargetFilter()) throws -> [StoredTarget] {
        try read(Self.history, filter)
    }

    private func read(_ statement: Statement, _ filter: TargetFilter) throws -> [StoredTarget] {
        let rows = try connection.query(
            statement,
            Parameters {
                $0.append(filter.level?.rawValue)
                $0.append(filter.place)
                $0.append(filter.measure?.rawValue)
                $0.append((filter.from ?? .earliest).index)
                $0.append((filter.through ?? .latest).index)
                $0.append(Int64(Self.listLimit + 1))
            })
        guard rows.rowCount <= Self.listLimit else {
            throw DeskError("more than \(Self.listLimit) targets: narrow them by level, place or measure")
        }
        return try (0..<rows.rowCount).map { try Self.target(rows, $0) }
    }

    private static func target(_ rows: QueryResult, _ row: Int) throws -> StoredTarget {
        let key = TargetKey(
            level: try choice(rows, row, 0), place: try rows.text(row, 1), measure: try choice(rows, row, 2),
            first: try CommissionStore.month(rows, row, 3), last: try CommissionStore.month(rows, row, 4),
            source: try rows.text(row, 5))
        let amount: Target.Amount
        if let value = try rows.optionalInt64(row, 6) {
            amount = .value(value)
        } else {
            amount = .share(
                Rate(partsPerMillion: try rows.int64(row, 7)), level: try choice(rows, row, 8),
                place: try rows.text(row, 9), measure: try choice(rows, row, 10))
        }
        let target = Target(
            key: key, amount: amount, reported: try rows.optionalInt64(row, 11), definition: try rows.text(row, 12))
        var replaced: (by: String, at: Instant)?
        if let by = try rows.optionalText(row, 16) { replaced = (by, try instant(rows, row, 17)) }
        return StoredTarget(
            target: target, amount: try rows.optionalInt64(row, 13) ?? 0, setBy: try rows.text(row, 14),
            setAt: try instant(rows, row, 15), replaced: replaced)
    }

    static func choice<Value: RawRepresentable>(
        _ rows: QueryResult, _ row: Int, _ column: Int
    ) throws -> Value where Value.RawValue == String {
        guard let value = Value(rawValue: try rows.text(row, column)) else {
            throw StoredDataFault(column: rows.columnName(column), reason: "is not known")
        }
        return value
    }

    static func instant(_ rows: QueryResult, _ row: Int, _ column: Int) throws -> Instant {
        guard let instant = Instant(microseconds: try rows.timestamp(row, column)) else {
            throw StoredDataFault(column: rows.columnName(column), reason: "time out of range")
        }
        return instant
    }
}
