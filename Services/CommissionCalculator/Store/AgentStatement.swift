import PerisaiModels
import Postgres

import struct Foundation.UUID

/// What stands behind an agent's statements, to be checked line by line.
public enum AgentStatement {
    /// One movement of money or one enrolment.
    public struct Line: Sendable, Hashable {
        /// Number of the statement that holds it; nil: none yet.
        public let sequence: Int?
        /// Nil where nothing is earned.
        public let rule: StatementRule?
        public let scheme: String
        /// Nil for an amount that is paid for all new participants together.
        public let payer: PayerNumber?
        public let contributionMonth: ContributionMonth?
        public let bookedOn: CivilDate?
        /// Movements, or new participants.
        public let count: Int
        /// Signed; zero for new participants.
        public let base: Rupiah
        public let rate: Rate?
        /// Not rounded: the sum of the lines of a rule is rounded once on the statement.
        public let amount: MicroRupiah
        public let eventKey: UUID?
        public let paymentID: UUID?
    }

    /// Most lines given out for one month.
    public static let limit = 100_000

    private static let accruals = Statement(
        "statement_accruals",
        """
        SELECT m.sequence, a.rule, a.scheme, a.payer, a.contribution_month, a.booked_on, a.units, a.base, a.rate_ppm,
            a.event_key, a.payment_id
        FROM accrual a
        LEFT JOIN statement_mark m ON m.agent_id = a.agent_id AND m.month = a.month AND m.mark = a.mark
        WHERE a.agent_id = $1 AND a.month = $2
        ORDER BY a.rule, a.payer, a.contribution_month, a.booked_on, a.event_key, a.line, a.revision LIMIT $3
        """)
    private static let enrolments = Statement(
        "statement_enrolments",
        """
        SELECT m.sequence, e.payer, e.first_month, e.enrolled_on, e.three_programmes, e.two_programmes, e.workers,
            e.event_key
        FROM enrolment e
        LEFT JOIN statement_mark m ON m.agent_id = e.agent_id AND m.month = e.month AND m.mark = e.mark
        WHERE e.agent_id = $1 AND e.month = $2 AND e.mark IS NOT NULL
        ORDER BY e.payer, e.event_key LIMIT $3
        """)

    /// New participants first, then contributions by rule, payer and month. The search path of `connection` must be the
    /// service's schema.
    /// - Throws: `PostgresError`; `MoneyOverflow` when an amount does not fit.
    public static func lines(
        agent: AgentID, month: ContributionMonth, connection: Connection
    ) throws -> [Line] {
        let schemes = try EffectiveRows.schemes(on: connection)
        let parameters = Parameters {
            $0.append(agent.text)
            $0.append(month.index)
            $0.append(Int64(limit))
        }
        let results = try connection.pipeline {
            $0.query(enrolments, parameters)
            $0.query(accruals, parameters)
        }
        let acquisitions = try schemes[month].map { try newcomers(results[0], $0) } ?? []
        return try acquisitions + (0..<results[1].rowCount).map { try contribution(results[1], $0) }
    }

    private static func newcomers(_ rows: QueryResult, _ scheme: Scheme) throws -> [Line] {
        var all = Newcomers()
        var each: [Newcomers] = []
        for row in 0..<rows.rowCount {
            let one = Newcomers(
                threeProgrammes: Int(try rows.int32(row, 4)), twoProgrammes: Int(try rows.int32(row, 5)),
                workers: Int(try rows.int32(row, 6)))
            all = all.adding(one)
            each.append(one)
        }
        let reward = scheme.tier(of: all)?.reward
        var lines: [Line] = []
        for (row, one) in each.enumerated() where scheme.counted(one) > 0 {
            var amount = Rupiah.zero
            if case .each(let three, let two) = reward {
                let others = scheme.counted(one) - one.threeProgrammes
                amount = try three.multiplied(by: Int64(one.threeProgrammes)).adding(two.multiplied(by: Int64(others)))
            }
            lines.append(
                Line(
                    sequence: try rows.optionalInt32(row, 0).map { Int($0) }, rule: .acquisition, scheme: scheme.code,
                    payer: try PayerNumber(code: rows.int64(row, 1)),
                    contributionMonth: try CommissionStore.month(rows, row, 2),
                    bookedOn: try CommissionStore.date(rows, row, 3), count: scheme.counted(one), base: .zero,
                    rate: nil, amount: MicroRupiah(amount), eventKey: try rows.uuid(row, 7), paymentID: nil))
        }
        if case .flat(let amount) = reward {
            lines.append(
                Line(
                    sequence: nil, rule: .acquisition, scheme: scheme.code, payer: nil, contributionMonth: nil,
                    bookedOn: nil, count: scheme.counted(all), base: .zero, rate: nil, amount: MicroRupiah(amount),
                    eventKey: nil, paymentID: nil))
        }
        return lines
    }

    private static func contribution(_ rows: QueryResult, _ row: Int) throws -> Line {
        let base = Rupiah(try rows.int64(row, 7))
        let rate = Rate(partsPerMillion: try rows.int64(row, 8))
        return Line(
            sequence: try rows.optionalInt32(row, 0).map { Int($0) },
            rule: AccrualRule(rawValue: try rows.int16(row, 1))?.statementRule, scheme: try rows.text(row, 2),
            payer: try PayerNumber(code: rows.int64(row, 3)),
            contributionMonth: try CommissionStore.month(rows, row, 4),
            bookedOn: try CommissionStore.date(rows, row, 5), count: Int(try rows.int16(row, 6)), base: base,
            rate: rate,
            amount: rate.exactMicro(of: base), eventKey: try rows.uuid(row, 9),
            paymentID: try rows.optionalUUID(row, 10))
    }
}
