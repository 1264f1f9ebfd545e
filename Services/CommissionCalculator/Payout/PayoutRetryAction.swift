import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// A payout that did not arrive is made again, into a repaired account if need be, or given up, so that it is owed again.
public struct PayoutRetryAction: ProposalAction, Hashable {
    public static let summary = "A payout that did not arrive is made again, or released"
    public static let kind = ProposalKind.payoutRetry
    /// Most attempts of one payout.
    public static let attemptLimit = 20

    public enum Remedy: Sendable, Hashable {
        /// Once more, into the account that is known now.
        case again
        case into(PayeeAccount)
        /// Owed again; a later run pays it.
        case release
    }

    public let payoutID: UUID
    public let remedy: Remedy
    public var subject: String { payoutID.text }

    public init(payoutID: UUID, remedy: Remedy) {
        self.payoutID = payoutID
        self.remedy = remedy
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        payoutID = try reader.required("payout_id")
        let release: Bool = try reader.required("release", "Owed again instead of paid again")
        let account = try PayeeAccount(optionalFields: &reader)
        guard !release || account == nil else { throw JSONFault(reason: "release: leaves no account to repair") }
        remedy = release ? .release : account.map { .into($0) } ?? .again
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("payout_id", payoutID)
        writer.field("release", remedy == .release)
        if case .into(let account) = remedy { account.write(fields: &writer) }
    }

    // MARK: Check

    private static let readChain = Statement(
        "payout_retry_chain",
        """
        SELECT p.state, p.attempt, p.first_id, p.payee_kind, p.payee_id, p.gross, p.tax, p.tax_kind, p.through_month,
            p.run_id, p.bank, p.account_number, p.account_holder, p.created_on, c.business_date,
            EXISTS (SELECT FROM payout o WHERE o.first_id = p.first_id AND o.payout_id <> p.payout_id
                AND (o.state IN ('ordered', 'paid', 'released') OR o.attempt > p.attempt)),
            (SELECT outcome FROM payout_report r JOIN payout o USING (payout_id)
                WHERE o.first_id = p.first_id AND r.status = 'paid' AND r.outcome LIKE 'conflict%'
                ORDER BY r.reported_at, r.report_id LIMIT 1),
            EXISTS (SELECT FROM payout_report r JOIN payout o USING (payout_id)
                WHERE o.first_id = p.first_id AND r.outcome IS NULL),
            (SELECT min(i.owner_id) FROM payout_item i
                WHERE i.payout_id = p.payout_id AND \(PayoutPlanStore.dismissed("i.owner_kind", "i.owner_id"))),
            EXISTS (SELECT FROM payout_export e WHERE e.run_id = p.run_id)
        FROM payout p LEFT JOIN business_clock c ON true WHERE p.payout_id = $1
        """)
    private static let readItems = Statement(
        "payout_retry_items",
        "SELECT owner_kind, owner_id, gross, tax FROM payout_item WHERE payout_id = $1 ORDER BY owner_kind, owner_id")
    private static let setState = Statement(
        "payout_retry_state",
        "UPDATE payout SET state = $2, state_on = $3, state_reason = $4 WHERE payout_id = $1")

    /// The attempt that is made again.
    private struct Failed {
        let row: PayoutRow
        let date: CivilDate?
    }

    public func check(on connection: Connection) throws {
        let failed = try failed(connection)
        guard let date = failed.date else { throw DeskError("no business date has started yet") }
        if remedy != .release { _ = try account(failed.row, on: date, connection) }
    }

