import PerisaiModels
import Postgres

import struct Foundation.UUID

/// Whom money is owed to.
public enum Owner: Sendable, Hashable, Comparable {
    case agent(String)
    case wadah(String)

    public init(_ kind: PayeeKind, _ id: String) { self = kind == .agent ? .agent(id) : .wadah(id) }

    public var kind: PayeeKind {
        switch self {
        case .agent: .agent
        case .wadah: .wadah
        }
    }

    public var id: String {
        switch self {
        case .agent(let id), .wadah(let id): id
        }
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.kind.rawValue, left.id) < (right.kind.rawValue, right.id)
    }
}

/// The accounts of an owner; over all of them every owner sums to zero.
public enum TransferAccount: String, Sendable, CaseIterable {
    /// Where incentives come from.
    case expense
    /// What is owed; below zero it is carried forward.
    case payable
    /// What a dispute holds.
    case held
    /// What is with the bank.
    case transit
    case paid
    /// What was withheld.
    case tax
    /// What a dismissed agent does not get.
    case forfeited
}

/// What a transfer follows from.
public enum TransferSource: String, Sendable, CaseIterable {
    case statement, dispute, payout, dismissal
}

/// One double entry: takes an amount from one account of an owner and gives it to another. Appended only.
public struct Transfer: Sendable, Hashable {
    public let id: UUID
    public let owner: Owner
    public let from: TransferAccount
    public let to: TransferAccount
    /// More than zero.
    public let amount: Rupiah
    public let month: ContributionMonth
    public let bookedOn: CivilDate
    public let source: TransferSource
    public let sourceID: String

    /// Nil for an amount of zero; a negative amount goes the other way.
    public init?(
        id: UUID, owner: Owner, _ amount: Rupiah, from: TransferAccount, to: TransferAccount, month: ContributionMonth,
        bookedOn: CivilDate, source: TransferSource, sourceID: String
    ) throws(MoneyOverflow) {
        guard !amount.isZero else { return nil }
        self.id = id
        self.owner = owner
        self.from = amount.isNegative ? to : from
        self.to = amount.isNegative ? from : to
        self.amount = amount.isNegative ? try amount.negated() : amount
        self.month = month
        self.bookedOn = bookedOn
        self.source = source
        self.sourceID = sourceID
    }

    static var buffer: CopyBuffer {
        CopyBuffer(
            table: "transfer",
            columns: [
                "owner_kind", "owner_id", "transfer_id", "from_account", "to_account", "amount", "month", "booked_on",
                "source", "source_id",
            ])
    }

    func append(to buffer: inout CopyBuffer) {
        buffer.beginRow()
        buffer.append(owner.kind.rawValue)
        buffer.append(owner.id)
        buffer.append(id)
        buffer.append(from.rawValue)
        buffer.append(to.rawValue)
        buffer.append(amount.amount)
        buffer.append(month.index)
        buffer.append(date: bookedOn.daysSince1970)
        buffer.append(source.rawValue)
        buffer.append(sourceID)
    }
}

/// What is owed to owners, by account.
public enum Balances {
    private static let read = Statement(
        "commission_balances",
        """
        SELECT account, amount FROM balance WHERE owner_kind = $1 AND owner_id = $2
        """)

    /// The accounts of an owner that are not zero.
    public static func of(_ owner: Owner, on connection: Connection) throws -> [TransferAccount: Rupiah] {
        let rows = try connection.query(
            read,
            Parameters {
                $0.append(owner.kind.rawValue)
                $0.append(owner.id)
            })
        var balances: [TransferAccount: Rupiah] = [:]
        for row in 0..<rows.rowCount {
            guard let account = TransferAccount(rawValue: try rows.text(row, 0)) else {
                throw StoredDataFault(column: "account", reason: "is not known")
            }
            let amount = Rupiah(try rows.int64(row, 1))
            if !amount.isZero { balances[account] = amount }
        }
        return balances
    }
}
