import ArgumentParser
import CommissionCalculator
import PerisaiModels

struct ReportTargets: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "targets", abstract: "Targets, what was reached of them, what is missing, and who leads.",
        discussion: """
            --month 2018-06 counts each target from its first month through June; --from and --through count those months \
            alone. Figures of persons and agents are those at the end. Sources that disagree have a line each.
            """)

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var months: ReportMonths
    @Option(help: "Only of this level: nation, region, branch, group or wadah.") var level: TargetLevel?
    @Option(help: "Only of this measure.") var measure: TargetMeasure?
    @OptionGroup var output: ReportOutput

    func run() throws {
        let connection = try database.results()
        defer { connection.close() }
        let through = try months.last(on: connection)
        // A month alone asks how far the year has come by then: only its targets, each from its beginning.
        let running = months.month != nil
        let filter = TargetFilter(
            level: level, place: try months.checkedPlace(), measure: measure, from: months.from, through: through)
        var results = try TargetReport.make(filter, through: through, on: connection)
        if running { results = results.filter { $0.target.key.last >= through } }
        try output.print([Self.table(results, through)], notes: Self.notes(results))
    }

    static func table(_ results: [TargetResult], _ through: ContributionMonth) -> ReportTable {
        var table = ReportTable(
            "targets", "Targets through \(through)",
            [
                .init("Level"), .init("Place"), .init("Measure"), .init("From"), .init("Counted through"),
                .init("Target months"), .init("Target", nil, .number), .init("Actual", nil, .number),
                .init("Share %", "share_percent", .decimal), .init("Gap", nil, .number), .init("Rank", nil, .number),
                .init("Reported", nil, .number), .init("Reported %", "reported_percent", .decimal), .init("Source"),
                .init("Definition"),
            ])
        for result in results {
            let key = result.target.key
            table.append([
                key.level.rawValue, key.place, key.measure.rawValue, "\(result.from)", "\(result.through)",
                monthsText(key.first, key.last), "\(result.amount)", "\(result.actual)",
                result.reached?.description ?? "", "\(result.gap)", result.rank.map(String.init) ?? "",
                result.target.reported.map(String.init) ?? "", result.reportedReached?.description ?? "", key.source,
                result.target.definition,
            ])
        }
        return table
    }

    private static func notes(_ results: [TargetResult]) -> [String] {
        let measures = Set(results.map(\.target.key.measure))
        return TargetMeasure.allCases.filter(measures.contains).map { "\($0.rawValue): \($0.definition)" }
            + ["reported: what the source itself says was reached; actual is what is counted here"]
    }
}
