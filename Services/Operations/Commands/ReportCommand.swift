import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Postgres
import Worker

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Targets and results by month and place.",
        discussion: """
            Every figure is defined in docs/results.md. Active in a month: a contribution is counted for that \
            contribution month, net of reversals.
            """,
        subcommands: [ReportTargets.self, ReportAgents.self, ReportRetention.self, ReportCoverage.self])
}

/// Months and place of a report.
struct ReportMonths: ParsableArguments {
    @Option(help: "This month alone, YYYY-MM.") var month: ContributionMonth?
    @Option(help: "First month.") var from: ContributionMonth?
    @Option(help: "Last month (default: the last one that is over by the business date).")
    var through: ContributionMonth?
    @Option(help: "A wadah's id, a branch's code or a regional office: it and what lies in it.") var place: String?

    func validate() throws {
        if month != nil, from != nil || through != nil {
            throw ValidationError("give --month, or --from and --through")
        }
        if let from, let through, through < from { throw ValidationError("--through lies before --from") }
        _ = try checkedPlace()
    }

    func checkedPlace() throws -> String? {
        try wrongUse { try place.map { try ResultScope.checked(place: $0) } }
    }

    /// The last month, told or by the business date.
    func last(on connection: Connection) throws -> ContributionMonth {
        guard let last = try month ?? through ?? ResultScope.lastMonth(on: connection) else {
            throw OperationsError("no business date has started yet: run `perisai clock`, or give --month")
        }
        return last
    }

    /// The first month is the last one unless told.
    func scope(on connection: Connection) throws -> ResultScope {
        let last = try last(on: connection)
        return try wrongUse { try ResultScope(from: from ?? last, through: last, place: checkedPlace()) }
    }
}

extension DatabaseOptions {
    /// For reports, which read whole tables: with an hour for each statement.
    func results() throws -> Connection {
        try connect(schema: CommissionCalculatorService().schema, statementTimeout: .seconds(3_600))
    }
}

extension TargetLevel: ExpressibleByArgument {}
extension TargetMeasure: ExpressibleByArgument {}
extension ResultLevel: ExpressibleByArgument {}
extension AgentRanking: ExpressibleByArgument {}

/// "2018-01 to 2018-06", or the month alone.
func monthsText(_ from: ContributionMonth, _ through: ContributionMonth) -> String {
    from == through ? "\(through)" : "\(from) to \(through)"
}
