import PerisaiModels
import Postgres
import Worker

/// Persons first enrolled in a month, and who of them pays.
public struct Cohort: Sendable, Hashable {
    /// Those whose month has come, and those of them who paid for it.
    public struct Point: Sendable, Hashable {
        public let observed: Int64
        public let paying: Int64
        public var share: Percent? { Percent(paying, of: observed) }
    }

    public let place: String
    public let month: ContributionMonth
    public let persons: Int64
    /// Paid for a month at least once.
    public let activated: Int64
    /// 1, 3, 6 and 12 months after the first contribution month, as `RetentionReport.points`.
    public let points: [Point]
    /// For December of the year of enrolment.
    public let yearEnd: Point

    public var activatedShare: Percent? { Percent(activated, of: persons) }
}

/// One reading of retention for a place.
public struct RetentionRatio: Sendable, Hashable {
    public let reading: RetentionReading
    public let place: String
    public let first: Int64
    public let second: Int64
    public var ratio: Ratio? { Ratio(first, to: second) }
}

/// Activation and retention of those enrolled in some months.
public struct RetentionReport: Sendable {
    /// Months after the first contribution month.
    public static let points = [1, 3, 6, 12]

    public let scope: ResultScope
    public let level: ResultLevel
    /// The last month that is looked at.
    public let asOf: ContributionMonth
    public let cohorts: [Cohort]
    /// Both readings of each place; none where the last month of the scope is not over.
    public let ratios: [RetentionRatio]

    private static let earliest = """
        earliest AS (
            SELECT DISTINCT ON (payer) payer, agent_id, branch, persons, month, first_month FROM enrolment
            ORDER BY payer, enrolled_on, submission COLLATE "C")
        """

    private static func places(_ level: ResultLevel, _ rows: String, _ columns: String, _ condition: String) -> String {
        """
        SELECT \(level.key) AS place, \(columns)
        FROM \(rows) AS b LEFT JOIN roster AS r ON r.agent_id = b.agent_id LEFT JOIN place AS l ON l.branch = b.branch
        WHERE \(condition) AND \(level.key) IS NOT NULL
            AND \(ResultScope.inside("$3", wadah: "r.wadah_id", branch: "b.branch", region: "l.region"))
        """
    }

    private static func cohorts(_ level: ResultLevel) -> Statement {
        let flags = points.map {
            "coalesce(bool_or(p.contribution_month = c.first_month + \($0)), false) AS after_\($0)"
        }
        let sums = points.map { months in
            """
            coalesce(sum(persons) FILTER (WHERE first_month + \(months) <= $4), 0),
            coalesce(sum(persons) FILTER (WHERE first_month + \(months) <= $4 AND after_\(months)), 0)
            """
        }
        return Statement(
            "results_cohorts_\(level.rawValue)",
            """
            WITH \(ResultScope.roster("$2")), \(earliest),
            cohort AS (
                \(places(level, "earliest", "b.payer, b.persons, b.month, b.first_month", "b.month BETWEEN $1 AND $2"))),
            paying AS (
                SELECT a.payer, a.contribution_month FROM accrual AS a JOIN cohort USING (payer) WHERE a.revision = 0
                GROUP BY a.payer, a.contribution_month HAVING sum(a.base) > 0),
            member AS (
                SELECT c.place, c.month, c.persons, c.first_month, c.month / 12 * 12 + 11 AS december,
                    count(p.payer) > 0 AS activated,
                    coalesce(bool_or(p.contribution_month = c.month / 12 * 12 + 11), false) AS at_year_end,
                    coalesce(bool_or(p.contribution_month = $2), false) AS at_end,
                    \(flags.joined(separator: ",\n"))
                FROM cohort AS c LEFT JOIN paying AS p ON p.payer = c.payer
                GROUP BY c.payer, c.place, c.month, c.persons, c.first_month)
            SELECT place, month, sum(persons), coalesce(sum(persons) FILTER (WHERE activated), 0),
                coalesce(sum(persons) FILTER (WHERE december <= $4), 0),
                coalesce(sum(persons) FILTER (WHERE december <= $4 AND at_year_end), 0),
                coalesce(sum(persons) FILTER (WHERE at_end), 0), \(sums.joined(separator: ", "))
            FROM member GROUP BY place, month ORDER BY place, month LIMIT $5
            """)
    }