    /// Only what did not arrive, and of which no bank says that it did.
    private func failed(_ connection: Connection) throws -> Failed {
        let rows = try connection.query(Self.readChain, Parameters { $0.append(payoutID) })
        guard rows.rowCount == 1 else { throw DeskError("payout: there is none \(payoutID.text)") }
        let state = try rows.text(0, 0)
        // What was ordered for someone who is dismissed since can be released, as long as no bank has the file.
        let isRevoked = try remedy == .release && state == PayoutState.ordered.rawValue && !rows.isNull(0, 18)
        if isRevoked, try rows.bool(0, 19) {
            throw DeskError("payout: its file was written: the bank may pay it; wait for the bank's report")
        }
        guard state == PayoutState.rejected.rawValue || state == PayoutState.returned.rawValue || isRevoked else {
            throw DeskError("payout: it is \(state); only what was rejected or returned is made again or released")
        }
        guard try !rows.bool(0, 15) else { throw DeskError("payout: another attempt of it was made or released") }
        if let doubt = try rows.optionalText(0, 16) {
            throw DeskError("payout: a bank says that it was paid (\(doubt)); it is not paid a second time")
        }
        guard try !rows.bool(0, 17) else { throw DeskError("payout: a bank's report on it is not applied yet") }
        guard try remedy == .release || rows.int32(0, 1) < Self.attemptLimit else {
            throw DeskError("payout: \(Self.attemptLimit) attempts were made; it can only be released")
        }
        if remedy != .release, let agent = try rows.optionalText(0, 18) {
            throw DeskError(
                "payout: \(agent) was dismissed, all rights are revoked; release it, and the next run pays the others")
        }
        let row = PayoutRow(
            id: payoutID, runID: try rows.uuid(0, 9), attempt: Int(try rows.int32(0, 1)),
            firstID: try rows.uuid(0, 2), payee: try PayoutPlanStore.owner(rows, 0, 3),
            account: try PayoutPlanStore.account(rows, 0, 10), gross: Rupiah(try rows.int64(0, 5)),
            tax: Rupiah(try rows.int64(0, 6)), taxKind: TaxKind(rawValue: try rows.text(0, 7)) ?? .none,
            month: try CommissionStore.month(rows, 0, 8), createdOn: try CommissionStore.date(rows, 0, 13))
        return Failed(row: row, date: try rows.isNull(0, 14) ? nil : CommissionStore.date(rows, 0, 14))
    }

    /// Where the new attempt goes: the same gates as before the first one.
    private func account(_ row: PayoutRow, on date: CivilDate, _ connection: Connection) throws -> PayeeAccount {
        let payees = try PayoutPlanStore.payees([row.payee], month: row.month, on: date, connection)
        let payee = payees[row.payee] ?? PayoutGate.Payee(owner: row.payee)
        var account = payee.account
        if case .into(let repaired) = remedy { account = repaired }
        let gate = try PayoutRules(on: date, connection).gate
        if let refusal = gate.refusal(payee, into: account) {
            throw DeskError("\(refusal.code.rawValue): \(refusal.reason)")
        }
        guard let account else { throw DeskError("account: none is known") }
        return account
    }

    // MARK: Apply

    /// Gross and tax stay those that were approved; what is with the bank stays there until it is paid or released.
    public func apply(_ context: ProposalContext, _ outgoing: inout Outgoing) throws {
        let connection = context.connection
        let old = try failed(connection).row
        let items = try Self.items(of: payoutID, connection)
        var rows = PayoutRows()
        guard remedy != .release else {
            try set(.released, context.reason, context)
            try rows.append(.released, of: payoutID, month: old.month, items, on: context.date)
            outgoing.emit(try old.event(.released, reason: context.reason, on: context.date))
            return try rows.copy(to: connection)
        }
        let account = try account(old, on: context.date, connection)
        if case .into(let repaired) = remedy {
            try PayeeAccountAction(owner: old.payee, account: repaired).store(context)
        }
        let new = PayoutRow(
            id: PayoutAction.payoutID(run: context.proposalID, payee: old.payee), runID: context.proposalID,
            attempt: old.attempt + 1, firstID: old.firstID, payee: old.payee, account: account, gross: old.gross,
            tax: old.tax, taxKind: old.taxKind, month: old.month, createdOn: context.date)
        // The old one first: at most one attempt is alive at any moment.
        try set(.replaced, context.reason, context)
        rows.append(new, items: items)
        try rows.copy(to: connection)
        outgoing.emit(try old.event(.replaced, reason: context.reason, on: context.date))
        outgoing.emit(try new.event(.ordered, reason: context.reason, on: context.date))
    }

    private func set(_ state: PayoutState, _ reason: String, _ context: ProposalContext) throws {
        _ = try context.connection.query(
            Self.setState,
            Parameters {
                $0.append(payoutID)
                $0.append(state.rawValue)
                $0.append(date: context.date.daysSince1970)
                $0.append(reason)
            })
    }

    static func items(of payout: UUID, _ connection: Connection) throws -> [PayoutPlan.Item] {
        let rows = try connection.query(readItems, Parameters { $0.append(payout) })
        return try (0..<rows.rowCount).map { row in
            PayoutPlan.Item(
                owner: try PayoutPlanStore.owner(rows, row, 0), gross: Rupiah(try rows.int64(row, 2)),
                tax: Rupiah(try rows.int64(row, 3)))
        }
    }
}
