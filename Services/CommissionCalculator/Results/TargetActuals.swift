import PerisaiModels
import Postgres
import Worker

/// What was reached, by level, place, measure and month: of flows the month's own, of stocks at its end.
struct TargetActuals {
    struct Key: Hashable {
        let level: TargetLevel
        let place: String
        let measure: TargetMeasure
    }

    private var figures: [Key: [ContributionMonth: Int64]] = [:]
    private let regions: [String: Kanwil]

    init(regions: [String: Kanwil]) { self.regions = regions }

    /// Of flows the sum, of stocks that of the last month.
    func figure(_ key: Key, _ from: ContributionMonth, _ through: ContributionMonth) -> Int64 {
        guard let months = figures[key] else { return 0 }
        guard !key.measure.isStock else { return months[through] ?? 0 }
        return months.reduce(0) { (from...through).contains($1.key) ? $0 + $1.value : $0 }
    }

    private mutating func add(
        _ level: TargetLevel, _ place: String, _ measure: TargetMeasure, _ month: ContributionMonth, _ value: Int64
    ) {
        guard value != 0 else { return }
        figures[Key(level: level, place: place, measure: measure), default: [:]][month, default: 0] += value
    }

    private mutating func addPlaces(
        _ branch: String?, _ measure: TargetMeasure, _ month: ContributionMonth, _ value: Int64
    ) {
        add(.nation, "", measure, month, value)
        guard let branch else { return }
        add(.branch, branch, measure, month, value)
        if let region = regions[branch] { add(.region, region.rawValue, measure, month, value) }
    }

    private mutating func addAgents(
        _ wadah: String?, _ group: String?, _ measure: TargetMeasure, _ month: ContributionMonth, _ value: Int64
    ) {
        if let wadah { add(.wadah, wadah, measure, month, value) }
        if let group { add(.group, group, measure, month, value) }
    }

    // MARK: Reading

    private static let enrolments = Statement(
        "actuals_enrolments",
        """
        WITH \(ResultScope.roster("$2"))
        SELECT e.month, nullif(e.branch, ''), r.wadah_id, r.branch,
            sum(e.three_programmes + e.two_programmes), sum(e.workers),
            count(*) FILTER (WHERE e.payer >= 200000000000 AND NOT EXISTS (
                SELECT FROM enrolment AS f
                WHERE f.payer = e.payer AND (f.enrolled_on, f.submission) < (e.enrolled_on, e.submission)))
        FROM enrolment AS e LEFT JOIN roster AS r ON r.agent_id = e.agent_id
        WHERE e.month BETWEEN $1 AND $2 GROUP BY 1, 2, 3, 4 LIMIT $3
        """)
    private static let money = Statement(
        "actuals_money",
        """
        WITH \(ResultScope.roster("$2")),
        home AS (
            SELECT DISTINCT ON (payer) payer, nullif(branch, '') AS branch FROM enrolment
            ORDER BY payer, enrolled_on DESC, submission COLLATE "C" DESC)
        SELECT a.month, h.branch, r.wadah_id, r.branch, coalesce(sum(a.base) FILTER (WHERE a.revision = 0), 0),
            coalesce(sum(a.base) FILTER (WHERE a.agent_id IS NOT NULL), 0)
        FROM accrual AS a LEFT JOIN home AS h ON h.payer = a.payer LEFT JOIN roster AS r ON r.agent_id = a.agent_id
        WHERE a.month BETWEEN $1 AND $2 GROUP BY 1, 2, 3, 4 LIMIT $3
        """)
    private static let persons = Statement(
        "actuals_persons",
        """
        WITH \(ResultScope.roster("$2"))
        SELECT $2::int4, nullif(t.branch, ''), r.wadah_id, r.branch, sum(t.persons),
            coalesce(sum(t.persons) FILTER (WHERE p.payer IS NOT NULL), 0)
        FROM tenure AS t
        LEFT JOIN paid_month AS p ON p.payer = t.payer AND p.contribution_month = $2
        LEFT JOIN roster AS r ON r.agent_id = t.agent_id
        WHERE $1::int4 <= $2 AND t.since <= $2 AND $2 < t.until GROUP BY 2, 3, 4 LIMIT $3
        """)
    private static let agents = Statement(
        "actuals_agents",
        """
        WITH \(ResultScope.roster("$2"))
        SELECT $2::int4, nullif(r.branch, ''), r.wadah_id, r.branch, count(*),
            count(*) FILTER (WHERE EXISTS (SELECT FROM enrolment AS e
                WHERE e.agent_id = r.agent_id AND e.month = $2 AND e.mark IS NOT NULL)
                OR 0 < (SELECT sum(base) FROM accrual AS a WHERE a.agent_id = r.agent_id AND a.month = $2))
        FROM roster AS r
        WHERE $1::int4 <= $2 AND r.state = 'active' GROUP BY 2, 3, 4 LIMIT $3
        """)

