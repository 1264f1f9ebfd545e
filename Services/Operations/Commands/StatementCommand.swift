import ArgumentParser
import CommissionCalculator
import PerisaiModels

struct StatementCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statement",
        abstract: "The incentive of an agent for a month, line by line: each payment behind it, its rule and rate.",
        discussion: """
            Lines without a sequence are not in a statement yet. Amounts are exact; a statement rounds its sums. \
            To print a statement: perisai commissions statement.
            """)

    @OptionGroup var database: DatabaseOptions

    @Argument(help: "The agent's id.")
    var agent: String

    @Argument(help: "The month, YYYY-MM.")
    var month: String

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard ContributionMonth(parsing: month) != nil else { throw ValidationError("the month must be YYYY-MM") }
        do { _ = try AgentID(agent) } catch { throw ValidationError("\(error)") }
    }

    func run() throws {
        guard let month = ContributionMonth(parsing: month) else { throw ValidationError("the month must be YYYY-MM") }
        let connection = try database.connect(schema: CommissionCalculatorService().schema)
        defer { connection.close() }
        let lines = try AgentStatement.lines(agent: AgentID(agent), month: month, connection: connection)
        guard !lines.isEmpty else { throw OperationsError("nothing is known of \(agent) in \(month)") }
        var table = Table([
            .init("Sequence", number: true), .init("Rule"), .init("Payer"), .init("Month"), .init("Booked on"),
            .init("Base", number: true), .init("Rate"), .init("Amount", number: true), .init("Event"),
        ])
        for line in lines { table.append(Self.cells(line)) }
        table.print(json: json)
    }

    private static func cells(_ line: AgentStatement.Line) -> [String] {
        return [
            line.sequence.map(String.init) ?? "", line.rule?.rawValue ?? "", line.payer?.text ?? "",
            line.contributionMonth?.description ?? "", line.bookedOn?.description ?? "", "\(line.base.amount)",
            line.rate?.description ?? "", line.amount.plain, line.eventKey?.text ?? "",
        ]
    }
}
