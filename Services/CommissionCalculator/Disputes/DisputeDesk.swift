import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Takes in what agents do not agree with. The worker then holds the line; two persons decide (`DisputeAction`).
public struct DisputeDesk {
    let connection: Connection

    /// The search path of `connection` must be the service's schema.
    public init(_ connection: Connection) { self.connection = connection }

    /// What is disputed of a month.
    public enum Target: Sendable, Hashable {
        /// The money of an event's allocation.
        case contribution(event: UUID, line: Int16)
        /// The new participant of an enrolment.
        case newcomer(event: UUID)
        /// Something that the statement does not show: nothing to hold.
        case missing
    }

    private static let statement = Statement(
        "dispute_statement",
        """
        SELECT wadah_id, scheme FROM statement WHERE agent_id = $1 AND month = $2 ORDER BY sequence DESC LIMIT 1
        """)
    private static let contribution = Statement(
        "dispute_contribution",
        """
        SELECT a.scheme, a.rate_ppm, sum(a.base)::int8, bool_and(m.mark IS NOT NULL)
        FROM accrual AS a
        LEFT JOIN statement_mark AS m ON m.agent_id = a.agent_id AND m.month = a.month AND m.mark = a.mark
        WHERE a.agent_id = $1 AND a.month = $2 AND a.event_key = $3 AND a.line = $4
        GROUP BY a.scheme, a.rate_ppm
        """)
    private static let newcomer = Statement(
        "dispute_newcomer",
        """
        SELECT e.three_programmes, e.two_programmes, e.workers, m.mark IS NOT NULL
        FROM enrolment AS e
        LEFT JOIN statement_mark AS m ON m.agent_id = e.agent_id AND m.month = e.month AND m.mark = e.mark
        WHERE e.agent_id = $1 AND e.month = $2 AND e.event_key = $3
        """)
    private static let sumNewcomers = Statement(
        "dispute_sum_newcomers",
        """
        SELECT coalesce(sum(three_programmes), 0)::int8, coalesce(sum(two_programmes), 0)::int8,
            coalesce(sum(workers), 0)::int8
        FROM statement WHERE agent_id = $1 AND month = $2
        """)
    private static let insert = Statement(
        "dispute_open",
        """
        INSERT INTO dispute (dispute_id, agent_id, month, event_key, line, wadah_id, scheme, agent_amount, wadah_amount,
            reason, opened_by, opened_at, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp(), 'opened')
        """)

    /// Opens a dispute and returns its id.
    /// - Throws: `DeskError` when the month has no statement, the line is not in it, or a dispute of it is open.
    public func open(
        _ target: Target, agent: AgentID, month: ContributionMonth, reason: DeskReason, by person: OperatorName
    ) throws -> UUID {
        let id = UUID()
        do {
            try connection.transaction {
                let rows = try connection.query(Self.statement, Self.agentMonth(agent, month))
                guard rows.rowCount == 1 else { throw DeskError("\(agent) has no statement of \(month)") }
                let schemes = try EffectiveRows.schemes(on: connection)
                let (code, total) =
                    try amount(of: target, agent, month, schemes) ?? (rows.text(0, 1), .zero)
                guard let scheme = schemes.scheme(code) else { throw DeskError("scheme \(code) is not known") }
                let parts = try scheme.share.parts(of: total)
                let (event, line): (UUID?, Int16?) =
                    switch target {
                    case .contribution(let event, let line): (event, line)
                    case .newcomer(let event): (event, -1)
                    case .missing: (nil, nil)
                    }
                var parameters = Parameters { $0.append(id) }
                parameters.append(agent.text)
                parameters.append(month.index)
                parameters.append(event)
                parameters.append(line)
                parameters.append(try rows.text(0, 0))
                parameters.append(code)
                parameters.append(parts.agent.amount)
                parameters.append(parts.wadah.amount)
                parameters.append(reason.text)
                parameters.append(person.text)
                _ = try connection.query(Self.insert, parameters)
            }
        } catch let error as PostgresError {
            guard error.constraint == "dispute_one_open" else { throw error }
            throw DeskError("a dispute of this line is open already")
        }
        return id
    }

    private static func agentMonth(_ agent: AgentID, _ month: ContributionMonth) -> Parameters {
        Parameters {
            $0.append(agent.text)
            $0.append(month.index)
        }
    }