    /// Reads what the measures need: flows of all months in one pass, stocks at the end of each of `ends`.
    mutating func read(
        _ measures: Set<TargetMeasure>, from: ContributionMonth, through: ContributionMonth, ends: [ContributionMonth],
        on connection: Connection
    ) throws {
        if !measures.isDisjoint(with: [.newParticipants, .newBPU, .newPUWorkers, .newEmployers]) {
            try each(Self.enrolments, from, through, connection) { figures, rows, row, month, place in
                let bpu = try rows.int64(row, 4)
                let workers = try rows.int64(row, 5)
                let new: [(TargetMeasure, Int64)] = [
                    (.newBPU, bpu), (.newPUWorkers, workers), (.newParticipants, bpu + workers),
                    (.newEmployers, try rows.int64(row, 6)),
                ]
                for (measure, value) in new {
                    figures.addPlaces(place.branch, measure, month, value)
                    figures.addAgents(place.wadah, place.group, measure, month, value)
                }
            }
        }
        if measures.contains(.contributions) {
            try each(Self.money, from, through, connection) { figures, rows, row, month, place in
                figures.addPlaces(place.branch, .contributions, month, try rows.int64(row, 4))
                figures.addAgents(place.wadah, place.group, .contributions, month, try rows.int64(row, 5))
            }
        }
        for end in ends {
            if !measures.isDisjoint(with: [.registered, .activeParticipants, .labourForce]) {
                try each(Self.persons, end, end, connection) { figures, rows, row, month, place in
                    for (measure, column) in [(TargetMeasure.registered, 4), (.activeParticipants, 5)] {
                        figures.addPlaces(place.branch, measure, month, try rows.int64(row, column))
                        figures.addAgents(place.wadah, place.group, measure, month, try rows.int64(row, column))
                    }
                }
            }
            if !measures.isDisjoint(with: [.agents, .activeAgents]) {
                try each(Self.agents, end, end, connection) { figures, rows, row, month, place in
                    for (measure, column) in [(TargetMeasure.agents, 4), (.activeAgents, 5)] {
                        figures.addPlaces(place.branch, measure, month, try rows.int64(row, column))
                        figures.addAgents(place.wadah, place.group, measure, month, try rows.int64(row, column))
                    }
                }
            }
        }
    }

    private typealias Names = (branch: String?, wadah: String?, group: String?)

    private mutating func each(
        _ statement: Statement, _ from: ContributionMonth, _ through: ContributionMonth, _ connection: Connection,
        _ body: (inout TargetActuals, QueryResult, Int, ContributionMonth, Names) throws -> Void
    ) throws {
        let rows = try ResultScope.limited(
            connection.query(
                statement,
                Parameters {
                    $0.append(from.index)
                    $0.append(through.index)
                    $0.append(Int64(ResultScope.rowLimit + 1))
                }))
        for row in 0..<rows.rowCount {
            let names = (
                branch: try rows.optionalText(row, 1), wadah: try rows.optionalText(row, 2),
                group: try rows.optionalText(row, 3)
            )
            try body(&self, rows, row, try CommissionStore.month(rows, row, 0), names)
        }
    }
}