    /// Gross acquisitions, and the active at both ends.
    private static func growth(_ level: ResultLevel) -> Statement {
        let enrolled = places(
            level, "enrolment", "b.persons AS gross, 0 AS growth", "b.month BETWEEN $1 AND $2")
        let active = places(
            level,
            "(SELECT t.*, p.contribution_month FROM tenure AS t JOIN paid_month AS p ON p.payer = t.payer "
                + "AND t.since <= p.contribution_month AND p.contribution_month < t.until "
                + "WHERE p.contribution_month IN ($1 - 1, $2))",
            "0, CASE b.contribution_month WHEN $2 THEN b.persons ELSE -b.persons END", "true")
        return Statement(
            "results_growth_\(level.rawValue)",
            """
            WITH \(ResultScope.roster("$2"))
            SELECT place, sum(gross), sum(growth) FROM (\(enrolled) UNION ALL \(active)) AS change
            GROUP BY place ORDER BY place LIMIT $4
            """)
    }

    /// - Parameter asOf: the last month that is over; later ones are not looked at.
    /// - Throws: `DeskError` for too many lines; `PostgresError`.
    public static func make(
        _ scope: ResultScope, level: ResultLevel, asOf: ContributionMonth, on connection: Connection
    ) throws -> RetentionReport {
        let rows = try ResultScope.limited(
            connection.query(
                cohorts(level),
                Parameters {
                    $0.append(scope.from.index)
                    $0.append(scope.through.index)
                    $0.append(scope.place)
                    $0.append(asOf.index)
                    $0.append(Int64(ResultScope.rowLimit + 1))
                }))
        var found: [Cohort] = []
        var ends: [String: (persons: Int64, active: Int64)] = [:]
        for row in 0..<rows.rowCount {
            func point(_ column: Int) throws -> Cohort.Point {
                Cohort.Point(observed: try rows.int64(row, column), paying: try rows.int64(row, column + 1))
            }
            let cohort = Cohort(
                place: try rows.text(row, 0), month: try CommissionStore.month(rows, row, 1),
                persons: try rows.int64(row, 2), activated: try rows.int64(row, 3),
                points: try points.indices.map { try point(7 + 2 * $0) }, yearEnd: try point(4))
            found.append(cohort)
            ends[cohort.place, default: (0, 0)].persons += cohort.persons
            ends[cohort.place, default: (0, 0)].active += try rows.int64(row, 6)
        }
        let ratios = scope.through <= asOf ? try ratios(scope, level, ends, connection) : []
        return RetentionReport(scope: scope, level: level, asOf: asOf, cohorts: found, ratios: ratios)
    }

    private static func ratios(
        _ scope: ResultScope, _ level: ResultLevel, _ ends: [String: (persons: Int64, active: Int64)],
        _ connection: Connection
    ) throws -> [RetentionRatio] {
        let rows = try ResultScope.limited(
            connection.query(
                growth(level),
                Parameters {
                    $0.append(scope.from.index)
                    $0.append(scope.through.index)
                    $0.append(scope.place)
                    $0.append(Int64(ResultScope.rowLimit + 1))
                }))
        var ratios: [RetentionRatio] = []
        for row in 0..<rows.rowCount {
            let place = try rows.text(row, 0)
            ratios.append(
                RetentionRatio(
                    reading: .growth, place: place, first: try rows.int64(row, 1), second: try rows.int64(row, 2)))
            let end = ends[place] ?? (0, 0)
            ratios.append(RetentionRatio(reading: .cohort, place: place, first: end.persons, second: end.active))
        }
        return ratios
    }
}
