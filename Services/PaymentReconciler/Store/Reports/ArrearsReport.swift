import PerisaiModels
import Postgres

/// Employers' unpaid months whose due date has passed, by age class (2016 classes, S47; domain.md 3), late fines and
/// sanction fines together.
public struct ArrearsReport: Sendable {
    public struct ClassLine: Sendable, Equatable {
        /// `none`: only fines are unpaid.
        public let ageClass: ArrearsClass
        public var employers: Int64 = 0
        public var months: Int64 = 0
        /// Rupiah.
        public var amount: Int64 = 0
        public var fines: Int64 = 0
    }

    public struct EmployerLine: Sendable, Equatable {
        public let payer: PayerNumber
        public let ageClass: ArrearsClass
        public let months: Int
        public let since: ContributionMonth?
        public let amount: Int64
        public let fines: Int64
    }

    /// The business date that due dates are compared with.
    public let date: CivilDate
    public let classes: [ClassLine]
    /// Those who owe most first.
    public let employers: [EmployerLine]

    /// Most employers listed.
    public static let mostListed = 10_000

    /// $1: the newest month past due of employers.
    private static let owed = """
        WITH unpaid AS (
            SELECT payer, count(*)::int4 AS months, sum(amount - paid)::int8 AS amount, min(month) AS since FROM due
            WHERE payer >= 200000000000 AND month <= $1 AND paid < amount GROUP BY payer
        ), fined AS (
            SELECT payer, sum(amount - paid)::int8 AS fines FROM (
                SELECT payer, amount, paid FROM fine WHERE paid < amount
                UNION ALL SELECT payer, amount, paid FROM sanction_fine WHERE paid < amount
            ) AS f GROUP BY payer
        ), owed AS (
            SELECT payer, coalesce(months, 0) AS months, coalesce(amount, 0) AS amount, since,
                coalesce(fines, 0) AS fines
            FROM unpaid FULL JOIN fined USING (payer)
        )
        """
    private static let byMonths = Statement(
        "reconciler_arrears_classes",
        """
        \(owed) SELECT months, count(*), sum(amount)::int8, sum(fines)::int8 FROM owed GROUP BY months ORDER BY months
        """)
    private static let top = Statement(
        "reconciler_arrears_top",
        """
        \(owed) SELECT payer, months, since, amount, fines FROM owed
        WHERE months BETWEEN $2 AND $3 ORDER BY amount + fines DESC, payer LIMIT $4
        """)

    /// Nil before the first business date. `ageClass`: only these employers are listed; the classes are all told.
    public static func make(
        _ connection: Connection, ageClass: ArrearsClass? = nil, limit: Int
    ) throws -> ArrearsReport? {
        let started = try connection.query(LoadStatements.date)
        guard started.rowCount > 0, let day = try started.optionalDate(0, 0).flatMap({ CivilDate(daysSince1970: $0) })
        else { return nil }
        let month = CoverRules.newestPastDue(isEmployer: true, on: day)?.index ?? 0
        let months = months(of: ageClass)
        let results = try connection.pipeline {
            $0.query(byMonths, Parameters { $0.append(month) })
            $0.query(
                top,
                Parameters {
                    $0.append(month)
                    $0.append(Int32(months.lowerBound))
                    $0.append(Int32(months.upperBound))
                    $0.append(max(0, min(limit, mostListed)))
                })
        }
        return ArrearsReport(date: day, classes: try classes(results[0]), employers: try employers(results[1]))
    }

    /// The months that make a class; all of them for nil.
    private static func months(of ageClass: ArrearsClass?) -> ClosedRange<Int> {
        guard let ageClass else { return 0...PayerAccount.monthLimit }
        let months = (0...PayerAccount.monthLimit).filter { ArrearsClass(monthsUnpaid: $0) == ageClass }
        return (months.first ?? 0)...(months.last ?? 0)
    }

    private static func classes(_ rows: QueryResult) throws -> [ClassLine] {
        var lines: [ArrearsClass: ClassLine] = [:]
        for row in 0..<rows.rowCount {
            let months = Int64(try rows.int32(row, 0))
            let count = try rows.int64(row, 1)
            let ageClass = ArrearsClass(monthsUnpaid: Int(months))
            var line = lines[ageClass] ?? ClassLine(ageClass: ageClass)
            line.employers += count
            line.months += months * count
            line.amount += try rows.int64(row, 2)
            line.fines += try rows.int64(row, 3)
            lines[ageClass] = line
        }
        return ArrearsClass.allCases.compactMap { lines[$0] }
    }

    private static func employers(_ rows: QueryResult) throws -> [EmployerLine] {
        try (0..<rows.rowCount).map { row in
            let months = Int(try rows.int32(row, 1))
            return EmployerLine(
                payer: try PayerNumber(code: rows.int64(row, 0)), ageClass: ArrearsClass(monthsUnpaid: months),
                months: months, since: try rows.optionalInt32(row, 2).flatMap { ContributionMonth(index: $0) },
                amount: try rows.int64(row, 3), fines: try rows.int64(row, 4))
        }
    }
}
