import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Cases past their deadline on the newest business date: each goes up one level and has the same number of working
/// days once more. Nothing rises above the head office.
enum EscalationJob {
    static let chunk = 1_000
    /// Keeps the events of escalations apart from all others that are derived from a case.
    static let purpose: UInt64 = 41

    /// A case that is being settled at this moment is left for the next look.
    private static let overdue = Statement(
        "reconciler_overdue_cases",
        """
        SELECT c.exception_id, c.code, c.payment_id, c.payer, c.amount, c.owner, c.opened_on, c.deadline, c.level,
            b.started_on
        FROM business_date AS b JOIN exception_case AS c ON c.deadline < b.started_on
        WHERE c.resolution IS NULL AND c.level < 3
        ORDER BY c.deadline, c.exception_id LIMIT \(chunk) FOR UPDATE OF c SKIP LOCKED
        """)
    private static let raise = Statement(
        "reconciler_raise_cases",
        """
        UPDATE exception_case AS c SET level = u.level, deadline = u.deadline
        FROM unnest($1::uuid[], $2::int2[], $3::date[]) AS u(exception_id, level, deadline)
        WHERE c.exception_id = u.exception_id
        """)

    /// False when nothing has passed its deadline.
    static func run(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> Bool {
        let rows = try connection.query(overdue)
        guard rows.rowCount > 0 else { return false }
        let today = try CorruptRow.checked(CivilDate(daysSince1970: rows.date(0, 9)), "started_on")
        let time = try CorruptRow.checked(Instant(today, secondsFromMidnight: 0, in: .wib), "started_on")
        var escalations = CopyBuffer(
            table: "exception_escalation", columns: ["exception_id", "level", "escalated_on", "missed"])
        var ids: [UUID] = []
        var levels: [Int16] = []
        var deadlines: [Int32] = []
        for row in 0..<rows.rowCount {
            let raised = try escalated(rows, row, on: today)
            let level = Int16(truncatingIfNeeded: raised.level)
            ids.append(raised.exceptionID)
            levels.append(level)
            deadlines.append(raised.deadline.daysSince1970)
            escalations.beginRow()
            escalations.append(raised.exceptionID)
            escalations.append(level)
            escalations.append(date: today.daysSince1970)
            escalations.append(date: try rows.date(row, 7))
            outgoing.begin(
                key: EventKey.derived(from: raised.exceptionID, ordinal: raised.level, purpose: purpose), time: time)
            outgoing.emit(raised)
        }
        writer.copy(escalations)
        writer.execute(
            raise,
            Parameters {
                $0.append(ids)
                $0.append(levels)
                $0.append(dates: deadlines)
            })
        return true
    }

    /// The case one level up, with its new deadline.
    private static func escalated(_ rows: QueryResult, _ row: Int, on today: CivilDate) throws -> ExceptionEscalated {
        let code = try CorruptRow.checked(ExceptionCode(rawValue: rows.text(row, 1)), "code")
        return ExceptionEscalated(
            exceptionID: try rows.uuid(row, 0), code: code, paymentID: try rows.uuid(row, 2),
            payer: try rows.optionalInt64(row, 3).map { try PayerNumber(code: $0) },
            amount: Rupiah(try rows.int64(row, 4)), owner: try rows.optionalText(row, 5),
            openedOn: try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 6)), "opened_on"),
            deadline: ExceptionPolicy(of: code).deadline(from: today), level: Int(try rows.int16(row, 8)) + 1,
            escalatedOn: today)
    }
}
