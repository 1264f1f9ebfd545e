import BankStatements
import PaymentReconciler
import PerisaiModels
import Postgres

/// The statements that were imported, and what the next one must begin with.
struct StatementRegistry {
    /// One statement of one file.
    struct Row {
        var account: String
        var statement: String
        var opening: Int64?
        var closing: Int64?
        var openedOn: CivilDate?
        var closedOn: CivilDate?
        var entries = 0
        var credits: Int64 = 0
        var debits: Int64 = 0
    }

    /// What a balance is compared with.
    struct Balance {
        let statement: String
        let closing: Int64
        let closedOn: CivilDate
    }

    let connection: Connection
    let bank: BankCode

    /// A number is used again by the bank (MT940 counts from 1 each year), but not within so many days.
    static let numberDays: Int32 = 180

    private static let tryLock = Statement(
        "import_lock", "SELECT pg_try_advisory_lock(hashtextextended('statement import ' || $1::text, 0))")
    private static let ofContent = Statement(
        "import_content",
        "SELECT bank, account, statement, completed FROM statement_file WHERE sha256 = $1::bytea")
    private static let sameNumber = Statement(
        "import_number",
        """
        SELECT count(*) FROM statement_file
        WHERE bank = $1::int2 AND account = $2::text AND statement = $3::text AND sha256 <> $4::bytea
            AND format NOT IN ('mt942', 'camt054')
            AND NOT coalesce(
                opening = $6::int8 AND closing = $7::int8 AND completed
                    AND opening::numeric + credits - debits <> closing, false)
            AND abs(coalesce(closed_on, opened_on, imported_at::date) - coalesce($5::date, current_date))
                < \(numberDays)
        """)
    private static let before = Statement(
        "import_before",
        """
        SELECT statement, closing, closed_on FROM statement_file
        WHERE bank = $1::int2 AND account = $2::text AND sha256 <> $3::bytea AND closing IS NOT NULL
            AND closed_on <= $4::date AND NOT (statement = $5::text AND opening = $6::int8)
        ORDER BY closed_on DESC, imported_at DESC, statement DESC LIMIT 1
        """)
    private static let insert = Statement(
        "import_register",
        """
        INSERT INTO statement_file (sha256, bank, account, statement, format, file_name, opening, closing, opened_on,
            closed_on, entries, credits, debits, imported_by, imported_at)
        VALUES ($1::bytea, $2::int2, $3::text, $4::text, $5::text, $6::text, $7::int8, $8::int8, $9::date, $10::date,
            $11::int4, $12::int8, $13::int8, $14::text, clock_timestamp())
        ON CONFLICT DO NOTHING
        """)
    private static let complete = Statement(
        "import_complete",
        "UPDATE statement_file SET completed = true WHERE sha256 = $1::bytea AND bank = $2::int2 AND NOT completed")

    private var bankNumber: Int16 { Int16(truncatingIfNeeded: bank.code) }

    /// Keeps other imports of the bank away until the session ends.
    func lock() throws {
        let rows = try connection.query(Self.tryLock, Parameters { $0.append(bank.text) })
        guard try rows.bool(0, 0) else { throw OperationsError("another import of bank \(bank.text) is running") }
    }

    /// Statements of a file with this content, by "account statement": whether all of their lines are published.
    /// Throws when the content was imported for another bank.
    func known(sha256: [UInt8]) throws -> [String: Bool] {
        let rows = try connection.query(Self.ofContent, Parameters { $0.append(sha256) })
        var known: [String: Bool] = [:]
        for row in 0..<rows.rowCount {
            guard try rows.int16(row, 0) == bankNumber else {
                throw OperationsError("this file was imported for bank \(try BankCode(code: rows.int64(row, 0)).text)")
            }
            known[try "\(rows.text(row, 1)) \(rows.text(row, 2))"] = try rows.bool(row, 3)
        }
        return known
    }

    /// The bank's number was used for other content. Not so where the lines of that content do not give its closing
    /// balance because some were refused: the corrected file has the same balances, its lines that were imported have
    /// the same ids, and those that were refused come in.
    func isTaken(_ row: Row, sha256: [UInt8]) throws -> Bool {
        let rows = try connection.query(
            Self.sameNumber,
            Parameters {
                $0.append(bankNumber)
                $0.append(row.account)
                $0.append(row.statement)
                $0.append(sha256)
                $0.append(date: (row.closedOn ?? row.openedOn)?.daysSince1970)
                $0.append(row.opening)
                $0.append(row.closing)
            })
        return try rows.int64(0, 0) > 0
    }

    /// What the newest statement up to a date has closed with, `row` itself in an earlier form left aside.
    func balance(before row: Row, upTo date: CivilDate, sha256: [UInt8]) throws -> Balance? {
        let rows = try connection.query(
            Self.before,
            Parameters {
                $0.append(bankNumber)
                $0.append(row.account)
                $0.append(sha256)
                $0.append(date: date.daysSince1970)
                $0.append(row.statement)
                $0.append(row.opening)
            })
        guard rows.rowCount > 0, let closedOn = CivilDate(daysSince1970: try rows.date(0, 2)) else { return nil }
        return Balance(statement: try rows.text(0, 0), closing: try rows.int64(0, 1), closedOn: closedOn)
    }

    /// Notes statements before their first line is published; those that are known already stay.
    func register(_ rows: [Row], sha256: [UInt8], format: StatementFormat, fileName: String, by: String) throws {
        try connection.transaction {
            for start in stride(from: 0, to: rows.count, by: 1_000) {
                _ = try connection.pipeline { pipeline in
                    for row in rows[start..<min(start + 1_000, rows.count)] {
                        pipeline.query(Self.insert, parameters(row, sha256, format, fileName, by))
                    }
                }
            }
        }
    }

    private func parameters(
        _ row: Row, _ sha256: [UInt8], _ format: StatementFormat, _ fileName: String, _ by: String
    ) -> Parameters {
        Parameters {
            $0.append(sha256)
            $0.append(bankNumber)
            $0.append(row.account)
            $0.append(row.statement)
            $0.append(format.rawValue)
            $0.append(fileName)
            $0.append(row.opening)
            $0.append(row.closing)
            $0.append(date: row.openedOn?.daysSince1970)
            $0.append(date: row.closedOn?.daysSince1970)
            $0.append(Int32(clamping: row.entries))
            $0.append(row.credits)
            $0.append(row.debits)
            $0.append(by)
        }
    }

    /// Every line is published: notes that, and who did it, in one transaction.
    func complete(sha256: [UInt8], detail: String) throws {
        try connection.transaction {
            _ = try connection.query(
                Self.complete,
                Parameters {
                    $0.append(sha256)
                    $0.append(bankNumber)
                })
            try AuditChain.appendPerson(detail, on: connection)
        }
    }
}
