import PerisaiModels
import Postgres

import struct Foundation.UUID

/// Proves the ledger: sums, balances against dues, credit, suspense and fines, payments to the rupiah, hash chains.
///
/// Everything is read in one snapshot, so that workers may go on meanwhile.
public enum LedgerVerification {
    /// `progress` is told of the lines whose hash was looked at.
    public static func run(on connection: Connection, progress: (Int) -> Void = { _ in }) throws -> LedgerReport {
        var report = LedgerReport()
        try snapshot(connection) {
            try movements(connection, &report)
            try accounts(connection, &report)
            for comparison in comparisons { try compare(comparison, connection, &report) }
            try suspense(connection, &report)
            try payments(connection, &report)
            var chains = ChainVerification(connection: connection)
            try chains.run(&report, progress: progress)
        }
        return report
    }

    /// The accounts and their balances alone.
    public static func balances(on connection: Connection) throws -> [LedgerReport.Account] {
        let rows = try connection.query(totals)
        var found: [Int16: (Int64, Int64)] = [:]
        for row in 0..<rows.rowCount {
            found[try rows.int16(row, 0)] = (try rows.int64(row, 1), try rows.int64(row, 2))
        }
        let numbers = Set(LedgerAccountText.all.map(\.number)).union(found.keys).sorted()
        return numbers.map { number in
            let (balance, lines) = found[number] ?? (0, 0)
            return LedgerReport.Account(
                number: number, name: LedgerAccountText.name(number), balance: balance, lines: lines)
        }
    }

    static func snapshot<Value>(_ connection: Connection, _ body: () throws -> Value) throws -> Value {
        try connection.transaction {
            try connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try connection.execute("SET LOCAL work_mem = '64MB'")
            return try body()
        }
    }

    // MARK: Sums

    private static let unbalanced = Statement(
        "verify_unbalanced",
        """
        SELECT event_key, sum(amount), count(*) OVER () FROM ledger
        GROUP BY event_key HAVING sum(amount) <> 0 ORDER BY event_key LIMIT \(LedgerReport.faultLimit)
        """)
    private static let totals = Statement(
        "verify_totals", "SELECT account, sum(amount), count(*) FROM ledger GROUP BY account ORDER BY account")

    private static func movements(_ connection: Connection, _ report: inout LedgerReport) throws {
        let rows = try connection.query(unbalanced)
        let found = try (0..<rows.rowCount).map { row in
            ("event key \(try rows.uuid(row, 0).text)", "lines sum to \(try rows.int64(row, 1)) rupiah, not to zero")
        }
        report.check("movements", "the lines of every event key sum to zero", faults: found)
    }

    private static func accounts(_ connection: Connection, _ report: inout LedgerReport) throws {
        report.accounts = try balances(on: connection)
        let known = Set(LedgerAccountText.all.map(\.number))
        let sum = report.accounts.reduce(Int64(0)) { $0 &+ $1.balance }
        var found: [(String, String)] = report.accounts.filter { !known.contains($0.number) }.map {
            ("account \($0.number)", "is no account; \($0.lines) lines")
        }
        if sum != 0 { found.append(("all accounts", "sum to \(sum) rupiah, not to zero")) }
        report.check("accounts", "the balances of all accounts sum to zero", faults: found)
    }

    // MARK: Projections

    /// An account by payer and month against the table that workers read.
    private struct Comparison {
        let name: String
        let detail: String
        let account: Int16
        /// payer, month (or null), amount.
        let table: String
        let byMonth: Bool
    }

    private static let comparisons = [
        Comparison(
            name: "contributions", detail: "account contribution by payer and month = due.paid", account: 2,
            table: "SELECT payer, month, paid AS amount FROM due WHERE paid <> 0", byMonth: true),
        Comparison(
            name: "credit", detail: "account payer credit by payer = payer.credit", account: 3,
            table: "SELECT payer, 0 AS month, credit AS amount FROM payer WHERE credit <> 0", byMonth: false),
        Comparison(
            name: "fines", detail: "account late fine by payer and month = fine.paid", account: 5,
            table: "SELECT payer, month, paid AS amount FROM fine WHERE paid <> 0", byMonth: true),
        Comparison(
            name: "sanction fines", detail: "account sanction fine by payer and month = sanction_fine.paid", account: 9,
            table: "SELECT payer, month, paid AS amount FROM sanction_fine WHERE paid <> 0", byMonth: true),
    ]

