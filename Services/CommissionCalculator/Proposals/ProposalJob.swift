import PerisaiModels
import Postgres
import Worker

/// Applies what two persons have agreed on, one proposal at a time, in the order of their approvals.
enum ProposalJob {
    static let applied = "applied"

    private static let next = Statement(
        "commission_next_proposal",
        """
        SELECT proposal_id, kind, payload::text, reason, proposed_by, decided_by, decided_at,
            coalesce((SELECT business_date FROM business_clock), (decided_at AT TIME ZONE 'Asia/Jakarta')::date)
        FROM proposal WHERE decision = 'approved' AND outcome IS NULL
        ORDER BY decided_at, proposal_id LIMIT 1 FOR UPDATE
        """)
    private static let setOutcome = Statement(
        "commission_set_outcome", "UPDATE proposal SET outcome = $2, applied_on = $3 WHERE proposal_id = $1")

    /// False when nothing waits.
    static func run(
        _ service: CommissionCalculatorService, _ connection: Connection, _ outgoing: inout Outgoing
    ) throws -> Bool {
        let rows = try connection.query(next)
        guard rows.rowCount == 1 else { return false }
        guard let time = Instant(microseconds: try rows.timestamp(0, 6)) else {
            throw StoredDataFault(column: "decided_at", reason: "out of range")
        }
        let context = ProposalContext(
            connection: connection, proposalID: try rows.uuid(0, 0), reason: try rows.text(0, 3),
            proposedBy: try rows.text(0, 4), approvedBy: try rows.text(0, 5),
            date: try CommissionStore.date(rows, 0, 7), time: time, settings: service.settings)
        let outcome = try apply(kind: rows.text(0, 1), payload: rows.text(0, 2), context, &outgoing)
        _ = try connection.query(
            setOutcome,
            Parameters {
                $0.append(context.proposalID)
                $0.append(outcome)
                $0.append(date: context.date.daysSince1970)
            })
        return true
    }

    /// What cannot be done any more is refused with its reason, and so is what the database does not take: a proposal
    /// never stops those behind it.
    private static func apply(
        kind: String, payload: String, _ context: ProposalContext, _ outgoing: inout Outgoing
    ) throws -> String {
        guard let kind = ProposalKind(rawValue: kind) else { return "this kind of proposal is not known" }
        var told = outgoing
        told.begin(
            key: EventKey.derived(from: context.proposalID, ordinal: 0, purpose: 45), time: context.time)
        _ = try context.connection.execute("SAVEPOINT proposal")
        do {
            let action = try kind.read(payload)
            try action.check(on: context.connection)
            try action.apply(context, &told)
            outgoing = told
            return applied
        } catch {
            guard let refusal = refusal(error) else { throw error }
            _ = try context.connection.execute("ROLLBACK TO SAVEPOINT proposal")
            return String(refusal.prefix(500))
        }
    }

    /// Why a proposal cannot be applied at all; nil for a fault that passes.
    private static func refusal(_ error: any Error) -> String? {
        switch error {
        case let error as DeskError: error.description
        case let error as JSONFault: error.description
        case let error as MoneyOverflow: error.description
        case let error as PostgresError where error.kind == .data || error.kind == .conflict:
            "the database refuses it: \(error)"
        default: nil
        }
    }
}
