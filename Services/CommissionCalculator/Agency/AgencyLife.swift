import PerisaiModels
import Postgres

/// What there is to tell of one agency, for its branch and its wadah.
public struct AgencyLife: Sendable {
    /// Something that happened, with its reason.
    public struct Entry: Sendable {
        public let on: CivilDate
        /// "activated", a change, or "passed": its participants pass to somebody else.
        public let what: String
        public let reason: String
        public let reentryFrom: CivilDate?
    }

    /// A month that counts, or may yet count, as idle.
    public struct Month: Sendable {
        public let month: ContributionMonth
        public let activity: AgencyActivity
    }

    public let agency: AgencyRecord
    /// In order of their days.
    public let entries: [Entry]
    /// Up to six months since the agency began, the latest first. A month that decided an end and shows activity now
    /// was brought that activity late: the end stands.
    public let months: [Month]
    public let balances: [TransferAccount: Rupiah]

    /// Months that are shown.
    public static let monthLimit = 6
    /// Most entries that are shown.
    public static let entryLimit = 500

    private static let read = Statement(
        "agency_life",
        """
        SELECT on_day, what, reason, reentry_from FROM (
            SELECT activated_on AS on_day, 0 AS place, 'activated' AS what,
                concat('wadah ', wadah_id, ', branch ', branch) AS reason, NULL::date AS reentry_from
            FROM agent WHERE agent_id = $1
            UNION ALL
            SELECT changed_on, 1, change, reason, reentry_from FROM agency_change WHERE agent_id = $1
            UNION ALL
            SELECT passed_on, 2, 'passed', concat(reason, ': to ', coalesce('agent ' || to_agent, 'the branch'),
                CASE WHEN NOT done THEN ', not done yet' END), NULL
            FROM portfolio_passing WHERE agent_id = $1) AS life
        ORDER BY on_day, place, what LIMIT $2
        """)
    private static let date = Statement("agency_life_date", "SELECT business_date FROM business_clock")

    /// The search path of `connection` must be the service's schema.
    /// - Throws: `DeskError` for an agent that was never activated.
    public static func of(_ agent: AgentID, on connection: Connection) throws -> AgencyLife {
        let agency = try AgencyRecord.of(agent, on: connection)
        let rows = try connection.query(
            read,
            Parameters {
                $0.append(agent.text)
                $0.append(Int64(entryLimit))
            })
        let entries = try (0..<rows.rowCount).map { row in
            Entry(
                on: try CommissionStore.date(rows, row, 0), what: try rows.text(row, 1), reason: try rows.text(row, 2),
                reentryFrom: try rows.isNull(row, 3) ? nil : CommissionStore.date(rows, row, 3))
        }
        var months: [ContributionMonth] = []
        let dates = try connection.query(date)
        if dates.rowCount == 1 {
            let now = try CommissionStore.date(dates, 0, 0).contributionMonth
            let last = agency.state == .active ? now : min(now, agency.changedOn?.contributionMonth ?? now)
            months = (0..<monthLimit).map { last.advanced(by: -$0) }.filter {
                $0 >= agency.since.contributionMonth
            }
        }
        let activity = try IdleMonths.activity(of: [agent.text], in: months, on: connection)[agent.text] ?? [:]
        return AgencyLife(
            agency: agency, entries: entries,
            months: months.map { Month(month: $0, activity: activity[$0] ?? AgencyActivity()) },
            balances: try Balances.of(.agent(agent.text), on: connection))
    }
}
