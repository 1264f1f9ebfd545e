import PerisaiModels
import Postgres

import struct Foundation.UUID

/// One change of an agency, as it is kept.
struct AgencyChangeRow {
    let agent: AgentID
    let on: CivilDate
    let change: AgencyChange
    let reason: String
    var reentryFrom: CivilDate?
    var proposal: UUID?
    let event: UUID

    static var buffer: CopyBuffer {
        CopyBuffer(
            table: "agency_change",
            columns: ["agent_id", "changed_on", "change", "reason", "reentry_from", "proposal_id", "event_key"])
    }

    func append(to buffer: inout CopyBuffer) {
        buffer.beginRow()
        buffer.append(agent.text)
        buffer.append(date: on.daysSince1970)
        buffer.append(change.rawValue)
        buffer.append(reason)
        buffer.append(date: reentryFrom?.daysSince1970)
        buffer.append(proposal)
        buffer.append(event)
    }
}

/// A portfolio that passes on from a day: to another agent, or to nobody (the branch).
struct PassingRow {
    let agent: AgentID
    let on: CivilDate
    var to: AgentID?
    let reason: PassingReason
    let event: UUID

    /// A portfolio that passes on already on that day stays with what was decided first; a dismissal takes what the
    /// agent brings later as well.
    private static let insert = Statement(
        "passing_insert",
        """
        INSERT INTO portfolio_passing (agent_id, passed_on, to_agent, reason, event_key)
        SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::uuid[])
        ON CONFLICT (agent_id, passed_on) DO UPDATE SET reason = excluded.reason, position = 0, done = false
        WHERE excluded.reason = 'dismissed'
        """)

    /// What brings the rows in.
    static func statement(_ rows: [PassingRow]) -> (Statement, Parameters) {
        let parameters = Parameters {
            $0.append(rows.map(\.agent.text))
            $0.append(dates: rows.map(\.on.daysSince1970))
            $0.append(rows.map(\.to?.text))
            $0.append(rows.map(\.reason.rawValue))
            $0.append(rows.map(\.event))
        }
        return (insert, parameters)
    }
}
