import PerisaiModels
import Postgres
import Worker

/// A contract (PKS) of a wadah with a branch.
public struct WadahContract: Sendable {
    public let wadah: WadahID
    public let from: CivilDate
    /// The last day agreed on.
    public let until: CivilDate
    /// The last day in fact.
    public let inForceUntil: CivilDate
    public let name: String
    public let branch: BranchCode
    public let isLegalEntity: Bool
    public let bank: String
    /// All but the last four digits hidden.
    public let maskedAccount: String
    public let holder: String

    /// Most contracts that are listed.
    public static let limit = 10_000

    static let columns =
        "wadah_id, contract_from, contract_until, in_force_until, name, branch, legal_entity, bank, "
        + "repeat('*', greatest(length(account_number) - 4, 0)) || right(account_number, 4), account_holder"

    private static let inForce = Statement(
        "wadah_in_force",
        """
        SELECT \(columns) FROM wadah_contract
        WHERE wadah_id = $1 AND contract_from <= $2 AND in_force_until >= $2
        """)
    private static let read = Statement(
        "wadah_contracts",
        """
        SELECT \(columns) FROM wadah_contract WHERE ($1 = '' OR wadah_id = $1) AND ($2 = '' OR branch = $2)
        ORDER BY wadah_id, contract_from LIMIT $3
        """)

    init(_ rows: QueryResult, _ row: Int) throws {
        wadah = try WadahID(rows.text(row, 0))
        from = try CommissionStore.date(rows, row, 1)
        until = try CommissionStore.date(rows, row, 2)
        inForceUntil = try CommissionStore.date(rows, row, 3)
        name = try rows.text(row, 4)
        branch = try BranchCode(rows.text(row, 5))
        isLegalEntity = try rows.bool(row, 6)
        bank = try rows.text(row, 7)
        maskedAccount = try rows.text(row, 8)
        holder = try rows.text(row, 9)
    }

    /// The contract in force on a day. The search path of `connection` must be the service's schema.
    public static func of(_ wadah: WadahID, on date: CivilDate, _ connection: Connection) throws -> WadahContract? {
        let rows = try connection.query(
            inForce,
            Parameters {
                $0.append(wadah.text)
                $0.append(date: date.daysSince1970)
            })
        return rows.rowCount == 0 ? nil : try WadahContract(rows, 0)
    }

    /// In order of wadah and first day, at most `limit`; all, or those of one wadah or branch.
    public static func list(
        wadah: WadahID? = nil, branch: BranchCode? = nil, on connection: Connection
    ) throws -> [WadahContract] {
        let rows = try connection.query(
            read,
            Parameters {
                $0.append(wadah?.text ?? "")
                $0.append(branch?.text ?? "")
                $0.append(Int64(limit))
            })
        return try (0..<rows.rowCount).map { try WadahContract(rows, $0) }
    }
}

/// A warning to a wadah or the end of its contract, as it is kept.
struct WadahChangeRow {
    static var buffer: CopyBuffer {
        CopyBuffer(table: "wadah_change", columns: ["wadah_id", "changed_on", "change", "reason", "event_key"])
    }

    /// Keeps and tells a change.
    static func append(
        _ change: WadahChange, of contract: WadahContract, on day: CivilDate, reason: String,
        _ clock: AgencyJob.Clock, to buffer: inout CopyBuffer, _ outgoing: inout Outgoing
    ) {
        let key = clock.key(change.rawValue, contract.wadah.text, day)
        buffer.beginRow()
        buffer.append(contract.wadah.text)
        buffer.append(date: day.daysSince1970)
        buffer.append(change.rawValue)
        buffer.append(reason)
        buffer.append(key)
        outgoing.begin(key: key, time: clock.time)
        outgoing.emit(
            WadahChanged(
                wadahID: contract.wadah, name: contract.name, branch: contract.branch, change: change, reason: reason,
                changedOn: day, contractUntil: contract.until))
    }
}
