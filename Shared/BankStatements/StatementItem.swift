import PerisaiModels

/// One line of a bank statement: money that came or went.
public struct StatementEntry: Sendable, Hashable {
    /// Longest free text that is kept, in characters; more is cut.
    public static let textLimit = 500
    /// Longest reference that is kept, in characters; more is cut.
    public static let referenceLimit = 64

    /// Place within the statement, from 1.
    public var ordinal: Int
    /// Line of the file where the entry begins, from 1.
    public var line: Int
    public var isCredit: Bool
    /// The entry takes an earlier one back (RC and RD in MT940, RvslInd in camt). `isCredit` already tells the net
    /// effect: a reversed credit is a debit.
    public var isReversal: Bool
    /// Whole rupiah, more than zero.
    public var amount: Rupiah
    /// This date decides (domain.md 6.4).
    public var bookedOn: CivilDate
    public var valueDate: CivilDate?
    /// The bank's own number of the booking.
    public var bankReference: String?
    /// What the payer or its bank gave: customer reference, EndToEndId, creditor reference.
    public var payerReference: String?
    public var payerName: String?
    /// Free text, lines joined by a blank.
    public var text: String

    public init(
        ordinal: Int, line: Int, isCredit: Bool, isReversal: Bool = false, amount: Rupiah, bookedOn: CivilDate,
        valueDate: CivilDate? = nil, bankReference: String? = nil, payerReference: String? = nil,
        payerName: String? = nil, text: String = ""
    ) {
        self.ordinal = ordinal
        self.line = line
        self.isCredit = isCredit
        self.isReversal = isReversal
        self.amount = amount
        self.bookedOn = bookedOn
        self.valueDate = valueDate
        self.bankReference = bankReference
        self.payerReference = payerReference
        self.payerName = payerName
        self.text = text
    }
}

/// What stands at the head of a statement.
public struct StatementHead: Sendable, Hashable {
    /// The account's number as the bank writes it, up to 34 characters.
    public var account: String
    /// The bank's number of the statement: unique for an account and a year.
    public var statement: String
    /// Sequence, where there is one: continuity is told from it.
    public var sequence: Int?
    /// MT942 and camt.054: news of the day, without balances that close it.
    public var isInterim: Bool
    /// Whole rupiah, negative for a debit balance.
    public var openingBalance: Rupiah?
    public var openedOn: CivilDate?
    /// Line of the file, from 1.
    public var line: Int

    public init(
        account: String, statement: String, sequence: Int? = nil, isInterim: Bool, openingBalance: Rupiah? = nil,
        openedOn: CivilDate? = nil, line: Int
    ) {
        self.account = account
        self.statement = statement
        self.sequence = sequence
        self.isInterim = isInterim
        self.openingBalance = openingBalance
        self.openedOn = openedOn
        self.line = line
    }
}

/// What stands at the end of a statement, and what was counted on the way.
public struct StatementEnd: Sendable, Hashable {
    public var closingBalance: Rupiah?
    public var closedOn: CivilDate?
    /// Sums of the entries that were read, in rupiah.
    public var credits: Rupiah
    public var debits: Rupiah
    public var entries: Int
    public var line: Int

    public init(
        closingBalance: Rupiah? = nil, closedOn: CivilDate? = nil, credits: Rupiah, debits: Rupiah, entries: Int,
        line: Int
    ) {
        self.closingBalance = closingBalance
        self.closedOn = closedOn
        self.credits = credits
        self.debits = debits
        self.entries = entries
        self.line = line
    }
}

/// What was refused, where and why. Holds no input value, so no NIK either.
public struct StatementFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// Line of the file, from 1.
    public var line: Int
    /// The field as the format names it: `:61:`, `Ntry/Amt`, a column.
    public var field: String
    public var reason: String

    public init(line: Int, field: String, reason: String) {
        self.line = line
        self.field = field
        self.reason = reason
    }

    public var description: String { "line \(line): \(field): \(reason)" }
}

/// What a reader finds, in the order of the file.
public enum StatementItem: Sendable, Hashable {
    case opened(StatementHead)
    case entry(StatementEntry)
    /// One entry or field that cannot be used; reading goes on behind it.
    case refused(StatementFault)
    case closed(StatementEnd)
}
