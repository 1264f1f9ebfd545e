import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Holds what is disputed: from payable to held, so that no payout takes it before it is decided.
enum DisputeJob {
    private static let next = Statement(
        "dispute_next",
        """
        SELECT d.dispute_id, d.agent_id, d.month, d.wadah_id, d.agent_amount, d.wadah_amount, d.reason, d.opened_at,
            coalesce((SELECT business_date FROM business_clock), (d.opened_at AT TIME ZONE 'Asia/Jakarta')::date)
        FROM dispute AS d WHERE d.state = 'opened' ORDER BY d.opened_at, d.dispute_id LIMIT 1 FOR UPDATE
        """)
    private static let hold = Statement(
        "dispute_hold",
        "UPDATE dispute SET state = 'held', agent_held = $2, wadah_held = $3 WHERE dispute_id = $1")

    /// One dispute; false when none waits.
    static func run(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool {
        let rows = try connection.query(next)
        guard rows.rowCount == 1 else { return false }
        let id = try rows.uuid(0, 0)
        let (agent, wadah) = (try rows.text(0, 1), try rows.text(0, 3))
        let month = try CommissionStore.month(rows, 0, 2)
        let date = try CommissionStore.date(rows, 0, 8)
        guard let time = Instant(microseconds: try rows.timestamp(0, 7)) else {
            throw StoredDataFault(column: "opened_at", reason: "out of range")
        }
        var transfers = Transfer.buffer
        var held: [Rupiah] = []
        for (place, part) in [
            (Owner.agent(agent), Rupiah(try rows.int64(0, 4))), (.wadah(wadah), Rupiah(try rows.int64(0, 5))),
        ]
        .enumerated() {
            // What was paid out already, or takes money back, cannot be held.
            let payable = try Balances.of(part.0, on: connection)[.payable] ?? .zero
            let amount = max(.zero, min(part.1, payable))
            held.append(amount)
            try Transfer(
                id: EventKey.derived(from: id, ordinal: place, purpose: 46), owner: part.0, amount, from: .payable,
                to: .held, month: month, bookedOn: date, source: .dispute, sourceID: id.text
            )?.append(to: &transfers)
        }
        writer.copy(transfers)
        writer.execute(
            hold,
            Parameters { [held] in
                $0.append(id)
                $0.append(held[0].amount)
                $0.append(held[1].amount)
            })
        outgoing.begin(key: EventKey.derived(from: id, ordinal: 0, purpose: 47), time: time)
        outgoing.emit(
            DisputeChanged(
                disputeID: id, agentID: try AgentID(agent), month: month, state: .held, held: SignedRupiah(held[0]),
                correction: SignedRupiah(.zero), reason: try rows.text(0, 6), changedOn: date))
        return true
    }
}
