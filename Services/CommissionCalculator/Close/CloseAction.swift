import PerisaiModels
import Postgres
import Worker

/// Closing a month: its statements are issued, and corrections of months closed before with them. It begins as soon as
/// it is approved, whatever the closing day: two persons choose the day.
public struct CloseAction: ProposalAction, Hashable {
    public static let summary = "Closing a month"
    public static let kind = ProposalKind.close

    public let month: ContributionMonth
    public var subject: String { month.description }

    public init(month: ContributionMonth) { self.month = month }

    public init(fields reader: inout FieldReader) throws(JSONFault) { month = try reader.required("month") }

    public func write(fields writer: inout JSONWriter) { writer.field("month", month) }

    private static let read = Statement(
        "close_state",
        """
        SELECT (SELECT business_date FROM business_clock),
            (SELECT closed_on FROM month_close WHERE month = $1), EXISTS (SELECT FROM month_close WHERE month = $1),
            (SELECT max(month) FROM month_close), (SELECT min(month) FROM touched WHERE month < $1)
        """)
    /// Months without any row since the last one that was closed are closed with it.
    private static let start = Statement(
        "close_start",
        """
        INSERT INTO month_close (month, proposal_id, approved_by, started_on)
        SELECT m, $2, $3, $4
        FROM generate_series(coalesce((SELECT max(month) + 1 FROM month_close), $1), $1) AS m
        """)
    private static let wake = Statement(
        "close_wake", "UPDATE business_clock SET done = false, cursor_month = 0, cursor_agent = ''")

    /// A month is closed once it is over by the business date, and after those before it.
    public func check(on connection: Connection) throws {
        let rows = try connection.query(Self.read, Parameters { $0.append(month.index) })
        guard try !rows.isNull(0, 0) else { throw DeskError("no business date has started yet") }
        let date = try CommissionStore.date(rows, 0, 0)
        guard date.contributionMonth > month else {
            throw DeskError("\(month) is not over: the business date is \(date)")
        }
        if try rows.bool(0, 2) {
            let closed = try rows.isNull(0, 1) ? "is being closed" : "was closed on \(CommissionStore.date(rows, 0, 1))"
            throw DeskError("\(month) \(closed)")
        }
        if try !rows.isNull(0, 3), case let last = try CommissionStore.month(rows, 0, 3), last > month {
            throw DeskError("\(last) is closed already; what comes late for \(month) is corrected with the next month")
        }
        guard try !rows.isNull(0, 4) else { return }
        let open = try CommissionStore.month(rows, 0, 4)
        let isClosed = try rows.optionalInt32(0, 3).map { open.index <= $0 } ?? false
        guard isClosed else { throw DeskError("\(open) must be closed before \(month)") }
    }

    public func apply(_ context: ProposalContext, _ outgoing: inout Outgoing) throws {
        _ = try context.connection.query(
            Self.start,
            Parameters {
                $0.append(month.index)
                $0.append(context.proposalID)
                $0.append(context.approvedBy)
                $0.append(date: context.date.daysSince1970)
            })
        _ = try context.connection.query(Self.wake)
    }
}
