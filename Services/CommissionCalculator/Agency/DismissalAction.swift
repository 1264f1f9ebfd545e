import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// The dismissal of an agent for fraud, crime or gratification: at once, and with all rights (S01b; domain.md 1.5).
/// Nothing accrues from that day on, what is owed and not paid is forfeited, and the agent does not come back.
public struct DismissalAction: ProposalAction, Hashable {
    public static let summary = "The dismissal of an agent"
    public static let kind = ProposalKind.dismissal

    public let agent: AgentID
    /// The first day without rights.
    public let on: CivilDate
    public var subject: String { agent.text }

    public init(agent: AgentID, on: CivilDate) {
        self.agent = agent
        self.on = on
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agent = try reader.required("agent_id")
        on = try reader.required("on", "The first day without rights")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agent)
        writer.field("on", on)
    }

    public func check(on connection: Connection) throws {
        let date = try AgencyDate.current(connection)
        let agency = try AgencyRecord.of(agent, on: connection)
        if agency.state == .dismissed, let since = agency.changedOn {
            throw DeskError("agent: \(agent) was dismissed on \(since)")
        }
        guard on <= date else {
            throw DeskError("on: a dismissal holds at once, and the business date is \(date)")
        }
        guard on >= agency.firstActivated else {
            throw DeskError("on: \(agent) is an agent since \(agency.firstActivated)")
        }
    }

    public func apply(_ context: ProposalContext, _ outgoing: inout Outgoing) throws {
        let agency = try AgencyRecord.of(agent, on: context.connection)
        let key = EventKey.derived(from: context.proposalID, ordinal: 0, purpose: 52)
        var rows = AgencyChangeRow.buffer
        AgencyChangeRow(
            agent: agent, on: on, change: .dismissed, reason: context.reason, proposal: context.proposalID, event: key
        ).append(to: &rows)
        _ = try context.connection.copy(&rows)
        let passing = PassingRow(
            agent: agent, on: on, reason: .dismissed, event: EventKey.derived(from: key, ordinal: 1, purpose: 49))
        let (statement, parameters) = PassingRow.statement([passing])
        _ = try context.connection.query(statement, parameters)
        _ = try Forfeit.settle(
            of: agent, context.date, sourceID: context.proposalID.text, limit: 1, context.connection)
        outgoing.emit(
            AgencyChanged(
                agentID: agent, wadahID: agency.wadah, branch: agency.branch, change: .dismissed,
                reason: context.reason, changedOn: on))
    }
}
