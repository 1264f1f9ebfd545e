import PerisaiModels
import Postgres
import Worker

/// Loads and saves what a batch touches.
enum CommissionStore {
    /// Every statement here finds rows by key. The cached plan of a table that was still empty would be a scan of it.
    private static let planByKey = Statement(
        "commission_plan_by_key", "SELECT set_config('enable_seqscan', 'off', true)")
    private static let addPayers = Statement(
        "commission_add_payers",
        """
        INSERT INTO payer (payer) SELECT p FROM unnest($1::int8[]) AS p ORDER BY p ON CONFLICT DO NOTHING
        """)
    private static let lockPayers = Statement(
        "commission_lock_payers",
        "SELECT payer, has_reversals FROM payer WHERE payer = ANY($1::int8[]) ORDER BY payer FOR UPDATE")
    static let readEnrolments = Statement(
        "commission_read_enrolments",
        """
        SELECT payer, submission, agent_id, enrolled_on, first_month, monthly_contribution FROM enrolment
        WHERE payer = ANY($1::int8[])
        """)
    static let readHandovers = Statement(
        "commission_read_handovers",
        "SELECT payer, passed_on, agent_id, event_key FROM handover WHERE payer = ANY($1::int8[])")
    private static let readAccruals = Statement(
        "commission_read_accruals",
        """
        SELECT payer, event_key, line, revision, units, kind, payment_id, booked_on, contribution_month, base,
            agent_id, scheme, rule, rate_ppm
        FROM accrual WHERE payer = ANY($1::int8[]) ORDER BY payer, event_key, line, revision
        """)
    private static let flagReversals = Statement(
        "commission_flag_reversals",
        "UPDATE payer SET has_reversals = true WHERE payer = ANY($1::int8[]) AND NOT has_reversals")
    private static let startDate = Statement(
        "commission_start_date",
        """
        INSERT INTO business_clock AS c VALUES (1, $1, $2, $3, $4, 0, '')
        ON CONFLICT (id) DO UPDATE SET business_date = excluded.business_date, event_key = excluded.event_key,
            event_time = excluded.event_time, done = c.done AND $4, cursor_month = 0, cursor_agent = ''
        WHERE c.business_date < excluded.business_date
        """)

    static func load(
        _ events: [Event<CommissionInput>], into state: inout CommissionState, from connection: Connection
    ) throws {
        var complete = Set<Int64>()
        var codes = Set<Int64>()
        for event in events {
            guard let code = event.input.payer?.code else { continue }
            codes.insert(code)
            if event.input.revises { complete.insert(code) }
        }
        try load(codes, complete, into: &state, from: connection)
    }

    /// Locks payers in key order and reads their enrolments and handovers, of the `complete` ones their movements too.
    static func load(
        _ codes: Set<Int64>, _ complete: Set<Int64>, into state: inout CommissionState, from connection: Connection
    ) throws {
        guard !codes.isEmpty else { return }
        var complete = complete
        let parameters = Parameters { $0.append(codes.sorted()) }
        // The gate first: whoever else works on a payer has committed when the rest is read.
        let results = try connection.pipeline {
            $0.query(planByKey)
            $0.query(addPayers, parameters)
            $0.query(lockPayers, parameters)
            $0.query(readEnrolments, parameters)
            $0.query(readHandovers, parameters)
            $0.query(EffectiveRows.read, EffectiveRows.parameters(.scheme))
            $0.query(ContributionChanges.read, parameters)
        }
        for row in 0..<results[2].rowCount where try results[2].bool(row, 1) {
            complete.insert(try results[2].int64(row, 0))
        }
        try restoreEnrolments(results[3], into: &state)
        try restoreHandovers(results[4], into: &state)
        state.schemes = try EffectiveRows.schemes(results[5])
        try ContributionChanges.each(results[6]) { _ = state.payers[$0, default: .init()].history.add($1) }
        guard !complete.isEmpty else { return }
        for code in complete { state.payers[code, default: .init()].isComplete = true }
        try restoreAccruals(
            try connection.query(readAccruals, Parameters { $0.append(complete.sorted()) }), into: &state)
    }

