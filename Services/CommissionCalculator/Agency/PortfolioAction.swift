import PerisaiModels
import Postgres
import Worker

/// The branch's decision that the participants of an agent pass to another agent of the same wadah or branch, or to the
/// branch (domain.md 1.5 [U]: policy).
public struct PortfolioAction: ProposalAction, Hashable {
    public static let summary = "The passing of an agent's participants"
    public static let kind = ProposalKind.portfolio

    public let agent: AgentID
    /// Nil: the branch.
    public let to: AgentID?
    /// From this day on what they pay earns for the other.
    public let on: CivilDate
    public var subject: String { agent.text }

    public init(agent: AgentID, to: AgentID?, on: CivilDate) {
        self.agent = agent
        self.to = to
        self.on = on
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        agent = try reader.required("agent_id")
        to = try reader.optional("to_agent", "Nobody: the branch")
        on = try reader.required("on")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("agent_id", agent)
        writer.field("to_agent", to)
        writer.field("on", on)
    }

    private static let known = Statement(
        "portfolio_known", "SELECT FROM portfolio_passing WHERE agent_id = $1 AND passed_on = $2")

    public func check(on connection: Connection) throws {
        let date = try AgencyDate.current(connection)
        let agency = try AgencyRecord.of(agent, on: connection)
        guard on >= date else {
            throw DeskError("on: \(on) lies before the business date, \(date)")
        }
        guard on <= date.adding(months: 12) else { throw DeskError("on: lies more than a year ahead") }
        if let to {
            guard to != agent else { throw DeskError("to: must be another agent than \(agent)") }
            let other = try AgencyRecord.of(to, on: connection)
            guard other.state == .active else { throw DeskError("to: \(to) is \(other.state.rawValue), not active") }
            guard other.wadah == agency.wadah || other.branch == agency.branch else {
                throw DeskError(
                    "to: \(to) is of wadah \(other.wadah) in \(other.branch), \(agent) of \(agency.wadah) in "
                        + "\(agency.branch): the wadah or the branch must be the same")
            }
        }
        let rows = try connection.query(
            Self.known,
            Parameters {
                $0.append(agent.text)
                $0.append(date: on.daysSince1970)
            })
        guard rows.rowCount == 0 else { throw DeskError("on: the portfolio of \(agent) passes on on \(on) already") }
    }

    /// The payers follow in chunks once the day has come; each is told by an event of its own.
    public func apply(_ context: ProposalContext, _ outgoing: inout Outgoing) throws {
        let row = PassingRow(
            agent: agent, on: on, to: to, reason: .policy,
            event: EventKey.derived(from: context.proposalID, ordinal: 1, purpose: 49))
        let (statement, parameters) = PassingRow.statement([row])
        _ = try context.connection.query(statement, parameters)
    }
}
