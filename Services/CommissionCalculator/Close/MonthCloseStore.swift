import PerisaiModels
import Postgres

/// The statements of the closing job.
enum MonthCloseStore {
    static let readClock = Statement(
        "close_clock",
        """
        SELECT business_date, event_key, event_time, done, cursor_month, cursor_agent FROM business_clock FOR UPDATE
        """)
    static let advance = Statement(
        "close_advance", "UPDATE business_clock SET done = $1, cursor_month = $2, cursor_agent = $3")

    private static let lastApproved = Statement("close_last_approved", "SELECT max(month) FROM month_close")
    private static let finishStarted = Statement(
        "close_finish_started",
        """
        UPDATE month_close SET closed_on = $2 WHERE closed_on IS NULL AND month <= $1 RETURNING month, approved_by
        """)
    /// Months without statements too, from the first that had any.
    private static let finishAutomatic = Statement(
        "close_finish_automatic",
        """
        INSERT INTO month_close (month, started_on, closed_on)
        SELECT m, $2, $2 FROM generate_series(
            coalesce((SELECT max(month) + 1 FROM month_close), (SELECT min(month) FROM statement), $1), $1) AS m
        ON CONFLICT DO NOTHING RETURNING month, approved_by
        """)
    private static let sumMonth = Statement(
        "close_sum_month",
        "SELECT count(*)::int8, coalesce(sum(agent_share + wadah_share), 0)::int8 FROM statement WHERE month = $1")

    /// Agents not activated yet (their event comes on another topic) stay for a later close. The wadah is that of the
    /// month's end, and for a correction the one that had the first statement: what it takes back was paid there.
    private static let readChunk = Statement(
        "close_chunk",
        """
        SELECT t.month, t.agent_id, a.wadah_id, a.branch,
            (SELECT coalesce(max(sequence) + 1, 0) FROM statement s
             WHERE s.agent_id = t.agent_id AND s.month = t.month) AS sequence,
            (SELECT wadah_id FROM statement f WHERE f.agent_id = t.agent_id AND f.month = t.month AND f.sequence = 0),
            (SELECT branch FROM statement f WHERE f.agent_id = t.agent_id AND f.month = t.month AND f.sequence = 0)
        FROM (
            SELECT month, agent_id, (make_date(month / 12, month % 12 + 1, 1) + interval '1 month - 1 day')::date AS last
            FROM touched WHERE month <= $3 AND (month, agent_id) > ($1, $2) GROUP BY month, agent_id) AS t
        CROSS JOIN LATERAL (
            SELECT wadah_id, branch FROM agent
            WHERE agent.agent_id = t.agent_id
            ORDER BY activated_on > t.last, abs(activated_on - t.last), event_key
            LIMIT 1) AS a
        ORDER BY t.month, t.agent_id LIMIT $4
        """)
    private static let takeMarks = Statement(
        "close_take_marks",
        """
        WITH gone AS (
            DELETE FROM touched AS t USING unnest($1::int4[], $2::text[], $3::int4[]) AS p(month, agent_id, sequence)
            WHERE t.month = p.month AND t.agent_id = p.agent_id RETURNING t.agent_id, t.month, t.mark, p.sequence)
        INSERT INTO statement_mark (agent_id, month, mark, sequence) SELECT agent_id, month, mark, sequence FROM gone
        """)
    /// Only rows under the marks of this statement: a row whose mark is not visible yet waits for the next one.
    private static let sumAccruals = Statement(
        "close_sum_accruals",
        """
        SELECT p.position, a.scheme, a.rule, a.rate_ppm, sum(a.units)::int8, sum(a.base)
        FROM unnest($1::int4[], $2::text[], $3::int4[]) WITH ORDINALITY AS p(month, agent_id, sequence, position)
        JOIN statement_mark m ON m.agent_id = p.agent_id AND m.month = p.month AND m.sequence = p.sequence
        JOIN accrual a ON a.agent_id = m.agent_id AND a.month = m.month AND a.mark = m.mark
        GROUP BY p.position, a.scheme, a.rule, a.rate_ppm
        """)
    private static let sumNewcomers = Statement(
        "close_sum_newcomers",
        """
        SELECT p.position, sum(e.three_programmes)::int8, sum(e.two_programmes)::int8, sum(e.workers)::int8
        FROM unnest($1::int4[], $2::text[], $3::int4[]) WITH ORDINALITY AS p(month, agent_id, sequence, position)
        JOIN statement_mark m ON m.agent_id = p.agent_id AND m.month = p.month AND m.sequence = p.sequence
        JOIN enrolment e ON e.agent_id = m.agent_id AND e.month = m.month AND e.mark = m.mark
        GROUP BY p.position
        """)
    private static let sumAllAccruals = Statement(
        "close_sum_all_accruals",
        """
        SELECT p.position, a.scheme, a.rule, a.rate_ppm, sum(a.units)::int8, sum(a.base)
        FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS p(month, agent_id, position)
        JOIN accrual a ON a.agent_id = p.agent_id AND a.month = p.month AND a.mark IS NOT NULL
        GROUP BY p.position, a.scheme, a.rule, a.rate_ppm
        """)
    private static let sumAllNewcomers = Statement(
        "close_sum_all_newcomers",
        """
        SELECT p.position, sum(e.three_programmes)::int8, sum(e.two_programmes)::int8, sum(e.workers)::int8
        FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS p(month, agent_id, position)
        JOIN enrolment e ON e.agent_id = p.agent_id AND e.month = p.month AND e.mark IS NOT NULL
        GROUP BY p.position
        """)
    private static let sumStatements = Statement(
        "close_sum_statements",
        """
        SELECT p.position, sum(s.three_programmes)::int8, sum(s.two_programmes)::int8, sum(s.workers)::int8,
            sum(s.new_participants)::int8, sum(s.agent_share), sum(s.wadah_share)
        FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS p(month, agent_id, position)
        JOIN statement s ON s.agent_id = p.agent_id AND s.month = p.month
        GROUP BY p.position
        """)
    private static let sumLines = Statement(
        "close_sum_lines",
        """
        SELECT p.position, l.scheme, l.rule, l.unit, sum(l.count)::int8, sum(l.base), sum(l.amount)
        FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS p(month, agent_id, position)
        JOIN statement_line l ON l.agent_id = p.agent_id AND l.month = p.month
        GROUP BY p.position, l.scheme, l.rule, l.unit
        """)