    static func restoreEnrolments(_ rows: QueryResult, into state: inout CommissionState) throws {
        for row in 0..<rows.rowCount {
            let code = try rows.int64(row, 0)
            let enrolment = PayerEnrolment(
                submission: try rows.text(row, 1), agent: try rows.optionalText(row, 2),
                isEmployer: try PayerNumber(code: code).npp != nil, enrolledOn: try date(rows, row, 3),
                firstMonth: try month(rows, row, 4),
                monthlyContribution: try rows.optionalInt64(row, 5).map { Rupiah($0) })
            _ = state.payers[code, default: .init()].history.add(enrolment)
        }
    }

    static func restoreHandovers(_ rows: QueryResult, into state: inout CommissionState) throws {
        for row in 0..<rows.rowCount {
            let handover = Handover(
                passedOn: try date(rows, row, 1), agent: try rows.optionalText(row, 2), event: try rows.uuid(row, 3))
            _ = state.payers[try rows.int64(row, 0), default: .init()].history.add(handover)
        }
    }

    private static func restoreAccruals(_ rows: QueryResult, into state: inout CommissionState) throws {
        for row in 0..<rows.rowCount {
            let movement = Movement(
                event: try rows.uuid(row, 1), line: try rows.int16(row, 2),
                kind: Movement.Kind(rawValue: try rows.text(row, 5)) ?? .posted, payment: try rows.optionalUUID(row, 6),
                bookedOn: try date(rows, row, 7), contributionMonth: try month(rows, row, 8),
                base: Rupiah(try rows.int64(row, 9)))
            let accrual = Accrual(
                movement: movement, revision: try rows.int16(row, 3), units: try rows.int16(row, 4),
                attribution: try attribution(rows, row, from: 10))
            state.payers[try rows.int64(row, 0), default: .init()].history.restore(accrual)
        }
    }

    private static func attribution(_ rows: QueryResult, _ row: Int, from column: Int) throws -> Attribution? {
        guard let agent = try rows.optionalText(row, column) else { return nil }
        return Attribution(
            agent: agent, scheme: try rows.text(row, column + 1),
            rule: AccrualRule(rawValue: try rows.int16(row, column + 2)) ?? .beyond,
            rate: Rate(partsPerMillion: try rows.int64(row, column + 3)))
    }

    static func date(_ rows: QueryResult, _ row: Int, _ column: Int) throws -> CivilDate {
        guard let date = CivilDate(daysSince1970: try rows.date(row, column)) else {
            throw StoredDataFault(column: rows.columnName(column), reason: "date out of range")
        }
        return date
    }

    static func month(_ rows: QueryResult, _ row: Int, _ column: Int) throws -> ContributionMonth {
        guard let month = ContributionMonth(index: try rows.int32(row, column)) else {
            throw StoredDataFault(column: rows.columnName(column), reason: "month out of range")
        }
        return month
    }

    // MARK: Save

    static func save(_ state: inout CommissionState, to writer: inout BatchWriter) {
        writer.copy(accruals(state))
        writer.copy(enrolments(state))
        writer.copy(handovers(state))
        writer.copy(ContributionChanges.copy(state.changes))
        writer.copy(agents(state))
        if let mark = state.mark {
            var touched = CopyBuffer(table: "touched", columns: ["month", "agent_id", "mark"])
            for pair in state.touched {
                touched.beginRow()
                touched.append(pair.month)
                touched.append(pair.agent)
                touched.append(mark)
            }
            writer.copy(touched)
        }
        if !state.reversed.isEmpty {
            writer.execute(flagReversals, Parameters { $0.append(state.reversed.sorted()) })
        }
        SubjectStore.save(state, to: &writer)
        if let started = state.date {
            writer.execute(
                startDate,
                Parameters {
                    $0.append(date: started.date.daysSince1970)
                    $0.append(started.event)
                    $0.append(timestamp: started.time.microseconds)
                    // Where two persons close a month, a date alone starts nothing.
                    $0.append(state.closing == .approved)
                })
        }
    }

