import PerisaiModels
import Postgres

import struct Foundation.UUID

/// Enrolments, handovers and movements of payers as events brought them, from the tables.
enum StoredFacts {
    private static let enrolments = Statement(
        "replay_enrolments",
        """
        SELECT payer, submission, agent_id, enrolled_on, first_month, monthly_contribution FROM enrolment
        WHERE payer = ANY($1::int8[])
        """)
    private static let handovers = Statement(
        "replay_handovers",
        "SELECT payer, passed_on, agent_id, event_key FROM handover WHERE payer = ANY($1::int8[])")
    private static let movements = Statement(
        "replay_movements",
        """
        SELECT payer, event_key, line, revision, units, kind, payment_id, booked_on, contribution_month, base
        FROM accrual WHERE payer = ANY($1::int8[]) AND revision = 0 ORDER BY payer, event_key, line
        """)

    /// Enrolments and handovers of payers.
    static func histories(_ payers: [Int64], on connection: Connection) throws -> [Int64: PayerHistory] {
        guard !payers.isEmpty else { return [:] }
        let parameters = Parameters { $0.append(payers) }
        let results = try connection.pipeline {
            $0.query(enrolments, parameters)
            $0.query(handovers, parameters)
            $0.query(ContributionChanges.read, parameters)
        }
        var histories: [Int64: PayerHistory] = [:]
        histories.reserveCapacity(payers.count)
        let rows = results[0]
        for row in 0..<rows.rowCount {
            let code = try rows.int64(row, 0)
            let enrolment = PayerEnrolment(
                submission: try rows.text(row, 1), agent: try rows.optionalText(row, 2),
                isEmployer: try PayerNumber(code: code).npp != nil, enrolledOn: try CommissionStore.date(rows, row, 3),
                firstMonth: try CommissionStore.month(rows, row, 4),
                monthlyContribution: try rows.optionalInt64(row, 5).map { Rupiah($0) })
            _ = histories[code, default: PayerHistory()].add(enrolment)
        }
        try add(results[1], to: &histories)
        try ContributionChanges.each(results[2]) { _ = histories[$0, default: PayerHistory()].add($1) }
        return histories
    }

    /// Adds the handovers alone: they are decisions of the service itself, and no event that it reads tells them.
    static func addHandovers(
        _ payers: [Int64], to histories: inout [Int64: PayerHistory], on connection: Connection
    ) throws {
        guard !payers.isEmpty else { return }
        try add(connection.query(handovers, Parameters { $0.append(payers) }), to: &histories)
    }

    private static func add(_ rows: QueryResult, to histories: inout [Int64: PayerHistory]) throws {
        for row in 0..<rows.rowCount {
            let handover = Handover(
                passedOn: try CommissionStore.date(rows, row, 1), agent: try rows.optionalText(row, 2),
                event: try rows.uuid(row, 3))
            _ = histories[try rows.int64(row, 0), default: PayerHistory()].add(handover)
        }
    }

    /// All movements of payers, of every month.
    static func movements(_ payers: [Int64], on connection: Connection) throws -> [Int64: [Movement]] {
        guard !payers.isEmpty else { return [:] }
        let rows = try connection.query(movements, Parameters { $0.append(payers) })
        var found: [Int64: [Movement]] = [:]
        for row in 0..<rows.rowCount {
            let stored = try StoredMovement.read(rows, row, rows.uuid(row, 1), rows.int16(row, 2))
            found[try rows.int64(row, 0), default: []].append(stored.movement)
        }
        return found
    }

    /// The facts of payers whose movements of the month are known: the others are read where a reversal needs them.
    static func facts(
        _ payers: [StoredMonth.Payer], on connection: Connection
    ) throws -> [PayerFacts] {
        let histories = try histories(payers.map(\.payer), on: connection)
        let reversed = payers.filter { payer in payer.entries.contains { $0.movement.kind == .reversed } }
        let complete = try movements(reversed.map(\.payer), on: connection)
        return payers.map { payer in
            PayerFacts(
                history: histories[payer.payer] ?? PayerHistory(),
                movements: complete[payer.payer] ?? payer.entries.map(\.movement))
        }
    }

    private static let newcomers = Statement(
        "replay_newcomers",
        """
        SELECT agent_id, sum(three_programmes)::int8, sum(two_programmes)::int8, sum(workers)::int8 FROM enrolment
        WHERE enrolled_on BETWEEN $1 AND $2 AND agent_id IS NOT NULL GROUP BY agent_id
        """)

    /// New participants of a month by agent.
    static func newcomers(
        _ month: ContributionMonth, on connection: Connection
    ) throws -> [(agent: String, newcomers: Newcomers)] {
        let rows = try connection.query(
            newcomers,
            Parameters {
                $0.append(date: month.firstDay.daysSince1970)
                $0.append(date: month.lastDay.daysSince1970)
            })
        return try (0..<rows.rowCount).map { row in
            (
                try rows.text(row, 0),
                Newcomers(
                    threeProgrammes: Int(try rows.int64(row, 1)), twoProgrammes: Int(try rows.int64(row, 2)),
                    workers: Int(try rows.int64(row, 3)))
            )
        }
    }
}

extension Connection {
    /// Runs `body` in a transaction that sees one moment and can change nothing.
    func snapshot<Value>(_ body: () throws -> Value) throws -> Value {
        // The log may be read meanwhile, which takes longer than an idle transaction is allowed to.
        try execute(
            """
            BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0
            """)
        do {
            let value = try body()
            try execute("COMMIT")
            return value
        } catch {
            rollbackIfNeeded()
            throw error
        }
    }
}
