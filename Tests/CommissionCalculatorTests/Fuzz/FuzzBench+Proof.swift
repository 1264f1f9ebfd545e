import PerisaiModels
import Postgres
import TestSupport
import Testing

@testable import CommissionCalculator

/// What holds at any time, whatever was done in whatever order.
extension FuzzBench {
    /// What the ledger says beside what statements, disputes and payouts say.
    func prove() throws {
        let broken = try connection.texts(
            """
            WITH posting AS (
                SELECT owner_kind, owner_id, to_account AS account, amount, source FROM transfer
                UNION ALL SELECT owner_kind, owner_id, from_account, -amount, source FROM transfer),
            owner AS (
                SELECT owner_kind, owner_id, sum(amount) AS whole,
                    coalesce(sum(amount) FILTER (WHERE account = 'transit'), 0) AS transit,
                    coalesce(sum(amount) FILTER (WHERE account = 'paid'), 0) AS paid,
                    coalesce(sum(amount) FILTER (WHERE account = 'tax'), 0) AS tax,
                    -coalesce(sum(amount) FILTER (WHERE account = 'expense' AND source = 'statement'), 0) AS owed
                FROM posting GROUP BY owner_kind, owner_id),
            chain AS (
                SELECT first_id, bool_or(state = 'paid') AS paid, bool_or(state = 'released') AS released,
                    count(*) FILTER (WHERE state IN ('ordered', 'paid')) AS alive
                FROM payout GROUP BY first_id),
            instructed AS (
                SELECT i.owner_kind, i.owner_id,
                    sum(i.gross) FILTER (WHERE NOT c.paid AND NOT c.released) AS transit,
                    sum(i.gross - i.tax) FILTER (WHERE c.paid) AS paid, sum(i.tax) FILTER (WHERE c.paid) AS tax
                FROM payout_item i JOIN chain c ON c.first_id = i.payout_id GROUP BY i.owner_kind, i.owner_id),
            stated AS (
                SELECT 'agent' AS owner_kind, agent_id AS owner_id, sum(agent_share) AS owed FROM statement GROUP BY 2
                UNION ALL SELECT 'wadah', wadah_id, sum(wadah_share) FROM statement GROUP BY 2)
            SELECT concat_ws(' ', 'below zero:', owner_id, account, sum(amount)) FROM posting
                WHERE account IN ('held', 'transit', 'paid', 'tax', 'forfeited')
                GROUP BY owner_kind, owner_id, account HAVING sum(amount) < 0
            UNION ALL SELECT concat_ws(' ', 'not zero:', owner_id, whole) FROM owner WHERE whole <> 0
            UNION ALL SELECT concat_ws(' ', 'payouts:', o.owner_id, o.transit, o.paid, o.tax, 'told', i.transit, i.paid,
                i.tax) FROM owner o LEFT JOIN instructed i USING (owner_kind, owner_id)
                WHERE (o.transit, o.paid, o.tax)
                    <> (coalesce(i.transit, 0), coalesce(i.paid, 0), coalesce(i.tax, 0))
            UNION ALL SELECT concat_ws(' ', 'statements:', owner_id, o.owed, s.owed)
                FROM stated s LEFT JOIN owner o USING (owner_kind, owner_id) WHERE coalesce(o.owed, 0) <> s.owed
            UNION ALL SELECT concat_ws(' ', 'alive:', first_id, alive) FROM chain WHERE alive > 1
            UNION ALL SELECT concat_ws(' ', 'paid to a dismissed one:', i.owner_id, p.payout_id)
                FROM payout_item i JOIN payout p USING (payout_id) JOIN proposal r ON r.proposal_id = p.run_id
                JOIN proposal d ON d.kind = 'dismissal' AND d.outcome = 'applied' AND d.subject = i.owner_id
                WHERE r.decided_at > d.decided_at
            UNION ALL SELECT concat_ws(' ', 'held:', agent_id, h.held, 'told', sum(agent_held))
                FROM dispute JOIN LATERAL (
                    SELECT sum(amount) AS held FROM posting WHERE owner_id = agent_id AND account = 'held') AS h ON true
                WHERE state = 'held' AND NOT EXISTS (
                    SELECT FROM agency_change c WHERE c.agent_id = dispute.agent_id AND change = 'dismissed')
                GROUP BY agent_id, h.held HAVING coalesce(h.held, 0) <> sum(agent_held)
            UNION ALL SELECT concat_ws(' ', 'outcome:', kind, outcome) FROM proposal
                WHERE outcome LIKE 'the database refuses%'
            """)
        #expect(broken.isEmpty, "\(broken.prefix(10))")
    }

    /// Every month equals what the facts say: what is in statements, and what is in none yet.
    func proveReplay() throws {
        let table = try EffectiveRows.schemes(on: connection)
        let months = try connection.texts(
            "SELECT DISTINCT month::text FROM (SELECT month FROM accrual UNION SELECT month FROM enrolment) AS m")
        for month in months.compactMap({ Int32($0) }).compactMap({ ContributionMonth(index: $0) }) {
            let result = try Replay(month: month, schemes: table).run(on: connection, provisional: true)
            #expect(result.isEqual, "\(month): \(result.differences.prefix(5))")
        }
    }

    /// After one more close nothing is pending of closed months, and nothing is due.
    func settle() throws {
        try start(closedThrough.advanced(by: 2).day(10))
        try work()
        #expect(try applier.work().isEmpty)
        try prove()
        try proveReplay()
    }

    /// Sums of what statements say and owe, by agent and month.
    static func sums(on connection: Connection) throws -> [String] {
        try connection.texts(
            """
            SELECT concat_ws(' ', agent_id, month, scheme, rule, unit, sum(count), sum(base), sum(amount))
            FROM statement_line GROUP BY agent_id, month, scheme, rule, unit
            HAVING (sum(count), sum(base), sum(amount)) <> (0, 0, 0)
            UNION ALL SELECT concat_ws(' ', agent_id, month, sum(agent_share), sum(wadah_share))
            FROM statement GROUP BY agent_id, month HAVING (sum(agent_share), sum(wadah_share)) <> (0, 0) ORDER BY 1
            """)
    }
}
