import Postgres

extension PaymentFigures {
    /// Each payment once, with what became of it: 1 posted, 2 in suspense, 3 refused, 4 reversed, 5 evidence only, 6
    /// shared out over payments of their own (a group), which count instead. A reversal may name the payment, the group
    /// that it is part of, or another notice of the same money.
    static let standing = """
        WITH taken AS (
            SELECT payment_id FROM reversal
            UNION SELECT g.member FROM payment_group AS g JOIN reversal AS r ON r.payment_id = g.payment_id
            UNION SELECT e.same_as FROM payment AS e JOIN reversal AS r ON r.payment_id = e.payment_id
                WHERE e.same_as IS NOT NULL AND e.outcome = 4
        ), open AS (
            SELECT DISTINCT payment_id FROM suspense AS s WHERE NOT EXISTS (
                SELECT FROM suspense_release AS r WHERE r.payment_id = s.payment_id AND r.generation = s.generation)
        ), shared AS (
            SELECT DISTINCT payment_id FROM payment_group
        ), standing AS (
            SELECT p.*, CASE WHEN p.outcome = 4 THEN 5 WHEN p.outcome = 3 THEN 3 WHEN g.payment_id IS NOT NULL THEN 6
                WHEN t.payment_id IS NOT NULL THEN 4 WHEN o.payment_id IS NOT NULL THEN 2 ELSE 1 END AS stands
            FROM payment AS p LEFT JOIN taken AS t USING (payment_id) LEFT JOIN open AS o USING (payment_id)
            LEFT JOIN shared AS g USING (payment_id)
        )
        """

    private static let all = Statement(
        "figures_all", "\(standing) SELECT stands, sum(amount)::int8, count(*) FROM standing GROUP BY stands")
    private static let evidences = Statement(
        "figures_evidence",
        """
        SELECT count(*), coalesce(sum(p.amount), 0)::int8
        FROM payment_evidence AS e JOIN payment AS p ON p.payment_id = e.payment_id AND p.outcome <> 5
        """)
    private static let withoutBooking = Statement(
        "figures_unbooked",
        """
        SELECT p.payment_id, p.amount, coalesce(l.amount, 0)::int8 FROM payment AS p
        LEFT JOIN (SELECT event_key, sum(amount) AS amount FROM ledger WHERE account = 1 GROUP BY 1) AS l
            ON l.event_key = p.event_key
        WHERE p.outcome IN (1, 2) AND coalesce(l.amount, 0) <> p.amount ORDER BY p.payment_id LIMIT 5
        """)

    /// Of everything that the schema holds.
    public static func read(from connection: Connection) throws -> PaymentFigures {
        var figures = PaymentFigures()
        let rows = try connection.query(all)
        for row in 0..<rows.rowCount {
            figures.add(try rows.int32(row, 0), amount: try rows.int64(row, 1), count: try rows.int64(row, 2))
        }
        let evidence = try connection.query(evidences)
        figures.evidences = try evidence.int64(0, 0)
        figures.evidence = try evidence.int64(0, 1)
        return figures
    }

    mutating func add(_ stands: Int32, amount: Int64, count: Int64) {
        switch stands {
        case 1: posted += amount
        case 2: suspended += amount
        case 3: refused += amount
        case 4: reversed += amount
        default: return
        }
        received += amount
        payments += count
    }

    /// The first payments whose own key does not carry their amount to the bank's account.
    static func unbooked(_ connection: Connection) throws -> [(String, String)] {
        let rows = try connection.query(withoutBooking)
        return try (0..<rows.rowCount).map { row in
            (
                "payment \(try rows.uuid(row, 0).text)",
                "of \(try rows.int64(row, 1)) rupiah the ledger has booked \(try rows.int64(row, 2)) under its key"
            )
        }
    }
}