    private static func compare(
        _ comparison: Comparison, _ connection: Connection, _ report: inout LedgerReport
    ) throws {
        let month = comparison.byMonth ? "month" : "0"
        let statement = Statement(
            "verify_\(comparison.name)",
            """
            SELECT coalesce(l.payer, t.payer), coalesce(l.month, t.month), coalesce(l.amount, 0)::int8,
                coalesce(t.amount, 0)
            FROM (
                SELECT payer, \(month) AS month, -sum(amount) AS amount FROM ledger
                WHERE account = \(comparison.account) GROUP BY 1, 2 HAVING sum(amount) <> 0
            ) AS l FULL JOIN (\(comparison.table)) AS t ON l.payer = t.payer AND l.month = t.month
            WHERE coalesce(l.amount, 0) <> coalesce(t.amount, 0) ORDER BY 1, 2 LIMIT \(LedgerReport.faultLimit)
            """)
        let rows = try connection.query(statement)
        let found = try (0..<rows.rowCount).map { row in
            let payer = try rows.optionalInt64(row, 0).map { PayerText.of($0) } ?? "no payer"
            let month = try rows.optionalInt32(row, 1).flatMap { ContributionMonth(index: $0) }
            let place = comparison.byMonth ? "\(payer), month \(month.map(\.description) ?? "none")" : payer
            return (place, "the ledger says \(try rows.int64(row, 2)), the table \(try rows.int64(row, 3)) rupiah")
        }
        report.check(comparison.name, comparison.detail, faults: found)
    }

    private static let openSuspense = Statement(
        "verify_suspense",
        """
        SELECT (SELECT coalesce(-sum(amount), 0)::int8 FROM ledger WHERE account = 4),
            (SELECT coalesce(sum(p.amount), 0)::int8 FROM suspense AS s JOIN payment AS p USING (payment_id)
             WHERE NOT EXISTS (SELECT FROM suspense_release AS r
                 WHERE r.payment_id = s.payment_id AND r.generation = s.generation))
        """)
    private static let suspendedWithoutLine = Statement(
        "verify_suspense_rows",
        """
        SELECT p.payment_id, coalesce(l.amount, 0)::int8, p.amount FROM payment AS p
        JOIN suspense AS s ON s.payment_id = p.payment_id AND s.generation = 0
        LEFT JOIN (SELECT event_key, -sum(amount) AS amount FROM ledger WHERE account = 4 GROUP BY 1) AS l
            ON l.event_key = p.event_key
        WHERE coalesce(l.amount, 0) <> p.amount ORDER BY p.payment_id LIMIT 5
        """)

    private static func suspense(_ connection: Connection, _ report: inout LedgerReport) throws {
        let rows = try connection.query(openSuspense)
        let (ledger, open) = (try rows.int64(0, 0), try rows.int64(0, 1))
        var found: [(String, String)] = []
        if ledger != open {
            found.append(("account suspense", "the ledger says \(ledger), what is open sums to \(open) rupiah"))
            let rows = try connection.query(suspendedWithoutLine)
            for row in 0..<rows.rowCount {
                found.append(
                    (
                        "payment \(try rows.uuid(row, 0).text)",
                        "\(try rows.int64(row, 1)) of \(try rows.int64(row, 2)) rupiah stand in suspense under its key"
                    ))
            }
        }
        report.check("suspense", "account suspense = open suspense, \(open) rupiah", faults: found)
    }

    // MARK: Payments

    private static func payments(_ connection: Connection, _ report: inout LedgerReport) throws {
        let figures = try PaymentFigures.read(from: connection)
        report.figures = figures
        let balance = Dictionary(uniqueKeysWithValues: report.accounts.map { ($0.number, $0.balance) })
        let bank = balance[1] ?? 0
        // What was posted stands as contribution, credit, fine, refund, write-off or difference.
        let posted = -[2, 3, 5, 6, 7, 8, 9].reduce(Int64(0)) { $0 + (balance[$1] ?? 0) }
        var found: [(String, String)] = []
        if bank != figures.posted + figures.suspended {
            found.append(
                ("account bank clearing", "holds \(bank), payments say \(figures.posted + figures.suspended) rupiah"))
            found += try PaymentFigures.unbooked(connection)
        }
        if posted != figures.posted {
            found.append(("posted", "the ledger says \(posted), payments say \(figures.posted) rupiah"))
        }
        if !figures.isComplete { found.append(("received", "differs from posted + suspended + refused + reversed")) }
        report.check(
            "payments",
            "received \(figures.received) = posted \(figures.posted) + suspended \(figures.suspended) + refused "
                + "\(figures.refused) + reversed \(figures.reversed)", faults: found)
    }
}

/// A payer as people write it.
enum PayerText {
    static func of(_ code: Int64) -> String { (try? PayerNumber(code: code))?.description ?? "payer \(code)" }
}
