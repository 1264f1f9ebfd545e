import PerisaiModels
import Postgres

/// What is stored of one payer's cover or arrears, month by month.
public struct CoverReport: Sendable {
    public struct Month: Sendable {
        public let month: ContributionMonth
        /// Rupiah.
        public let amount: Int64
        public let paid: Int64
        public let waived: Int64
        public let fine: Int64
        public let finePaid: Int64
        /// Nil before the first rule.
        public let dueOn: CivilDate?
        public let settledOn: CivilDate?

        public var isSettled: Bool { paid == amount && paid > 0 && waived == 0 }
    }

    public let payer: PayerNumber
    /// Nil for an employer: see `arrears`.
    public let cover: CoverStatus?
    public let arrears: ArrearsClass?
    /// As last told, on `toldOn`.
    public let unpaidMonths: Int
    public let toldOn: CivilDate?
    public let firstMonth: ContributionMonth?
    public let lastMonth: ContributionMonth?
    public let exit: String?
    /// Surplus kept for months to come, rupiah.
    public let credit: Int64
    /// Oldest first.
    public let months: [Month]

    /// Last day of the newest month paid in full.
    public var protectedUntil: CivilDate? {
        months.last { $0.isSettled }.map { Protection.period(of: $0.month).upperBound }
    }
    /// First day of the oldest month shown that is paid in full.
    public var protectedFrom: CivilDate? {
        months.first { $0.isSettled }.map { Protection.period(of: $0.month).lowerBound }
    }
    public var unpaidSince: ContributionMonth? { months.first { $0.paid < $0.amount }?.month }
    /// In grace: the last day on which the arrears can be settled.
    public var payableUntil: CivilDate? {
        cover == .grace ? unpaidSince.flatMap { CoverRules.payableUntil(unpaidSince: $0) } : nil
    }

    /// Most months shown: as many as can be opened.
    static let monthLimit = PayerAccount.monthLimit

    private static let payerRow = Statement(
        "reconciler_report_payer",
        """
        SELECT status, unpaid_months, status_on, first_month, last_month, exit_reason, credit,
            EXISTS (SELECT FROM due AS d WHERE d.payer = p.payer AND d.cover = 1 AND d.paid < d.amount)
        FROM payer AS p WHERE payer = $1 AND known
        """)
    private static let monthRows = Statement(
        "reconciler_report_months",
        """
        SELECT * FROM (
            SELECT d.month, d.amount, d.paid, d.waived, coalesce(f.amount, 0), coalesce(f.paid, 0), d.settled_on
            FROM due AS d LEFT JOIN fine AS f USING (payer, month)
            WHERE d.payer = $1 ORDER BY d.month DESC LIMIT \(monthLimit)
        ) AS newest ORDER BY month
        """)

    /// Nil for a payer that is not enrolled.
    public static func of(_ payer: PayerNumber, _ connection: Connection) throws -> CoverReport? {
        let key = Parameters { $0.append(payer.code) }
        let results = try connection.pipeline {
            $0.query(payerRow, key)
            $0.query(monthRows, key)
        }
        guard results[0].rowCount > 0 else { return nil }
        return try CoverReport(payer, results[0], results[1])
    }

    private init(_ payer: PayerNumber, _ row: QueryResult, _ monthRows: QueryResult) throws {
        self.payer = payer
        let status = try CorruptRow.checked(PayerAccount.Status(rawValue: row.int16(0, 0)), "status")
        unpaidMonths = Int(try row.int16(0, 1))
        toldOn = try row.optionalDate(0, 2).flatMap { CivilDate(daysSince1970: $0) }
        firstMonth = try row.optionalInt32(0, 3).flatMap { ContributionMonth(index: $0) }
        lastMonth = try row.optionalInt32(0, 4).flatMap { ContributionMonth(index: $0) }
        exit = try row.optionalInt16(0, 5).flatMap { PayerAccount.Exit(rawValue: $0) }.map { "\($0)" }
        credit = try row.int64(0, 6)
        cover = payer.npp == nil ? CoverStatus(status, isAwaited: try row.bool(0, 7)) : nil
        arrears = payer.npp == nil ? nil : ArrearsClass(monthsUnpaid: unpaidMonths)
        months = try (0..<monthRows.rowCount).map { try Month(payer, monthRows, $0) }
    }
}

extension CoverReport.Month {
    fileprivate init(_ payer: PayerNumber, _ rows: QueryResult, _ row: Int) throws {
        month = try CorruptRow.checked(ContributionMonth(index: rows.int32(row, 0)), "month")
        amount = try rows.int64(row, 1)
        paid = try rows.int64(row, 2)
        waived = try rows.int64(row, 3)
        fine = try rows.int64(row, 4)
        finePaid = try rows.int64(row, 5)
        dueOn = CoverRules.dueDate(payer, month)
        settledOn = try rows.optionalDate(row, 6).flatMap { CivilDate(daysSince1970: $0) }
    }
}

extension CoverStatus {
    /// What a stored status means.
    init(_ status: PayerAccount.Status, isAwaited: Bool) {
        self =
            switch status {
            case .usual: isAwaited ? .awaited : .active
            case .grace: .grace
            case .lapsed: .lapsed
            case .returned: .returned
            case .exited: .exited
            }
    }
}

/// How many participants stand where.
public struct CoverSummary: Sendable {
    public struct Line: Sendable, Equatable {
        public let status: CoverStatus
        public let unpaidMonths: Int
        public let participants: Int64
    }

    /// One pass over participants and first months: seconds for tens of millions.
    private static let counts = Statement(
        "reconciler_cover_summary",
        """
        SELECT p.status, d.payer IS NOT NULL AS awaited, p.unpaid_months, count(*)
        FROM payer AS p
        LEFT JOIN due AS d ON d.payer = p.payer AND d.month = p.first_month AND d.cover = 1 AND d.paid < d.amount
        WHERE p.known AND p.payer < 200000000000 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """)

    public static func lines(_ connection: Connection) throws -> [Line] {
        let rows = try connection.query(counts)
        var sums: [CoverStatus: [Int: Int64]] = [:]
        for row in 0..<rows.rowCount {
            let status = try CorruptRow.checked(PayerAccount.Status(rawValue: rows.int16(row, 0)), "status")
            let cover = CoverStatus(status, isAwaited: try rows.bool(row, 1))
            sums[cover, default: [:]][Int(try rows.int16(row, 2)), default: 0] += try rows.int64(row, 3)
        }
        return CoverStatus.allCases.flatMap { status in
            (sums[status] ?? [:]).sorted { $0.key < $1.key }.map {
                Line(status: status, unpaidMonths: $0.key, participants: $0.value)
            }
        }
    }
}
