import PerisaiModels
import Postgres

import struct Foundation.UUID

/// One attempt to pay somebody, as it is stored.
struct PayoutRow {
    let id: UUID
    let runID: UUID
    let attempt: Int
    let firstID: UUID
    let payee: Owner
    let account: PayeeAccount
    let gross: Rupiah
    let tax: Rupiah
    let taxKind: TaxKind
    let month: ContributionMonth
    let createdOn: CivilDate

    /// What is told when its state is another; "-" where nobody has given a reason, as events hold no empty texts.
    func event(_ state: PayoutState, reason: String, on date: CivilDate) throws(MoneyOverflow) -> PayoutChanged {
        PayoutChanged(
            payoutID: id, payeeKind: payee.kind, payeeID: payee.id, month: month, attempt: attempt, gross: gross,
            tax: tax, net: try gross.subtracting(tax), state: state, reason: reason.isEmpty ? "-" : reason,
            changedOn: date)
    }
}

/// Rows that are appended when payouts are ordered or change.
struct PayoutRows {
    var payouts = CopyBuffer(
        table: "payout",
        columns: [
            "payout_id", "run_id", "attempt", "first_id", "payee_kind", "payee_id", "bank", "account_number",
            "account_holder", "gross", "tax", "tax_kind", "through_month", "created_on", "state", "state_on",
        ])
    var items = CopyBuffer(
        table: "payout_item", columns: ["payout_id", "owner_kind", "owner_id", "gross", "tax"])
    var refusals = CopyBuffer(
        table: "payout_refusal", columns: ["run_id", "owner_kind", "owner_id", "amount", "code", "reason"])
    var transfers = Transfer.buffer

    /// What an attempt can do to an owner's accounts. Each at most once: the transfer's id follows from it, so that the
    /// schema itself refuses a second time. The whole gross is with the bank until it is paid; tax is withheld when it
    /// is paid, and what is never paid owes none.
    enum Step: Int {
        case ordered, paid, taxed, returned, untaxed, released

        var accounts: (from: TransferAccount, to: TransferAccount) {
            switch self {
            case .ordered: (.payable, .transit)
            case .paid: (.transit, .paid)
            case .taxed: (.transit, .tax)
            case .returned: (.paid, .transit)
            case .untaxed: (.tax, .transit)
            case .released: (.transit, .payable)
            }
        }
    }

    mutating func append(_ row: PayoutRow, items: [PayoutPlan.Item]) {
        payouts.beginRow()
        payouts.append(row.id)
        payouts.append(row.runID)
        payouts.append(Int32(row.attempt))
        payouts.append(row.firstID)
        payouts.append(row.payee.kind.rawValue)
        payouts.append(row.payee.id)
        payouts.append(row.account.bank.text)
        payouts.append(row.account.number.text)
        payouts.append(row.account.holder)
        payouts.append(row.gross.amount)
        payouts.append(row.tax.amount)
        payouts.append(row.taxKind.rawValue)
        payouts.append(row.month.index)
        payouts.append(date: row.createdOn.daysSince1970)
        payouts.append(PayoutState.ordered.rawValue)
        payouts.append(date: row.createdOn.daysSince1970)
        for item in items {
            self.items.beginRow()
            self.items.append(row.id)
            self.items.append(item.owner.kind.rawValue)
            self.items.append(item.owner.id)
            self.items.append(item.gross.amount)
            self.items.append(item.tax.amount)
        }
    }

    mutating func append(_ refusal: PayoutPlan.Refusal, run: UUID) {
        refusals.beginRow()
        refusals.append(run)
        refusals.append(refusal.owner.kind.rawValue)
        refusals.append(refusal.owner.id)
        refusals.append(refusal.amount.amount)
        refusals.append(refusal.code.rawValue)
        refusals.append(refusal.reason)
    }

    mutating func append(
        _ step: Step, of payout: UUID, month: ContributionMonth, _ items: [PayoutPlan.Item], on date: CivilDate
    ) throws(MoneyOverflow) {
        for item in items {
            let amount: Rupiah =
                switch step {
                case .ordered, .released: item.gross
                case .paid, .returned: try item.gross.subtracting(item.tax)
                case .taxed, .untaxed: item.tax
                }
            let transfer = try Transfer(
                id: EventKey.derived(from: payout, ordinal: step.rawValue, purpose: 61), owner: item.owner, amount,
                from: step.accounts.from, to: step.accounts.to, month: month, bookedOn: date, source: .payout,
                sourceID: payout.text)
            transfer?.append(to: &transfers)
        }
    }

    /// Sends all rows.
    mutating func copy(to connection: Connection) throws {
        for buffer in [\PayoutRows.payouts, \.items, \.refusals, \.transfers] where !self[keyPath: buffer].isEmpty {
            try connection.copy(&self[keyPath: buffer])
        }
    }
}
