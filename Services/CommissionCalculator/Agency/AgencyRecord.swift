import PerisaiModels
import Postgres
import Worker

/// What an agency is; the raw value is what `agency_on` gives.
public enum AgencyState: String, Sendable, CaseIterable {
    case active
    case ended
    case dismissed
}

/// An agent's agency as it is known now.
public struct AgencyRecord: Sendable {
    public let agent: AgentID
    /// Nil for agents activated before their names were told.
    public let name: String?
    public let wadah: WadahID
    public let branch: BranchCode
    public let firstActivated: CivilDate
    /// When the present agency began: the activation, or the return.
    public let since: CivilDate
    public let state: AgencyState
    /// Of the last end, dismissal or return.
    public let changedOn: CivilDate?
    public let reason: String?
    /// Of an ended agency: from this day on the wadah may ask for the agent again.
    public let reentryFrom: CivilDate?

    /// Since when it is what it is.
    public var inStateSince: CivilDate { state == .active ? since : changedOn ?? since }

    /// Most agencies that are listed.
    public static let limit = 50_000

    static let columns =
        "agent_id, name, wadah_id, branch, first_on, since, state, changed_on, reason, reentry_from"

    private static let find = Statement(
        "agency_find", "SELECT \(columns) FROM agency_on('infinity') WHERE agent_id = $1")
    private static let read = Statement(
        "agency_list",
        """
        SELECT \(columns) FROM agency_on('infinity')
        WHERE ($1 = '' OR state = $1) AND ($2 = '' OR branch = $2) ORDER BY agent_id LIMIT $3
        """)

    init(_ rows: QueryResult, _ row: Int) throws {
        agent = try AgentID(rows.text(row, 0))
        name = try rows.optionalText(row, 1)
        wadah = try WadahID(rows.text(row, 2))
        branch = try BranchCode(rows.text(row, 3))
        firstActivated = try CommissionStore.date(rows, row, 4)
        since = try CommissionStore.date(rows, row, 5)
        guard let state = AgencyState(rawValue: try rows.text(row, 6)) else {
            throw StoredDataFault(column: "state", reason: "is not known")
        }
        self.state = state
        changedOn = try rows.isNull(row, 7) ? nil : CommissionStore.date(rows, row, 7)
        reason = try rows.optionalText(row, 8)
        reentryFrom = try rows.isNull(row, 9) ? nil : CommissionStore.date(rows, row, 9)
    }

    /// The search path of `connection` must be the service's schema.
    /// - Throws: `DeskError` for an agent that was never activated.
    public static func of(_ agent: AgentID, on connection: Connection) throws -> AgencyRecord {
        let rows = try connection.query(find, Parameters { $0.append(agent.text) })
        guard rows.rowCount == 1 else { throw DeskError("agent: \(agent) was never activated") }
        return try AgencyRecord(rows, 0)
    }

    /// In order of their agents' ids, at most `limit`.
    public static func list(
        state: AgencyState?, branch: BranchCode?, on connection: Connection
    ) throws -> [AgencyRecord] {
        let rows = try connection.query(
            read,
            Parameters {
                $0.append(state?.rawValue ?? "")
                $0.append(branch?.text ?? "")
                $0.append(Int64(limit))
            })
        return try (0..<rows.rowCount).map { try AgencyRecord(rows, $0) }
    }
}

/// The business date, for decisions that hold from a day on.
enum AgencyDate {
    private static let read = Statement("agency_date", "SELECT business_date FROM business_clock")

    /// - Throws: `DeskError` before the first one.
    static func current(_ connection: Connection) throws -> CivilDate {
        let rows = try connection.query(read)
        guard rows.rowCount == 1 else { throw DeskError("no business date has started yet") }
        return try CommissionStore.date(rows, 0, 0)
    }
}
