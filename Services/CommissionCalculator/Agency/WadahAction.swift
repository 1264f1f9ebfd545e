import PerisaiModels
import Postgres
import Worker

/// A contract (PKS) of a wadah with a branch: its term at most that of the scheme (three years under A, one under B,
/// S04; domain.md 1.2), its account in its own name.
public struct WadahAction: ProposalAction, Hashable {
    public static let summary = "A contract of a wadah"
    public static let kind = ProposalKind.wadah
    /// Longest name, in characters.
    public static let nameLimit = 140

    public var wadah: WadahID
    public var name: String
    public var branch: BranchCode
    /// A legal entity (CV, foundation, cooperative …) or an association without one.
    public var isLegalEntity: Bool
    public var bank: BankCode
    public var account: AccountNumber
    public var holder: String
    public var from: CivilDate
    /// The last day.
    public var until: CivilDate
    public var subject: String { wadah.text }

    public init(
        wadah: WadahID, name: String, branch: BranchCode, isLegalEntity: Bool, bank: BankCode, account: AccountNumber,
        holder: String, from: CivilDate, until: CivilDate
    ) {
        self.wadah = wadah
        self.name = name
        self.branch = branch
        self.isLegalEntity = isLegalEntity
        self.bank = bank
        self.account = account
        self.holder = holder
        self.from = from
        self.until = until
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        wadah = try reader.required("wadah_id")
        name = try reader.required("name")
        branch = try reader.required("branch")
        isLegalEntity = try reader.required("legal_entity")
        bank = try reader.required("bank")
        account = try reader.required("account_number")
        holder = try reader.required("account_holder", "The wadah's own name")
        from = try reader.required("from")
        until = try reader.required("until", "Last day")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("wadah_id", wadah)
        writer.field("name", name)
        writer.field("branch", branch)
        writer.field("legal_entity", isLegalEntity)
        writer.field("bank", bank)
        writer.field("account_number", account)
        writer.field("account_holder", holder)
        writer.field("from", from)
        writer.field("until", until)
    }

    private static let overlapping = Statement(
        "wadah_overlapping",
        """
        SELECT contract_from, in_force_until FROM wadah_contract
        WHERE wadah_id = $1 AND contract_from <= $3 AND in_force_until >= $2 ORDER BY contract_from LIMIT 1
        """)
    private static let insert = Statement(
        "wadah_insert",
        """
        INSERT INTO wadah (wadah_id, contract_from, contract_until, name, branch, legal_entity, bank, account_number,
            account_holder, proposal_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """)

    /// The last day that a contract from this one may have under the scheme.
    static func lastDay(from: CivilDate, years: Int) -> CivilDate { from.adding(months: 12 * years).adding(days: -1) }

    public func check(on connection: Connection) throws {
        guard let key = NameKey(name), name.count <= Self.nameLimit else {
            throw DeskError("name: must have 3 to \(Self.nameLimit) characters")
        }
        guard NameKey(holder) == key else {
            throw DeskError("holder: the account must be in the name of the wadah, \(name)")
        }
        guard until > from else { throw DeskError("until: must lie after \(from)") }
        guard let scheme = try EffectiveRows.schemes(on: connection)[from] else {
            throw DeskError("from: no scheme applies on \(from)")
        }
        let last = Self.lastDay(from: from, years: scheme.contractYears)
        guard until <= last else {
            throw DeskError(
                "until: a contract from \(from) ends on \(last) at the latest "
                    + "(\(scheme.contractYears) \(scheme.contractYears == 1 ? "year" : "years") under scheme \(scheme.code))"
            )
        }
        let banks = try EffectiveRows.payoutPolicies(on: connection)[from]?.partnerBanks ?? []
        guard banks.contains(bank) else {
            throw DeskError("bank: \(bank) is no partner bank on \(from): nothing could be paid there")
        }
        let rows = try connection.query(
            Self.overlapping,
            Parameters {
                $0.append(wadah.text)
                $0.append(date: from.daysSince1970)
                $0.append(date: until.daysSince1970)
            })
        guard rows.rowCount == 0 else {
            throw DeskError(
                "from: \(wadah) has a contract from \(try CommissionStore.date(rows, 0, 0)) until "
                    + "\(try CommissionStore.date(rows, 0, 1))")
        }
    }

    public func apply(_ context: ProposalContext, _ outgoing: inout Outgoing) throws {
        _ = try context.connection.query(
            Self.insert,
            Parameters {
                $0.append(wadah.text)
                $0.append(date: from.daysSince1970)
                $0.append(date: until.daysSince1970)
                $0.append(name)
                $0.append(branch.text)
                $0.append(isLegalEntity)
                $0.append(bank.text)
                $0.append(account.text)
                $0.append(holder)
                $0.append(context.proposalID)
            })
        outgoing.emit(
            WadahChanged(
                wadahID: wadah, name: name, branch: branch, change: .contracted, reason: context.reason,
                changedOn: from, contractUntil: until))
    }
}
