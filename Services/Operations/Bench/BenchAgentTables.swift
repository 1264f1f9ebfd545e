import CommissionCalculator
import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Fills the tables of the commission-calculator with the rows that the service itself writes for the same events in
/// batches of the same size (a test compares them), by COPY and without the keys, which are made afterwards.
struct BenchAgentTables {
    let agents: BenchAgents
    /// Events in one batch, under one mark.
    let batch: Int
    let connection: Connection

    private static let tables = ["agent", "payer", "enrolment", "accrual", "touched"]
    private static let piece = 100_000

    /// Empties all tables but the rates, and the worker's own.
    func forget() throws {
        let filled = try connection.query(
            Statement(
                "bench_tables",
                """
                SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables
                WHERE schemaname = current_schema() AND tablename NOT IN ('effective_row', 'proposal', 'worker_offset')
                    AND tablename NOT LIKE '%migration%'
                """))
        try connection.execute("TRUNCATE \(try filled.text(0, 0))")
        try connection.execute("CHECKPOINT")
    }

    /// Agents and their participants.
    func loadParticipants(_ participants: Int) throws {
        try withoutKeys {
            var rows = AgentRows()
            for index in 0..<agents.count { try rows.add(agents.activated(index)) }
            try load(participants, "participants", &rows) { rows, number in try rows.add(agents.enrolled(number)) }
        }
    }

    /// One contribution of every participant.
    func loadContributions(_ total: Int) throws {
        try withoutKeys {
            var rows = AgentRows()
            try load(total, "contributions", &rows) { rows, number in
                let (participant, event) = try agents.posted(number, of: total)
                try rows.add(event, after: agents.enrolled(participant))
            }
        }
    }

    private func load(
        _ total: Int, _ what: String, _ rows: inout AgentRows, _ add: (inout AgentRows, Int) throws -> Void
    ) throws {
        for number in 0..<total {
            try add(&rows, number)
            if (number + 1) % batch == 0 || number + 1 == total { rows.endBatch() }
            guard (number + 1) % Self.piece == 0 || number + 1 == total else { continue }
            try rows.send(on: connection)
            Console.progress("loading \(what): \(number + 1) of \(total)")
        }
        Console.endProgress()
    }

    /// Keys and indexes are made after the rows: that costs a part of adding rows to them.
    private func withoutKeys(_ load: () throws -> Void) throws {
        let list = Self.tables.map { "'\($0)'::regclass" }.joined(separator: ", ")
        let keys = try connection.query(
            Statement(
                "bench_keys",
                """
                SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
                    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                        pg_get_constraintdef(oid))
                FROM pg_constraint WHERE contype = 'p' AND conrelid IN (\(list))
                UNION ALL
                SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
                FROM pg_index WHERE NOT indisunique AND indrelid IN (\(list))
                """))
        let statements = try (0..<keys.rowCount).map { (drop: try keys.text($0, 0), make: try keys.text($0, 1)) }
        for statement in statements { try connection.execute(statement.drop) }
        try load()
        for statement in statements { try connection.execute(statement.make) }
        for table in Self.tables { try connection.execute("VACUUM ANALYZE \(table)") }
        try connection.execute("CHECKPOINT")
    }
}

/// Rows on their way to the tables.
private struct AgentRows {
    private struct AgentMonth: Hashable {
        let month: Int32
        let agent: String
    }

    private var agents = CopyBuffer(
        table: "agent",
        columns: [
            "agent_id", "activated_on", "event_key", "wadah_id", "branch", "name", "bank", "account_number",
            "account_holder", "contract_until",
        ])
    private var payers = CopyBuffer(table: "payer", columns: ["payer", "has_reversals"])
    private var enrolments = CopyBuffer(
        table: "enrolment",
        columns: [
            "payer", "submission", "agent_id", "enrolled_on", "month", "first_month", "three_programmes",
            "two_programmes", "workers", "branch", "persons", "event_key", "mark",
        ])
    private var accruals = CopyBuffer(
        table: "accrual",
        columns: [
            "payer", "event_key", "line", "revision", "units", "kind", "payment_id", "booked_on", "month",
            "contribution_month", "base", "agent_id", "scheme", "rule", "rate_ppm", "mark",
        ])
    private var touched = CopyBuffer(table: "touched", columns: ["month", "agent_id", "mark"])
    /// Of the batch: the first event that wrote a row for a statement, and whose months it touched.
    private var mark: UUID?
    private var months: Set<AgentMonth> = []

