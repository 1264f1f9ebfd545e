import PerisaiModels
import Postgres
import Worker

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

    /// An enrolment with what counts of it.
    struct Enrolment: Sendable, Hashable {
        let sequence: Int?
        let payer: PayerNumber
        let firstMonth: ContributionMonth
        let enrolledOn: CivilDate
        let newcomers: Newcomers
        let event: UUID
    }

    /// A movement of money as it is attributed.
    struct Contribution: Sendable, Hashable {
        let sequence: Int?
        let rule: AccrualRule
        let scheme: String
        let payer: PayerNumber
        let contributionMonth: ContributionMonth
        let bookedOn: CivilDate
        let units: Int
        let base: Rupiah
        let rate: Rate
        let event: UUID
        let payment: UUID?
        /// Place of the allocation in the event, and how often it was attributed anew.
        let line: Int
        let revision: Int
        let kind: Movement.Kind

        var key: LineKey { LineKey(scheme: scheme, rule: rule, unit: rate.partsPerMillion) }
        var amount: MicroRupiah { rate.exactMicro(of: base) }
    }

    struct Rows: Sendable {
        var enrolments: [Enrolment] = []
        var contributions: [Contribution] = []
    }

    /// Most enrolments, and most movements, of one month.
    public static let limit = 100_000

    private static let accruals = Statement(
        "statement_accruals",
        """
        SELECT m.sequence, a.rule, a.scheme, a.payer, a.contribution_month, a.booked_on, a.units, a.base, a.rate_ppm,
            a.event_key, a.payment_id, a.line, a.revision, a.kind
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

    /// The rows behind an agent's month, in statements or not.
    /// - Throws: `DeskError` when there are more than `limit`.
    static func rows(agent: String, month: ContributionMonth, _ connection: Connection) throws -> Rows {
        let parameters = Parameters {
            $0.append(agent)
            $0.append(month.index)
            $0.append(Int64(limit + 1))
        }
        let results = try connection.pipeline {
            $0.query(enrolments, parameters)
            $0.query(accruals, parameters)
        }
        guard results.allSatisfy({ $0.rowCount <= limit }) else {
            throw DeskError("\(agent) in \(month): more than \(limit) lines cannot be shown")
        }
        return Rows(
            enrolments: try (0..<results[0].rowCount).map { try enrolment(results[0], $0) },
            contributions: try (0..<results[1].rowCount).map { try contribution(results[1], $0) })
    }

    private static func enrolment(_ rows: QueryResult, _ row: Int) throws -> Enrolment {
        Enrolment(
            sequence: try rows.optionalInt32(row, 0).map { Int($0) },
            payer: try PayerNumber(code: rows.int64(row, 1)), firstMonth: try CommissionStore.month(rows, row, 2),
            enrolledOn: try CommissionStore.date(rows, row, 3),
            newcomers: Newcomers(
                threeProgrammes: Int(try rows.int32(row, 4)), twoProgrammes: Int(try rows.int32(row, 5)),
                workers: Int(try rows.int32(row, 6))),
            event: try rows.uuid(row, 7))
    }

    private static func contribution(_ rows: QueryResult, _ row: Int) throws -> Contribution {
        Contribution(
            sequence: try rows.optionalInt32(row, 0).map { Int($0) },
            rule: AccrualRule(rawValue: try rows.int16(row, 1)) ?? .beyond, scheme: try rows.text(row, 2),
            payer: try PayerNumber(code: rows.int64(row, 3)),
            contributionMonth: try CommissionStore.month(rows, row, 4),
            bookedOn: try CommissionStore.date(rows, row, 5), units: Int(try rows.int16(row, 6)),
            base: Rupiah(try rows.int64(row, 7)), rate: Rate(partsPerMillion: try rows.int64(row, 8)),
            event: try rows.uuid(row, 9), payment: try rows.optionalUUID(row, 10), line: Int(try rows.int16(row, 11)),
            revision: Int(try rows.int16(row, 12)), kind: Movement.Kind(rawValue: try rows.text(row, 13)) ?? .posted)
    }

    /// New participants first, then contributions by rule, payer and month. The search path of `connection` must be the
    /// service's schema.
    /// - Throws: `PostgresError`; `MoneyOverflow` when an amount does not fit; `DeskError` for more than `limit` lines.
    public static func lines(
        agent: AgentID, month: ContributionMonth, connection: Connection
    ) throws -> [Line] {
        let schemes = try EffectiveRows.schemes(on: connection)
        let rows = try rows(agent: agent.text, month: month, connection)
        let acquisitions = try schemes[month].map { try newcomers(rows.enrolments, $0) } ?? []
        return acquisitions
            + rows.contributions.map { row in
                Line(
                    sequence: row.sequence, rule: row.rule.statementRule, scheme: row.scheme, payer: row.payer,
                    contributionMonth: row.contributionMonth, bookedOn: row.bookedOn, count: row.units, base: row.base,
                    rate: row.rate, amount: row.amount, eventKey: row.event, paymentID: row.payment)
            }
    }

    private static func newcomers(_ rows: [Enrolment], _ scheme: Scheme) throws -> [Line] {
        let all = rows.reduce(Newcomers()) { $0.adding($1.newcomers) }
        let reward = scheme.tier(of: all)?.reward
        var lines: [Line] = []
        for row in rows where scheme.counted(row.newcomers) > 0 {
            let pieces = try scheme.pieces(of: row.newcomers, among: all)
            lines.append(
                Line(
                    sequence: row.sequence, rule: .acquisition, scheme: scheme.code, payer: row.payer,
                    contributionMonth: row.firstMonth, bookedOn: row.enrolledOn,
                    count: scheme.counted(row.newcomers), base: .zero, rate: nil,
                    amount: MicroRupiah(try Rupiah.sum(of: pieces.map(\.amount))), eventKey: row.event,
                    paymentID: nil))
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
}