    /// The last month whose statements may be issued now; nil: none. What two persons have approved is closed at once,
    /// for they choose the day; the closing day is for the business date that closes alone.
    static func through(
        _ settings: CommissionSettings, _ date: CivilDate, _ connection: Connection
    ) throws -> ContributionMonth? {
        let rows = try connection.query(lastApproved)
        let approved = try rows.isNull(0, 0) ? nil : CommissionStore.month(rows, 0, 0)
        guard settings.closing == .automatic else { return approved }
        let closable = settings.lastClosable(on: date)
        return approved.map { max($0, closable) } ?? closable
    }

    /// Notes that months up to this one have their statements; returns those that had not.
    static func finish(
        _ month: ContributionMonth, _ date: CivilDate, _ closing: CommissionSettings.Closing, _ connection: Connection
    ) throws -> [MonthClosed] {
        let parameters = Parameters {
            $0.append(month.index)
            $0.append(date: date.daysSince1970)
        }
        var results = [try connection.query(finishStarted, parameters)]
        if closing == .automatic { results.append(try connection.query(finishAutomatic, parameters)) }
        return try results.flatMap { rows in
            try (0..<rows.rowCount).map { row in
                let closed = try CommissionStore.month(rows, row, 0)
                let sums = try connection.query(sumMonth, Parameters { $0.append(closed.index) })
                return MonthClosed(
                    month: closed, statements: Int(try sums.int64(0, 0)),
                    total: SignedRupiah(Rupiah(try sums.int64(0, 1))), approvedBy: try rows.optionalText(row, 1),
                    closedOn: date)
            }
        }.sorted { $0.month < $1.month }
    }

