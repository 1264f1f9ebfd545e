import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Passes the participants and employers of an agent on, some at a time: from the day on, what they pay earns for the
/// branch (nothing) or for the agent named; what was booked before that day and comes late still earns for the first.
enum PassingJob {
    private static let next = Statement(
        "passing_next",
        """
        SELECT p.agent_id, p.passed_on, p.to_agent, p.reason, p.event_key, p.position,
            (SELECT min(c.changed_on) FROM agency_change AS c
             WHERE c.agent_id = p.agent_id AND c.change = 'reactivated' AND c.changed_on >= p.passed_on
                AND p.reason <> 'dismissed')
        FROM portfolio_passing AS p WHERE NOT p.done AND p.passed_on <= $1 ORDER BY p.passed_on, p.agent_id LIMIT 1
        """)
    private static let payers = Statement(
        "passing_payers",
        """
        SELECT payer FROM enrolment WHERE agent_id = $1 AND payer > $2
        UNION SELECT payer FROM handover WHERE agent_id = $1 AND payer > $2
        ORDER BY payer LIMIT $3
        """)
    private static let advance = Statement(
        "passing_advance",
        "UPDATE portfolio_passing SET position = $3, done = $4 WHERE agent_id = $1 AND passed_on = $2")

    private struct Passing {
        let agent: AgentID
        let on: CivilDate
        let to: AgentID?
        let reason: PassingReason
        let event: UUID
        let position: Int64
        /// The day on which the agent came back; a dismissal holds for a return that was decided before it too.
        let back: CivilDate?

        init(_ rows: QueryResult) throws {
            agent = try AgentID(rows.text(0, 0))
            on = try CommissionStore.date(rows, 0, 1)
            to = try rows.optionalText(0, 2).map { try AgentID($0) }
            guard let reason = PassingReason(rawValue: try rows.text(0, 3)) else {
                throw StoredDataFault(column: "reason", reason: "is not known")
            }
            self.reason = reason
            event = try rows.uuid(0, 4)
            position = try rows.int64(0, 5)
            back = try rows.isNull(0, 6) ? nil : CommissionStore.date(rows, 0, 6)
        }

        /// Days from which a payer is passed on: that of the passing for those enrolled by then, and those of later
        /// enrolments by an agent that was gone already.
        func days(of history: PayerHistory) -> [CivilDate] {
            let now = history.enrolment(on: on).map { $0.enrolledOn <= on } ?? false ? [on] : []
            guard reason != .policy else { return now }
            let later = history.enrolments.filter { enrolment in
                enrolment.agent == agent.text && enrolment.enrolledOn > on
                    && (back.map { enrolment.enrolledOn < $0 } ?? true)
            }
            return now + later.map(\.enrolledOn)
        }
    }

    /// One chunk of the first passing that is due; false when none is.
    static func run(
        _ clock: AgencyJob.Clock, _ settings: CommissionSettings, _ connection: Connection, _ outgoing: inout Outgoing,
        _ writer: inout BatchWriter
    ) throws -> Bool {
        let rows = try connection.query(next, Parameters { $0.append(date: clock.date.daysSince1970) })
        guard rows.rowCount == 1 else { return false }
        let passing = try Passing(rows)
        let found = try connection.query(
            payers,
            Parameters {
                $0.append(passing.agent.text)
                $0.append(passing.position)
                $0.append(Int64(settings.agentsPerChunk))
            })
        let codes = try (0..<found.rowCount).map { try found.int64($0, 0) }
        var state = CommissionState(schemes: Scheme.published, closing: settings.closing)
        try CommissionStore.load(Set(codes), Set(codes), into: &state, from: connection)
        let target = try activeTarget(passing, connection)
        for code in codes { try pass(code, passing, target, clock, &state, &outgoing) }
        CommissionStore.save(&state, to: &writer)
        writer.execute(
            advance,
            Parameters {
                $0.append(passing.agent.text)
                $0.append(date: passing.on.daysSince1970)
                $0.append(codes.last ?? passing.position)
                $0.append(codes.count < settings.agentsPerChunk)
            })
        return true
    }

    /// Who was to get the portfolio may be gone by now: then it is the branch's.
    private static func activeTarget(_ passing: Passing, _ connection: Connection) throws -> AgentID? {
        guard let to = passing.to, try AgencyRecord.of(to, on: connection).state == .active else { return nil }
        return to
    }

    private static func pass(
        _ code: Int64, _ passing: Passing, _ target: AgentID?, _ clock: AgencyJob.Clock,
        _ state: inout CommissionState, _ outgoing: inout Outgoing
    ) throws {
        guard let history = state.payers[code]?.history else { return }
        for day in passing.days(of: history) {
            guard state.payers[code]?.history.agent(on: day) == passing.agent.text else { continue }
            // Its own for each payer and day: it names the rows of a chunk in statements.
            var hash = SipHash128(seed: 50)
            hash.combine(UInt64(bitPattern: code))
            hash.combine(UInt64(bitPattern: Int64(day.daysSince1970)))
            var key = UUID(clock.event.halves.0, hash.finish().1 ^ passing.event.halves.1)
            // Who was passed on that day before is passed on from there: the last one by its key counts.
            if let last = state.payers[code]?.history.handovers.last(where: { $0.passedOn == day })?.event.halves,
                last >= key.halves
            {
                key = UUID(last.0 &+ 1, key.halves.1)
            }
            guard
                state.pass(
                    code, Handover(passedOn: day, agent: target?.text, event: key), reason: passing.reason)
            else { continue }
            outgoing.begin(key: key, time: clock.time)
            outgoing.emit(
                PortfolioPassed(
                    payer: try PayerNumber(code: code), fromAgent: passing.agent, toAgent: target,
                    reason: passing.reason, passedOn: day))
        }
    }
}
