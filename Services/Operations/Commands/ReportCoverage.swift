import ArgumentParser
import CommissionCalculator
import PerisaiModels

struct ReportCoverage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage", abstract: "Registered, active and inactive persons, and who could be registered.",
        discussion: """
            Two definitions of coverage are in use and both are printed: active of the labour force, and registered of \
            the labour force. The labour force is told by targets of the measure labour-force, a line for each source.
            """)

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var months: ReportMonths
    @Option(help: "By branch, region or nation.") var level = TargetLevel.branch
    @OptionGroup var output: ReportOutput

    func validate() throws {
        guard CoverageReport.levels.contains(level) else {
            throw ValidationError("--level must be branch, region or nation")
        }
    }

    func run() throws {
        let connection = try database.results()
        defer { connection.close() }
        let scope = try months.scope(on: connection)
        let results = try CoverageReport.make(scope, level: level, on: connection)
        try output.print(
            [Self.table(results, scope)],
            notes: [
                "active: a contribution is counted for the month; inactive: registered and not active",
                "active of potential, registered of potential: the two definitions of coverage",
                "reported: persons registered by the source's own words",
            ])
    }

    static func table(_ results: [CoverageResult], _ scope: ResultScope) -> ReportTable {
        var table = ReportTable(
            "coverage", "Coverage, \(monthsText(scope.from, scope.through))",
            [
                .init("Place"), .init("Month"), .init("Registered", nil, .number), .init("Active", nil, .number),
                .init("Inactive", nil, .number), .init("Active %", "active_percent", .decimal),
                .init("Potential", nil, .number), .init("Gap", nil, .number),
                .init("Active of potential %", "active_of_potential_percent", .decimal),
                .init("Registered of potential %", "registered_of_potential_percent", .decimal),
                .init("Reported", nil, .number), .init("Reported %", "reported_percent", .decimal), .init("Source"),
            ])
        for result in results {
            let coverage = result.coverage
            let reported = result.potential?.target.reported
            let share = reported.flatMap { told in result.potential.flatMap { Percent(told, of: $0.amount) } }
            table.append([
                result.place, "\(result.month)", "\(coverage.registered)", "\(coverage.active)", "\(coverage.inactive)",
                coverage.activeOfRegistered?.description ?? "", coverage.potential.map(String.init) ?? "",
                coverage.gap.map(String.init) ?? "", coverage.activeOfPotential?.description ?? "",
                coverage.registeredOfPotential?.description ?? "", reported.map(String.init) ?? "",
                share?.description ?? "", result.potential?.target.key.source ?? "",
            ])
        }
        return table
    }
}