    /// The next agents' months that have something for a statement, in order.
    static func chunk(
        after cursor: (month: Int32, agent: String), through month: ContributionMonth, limit: Int,
        _ connection: Connection
    ) throws -> [MonthClose.Item] {
        let rows = try connection.query(
            readChunk,
            Parameters {
                $0.append(cursor.month)
                $0.append(cursor.agent)
                $0.append(month.index)
                $0.append(Int64(limit))
            })
        return try (0..<rows.rowCount).map { row in
            MonthClose.Item(
                month: try CommissionStore.month(rows, row, 0), agent: try rows.text(row, 1),
                wadah: try rows.optionalText(row, 5) ?? rows.text(row, 2),
                branch: try rows.optionalText(row, 6) ?? rows.text(row, 3), sequence: Int(try rows.int32(row, 4)))
        }
    }

    /// Takes the marks of these months and reads what is new and what was issued.
    static func fill(_ items: inout [MonthClose.Item], _ connection: Connection) throws {
        guard !items.isEmpty else { return }
        let pairs = pairs(items)
        var numbered = pairs
        numbered.append(items.map { Int32($0.sequence) })
        let results = try connection.pipeline {
            $0.query(takeMarks, numbered)
            $0.query(sumAccruals, numbered)
            $0.query(sumNewcomers, numbered)
            $0.query(sumStatements, pairs)
            $0.query(sumLines, pairs)
        }
        try read(Array(results.dropFirst()), into: &items)
    }

    /// Reads all that is counted for these months, in statements or not, and what was issued. Takes nothing.
    static func fillWhole(_ items: inout [MonthClose.Item], _ connection: Connection) throws {
        guard !items.isEmpty else { return }
        let pairs = pairs(items)
        let results = try connection.pipeline {
            $0.query(sumAllAccruals, pairs)
            $0.query(sumAllNewcomers, pairs)
            $0.query(sumStatements, pairs)
            $0.query(sumLines, pairs)
        }
        try read(results, into: &items)
    }

    private static func pairs(_ items: [MonthClose.Item]) -> Parameters {
        Parameters {
            $0.append(items.map(\.month.index))
            $0.append(items.map(\.agent))
        }
    }

    private static func read(_ results: [QueryResult], into items: inout [MonthClose.Item]) throws {
        for row in 0..<results[0].rowCount {
            let (item, key) = try line(results[0], row)
            items[item].fresh[key] = LineFigures(
                count: Int(try results[0].int64(row, 4)), base: Rupiah(try results[0].int64(row, 5)))
        }
        for row in 0..<results[1].rowCount {
            items[try position(results[1], row)].newcomers = try newcomers(results[1], row)
        }
        for row in 0..<results[2].rowCount {
            let item = try position(results[2], row)
            items[item].issued.newcomers = try newcomers(results[2], row)
            items[item].issued.newParticipants = Int(try results[2].int64(row, 4))
            items[item].issued.agentShare = Rupiah(try results[2].int64(row, 5))
            items[item].issued.wadahShare = Rupiah(try results[2].int64(row, 6))
        }
        for row in 0..<results[3].rowCount {
            let (item, key) = try line(results[3], row)
            items[item].issued.lines[key] = LineFigures(
                count: Int(try results[3].int64(row, 4)), base: Rupiah(try results[3].int64(row, 5)),
                amount: Rupiah(try results[3].int64(row, 6)))
        }
    }

    private static func position(_ rows: QueryResult, _ row: Int) throws -> Int { Int(try rows.int64(row, 0)) - 1 }

    private static func newcomers(_ rows: QueryResult, _ row: Int) throws -> Newcomers {
        Newcomers(
            threeProgrammes: Int(try rows.int64(row, 1)), twoProgrammes: Int(try rows.int64(row, 2)),
            workers: Int(try rows.int64(row, 3)))
    }

    private static func line(_ rows: QueryResult, _ row: Int) throws -> (item: Int, key: LineKey) {
        let rule = AccrualRule(rawValue: try rows.int16(row, 2)) ?? .beyond
        let key = LineKey(scheme: try rows.text(row, 1), rule: rule, unit: try rows.int64(row, 3))
        return (try position(rows, row), key)
    }
}
