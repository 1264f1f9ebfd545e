import PerisaiModels
import Postgres

/// What the statements of a month say, and what no statement holds yet.
struct StoredStatements {
    private let month: ContributionMonth
    /// The sums of each agent's statements.
    private(set) var issued: [String: StatementFigures] = [:]
    /// Under marks that wait for the next statement.
    private(set) var fresh: [String: ReplaySums.Agent] = [:]
    /// Headers and postings that do not add up.
    private var faults: [ReplayDifference] = []

    private static let headers = Statement(
        "replay_headers",
        """
        SELECT agent_id, sum(three_programmes)::int8, sum(two_programmes)::int8, sum(workers)::int8,
            sum(new_participants)::int8, sum(agent_share)::int8, sum(wadah_share)::int8
        FROM statement WHERE month = $1 GROUP BY agent_id
        """)
    private static let lines = Statement(
        "replay_lines",
        """
        SELECT agent_id, scheme, rule, unit, sum(count)::int8, sum(base)::int8, sum(amount)::int8
        FROM statement_line WHERE month = $1 GROUP BY agent_id, scheme, rule, unit
        """)
    private static let freshAccruals = Statement(
        "replay_fresh_accruals",
        """
        SELECT a.agent_id, a.scheme, a.rule, a.rate_ppm, sum(a.units)::int8, sum(a.base)::int8, 0::int8
        FROM touched t JOIN accrual a ON a.agent_id = t.agent_id AND a.month = t.month AND a.mark = t.mark
        WHERE t.month = $1 GROUP BY a.agent_id, a.scheme, a.rule, a.rate_ppm
        """)
    private static let freshNewcomers = Statement(
        "replay_fresh_newcomers",
        """
        SELECT e.agent_id, sum(e.three_programmes)::int8, sum(e.two_programmes)::int8, sum(e.workers)::int8
        FROM touched t JOIN enrolment e ON e.agent_id = t.agent_id AND e.month = t.month AND e.mark = t.mark
        WHERE t.month = $1 GROUP BY e.agent_id
        """)
    /// Statements whose header is not the sum of their lines, and lines without a statement.
    private static let badHeaders = Statement(
        "replay_bad_headers",
        """
        SELECT agent_id, sequence, s.total, l.total, s.contributions, l.contributions, s.new_participants,
            l.new_participants
        FROM (SELECT agent_id, sequence, total, contributions, new_participants FROM statement WHERE month = $1) AS s
        FULL JOIN (
            SELECT agent_id, sequence, sum(amount)::int8 AS total,
                coalesce(sum(base) FILTER (WHERE rule <> 0), 0)::int8 AS contributions,
                coalesce(sum(count) FILTER (WHERE rule = 0), 0)::int8 AS new_participants
            FROM statement_line WHERE month = $1 GROUP BY agent_id, sequence) AS l USING (agent_id, sequence)
        WHERE (s.total, s.contributions, s.new_participants) IS DISTINCT FROM
            (coalesce(l.total, 0), coalesce(l.contributions, 0), coalesce(l.new_participants, 0))
        ORDER BY agent_id, sequence LIMIT $2
        """)
    private static let badPostings = Statement(
        "replay_bad_postings",
        """
        SELECT owner_kind, owner_id, coalesce(p.amount, 0), coalesce(s.amount, 0)
        FROM (
            SELECT owner_kind, owner_id,
                sum(CASE WHEN from_account = 'expense' THEN amount WHEN to_account = 'expense' THEN -amount
                    ELSE 0 END)::int8 AS amount
            FROM transfer WHERE month = $1 AND source = 'statement' GROUP BY owner_kind, owner_id) AS p
        FULL JOIN (
            SELECT 'agent' AS owner_kind, agent_id AS owner_id, sum(agent_share)::int8 AS amount
            FROM statement WHERE month = $1 GROUP BY agent_id
            UNION ALL
            SELECT 'wadah', wadah_id, sum(wadah_share)::int8 FROM statement WHERE month = $1 GROUP BY wadah_id) AS s
            USING (owner_kind, owner_id)
        WHERE coalesce(p.amount, 0) <> coalesce(s.amount, 0) ORDER BY owner_kind, owner_id LIMIT $2
        """)

    init(_ month: ContributionMonth, on connection: Connection) throws {
        self.month = month
        let parameters = Parameters { $0.append(month.index) }
        var limited = parameters
        limited.append(Int64(ReplayResult.differenceLimit))
        let results = try connection.pipeline {
            $0.query(Self.headers, parameters)
            $0.query(Self.lines, parameters)
            $0.query(Self.freshAccruals, parameters)
            $0.query(Self.freshNewcomers, parameters)
            $0.query(Self.badHeaders, limited)
            $0.query(Self.badPostings, limited)
        }
        try readIssued(results[0], results[1])
        for row in 0..<results[2].rowCount {
            let line = try Self.line(results[2], row)
            fresh[line.agent, default: .init()].contributions[line.key] = line.figures
        }
        for row in 0..<results[3].rowCount {
            fresh[try results[3].text(row, 0), default: .init()].newcomers = try Self.newcomers(results[3], row)
        }
        try readFaults(results[4], results[5])
    }