    /// An activation, an enrolment, or (after its payer's enrolment) a contribution.
    mutating func add(_ event: Event<CommissionInput>, after enrolment: Event<CommissionInput>? = nil) throws {
        switch event.input {
        case .agentActivated(let data): add(data, event.key)
        case .participantEnrolled(let data): add(data, event.key)
        case .posted(let data):
            guard case .participantEnrolled(let enrolled)? = enrolment?.input else {
                throw OperationsError("a contribution needs the enrolment of its payer")
            }
            var history = PayerHistory()
            _ = history.add(
                PayerEnrolment(
                    submission: enrolled.submissionID.text, agent: enrolled.agentID?.text, isEmployer: false,
                    enrolledOn: enrolled.enrolledOn, firstMonth: enrolled.firstMonth))
            add(data, history, event.key)
        default: throw OperationsError("the benchmark loads no such event")
        }
    }

    private mutating func add(_ data: AgentActivated, _ key: UUID) {
        agents.beginRow()
        agents.append(data.agentID.text)
        agents.append(date: data.activatedOn.daysSince1970)
        agents.append(key)
        agents.append(data.wadahID.text)
        agents.append(data.branch.text)
        agents.append(data.name)
        agents.append(data.bank?.text)
        agents.append(data.accountNumber?.text)
        agents.append(data.accountHolder)
        agents.append(date: data.contractUntil?.daysSince1970)
    }

    private mutating func add(_ data: ParticipantEnrolled, _ key: UUID) {
        let payer = PayerNumber.participant(data.kpj).code
        let month = data.enrolledOn.contributionMonth
        let withSavings = data.programmes.contains(.jht)
        payers.beginRow()
        payers.append(payer)
        payers.append(false)
        enrolments.beginRow()
        enrolments.append(payer)
        enrolments.append(data.submissionID.text)
        enrolments.append(data.agentID?.text)
        enrolments.append(date: data.enrolledOn.daysSince1970)
        enrolments.append(month.index)
        enrolments.append(data.firstMonth.index)
        enrolments.append(Int32(data.newlyRegistered && withSavings ? 1 : 0))
        enrolments.append(Int32(data.newlyRegistered && !withSavings ? 1 : 0))
        enrolments.append(Int32(0))
        enrolments.append(data.branch.text)
        enrolments.append(Int32(1))
        enrolments.append(key)
        enrolments.append(data.newlyRegistered ? touch(data.agentID?.text ?? "", month, key) : nil)
    }

    private mutating func add(_ data: ContributionPosted, _ history: PayerHistory, _ key: UUID) {
        for (line, allocation) in data.allocations.enumerated() {
            let movement = Movement(
                event: key, line: Int16(line), kind: .posted, payment: data.paymentID, bookedOn: data.bookedOn,
                contributionMonth: allocation.month, base: allocation.amount)
            let attribution = history.attribution(of: movement, Scheme.published)
            accruals.beginRow()
            accruals.append(data.payer.code)
            accruals.append(key)
            accruals.append(movement.line)
            accruals.append(Int16(0))
            accruals.append(Int16(1))
            accruals.append(movement.kind.rawValue)
            accruals.append(movement.payment)
            accruals.append(date: movement.bookedOn.daysSince1970)
            accruals.append(movement.month.index)
            accruals.append(movement.contributionMonth.index)
            accruals.append(movement.base.amount)
            accruals.append(attribution?.agent)
            accruals.append(attribution?.scheme)
            accruals.append(attribution?.rule.rawValue)
            accruals.append(attribution?.rate.partsPerMillion)
            let earning = attribution.flatMap { $0.rate == .zero ? nil : $0.agent }
            accruals.append(earning.map { touch($0, movement.month, key) })
        }
    }

    private mutating func touch(_ agent: String, _ month: ContributionMonth, _ key: UUID) -> UUID {
        let mark = self.mark ?? key
        self.mark = mark
        months.insert(AgentMonth(month: month.index, agent: agent))
        return mark
    }

    mutating func endBatch() {
        guard let mark else { return }
        for month in months {
            touched.beginRow()
            touched.append(month.month)
            touched.append(month.agent)
            touched.append(mark)
        }
        months.removeAll(keepingCapacity: true)
        self.mark = nil
    }

    mutating func send(on connection: Connection) throws {
        for path in [\Self.agents, \.payers, \.enrolments, \.accruals, \.touched] {
            try connection.copy(&self[keyPath: path])
            self[keyPath: path].removeAll()
        }
    }
}
