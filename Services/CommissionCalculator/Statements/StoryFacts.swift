import PerisaiModels
import Postgres

import struct Foundation.UUID

/// What a story needs besides the lines.
struct StoryFacts {
    struct Issued {
        let sequence: Int
        let issuedOn: CivilDate
        let wadah: String
        let total: Rupiah
        let agentShare: Rupiah
        let wadahShare: Rupiah
    }

    /// Activated.
    let isKnown: Bool
    /// Participants enrolled whose NIK was registered before.
    let knownPersons: Int
    let employers: Int
    let workers: Int
    private(set) var statements: [Issued] = []
    /// Sentences.
    private(set) var passed: [String] = []
    private(set) var disputes: [String] = []

    /// Nothing but the activation.
    var isEmpty: Bool { statements.isEmpty && passed.isEmpty && disputes.isEmpty && knownPersons + employers == 0 }

    /// Payers are "1" and the KPJ, or "2" and the NPP.
    private static let enrolled = Statement(
        "story_enrolled",
        """
        SELECT EXISTS (SELECT FROM agent WHERE agent_id = $1),
            count(*) FILTER (WHERE payer < 200000000000 AND three_programmes + two_programmes = 0),
            count(*) FILTER (WHERE payer >= 200000000000),
            coalesce(sum(persons) FILTER (WHERE payer >= 200000000000), 0)::int8
        FROM enrolment WHERE agent_id = $1 AND month = $2
        """)
    private static let issued = Statement(
        "story_issued",
        """
        SELECT sequence, issued_on, wadah_id, total, agent_share, wadah_share FROM statement
        WHERE agent_id = $1 AND month = $2 ORDER BY sequence
        """)
    private static let handovers = Statement(
        "story_handovers",
        """
        SELECT to_agent = $1, coalesce(to_agent, ''), reason, count(DISTINCT payer), min(passed_on)
        FROM (
            SELECT h.payer, h.agent_id AS to_agent, h.reason, h.passed_on FROM handover h
            JOIN enrolment e ON e.payer = h.payer
            WHERE e.agent_id = $1 AND h.agent_id IS DISTINCT FROM $1 AND h.passed_on BETWEEN $2 AND $3
            UNION ALL
            SELECT payer, agent_id, reason, passed_on FROM handover
            WHERE agent_id = $1 AND passed_on BETWEEN $2 AND $3) AS h
        GROUP BY to_agent, reason ORDER BY to_agent, reason LIMIT 100
        """)
    private static let disputed = Statement(
        "story_disputes",
        """
        SELECT dispute_id, coalesce(event_key::text, ''), state, agent_held, correction, decided_on, reason FROM dispute
        WHERE agent_id = $1 AND month = $2 ORDER BY opened_at, dispute_id LIMIT 100
        """)

    init(_ agent: AgentID, _ month: ContributionMonth, _ connection: Connection) throws {
        let pair = Parameters {
            $0.append(agent.text)
            $0.append(month.index)
        }
        let results = try connection.pipeline {
            $0.query(Self.enrolled, pair)
            $0.query(Self.issued, pair)
            $0.query(
                Self.handovers,
                Parameters {
                    $0.append(agent.text)
                    $0.append(date: month.firstDay.daysSince1970)
                    $0.append(date: month.lastDay.daysSince1970)
                })
            $0.query(Self.disputed, pair)
        }
        isKnown = try results[0].bool(0, 0)
        knownPersons = Int(try results[0].int64(0, 1))
        employers = Int(try results[0].int64(0, 2))
        workers = Int(try results[0].int64(0, 3))
        for row in 0..<results[1].rowCount {
            statements.append(
                Issued(
                    sequence: Int(try results[1].int32(row, 0)), issuedOn: try CommissionStore.date(results[1], row, 1),
                    wadah: try results[1].text(row, 2), total: Rupiah(try results[1].int64(row, 3)),
                    agentShare: Rupiah(try results[1].int64(row, 4)), wadahShare: Rupiah(try results[1].int64(row, 5))))
        }
        for row in 0..<results[2].rowCount {
            let (rows, to) = (results[2], try results[2].text(row, 1))
            let direction =
                to == agent.text ? "passed to \(agent)" : to.isEmpty ? "passed to the branch" : "passed to \(to)"
            passed.append(
                "\(CommissionStory.count(Int(try rows.int64(row, 3)), "payer")) \(direction) from \(try CommissionStore.date(rows, row, 4)) on "
                    + "(\(try rows.text(row, 2))); what is booked since then earns whom they passed to.")
        }
        for row in 0..<results[3].rowCount { disputes.append(try Self.sentence(results[3], row)) }
    }

    private static func sentence(_ rows: QueryResult, _ row: Int) throws -> String {
        let event = try rows.text(row, 1)
        let about = event.isEmpty ? "what is missing" : "event \(event)"
        let decided = try rows.isNull(row, 5) ? "" : " on \(CommissionStore.date(rows, row, 5))"
        return "Dispute \(try rows.uuid(row, 0).text) about \(about) is \(try rows.text(row, 2))\(decided): "
            + "\(Rupiah(try rows.int64(row, 3))) of the agent is held, \(Rupiah(try rows.int64(row, 4))) corrected. "
            + "Reason: \(try rows.text(row, 6))"
    }
}