    private mutating func readIssued(_ headers: QueryResult, _ lines: QueryResult) throws {
        for row in 0..<headers.rowCount {
            var figures = StatementFigures()
            figures.newcomers = try Self.newcomers(headers, row)
            figures.newParticipants = Int(try headers.int64(row, 4))
            figures.agentShare = Rupiah(try headers.int64(row, 5))
            figures.wadahShare = Rupiah(try headers.int64(row, 6))
            issued[try headers.text(row, 0)] = figures
        }
        for row in 0..<lines.rowCount {
            let line = try Self.line(lines, row)
            issued[line.agent, default: StatementFigures()].lines[line.key] = line.figures
        }
    }

    private static func newcomers(_ rows: QueryResult, _ row: Int) throws -> Newcomers {
        Newcomers(
            threeProgrammes: Int(try rows.int64(row, 1)), twoProgrammes: Int(try rows.int64(row, 2)),
            workers: Int(try rows.int64(row, 3)))
    }

    private static func line(
        _ rows: QueryResult, _ row: Int
    ) throws -> (agent: String, key: LineKey, figures: LineFigures) {
        (
            try rows.text(row, 0),
            LineKey(
                scheme: try rows.text(row, 1), rule: AccrualRule(rawValue: try rows.int16(row, 2)) ?? .beyond,
                unit: try rows.int64(row, 3)),
            LineFigures(
                count: Int(try rows.int64(row, 4)), base: Rupiah(try rows.int64(row, 5)),
                amount: Rupiah(try rows.int64(row, 6)))
        )
    }

    private mutating func readFaults(_ headers: QueryResult, _ postings: QueryResult) throws {
        for row in 0..<headers.rowCount {
            let names = ["total", "contributions", "new participants"]
            for (place, name) in names.enumerated() {
                let stored = try headers.optionalInt64(row, 2 + 2 * place)
                let sum = try headers.optionalInt64(row, 3 + 2 * place) ?? 0
                guard stored != sum else { continue }
                faults.append(
                    ReplayDifference(
                        .header, agent: try headers.text(row, 0),
                        line: "\(name) of statement \(try headers.int32(row, 1))",
                        stored: stored.map { String($0) } ?? "no statement", recomputed: "\(sum) by its lines"))
            }
        }
        for row in 0..<postings.rowCount {
            faults.append(
                ReplayDifference(
                    .owed, agent: try postings.text(row, 1), line: "owed to the \(try postings.text(row, 0))",
                    stored: "\(Rupiah(try postings.int64(row, 2)))",
                    recomputed: "\(Rupiah(try postings.int64(row, 3))) by the statements"))
        }
    }

    /// Where the statements are not `recomputed`, line by line and share by share, in order of the agents.
    func differences(
        from recomputed: [String: StatementFigures], behind events: [String: ReplayDifference]
    ) -> [ReplayDifference] {
        var found: [ReplayDifference] = []
        for agent in Set(issued.keys).union(recomputed.keys).sorted() {
            let stored = issued[agent] ?? StatementFigures()
            let wanted = recomputed[agent] ?? StatementFigures()
            func note(_ kind: ReplayDifference.Kind, _ line: String, _ left: String, _ right: String) {
                guard left != right else { return }
                found.append(
                    ReplayDifference(
                        kind, agent: agent, line: line, stored: left, recomputed: right, payer: events[agent]?.payer,
                        event: events[agent]?.event))
            }
            for key in Set(stored.lines.keys).union(wanted.lines.keys).sorted() {
                let (left, right) = (stored.lines[key] ?? LineFigures(), wanted.lines[key] ?? LineFigures())
                guard left != right else { continue }
                note(.line, Self.text(key), Self.text(left), Self.text(right))
            }
            note(
                .figure, "new participants", "\(stored.newParticipants)", "\(wanted.newParticipants)")
            note(.figure, "newcomers", Self.text(stored.newcomers), Self.text(wanted.newcomers))
            note(.figure, "agent's share", "\(stored.agentShare)", "\(wanted.agentShare)")
            note(.figure, "wadah's share", "\(stored.wadahShare)", "\(wanted.wadahShare)")
        }
        return found + faults
    }

    private static func text(_ key: LineKey) -> String {
        let unit = key.rule == .acquisition ? Rupiah(key.unit).formatted : "\(Rate(partsPerMillion: key.unit))"
        return "scheme \(key.scheme), \(key.rule) at \(unit)"
    }

    private static func text(_ figures: LineFigures) -> String {
        "\(figures.count) of \(figures.base) = \(figures.amount)"
    }

    private static func text(_ newcomers: Newcomers) -> String {
        "\(newcomers.threeProgrammes) with JHT, \(newcomers.twoProgrammes) without, \(newcomers.workers) workers"
    }
}
