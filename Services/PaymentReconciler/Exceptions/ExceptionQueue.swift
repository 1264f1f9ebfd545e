import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Reads the queue of exceptions. The search path of each connection must be the service's schema.
public enum ExceptionQueue {
    public static let mostItems = 10_000

    /// Which open cases are meant; nil: all.
    public struct Filter: Sendable {
        public var code: ExceptionCode?
        /// Compared without regard to case.
        public var owner: String?
        /// Past the deadline alone.
        public var overdue = false
        /// Opened more than so many calendar days ago.
        public var olderThanDays: Int?

        public init() {}
    }

    /// Open cases of one code.
    public struct Sum: Sendable, Hashable {
        public let code: ExceptionCode
        public let count: Int
        public let amount: Rupiah
        public let overdue: Int
        public let oldest: CivilDate
    }

    private static let condition = """
        resolution IS NULL AND ($1::text IS NULL OR code = $1) AND ($2::text IS NULL OR lower(owner) = lower($2))
            AND (NOT $3::bool OR deadline < $4::date) AND ($5::date IS NULL OR opened_on < $5)
        """
    private static let items = Statement(
        "exceptions_list",
        """
        SELECT \(ExceptionItem.columns) FROM exception_case WHERE \(condition)
        ORDER BY deadline, amount DESC, exception_id LIMIT $6
        """)
    private static let summed = Statement(
        "exceptions_sums",
        """
        SELECT code, count(*), sum(amount), count(*) FILTER (WHERE deadline < $4::date), min(opened_on)
        FROM exception_case WHERE \(condition) GROUP BY code ORDER BY count(*) DESC, code
        """)
    private static let businessDate = Statement(
        "exceptions_today", "SELECT coalesce(started_on, (now() AT TIME ZONE 'Asia/Jakarta')::date) FROM business_date")
    private static let matching = Statement(
        "exceptions_matching",
        "SELECT exception_id FROM exception_case WHERE exception_id BETWEEN $1 AND $2 ORDER BY exception_id LIMIT 2")
    private static let matchingPayments = Statement(
        "exceptions_matching_payments",
        """
        SELECT payment_id FROM payment WHERE payment_id BETWEEN $1 AND $2 AND outcome <> 5
        ORDER BY payment_id LIMIT 2
        """)
    private static let matchingProposals = Statement(
        "exceptions_matching_proposals",
        "SELECT proposal_id FROM exception_proposal WHERE proposal_id BETWEEN $1 AND $2 ORDER BY proposal_id LIMIT 2")

    /// The date that ages are counted to: the newest business date, or today in Jakarta before the first one.
    public static func today(on connection: Connection) throws -> CivilDate {
        try CorruptRow.checked(
            CivilDate(daysSince1970: connection.query(businessDate).date(0, 0)), "started_on")
    }

    /// The most pressing first. `limit`: 1 to `mostItems`.
    public static func open(
        _ filter: Filter, today: CivilDate, limit: Int, on connection: Connection
    ) throws -> [ExceptionItem] {
        let rows = try connection.query(
            items,
            Parameters {
                append(filter, today, to: &$0)
                $0.append(Int64(min(max(limit, 1), mostItems)))
            })
        return try (0..<rows.rowCount).map { try ExceptionItem(rows, $0) }
    }

