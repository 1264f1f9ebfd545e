import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Pays everything payable through a closed month: one instruction a payee.
public struct PayoutAction: ProposalAction, Hashable {
    public static let summary = "A payout of everything payable through a month"
    public static let kind = ProposalKind.payout

    public let month: ContributionMonth
    /// What the one who proposes has seen: another sum is not paid. Nil: whatever is payable.
    public let gross: Rupiah?
    public let tax: Rupiah?
    public var subject: String { month.description }

    public init(month: ContributionMonth, gross: Rupiah? = nil, tax: Rupiah? = nil) {
        self.month = month
        self.gross = gross
        self.tax = tax
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        month = try reader.required("month")
        gross = try reader.optional("gross", "Rupiah of all instructions, as it was proposed")
        tax = try reader.optional("tax")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("month", month)
        writer.field("gross", gross)
        writer.field("tax", tax)
    }

    private static let read = Statement(
        "payout_state",
        """
        SELECT (SELECT business_date FROM business_clock), (SELECT closed_on FROM month_close WHERE month = $1),
            (SELECT max(through_month) FROM payout),
            (SELECT min(subject) FROM proposal WHERE kind = 'payout' AND outcome IS NULL AND subject <> $2)
        """)

    /// A month is paid once it is closed, one run after the other, and never one before a month that was paid.
    public func check(on connection: Connection) throws {
        let plan = try plan(on: connection)
        for (field, proposed, now) in [("gross", gross, try plan.gross), ("tax", tax, try plan.tax)] {
            guard let proposed, proposed != now else { continue }
            throw DeskError(
                "\(field): \(proposed) was proposed, it would be \(now) now: reject it and propose it again")
        }
    }

    public func preview(on connection: Connection) throws -> String? {
        let plan = try plan(on: connection)
        let (gross, tax) = (try plan.gross, try plan.tax)
        return "\(plan.instructions.count) instructions: gross \(gross), tax \(tax), "
            + "net \(try gross.subtracting(tax)); \(plan.refusals.count) refused"
    }

    /// What the run would do on the business date.
    /// - Throws: `DeskError` when it cannot be made.
    public func plan(on connection: Connection) throws -> PayoutPlan {
        let rows = try connection.query(
            Self.read,
            Parameters {
                $0.append(month.index)
                $0.append(subject)
            })
        guard try !rows.isNull(0, 0) else { throw DeskError("no business date has started yet") }
        guard try !rows.isNull(0, 1) else { throw DeskError("month: \(month) is not closed") }
        if let last = try rows.optionalInt32(0, 2).flatMap({ ContributionMonth(index: $0) }), last > month {
            throw DeskError("month: payouts through \(last) were made; what is still owed goes with that month")
        }
        if let other = try rows.optionalText(0, 3) {
            throw DeskError("another run, through \(other), waits: it must be decided and applied first")
        }
        let plan = try PayoutPlan(month: month, on: CommissionStore.date(rows, 0, 0), connection: connection)
        guard !plan.isEmpty else { throw DeskError("month: nothing is payable through \(month)") }
        return plan
    }

    public func apply(_ context: ProposalContext, _ outgoing: inout Outgoing) throws {
        let plan = try PayoutPlan(month: month, on: context.date, connection: context.connection)
        var rows = PayoutRows()
        for one in plan.instructions {
            let id = Self.payoutID(run: context.proposalID, payee: one.payee)
            let row = PayoutRow(
                id: id, runID: context.proposalID, attempt: 1, firstID: id, payee: one.payee, account: one.account,
                gross: one.gross, tax: one.tax, taxKind: one.taxKind, month: month, createdOn: context.date)
            rows.append(row, items: one.items)
            try rows.append(.ordered, of: id, month: month, one.items, on: context.date)
            outgoing.emit(try row.event(.ordered, reason: "", on: context.date))
        }
        for refusal in plan.refusals { rows.append(refusal, run: context.proposalID) }
        try rows.copy(to: context.connection)
    }

    /// One payout for each payee of a run.
    static func payoutID(run: UUID, payee: Owner) -> UUID {
        var hash = SipHash128(seed: 62)
        hash.combine(run.halves.0)
        hash.combine(run.halves.1)
        hash.combine(payee.kind.rawValue)
        hash.combine(payee.id)
        let (high, low) = hash.finish()
        return UUID(high, low)
    }
}
