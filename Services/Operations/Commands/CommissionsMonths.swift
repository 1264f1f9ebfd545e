import ArgumentParser
import CommissionCalculator
import PerisaiModels

extension CommissionsCommand {
    struct Months: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Months: open, over, proposed, closing or closed, what was issued, and what is late.",
            discussion: """
                Statements are paid by the 5th of the following month. By the business date a month is late when \
                something of it or of months before is still owed after that day, or when it was not closed by then.
                """)

        @OptionGroup var database: DatabaseOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let connection = try database.connect(
                schema: CommissionCalculatorService().schema, statementTimeout: .seconds(300))
            defer { connection.close() }
            var table = Table([
                .init("Month"), .init("State"), .init("Statements", number: true), .init("Corrections", number: true),
                .init("Total", number: true), .init("Agents", "agent_share", number: true),
                .init("Wadah", "wadah_share", number: true), .init("Owed", number: true),
                .init("Agents waiting", number: true), .init("Closed on"), .init("Approved by"), .init("Due"),
                .init("Late"),
            ])
            for one in try MonthOverview.all(on: connection) {
                table.append([
                    "\(one.month)", one.state.rawValue, "\(one.statements)", "\(one.corrections)",
                    "\(one.total.amount)", "\(one.agentShare.amount)", "\(one.wadahShare.amount)",
                    "\(one.owed.amount)", "\(one.waiting)", one.closedOn?.description ?? "", one.approvedBy ?? "",
                    "\(one.due)", one.isLate ? "late" : "",
                ])
            }
            table.print(json: json)
        }
    }
}