    private static func accruals(_ state: CommissionState) -> CopyBuffer {
        var buffer = CopyBuffer(
            table: "accrual",
            columns: [
                "payer", "event_key", "line", "revision", "units", "kind", "payment_id", "booked_on", "month",
                "contribution_month", "base", "agent_id", "scheme", "rule", "rate_ppm", "mark",
            ], capacity: 256 + state.accruals.count * 200)
        for (payer, row, mark) in state.accruals {
            buffer.beginRow()
            buffer.append(payer)
            buffer.append(row.movement.event)
            buffer.append(row.movement.line)
            buffer.append(row.revision)
            buffer.append(row.units)
            buffer.append(row.movement.kind.rawValue)
            buffer.append(row.movement.payment)
            buffer.append(date: row.movement.bookedOn.daysSince1970)
            buffer.append(row.movement.month.index)
            buffer.append(row.movement.contributionMonth.index)
            // Never Int64.min, which has no positive twin: a posted amount is not negative, a reversed one was negated.
            buffer.append(row.units < 0 ? 0 &- row.movement.base.amount : row.movement.base.amount)
            buffer.append(row.attribution?.agent)
            buffer.append(row.attribution?.scheme)
            buffer.append(row.attribution?.rule.rawValue)
            buffer.append(row.attribution?.rate.partsPerMillion)
            buffer.append(mark)
        }
        return buffer
    }

    private static func enrolments(_ state: CommissionState) -> CopyBuffer {
        var buffer = CopyBuffer(
            table: "enrolment",
            columns: [
                "payer", "submission", "agent_id", "enrolled_on", "month", "first_month", "three_programmes",
                "two_programmes", "workers", "branch", "persons", "monthly_contribution", "event_key", "mark",
            ])
        for row in state.enrolments {
            buffer.beginRow()
            buffer.append(row.payer)
            buffer.append(row.enrolment.submission)
            buffer.append(row.enrolment.agent)
            buffer.append(date: row.enrolment.enrolledOn.daysSince1970)
            buffer.append(row.enrolment.enrolledOn.contributionMonth.index)
            buffer.append(row.enrolment.firstMonth.index)
            buffer.append(Int32(row.newcomers.threeProgrammes))
            buffer.append(Int32(row.newcomers.twoProgrammes))
            buffer.append(Int32(row.newcomers.workers))
            buffer.append(row.branch)
            buffer.append(Int32(row.persons))
            buffer.append(row.enrolment.monthlyContribution?.amount)
            buffer.append(row.event)
            buffer.append(row.mark)
        }
        return buffer
    }

    private static func handovers(_ state: CommissionState) -> CopyBuffer {
        var buffer = CopyBuffer(
            table: "handover", columns: ["payer", "passed_on", "agent_id", "reason", "event_key"])
        for (payer, handover, reason) in state.handovers {
            buffer.beginRow()
            buffer.append(payer)
            buffer.append(date: handover.passedOn.daysSince1970)
            buffer.append(handover.agent)
            buffer.append(reason.rawValue)
            buffer.append(handover.event)
        }
        return buffer
    }

    private static func agents(_ state: CommissionState) -> CopyBuffer {
        var buffer = CopyBuffer(
            table: "agent",
            columns: [
                "agent_id", "activated_on", "event_key", "wadah_id", "branch", "name", "bank", "account_number",
                "account_holder", "contract_until",
            ])
        for (event, data) in state.agents {
            buffer.beginRow()
            buffer.append(data.agentID.text)
            buffer.append(date: data.activatedOn.daysSince1970)
            buffer.append(event)
            buffer.append(data.wadahID.text)
            buffer.append(data.branch.text)
            buffer.append(data.name)
            buffer.append(data.bank?.text)
            buffer.append(data.accountNumber?.text)
            buffer.append(data.accountHolder)
            if let until = data.contractUntil {
                buffer.append(date: until.daysSince1970)
            } else {
                buffer.appendNull(.date)
            }
        }
        return buffer
    }
}
