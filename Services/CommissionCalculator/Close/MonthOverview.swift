import PerisaiModels
import Postgres
import Worker

/// Where a month stands.
public enum MonthState: String, Sendable, CaseIterable {
    /// Not over by the business date.
    case open
    /// Over, and nobody has proposed to close it.
    case over
    case proposed
    /// Approved: its statements are being issued.
    case closing
    case closed
}

/// A month with what was issued for it.
public struct MonthOverview: Sendable, Hashable {
    public let month: ContributionMonth
    public let state: MonthState
    /// Statements of agents, corrections left out.
    public let statements: Int
    public let corrections: Int
    public let total: Rupiah
    public let agentShare: Rupiah
    public let wadahShare: Rupiah
    public let closedOn: CivilDate?
    public let approvedBy: String?
    /// Agents with rows that no statement holds: of a closed month they wait for the next close.
    public let waiting: Int
    /// What statements up to this month still owe; negative balances are left out.
    public let owed: Rupiah
    /// "Paid no later than the 5th of the following month" (Perdir 13/PERDIR.02/042022 item g).
    public let due: CivilDate
    /// Past the day due and something of it, or of months before, is still owed; or it has statements, or rows for them,
    /// and was not closed by then.
    public let isLate: Bool

    /// Most months that are listed, the last ones.
    public static let limit = 120

    /// Of one row a month with anything in it. The window gives what each month changed of the sum of all balances above
    /// zero, so that no owner is read twice.
    private static let read = Statement(
        "month_overview",
        """
        WITH owed AS (
            SELECT month, sum(greatest(balance, 0) - greatest(balance - net, 0))::int8 AS change FROM (
                SELECT month, net, sum(net) OVER (PARTITION BY owner_kind, owner_id ORDER BY month) AS balance FROM (
                    SELECT owner_kind, owner_id, month,
                        sum(CASE WHEN to_account = 'payable' THEN amount ELSE -amount END) AS net
                    FROM transfer WHERE to_account = 'payable' OR from_account = 'payable'
                    GROUP BY owner_kind, owner_id, month) AS nets) AS balances
            GROUP BY month),
        issued AS (
            SELECT month, count(*) FILTER (WHERE sequence = 0) AS statements,
                count(*) FILTER (WHERE sequence > 0) AS corrections, sum(total)::int8 AS total,
                sum(agent_share)::int8 AS agent_share, sum(wadah_share)::int8 AS wadah_share
            FROM statement GROUP BY month),
        waiting AS (SELECT month, count(DISTINCT agent_id) AS agents FROM touched GROUP BY month),
        proposed AS (
            SELECT (left(subject, 4)::int * 12 + right(subject, 2)::int - 1) AS month, decision FROM proposal
            WHERE kind = 'close' AND outcome IS NULL)
        SELECT month, (SELECT business_date FROM business_clock), c.started_on IS NOT NULL, c.closed_on, c.approved_by,
            p.month IS NOT NULL, coalesce(i.statements, 0), coalesce(i.corrections, 0), coalesce(i.total, 0),
            coalesce(i.agent_share, 0), coalesce(i.wadah_share, 0), coalesce(w.agents, 0), coalesce(o.change, 0)
        FROM (SELECT month FROM issued UNION SELECT month FROM waiting UNION SELECT month FROM proposed
              UNION SELECT month FROM month_close UNION SELECT month FROM owed) AS months
        LEFT JOIN month_close AS c USING (month) LEFT JOIN issued AS i USING (month)
        LEFT JOIN waiting AS w USING (month) LEFT JOIN proposed AS p USING (month) LEFT JOIN owed AS o USING (month)
        ORDER BY month
        """)

    /// The months that anything is known of, in order; the last `limit`.
    /// - Throws: `DeskError` before the first business date.
    public static func all(on connection: Connection) throws -> [MonthOverview] {
        let rows = try connection.query(read)
        var owed = Rupiah.zero
        let months = try (0..<rows.rowCount).map { row in
            guard try !rows.isNull(row, 1) else { throw DeskError("no business date has started yet") }
            owed = try owed.adding(Rupiah(rows.int64(row, 12)))
            return try MonthOverview(rows, row, owed: owed)
        }
        return Array(months.suffix(limit))
    }

    private init(_ rows: QueryResult, _ row: Int, owed: Rupiah) throws {
        month = try CommissionStore.month(rows, row, 0)
        let today = try CommissionStore.date(rows, row, 1)
        closedOn = try rows.isNull(row, 3) ? nil : CommissionStore.date(rows, row, 3)
        if try rows.bool(row, 2) {
            state = closedOn == nil ? .closing : .closed
        } else if try rows.bool(row, 5) {
            state = .proposed
        } else {
            state = today.contributionMonth > month ? .over : .open
        }
        approvedBy = try rows.optionalText(row, 4)
        statements = Int(try rows.int64(row, 6))
        corrections = Int(try rows.int64(row, 7))
        total = Rupiah(try rows.int64(row, 8))
        agentShare = Rupiah(try rows.int64(row, 9))
        wadahShare = Rupiah(try rows.int64(row, 10))
        waiting = Int(try rows.int64(row, 11))
        due = month.next.day(5)
        self.owed = owed
        let isInTime = try !rows.isNull(row, 3) && CommissionStore.date(rows, row, 3) <= due
        isLate = today > due && (!owed.isZero || !isInTime && statements + waiting > 0)
    }
}
