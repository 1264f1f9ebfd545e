import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// What every business date settles, after its statements: contracts that end, and what dismissed agents do not get.
enum AgencySettlement {
    /// Days before the end of a contract on which the wadah is told.
    static let noticeDays = 30
    /// Most contracts and agents in one transaction.
    private static let chunk = 500

    /// A contract that another follows at once neither ends nor is warned of.
    private static let due = Statement(
        "wadah_due",
        """
        SELECT \(WadahContract.columns) FROM wadah_contract AS w
        WHERE contract_until <= $1::date + $2::int4 AND in_force_until = contract_until
            AND NOT EXISTS (
                SELECT FROM wadah_change AS c
                WHERE c.wadah_id = w.wadah_id AND c.changed_on BETWEEN w.contract_from AND w.contract_until
                    AND (c.change = 'ended' OR c.change = 'contract-ends' AND w.contract_until >= $1::date))
            AND NOT EXISTS (
                SELECT FROM wadah AS n
                WHERE n.wadah_id = w.wadah_id AND n.contract_from BETWEEN w.contract_from + 1 AND w.contract_until + 1)
        ORDER BY wadah_id, contract_from LIMIT $3
        """)
    private static let settled = Statement("agency_settled", "UPDATE agency_clock SET settled_on = $1")

    /// One chunk; false when this business date is settled.
    static func run(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> Bool {
        guard let clock = try AgencyJob.clock(connection), clock.settledOn.map({ $0 < clock.date }) ?? true else {
            return false
        }
        let contracts = try endContracts(clock, connection, &outgoing, &writer)
        let agents = try Forfeit.settle(of: nil, clock.date, sourceID: clock.event.text, limit: chunk, connection)
        if contracts < chunk, agents < chunk {
            writer.execute(settled, Parameters { $0.append(date: clock.date.daysSince1970) })
        }
        return true
    }

    private static func endContracts(
        _ clock: AgencyJob.Clock, _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> Int {
        let rows = try connection.query(
            due,
            Parameters {
                $0.append(date: clock.date.daysSince1970)
                $0.append(Int32(noticeDays))
                $0.append(Int64(chunk))
            })
        var changes = WadahChangeRow.buffer
        for row in 0..<rows.rowCount {
            let contract = try WadahContract(rows, row)
            // One that was over when it was told begins and ends on the same day as far as warnings go.
            let isOver = contract.until < clock.date
            let day = isOver ? contract.until : max(clock.date, contract.from)
            let reason =
                isOver
                ? "Perjanjian (PKS) berakhir pada \(contract.until) dan tidak diperpanjang."
                : "Perjanjian (PKS) berakhir pada \(contract.until); ajukan perpanjangan sebelum tanggal itu."
            WadahChangeRow.append(
                isOver ? .ended : .contractEnds, of: contract, on: day, reason: reason, clock, to: &changes, &outgoing)
        }
        writer.copy(changes)
        return rows.rowCount
    }
}

/// What a dismissed agent does not get: all that is owed but not paid. What it owes is set against that first, and what
/// a later correction takes back is made good from what was forfeited, so that no debt stands against money never paid.
enum Forfeit {
    private static let read = Statement(
        "forfeit_balances",
        """
        SELECT c.agent_id, s.payable, s.held, s.forfeited, s.rows
        FROM agency_change AS c
        CROSS JOIN LATERAL (
            SELECT count(*) AS rows,
                sum(CASE 'payable' WHEN to_account THEN amount WHEN from_account THEN -amount END)::int8 AS payable,
                sum(CASE 'held' WHEN to_account THEN amount WHEN from_account THEN -amount END)::int8 AS held,
                sum(CASE 'forfeited' WHEN to_account THEN amount WHEN from_account THEN -amount END)::int8 AS forfeited
            FROM transfer AS t WHERE t.owner_kind = 'agent' AND t.owner_id = c.agent_id) AS s
        WHERE c.change = 'dismissed' AND ($1 = '' OR c.agent_id = $1)
            AND (s.held <> 0 OR s.payable > 0 OR s.payable < 0 AND s.forfeited > 0)
        ORDER BY c.agent_id LIMIT $2
        """)

    /// Settles one dismissed agent, or all that need it; returns how many did.
    static func settle(
        of agent: AgentID?, _ date: CivilDate, sourceID: String, limit: Int, _ connection: Connection
    ) throws -> Int {
        let rows = try connection.query(
            read,
            Parameters {
                $0.append(agent?.text ?? "")
                $0.append(Int64(limit))
            })
        var transfers = Transfer.buffer
        for row in 0..<rows.rowCount {
            let owner = Owner.agent(try rows.text(row, 0))
            func amount(_ column: Int) throws -> Rupiah { Rupiah(try rows.optionalInt64(row, column) ?? 0) }
            let (payable, held, forfeited) = (try amount(1), try amount(2), try amount(3))
            let whole = try payable.adding(held).adding(forfeited)
            let rest = try (whole.isNegative ? Rupiah.zero : whole).subtracting(forfeited)
            // The number of earlier postings makes the ids of this agent's next ones.
            var hash = SipHash128(seed: 51)
            hash.combine(owner.id)
            hash.combine(UInt64(bitPattern: try rows.int64(row, 4)))
            let (high, low) = hash.finish()
            let moves = [(held, TransferAccount.held, TransferAccount.payable), (rest, .payable, .forfeited)]
            for (place, move) in moves.enumerated() {
                try Transfer(
                    id: EventKey.derived(from: UUID(high, low), ordinal: place), owner: owner, move.0, from: move.1,
                    to: move.2, month: date.contributionMonth, bookedOn: date, source: .dismissal, sourceID: sourceID
                )?.append(to: &transfers)
            }
        }
        if !transfers.isEmpty { _ = try connection.copy(&transfers) }
        return rows.rowCount
    }
}
