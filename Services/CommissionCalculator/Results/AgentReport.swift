import PerisaiModels
import Postgres
import Worker

/// An agent's results of some months.
public struct AgentResult: Sendable {
    public enum State: String, Sendable, CaseIterable {
        /// A transaction in the last month: somebody new enrolled, or contributions received.
        case active
        /// No transaction in the last month.
        case idle
        case ended
        case dismissed
    }

    public let agent: String
    public let name: String
    public let wadah: String
    public let branch: String
    public let region: String
    public let state: State
    public let newBPU: Int64
    public let newPUWorkers: Int64
    public let newEmployers: Int64
    /// Rupiah booked in the months for those whom the agent looked after, less reversals.
    public let contributions: Int64
    /// The agent's part of the statements issued for the months.
    public let incentive: Int64
    /// Persons whom the agent looks after at the end of the last month, and those of them who paid for it.
    public let participants: Int64
    public let paying: Int64
    public internal(set) var rank: Int?

    public var newParticipants: Int64 { newBPU + newPUWorkers }
    public var payingShare: Percent? { Percent(paying, of: participants) }
    public var isInForce: Bool { state == .active || state == .idle }
}

/// By what agents are ranked.
public enum AgentRanking: String, Sendable, CaseIterable {
    case newParticipants = "new-participants"
    case contributions, incentive, paying

    func figure(_ result: AgentResult) -> Int64 {
        switch self {
        case .newParticipants: result.newParticipants
        case .contributions: result.contributions
        case .incentive: result.incentive
        case .paying: result.paying
        }
    }
}

/// Results of all agents of a place.
public struct AgentReport: Sendable {
    public let scope: ResultScope
    /// The best first.
    public let agents: [AgentResult]
    /// Months of the scope whose statements are not all issued: their incentives are missing.
    public let openMonths: [ContributionMonth]

    public var inForce: Int { agents.count(where: \.isInForce) }
    public var active: Int { agents.count { $0.state == .active } }
    public var activeShare: Percent? { Percent(Int64(active), of: Int64(inForce)) }
    public var incentive: Int64 { agents.reduce(0) { $0 + $1.incentive } }
    /// A month and agent, half-up; nil without agents.
    public var averageIncome: Int64? { average(over: inForce) }
    public var averageIncomeOfActive: Int64? { average(over: active) }
    /// Of one agent over all the months.
    public var highestIncome: Int64? { agents.map(\.incentive).max() }

    private func average(over agents: Int) -> Int64? {
        let months = scope.from.distance(to: scope.through) + 1 - openMonths.count
        guard agents > 0, months > 0 else { return nil }
        return Int64(exactly: Fraction.rounded(Int128(incentive), over: Int128(agents * months)))
    }

    private static let read = Statement(
        "results_agents",
        """
        WITH \(ResultScope.roster("$2")),
        acquired AS (
            SELECT agent_id, sum(three_programmes + two_programmes) AS bpu, sum(workers) AS workers,
                count(*) FILTER (WHERE payer >= 200000000000 AND NOT EXISTS (
                    SELECT FROM enrolment AS f
                    WHERE f.payer = e.payer AND (f.enrolled_on, f.submission) < (e.enrolled_on, e.submission)))
                    AS employers,
                bool_or(month = $2 AND mark IS NOT NULL) AS lately
            FROM enrolment AS e WHERE agent_id IS NOT NULL AND month BETWEEN $1 AND $2 GROUP BY agent_id),
        received AS (
            SELECT agent_id, sum(base) AS base, coalesce(sum(base) FILTER (WHERE month = $2), 0) > 0 AS lately
            FROM accrual WHERE agent_id IS NOT NULL AND month BETWEEN $1 AND $2 GROUP BY agent_id),
        earned AS (
            SELECT agent_id, sum(agent_share) AS share FROM statement WHERE month BETWEEN $1 AND $2 GROUP BY agent_id),
        looked_after AS (
            SELECT t.agent_id, sum(t.persons) AS persons, sum(t.persons) FILTER (WHERE p.payer IS NOT NULL) AS paying
            FROM tenure AS t LEFT JOIN paid_month AS p ON p.payer = t.payer AND p.contribution_month = $2
            WHERE t.since <= $2 AND $2 < t.until AND t.agent_id IS NOT NULL GROUP BY t.agent_id)
        SELECT r.agent_id, coalesce(r.name, ''), r.wadah_id, r.branch, coalesce(l.region, ''),
            CASE WHEN r.state <> 'active' THEN r.state
                WHEN coalesce(a.lately, false) OR coalesce(c.lately, false) THEN 'active' ELSE 'idle' END,
            coalesce(a.bpu, 0), coalesce(a.workers, 0), coalesce(a.employers, 0), coalesce(c.base, 0),
            coalesce(e.share, 0), coalesce(p.persons, 0), coalesce(p.paying, 0)
        FROM roster AS r
        LEFT JOIN place AS l ON l.branch = r.branch
        LEFT JOIN acquired AS a USING (agent_id)
        LEFT JOIN received AS c USING (agent_id) LEFT JOIN earned AS e USING (agent_id)
        LEFT JOIN looked_after AS p USING (agent_id)
        WHERE \(ResultScope.inside("$3", wadah: "r.wadah_id", branch: "r.branch", region: "l.region"))
        ORDER BY r.agent_id LIMIT $4
        """)
    private static let open = Statement(
        "results_open_months",
        """
        SELECT m FROM generate_series($1::int4, $2::int4) AS m
        WHERE NOT EXISTS (SELECT FROM month_close WHERE month = m AND closed_on IS NOT NULL) ORDER BY m
        """)

    /// - Throws: `DeskError` for too many agents; `PostgresError`.
    public static func make(
        _ scope: ResultScope, by ranking: AgentRanking = .newParticipants, on connection: Connection
    ) throws -> AgentReport {
        let rows = try ResultScope.limited(
            connection.query(
                read,
                Parameters {
                    $0.append(scope.from.index)
                    $0.append(scope.through.index)
                    $0.append(scope.place)
                    $0.append(Int64(ResultScope.rowLimit + 1))
                }))
        var agents = try (0..<rows.rowCount).map { row in
            AgentResult(
                agent: try rows.text(row, 0), name: try rows.text(row, 1), wadah: try rows.text(row, 2),
                branch: try rows.text(row, 3), region: try rows.text(row, 4),
                state: try TargetStore.choice(rows, row, 5), newBPU: try rows.int64(row, 6),
                newPUWorkers: try rows.int64(row, 7), newEmployers: try rows.int64(row, 8),
                contributions: try rows.int64(row, 9), incentive: try rows.int64(row, 10),
                participants: try rows.int64(row, 11), paying: try rows.int64(row, 12), rank: nil)
        }
        for (index, rank) in Ranking.ranks(agents.map { ranking.figure($0) as Int64? }).enumerated() {
            agents[index].rank = rank
        }
        agents.sort { ($0.rank ?? 0, $0.agent) < ($1.rank ?? 0, $1.agent) }
        let months = try connection.query(
            open,
            Parameters {
                $0.append(scope.from.index)
                $0.append(scope.through.index)
            })
        return AgentReport(
            scope: scope, agents: agents,
            openMonths: try (0..<months.rowCount).map { try CommissionStore.month(months, $0, 0) })
    }
}
