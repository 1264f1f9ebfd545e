import PerisaiModels
import Postgres
import Worker

/// What there is to tell of one wadah.
public struct WadahLife: Sendable {
    public struct Change: Sendable {
        public let on: CivilDate
        public let what: String
        public let reason: String
    }

    /// In order of their first days.
    public let contracts: [WadahContract]
    /// Warnings and ends, in order.
    public let changes: [Change]
    /// In order of their ids.
    public let agents: [AgencyRecord]

    /// Most changes and agents that are shown.
    public static let limit = 1_000

    private static let readChanges = Statement(
        "wadah_changes",
        "SELECT changed_on, change, reason FROM wadah_change WHERE wadah_id = $1 ORDER BY changed_on, change LIMIT $2")
    private static let readAgents = Statement(
        "wadah_agencies",
        """
        SELECT \(AgencyRecord.columns) FROM agency_on('infinity') WHERE wadah_id = $1 ORDER BY agent_id LIMIT $2
        """)

    /// The search path of `connection` must be the service's schema.
    /// - Throws: `DeskError` for a wadah without contract and agents.
    public static func of(_ wadah: WadahID, on connection: Connection) throws -> WadahLife {
        let parameters = Parameters {
            $0.append(wadah.text)
            $0.append(Int64(limit))
        }
        let changes = try connection.query(readChanges, parameters)
        let agents = try connection.query(readAgents, parameters)
        let contracts = try WadahContract.list(wadah: wadah, on: connection)
        guard !contracts.isEmpty || agents.rowCount > 0 else { throw DeskError("wadah: \(wadah) is not known") }
        return WadahLife(
            contracts: contracts,
            changes: try (0..<changes.rowCount).map { row in
                Change(
                    on: try CommissionStore.date(changes, row, 0), what: try changes.text(row, 1),
                    reason: try changes.text(row, 2))
            }, agents: try (0..<agents.rowCount).map { try AgencyRecord(agents, $0) })
    }
}
