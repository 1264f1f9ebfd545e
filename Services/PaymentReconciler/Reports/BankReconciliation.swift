import PerisaiModels
import Postgres

/// What banks have told of against what their statements show, by bank and day of booking.
public struct BankReconciliation: Sendable {
    /// Payments and rupiah of one bank on one day.
    public struct Day: Sendable {
        public let bank: BankCode
        public let bookedOn: CivilDate
        /// Told of by a notice and shown by a statement.
        public internal(set) var confirmed = Count()
        /// No statement shows it (yet).
        public internal(set) var noticeOnly = Count()
        /// A statement shows it and no notice has told of it.
        public internal(set) var statementOnly = Count()
        /// Confirmed, but the statement books it on another day.
        public internal(set) var dateDiffers = Count()
        /// What became of the money: received = posted + suspended + refused + reversed.
        public internal(set) var figures = PaymentFigures()
    }

    public struct Count: Sendable, Equatable {
        public var payments: Int64 = 0
        public var amount: Int64 = 0
    }

    public internal(set) var days: [Day] = []

    /// Most days times banks of one report.
    public static let dayLimit = 20_000

    private static let statement = Statement(
        "bank_reconciliation",
        """
        \(PaymentFigures.standing), seen AS (
            SELECT payment_id, bool_or(source = 1) AS notice, bool_or(source & 6 <> 0) AS statement,
                max(booked_on) FILTER (WHERE source & 6 <> 0) AS statement_on
            FROM payment_evidence GROUP BY payment_id
        ), parts AS (
            SELECT g.member AS payment_id, bool_or(e.source = 1) AS notice, bool_or(e.source & 6 <> 0) AS statement,
                max(e.booked_on) FILTER (WHERE e.source & 6 <> 0) AS statement_on
            FROM payment_group AS g JOIN payment_evidence AS e ON e.payment_id = g.payment_id GROUP BY g.member
        ), told AS (
            SELECT p.bank, p.booked_on, p.amount, p.stands,
                p.source = 1 OR coalesce(s.notice, false) OR coalesce(g.notice, false) AS notice,
                p.source & 6 <> 0 OR coalesce(s.statement, false) OR coalesce(g.statement, false) AS shown,
                coalesce(s.statement_on, g.statement_on, p.booked_on) <> p.booked_on AS differs
            FROM standing AS p LEFT JOIN seen AS s USING (payment_id) LEFT JOIN parts AS g USING (payment_id)
            WHERE p.stands NOT IN (5, 6) AND ($1::int2 IS NULL OR p.bank = $1::int2)
                AND p.booked_on BETWEEN coalesce($2::date, '-infinity') AND coalesce($3::date, 'infinity')
        )
        SELECT bank, booked_on, stands, notice, shown, notice AND shown AND differs, count(*), sum(amount)::int8
        FROM told GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3
        """)

    /// `bank`, `from` and `through` (days of booking) bound the report.
    public static func read(
        bank: BankCode?, from: CivilDate?, through: CivilDate?, connection: Connection
    ) throws -> BankReconciliation {
        let rows = try connection.query(
            statement,
            Parameters {
                $0.append(bank.map { Int16(truncatingIfNeeded: $0.code) })
                $0.append(date: from?.daysSince1970)
                $0.append(date: through?.daysSince1970)
            })
        var report = BankReconciliation()
        for row in 0..<rows.rowCount {
            let code = try BankCode(code: Int64(rows.int16(row, 0)))
            let date = try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 1)), "booked_on")
            if report.days.last?.bank != code || report.days.last?.bookedOn != date {
                guard report.days.count < dayLimit else { break }
                report.days.append(Day(bank: code, bookedOn: date))
            }
            let last = report.days.count - 1
            let (count, amount) = (try rows.int64(row, 6), try rows.int64(row, 7))
            report.days[last].figures.add(try rows.int32(row, 2), amount: amount, count: count)
            // What was refused brought no money: no statement will show it.
            guard try rows.int32(row, 2) != 3 else { continue }
            let (notice, shown) = (try rows.bool(row, 3), try rows.bool(row, 4))
            let side: WritableKeyPath<Day, Count> =
                notice && shown ? \.confirmed : notice ? \.noticeOnly : \.statementOnly
            report.days[last][keyPath: side].payments += count
            report.days[last][keyPath: side].amount += amount
            if try rows.bool(row, 5) {
                report.days[last].dateDiffers.payments += count
                report.days[last].dateDiffers.amount += amount
            }
        }
        return report
    }
}
