import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// The return of an agent whose agency has ended: on a wadah's request, six months after the end at the earliest (S01b,
/// S02; domain.md 1.5, T45). Its idle months are counted anew; its former participants stay where they are.
public struct ReactivationAction: ProposalAction, Hashable {
    public static let summary = "The return of an agent"
    public static let kind = ProposalKind.reactivation
    /// Most days that a return may lie back.
    public static let daysBack = 31

    public let agent: AgentID
    /// That asks for the agent.
    public let wadah: WadahID
    public let on: CivilDate
    public var subject: String { agent.text }

    public init(agent: AgentID, wadah: WadahID, on: CivilDate) {
        self.agent = agent
        self.wadah = wadah
        self.on = on
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agent = try reader.required("agent_id")
        wadah = try reader.required("wadah_id", "The wadah that asks for the agent")
        on = try reader.required("on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agent)
        writer.field("wadah_id", wadah)
        writer.field("on", on)
    }

    /// The account of the last activation that told one.
    private static let activate = Statement(
        "agency_activate",
        """
        INSERT INTO agent (agent_id, activated_on, event_key, wadah_id, branch, name, bank, account_number,
            account_holder, contract_until)
        SELECT agent_id, $2, $3, $4, $5, name, bank, account_number, account_holder, $6 FROM agent
        WHERE agent_id = $1 ORDER BY name IS NULL, activated_on DESC, event_key DESC LIMIT 1
        """)

    public func check(on connection: Connection) throws {
        let date = try AgencyDate.current(connection)
        let agency = try AgencyRecord.of(agent, on: connection)
        switch agency.state {
        case .active: throw DeskError("agent: \(agent) is active since \(agency.since)")
        case .dismissed:
            throw DeskError(
                "agent: \(agent) was dismissed on \(agency.changedOn?.description ?? "") and does not come back")
        case .ended: break
        }
        if let reentry = agency.reentryFrom, on < reentry {
            throw DeskError("on: \(agent) may come back from \(reentry) on, not before")
        }
        guard on <= date, on >= date.adding(days: -Self.daysBack) else {
            throw DeskError(
                "on: must lie within \(Self.daysBack) days before the business date, \(date)")
        }
        _ = try contract(connection)
    }

    private func contract(_ connection: Connection) throws -> WadahContract {
        guard let contract = try WadahContract.of(wadah, on: on, connection) else {
            throw DeskError("wadah: \(wadah) has no contract (PKS) in force on \(on)")
        }
        return contract
    }

    public func apply(_ context: ProposalContext, _ outgoing: inout Outgoing) throws {
        let contract = try contract(context.connection)
        let key = EventKey.derived(from: context.proposalID, ordinal: 0, purpose: 52)
        var rows = AgencyChangeRow.buffer
        AgencyChangeRow(
            agent: agent, on: on, change: .reactivated, reason: context.reason, proposal: context.proposalID,
            event: key
        ).append(to: &rows)
        _ = try context.connection.copy(&rows)
        _ = try context.connection.query(
            Self.activate,
            Parameters {
                $0.append(agent.text)
                $0.append(date: on.daysSince1970)
                $0.append(key)
                $0.append(wadah.text)
                $0.append(contract.branch.text)
                $0.append(date: contract.inForceUntil.daysSince1970)
            })
        outgoing.emit(
            AgencyChanged(
                agentID: agent, wadahID: wadah, branch: contract.branch, change: .reactivated, reason: context.reason,
                changedOn: on, contractUntil: contract.inForceUntil))
    }
}
