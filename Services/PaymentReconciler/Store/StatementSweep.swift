import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Some days after a statement: payments that the bank has told of and its statement does not show. The daily
/// reconciliation is mandatory (domain.md 6.2): a notice alone is no money.
enum StatementSweep {
    private static let limit = 1_000

    /// Statements that close their days, once the last lines that may belong to them had time to come.
    private static let next = Statement(
        "reconciler_statement_sweep",
        """
        SELECT f.bank, f.account, f.statement, f.opened_on, f.closed_on, d.started_on
        FROM statement_file AS f CROSS JOIN business_date AS d
        WHERE f.completed AND NOT f.examined AND f.format IN ('mt940', 'camt053', 'csv') AND f.opened_on IS NOT NULL
            AND f.closed_on + $1::int4 < d.started_on
        ORDER BY f.closed_on, f.bank, f.account, f.statement LIMIT 1 FOR UPDATE OF f
        """)
    private static let missing = Statement(
        "reconciler_not_in_statement",
        """
        SELECT p.payment_id, p.reference, p.amount, p.payer, p.booked_on FROM payment AS p
        WHERE p.bank = $1 AND p.booked_on BETWEEN $2 AND $3 AND p.source = 1 AND p.outcome IN (1, 2)
            AND NOT EXISTS (SELECT FROM payment_evidence AS e WHERE e.payment_id = p.payment_id AND e.source & 6 <> 0)
            AND NOT EXISTS (SELECT FROM reversal AS r WHERE r.payment_id = p.payment_id)
            AND NOT EXISTS (SELECT FROM payment_exception AS x
                WHERE x.payment_id = p.payment_id AND x.code = 'NOT_IN_STATEMENT')
            AND NOT EXISTS (SELECT FROM payment_group AS g JOIN payment_evidence AS e ON e.payment_id = g.payment_id
                WHERE g.member = p.payment_id AND e.source & 6 <> 0)
        ORDER BY p.payment_id LIMIT \(limit)
        """)
    private static let done = Statement(
        "reconciler_statement_examined",
        "UPDATE statement_file SET examined = true WHERE bank = $1 AND account = $2 AND statement = $3")

    private static let purpose: UInt64 = 8

    /// False when no statement waits. `days`: how far a notice and its line may be apart.
    static func run(
        days: Int, _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> Bool {
        let statement = try connection.query(next, Parameters { $0.append(Int32(clamping: days)) })
        guard statement.rowCount > 0 else { return false }
        let bank = try statement.int16(0, 0)
        let rows = try connection.query(
            missing,
            Parameters {
                $0.append(bank)
                $0.append(date: try? statement.date(0, 3))
                $0.append(date: try? statement.date(0, 4))
            })
        let started = try CorruptRow.checked(CivilDate(daysSince1970: statement.date(0, 5)), "started_on")
        guard let time = Instant(started, secondsFromMidnight: 0, in: .wib) else { return false }
        var state = ReconcilerState()
        for row in 0..<rows.rowCount {
            let id = try rows.uuid(row, 0)
            let key = EventKey.derived(from: id, ordinal: 0, purpose: purpose)
            outgoing.begin(key: key, time: time)
            state.raise(
                PaymentException(
                    paymentID: id, bank: try BankCode(code: Int64(bank)),
                    reference: try PaymentReference(rows.text(row, 1)), code: .notInStatement,
                    amount: Rupiah(try rows.int64(row, 2)),
                    payer: try rows.optionalInt64(row, 3).map { try PayerNumber(code: $0) }, bookedOn: started), key,
                &outgoing)
        }
        state.save(to: &writer)
        guard rows.rowCount < limit else { return true }
        let account = try statement.text(0, 1)
        let number = try statement.text(0, 2)
        writer.execute(
            done,
            Parameters {
                $0.append(bank)
                $0.append(account)
                $0.append(number)
            })
        return true
    }
}
