import CommissionCalculator
import Foundation
import PerisaiModels
import Postgres
import Worker

/// The two persons of a local stack who decide about incentives, by the same code as `perisai commissions`.
public final class IncentiveDesk {
    public let connection: Connection
    private let maker: OperatorName
    private let checker: OperatorName

    public init(_ stack: LocalStack) throws {
        connection = try Connection(
            ConnectionSettings(
                url: stack.databaseURL, schema: CommissionCalculatorService().schema, applicationName: "perisai"))
        maker = try OperatorName("ani")
        checker = try OperatorName("budi")
    }

    public func close() { connection.close() }

    /// Proposes, approves, and waits until the calculator has applied it; returns the proposal's id.
    /// - Throws: `DeskError` where it cannot be proposed, `OperationsError` where it is not applied.
    /// - Parameter approved: called between the approval and the waiting.
    @discardableResult
    public func decide(
        _ action: some ProposalAction, reason: String, approved: () throws -> Void = {}
    ) throws -> UUID {
        let desk = CommissionDesk(connection)
        let id = try desk.propose(action, reason: DeskReason(reason), by: maker)
        try desk.approve(id, by: checker)
        try approved()
        var outcome = ""
        try LocalStack.wait("the calculator to apply \(action.subject)", 60) {
            let rows = try connection.query(Self.outcome, Parameters { $0.append(id) })
            outcome = try rows.optionalText(0, 0) ?? ""
            return !outcome.isEmpty
        }
        guard outcome == "applied" else { throw OperationsError("\(action.subject): \(outcome)") }
        return id
    }

    private static let outcome = Statement(
        "incentive_desk_outcome", "SELECT outcome FROM proposal WHERE proposal_id = $1")
    private static let open = Statement(
        "incentive_desk_open",
        """
        SELECT m FROM business_clock, generate_series(
            (SELECT min(month) FROM touched),
            extract(year FROM business_date)::int * 12 + extract(month FROM business_date)::int - 2) AS m
        WHERE m > coalesce((SELECT max(month) FROM month_close), 0) ORDER BY m
        """)
    private static let closed = Statement(
        "incentive_desk_closed", "SELECT closed_on IS NOT NULL FROM month_close WHERE month = $1")

    /// Whether the calculator knows a business date.
    public var hasBusinessDate: Bool {
        get throws { try connection.query(Self.dates).int64(0, 0) > 0 }
    }
    private static let dates = Statement("incentive_desk_dates", "SELECT count(*)::int8 FROM business_clock")

    /// Closes every month that is over by the business date; returns those that it closed.
    /// - Parameter approved: called for each month between its approval and the waiting.
    @discardableResult
    public func closeMonths(approved: () throws -> Void = {}) throws -> [ContributionMonth] {
        let rows = try connection.query(Self.open)
        return try (0..<rows.rowCount).map { row in
            guard let month = ContributionMonth(index: try rows.int32(row, 0)) else {
                throw OperationsError("a month is out of range")
            }
            try decide(CloseAction(month: month), reason: "the month is over", approved: approved)
            try LocalStack.wait("the statements of \(month)", 120) {
                let rows = try connection.query(Self.closed, Parameters { $0.append(month.index) })
                return try rows.rowCount == 1 && rows.bool(0, 0)
            }
            return month
        }
    }
}
