import PerisaiModels
import Postgres

/// What an agent did in a month.
public struct AgencyActivity: Sendable, Hashable {
    /// Enrolled somebody who is new.
    public var acquired = false
    /// A contribution was received from a participant of its portfolio, and not taken back in the same month.
    public var received = false

    /// domain.md 1.5: idle without either; the stricter test of 2018 asks for acquisitions alone.
    func isIdle(_ policy: CommissionSettings.IdleMonth) -> Bool {
        switch policy {
        case .neither: !acquired && !received
        case .acquisition: !acquired
        case .never: false
        }
    }
}

/// Idle months of agencies (domain.md 1.5).
enum IdleMonths {
    /// So many in a row end an agency, or a wadah's contract.
    static let limit = 3

    /// From the first row found: no month of an agent is read as a whole.
    private static let read = Statement(
        "idle_months",
        """
        SELECT u.agent_id, m.month, coalesce(e.found, false), coalesce(r.found, false)
        FROM unnest($1::text[]) AS u(agent_id) CROSS JOIN unnest($2::int4[]) AS m(month)
        LEFT JOIN LATERAL (
            SELECT true AS found FROM enrolment AS e
            WHERE e.agent_id = u.agent_id AND e.month = m.month AND e.mark IS NOT NULL LIMIT 1) AS e ON true
        LEFT JOIN LATERAL (
            SELECT true AS found FROM accrual AS p
            WHERE p.agent_id = u.agent_id AND p.month = m.month AND p.kind <> 'R' AND p.units > 0 AND p.base > 0
                AND NOT EXISTS (
                    SELECT FROM accrual AS later
                    WHERE later.payer = p.payer AND later.event_key = p.event_key AND later.line = p.line
                        AND later.revision > p.revision)
                AND NOT EXISTS (
                    SELECT FROM accrual AS back
                    WHERE back.payer = p.payer AND back.payment_id = p.payment_id AND back.kind = 'R'
                        AND back.month = p.month)
            LIMIT 1) AS r ON true
        """)

    /// Activity of agents in months.
    static func activity(
        of agents: [String], in months: [ContributionMonth], on connection: Connection
    ) throws -> [String: [ContributionMonth: AgencyActivity]] {
        guard !agents.isEmpty, !months.isEmpty else { return [:] }
        let rows = try connection.query(
            read,
            Parameters {
                $0.append(agents)
                $0.append(months.map(\.index))
            })
        var activity: [String: [ContributionMonth: AgencyActivity]] = [:]
        for row in 0..<rows.rowCount {
            activity[try rows.text(row, 0), default: [:]][try CommissionStore.month(rows, row, 1)] =
                AgencyActivity(acquired: try rows.bool(row, 2), received: try rows.bool(row, 3))
        }
        return activity
    }

    /// Idle months in a row up to `month`, at most `limit`. Those up to the one in which the agency began do not count.
    static func run(
        upTo month: ContributionMonth, since: CivilDate, _ activity: [ContributionMonth: AgencyActivity],
        _ policy: CommissionSettings.IdleMonth
    ) -> Int {
        var count = 0
        var month = month
        while count < limit, month > since.contributionMonth, (activity[month] ?? AgencyActivity()).isIdle(policy) {
            count += 1
            month = month.previous
        }
        return count
    }
}