    /// By code, over all cases that the filter takes.
    public static func sums(_ filter: Filter, today: CivilDate, on connection: Connection) throws -> [Sum] {
        let rows = try connection.query(summed, Parameters { append(filter, today, to: &$0) })
        return try (0..<rows.rowCount).map { row in
            Sum(
                code: try CorruptRow.checked(ExceptionCode(rawValue: rows.text(row, 0)), "code"),
                count: Int(try rows.int64(row, 1)), amount: Rupiah(try rows.int64(row, 2)),
                overdue: Int(try rows.int64(row, 3)),
                oldest: try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 4)), "opened_on"))
        }
    }

    private static func append(_ filter: Filter, _ today: CivilDate, to parameters: inout Parameters) {
        parameters.append(filter.code?.rawValue)
        parameters.append(filter.owner)
        parameters.append(filter.overdue)
        parameters.append(date: today.daysSince1970)
        parameters.append(date: filter.olderThanDays.map { today.adding(days: -$0).daysSince1970 })
    }

    /// - Throws: `DeskError` when none or several begin so; likewise for payments and proposals.
    public static func caseID(_ prefix: IdentifierPrefix, on connection: Connection) throws -> UUID {
        try one("exception", prefix, matching, connection)
    }

    public static func paymentID(_ prefix: IdentifierPrefix, on connection: Connection) throws -> UUID {
        try one("payment", prefix, matchingPayments, connection)
    }

    public static func proposalID(_ prefix: IdentifierPrefix, on connection: Connection) throws -> UUID {
        try one("proposal", prefix, matchingProposals, connection)
    }

    private static func one(
        _ kind: String, _ prefix: IdentifierPrefix, _ statement: Statement, _ connection: Connection
    ) throws -> UUID {
        let rows = try connection.query(
            statement,
            Parameters {
                $0.append(prefix.range.lowerBound)
                $0.append(prefix.range.upperBound)
            })
        guard rows.rowCount > 0 else { throw DeskError("no \(kind) begins with \(prefix.text)") }
        guard rows.rowCount == 1 else {
            throw DeskError("several \(kind)s begin with \(prefix.text): give more digits")
        }
        return try rows.uuid(0, 0)
    }
}

/// A case as it stands.
public struct ExceptionItem: Sendable {
    public let id: UUID
    public let code: ExceptionCode
    public let paymentID: UUID
    public let payer: PayerNumber?
    public let amount: Rupiah
    public let bank: BankCode
    public let reference: String
    public let openedOn: CivilDate
    public let deadline: CivilDate
    public let owner: String?
    public let level: ExceptionPolicy.Level
    /// Nil while it is open.
    public let resolution: String?
    public let resolvedOn: CivilDate?

    static let columns = """
        exception_id, code, payment_id, payer, amount, bank, reference, opened_on, deadline, owner, level, resolution,
            resolved_on
        """

    init(_ rows: QueryResult, _ row: Int) throws {
        id = try rows.uuid(row, 0)
        code = try CorruptRow.checked(ExceptionCode(rawValue: rows.text(row, 1)), "code")
        paymentID = try rows.uuid(row, 2)
        payer = try rows.optionalInt64(row, 3).map { try PayerNumber(code: $0) }
        amount = Rupiah(try rows.int64(row, 4))
        bank = try BankCode(code: rows.int64(row, 5))
        reference = try rows.text(row, 6)
        openedOn = try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 7)), "opened_on")
        deadline = try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 8)), "deadline")
        owner = try rows.optionalText(row, 9)
        level = try CorruptRow.checked(ExceptionPolicy.Level(rawValue: rows.int16(row, 10)), "level")
        resolution = try rows.optionalText(row, 11)
        resolvedOn = try rows.optionalDate(row, 12).flatMap { CivilDate(daysSince1970: $0) }
    }

    /// Calendar days since it was opened; a case from a later date than `today` has none.
    public func days(on today: CivilDate) -> Int { max(0, Int(today.daysSince1970 - openedOn.daysSince1970)) }

    /// Working days that have passed, the day of opening not counted.
    public func workingDays(on today: CivilDate) -> Int {
        ExceptionPolicy.workingDays(from: openedOn, through: today)
    }

    /// Open after its deadline.
    public func isOverdue(on today: CivilDate) -> Bool { resolution == nil && deadline < today }
}

extension ExceptionPolicy {
    /// Working days behind `start` up to `end`, at most `HolidayCalendar.reach` calendar days far.
    public static func workingDays(from start: CivilDate, through end: CivilDate) -> Int {
        let days = min(Int(end.daysSince1970) - Int(start.daysSince1970), HolidayCalendar.reach)
        guard days > 0 else { return 0 }
        return (1...days).count { calendar.isWorkingDay(start.adding(days: $0)) }
    }
}