    /// The scheme and the amount of a line as its statement shows it; nil without a line.
    private func amount(
        of target: Target, _ agent: AgentID, _ month: ContributionMonth, _ schemes: SchemeTable
    ) throws -> (scheme: String, total: Rupiah)? {
        var parameters = Self.agentMonth(agent, month)
        switch target {
        case .missing: return nil
        case .contribution(let event, let line):
            parameters.append(event)
            parameters.append(line)
            let rows = try connection.query(Self.contribution, parameters)
            var sums: [(scheme: String, total: Rupiah)] = []
            for row in 0..<rows.rowCount {
                guard try rows.bool(row, 3) else { throw DeskError("this line is in no statement yet") }
                let rate = Rate(partsPerMillion: try rows.int64(row, 1))
                let total = try rate.exactMicro(of: Rupiah(rows.int64(row, 2))).roundedHalfUp()
                if !total.isZero { sums.append((try rows.text(row, 0), total)) }
            }
            guard sums.count < 2 else { throw DeskError("this line was attributed anew: dispute the month's balance") }
            guard let sum = sums.first else { throw DeskError("\(agent) earns nothing from this line in \(month)") }
            return sum
        case .newcomer(let event):
            parameters.append(event)
            let rows = try connection.query(Self.newcomer, parameters)
            guard rows.rowCount == 1 else {
                throw DeskError("this event is no enrolment of \(agent) in \(month)")
            }
            guard try rows.bool(0, 3) else { throw DeskError("this line is in no statement yet") }
            return try reward(for: Self.newcomers(rows, 0), agent, month, schemes)
        }
    }

    private static func newcomers(_ rows: QueryResult, _ row: Int) throws -> Newcomers {
        func count(_ column: Int) throws -> Int {
            rows.columnType(column) == .int8
                ? Int(try rows.int64(row, column)) : Int(try rows.int32(row, column))
        }
        return Newcomers(threeProgrammes: try count(0), twoProgrammes: try count(1), workers: try count(2))
    }

    private func reward(
        for one: Newcomers, _ agent: AgentID, _ month: ContributionMonth, _ schemes: SchemeTable
    ) throws -> (scheme: String, total: Rupiah) {
        guard let scheme = schemes[month] else { throw DeskError("no scheme applied in \(month)") }
        let all = try Self.newcomers(connection.query(Self.sumNewcomers, Self.agentMonth(agent, month)), 0)
        switch scheme.tier(of: all)?.reward {
        case .each(let three, let two):
            let others = scheme.counted(one) - one.threeProgrammes
            let total = try three.multiplied(by: Int64(one.threeProgrammes))
                .adding(two.multiplied(by: Int64(others)))
            guard !total.isZero else { break }
            return (scheme.code, total)
        case .flat: throw DeskError("the flat amount is not of one participant: open the dispute with --missing")
        case nil: break
        }
        throw DeskError("\(agent) earns nothing from this participant in \(month)")
    }
}

/// A dispute as it is listed.
public struct DisputeSummary: Sendable {
    public let id: UUID
    public let agent: String
    public let month: ContributionMonth
    public let event: UUID?
    public let line: Int16?
    public let state: String
    public let agentAmount: Rupiah
    public let agentHeld: Rupiah
    public let wadahHeld: Rupiah
    public let correction: Rupiah
    public let reason: String
    public let openedBy: String
    public let decidedOn: CivilDate?

    /// Most disputes that are listed.
    public static let limit = 1_000

    private static let read = Statement(
        "dispute_list",
        """
        SELECT dispute_id, agent_id, month, event_key, line, state, agent_amount, agent_held, wadah_held, correction,
            reason, opened_by, decided_on
        FROM dispute
        WHERE ($1 OR state IN ('opened', 'held')) AND ($2 = '' OR agent_id = $2)
        ORDER BY opened_at DESC, dispute_id LIMIT $3
        """)
    private static let byPrefix = Statement(
        "dispute_by_prefix", "SELECT dispute_id FROM dispute WHERE dispute_id BETWEEN $1 AND $2 LIMIT 2")

    /// The latest first; without `all` those that are not decided.
    public static func list(agent: AgentID?, all: Bool, on connection: Connection) throws -> [DisputeSummary] {
        let rows = try connection.query(
            read,
            Parameters {
                $0.append(all)
                $0.append(agent?.text ?? "")
                $0.append(Int64(limit))
            })
        return try (0..<rows.rowCount).map { row in
            DisputeSummary(
                id: try rows.uuid(row, 0), agent: try rows.text(row, 1), month: try CommissionStore.month(rows, row, 2),
                event: try rows.optionalUUID(row, 3), line: try rows.optionalInt16(row, 4),
                state: try rows.text(row, 5), agentAmount: Rupiah(try rows.int64(row, 6)),
                agentHeld: Rupiah(try rows.int64(row, 7)), wadahHeld: Rupiah(try rows.int64(row, 8)),
                correction: Rupiah(try rows.int64(row, 9)), reason: try rows.text(row, 10),
                openedBy: try rows.text(row, 11),
                decidedOn: try rows.isNull(row, 12) ? nil : CommissionStore.date(rows, row, 12))
        }
    }

    /// The dispute whose id begins so.
    /// - Throws: `DeskError` for none or several.
    public static func id(_ prefix: IdentifierPrefix, on connection: Connection) throws -> UUID {
        let rows = try connection.query(
            byPrefix,
            Parameters {
                $0.append(prefix.range.lowerBound)
                $0.append(prefix.range.upperBound)
            })
        guard rows.rowCount == 1 else {
            throw DeskError(
                rows.rowCount == 0 ? "there is no dispute \(prefix.text)" : "\(prefix.text) begins several disputes")
        }
        return try rows.uuid(0, 0)
    }
}
