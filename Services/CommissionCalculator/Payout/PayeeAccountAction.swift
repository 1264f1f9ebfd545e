import PerisaiModels
import Postgres
import Worker

/// Another account of an agent or wadah, in its own name at a partner bank: where no payout could be made, the next run
/// makes it.
public struct PayeeAccountAction: ProposalAction, Hashable {
    public static let summary = "Another account for what an agent or wadah is owed"
    public static let kind = ProposalKind.payeeAccount

    public let owner: Owner
    public let account: PayeeAccount
    public var subject: String { "\(owner.kind.rawValue) \(owner.id)" }

    public init(owner: Owner, account: PayeeAccount) {
        self.owner = owner
        self.account = account
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        let kind: PayeeKind = try reader.required("owner_kind")
        owner = Owner(kind, try reader.required("owner_id"))
        guard let account = try PayeeAccount(optionalFields: &reader) else {
            throw JSONFault(reason: "bank, account_number and account_holder: are required")
        }
        self.account = account
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("owner_kind", owner.kind)
        writer.field("owner_id", owner.id)
        account.write(fields: &writer)
    }

    private static let readDate = Statement("payee_account_date", "SELECT business_date FROM business_clock")
    private static let insert = Statement(
        "payee_account_insert",
        """
        INSERT INTO payee_account (owner_kind, owner_id, set_on, set_at, bank, account_number, account_holder,
            proposal_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """)

    public func check(on connection: Connection) throws {
        let rows = try connection.query(Self.readDate)
        guard rows.rowCount == 1 else { throw DeskError("no business date has started yet") }
        let date = try CommissionStore.date(rows, 0, 0)
        let found = try PayoutPlanStore.payees([owner], month: date.contributionMonth, on: date, connection)[owner]
        guard let payee = found, payee.name != nil else {
            throw DeskError(
                "\(owner.kind.rawValue): \(owner.id) is not known, or without a name to compare the account with")
        }
        if let refusal = try PayoutRules(on: date, connection).gate.refusal(payee, into: account) {
            throw DeskError("\(refusal.code.rawValue): \(refusal.reason)")
        }
    }

    public func apply(_ context: ProposalContext, _ outgoing: inout Outgoing) throws { try store(context) }

    func store(_ context: ProposalContext) throws {
        _ = try context.connection.query(
            Self.insert,
            Parameters {
                $0.append(owner.kind.rawValue)
                $0.append(owner.id)
                $0.append(date: context.date.daysSince1970)
                $0.append(timestamp: context.time.microseconds)
                $0.append(account.bank.text)
                $0.append(account.number.text)
                $0.append(account.holder)
                $0.append(context.proposalID)
            })
    }
}

extension PayeeAccount {
    /// - Throws: `DeskError` naming the part that cannot be.
    public init(operatorBank bank: String, number: String, holder: String) throws {
        let words = holder.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard (3...Self.holderLimit).contains(words.unicodeScalars.count), NameKey(words) != nil else {
            throw DeskError("account_holder: must have 3 to \(Self.holderLimit) characters, three of them letters")
        }
        guard words.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw DeskError("account_holder: must have no control characters")
        }
        do { self.init(bank: try BankCode(bank), number: try AccountNumber(number), holder: words) } catch {
            throw DeskError("\(error)")
        }
    }

    /// All three fields, or none.
    init?(optionalFields reader: inout FieldReader) throws(JSONFault) {
        let bank: BankCode? = try reader.optional("bank")
        let number: AccountNumber? = try reader.optional("account_number")
        let holder: String? = try reader.optional("account_holder")
        switch (bank, number, holder) {
        case (nil, nil, nil): return nil
        case (let bank?, let number?, let holder?): self.init(bank: bank, number: number, holder: holder)
        default: throw JSONFault(reason: "bank, account_number and account_holder: give all three or none")
        }
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("bank", bank)
        writer.field("account_number", number)
        writer.field("account_holder", holder)
    }
}
