import ArgumentParser
import CommissionCalculator
import PerisaiModels

struct ReportRetention: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention", abstract: "Who of those enrolled in some months has paid, and still pays.",
        discussion: """
            A person belongs to the month of the first enrolment, with its agent and branch. After N months: a \
            contribution is counted for the month N months behind the first contribution month. The readings of article \
            003 stand side by side.
            """)

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var months: ReportMonths
    @Option(help: "By agent, wadah, branch, region or nation.") var level = ResultLevel.branch
    @Option(help: "Look no further than this month (default: the last one that is over by the business date).")
    var asOf: ContributionMonth?
    @OptionGroup var output: ReportOutput

    func run() throws {
        let connection = try database.results()
        defer { connection.close() }
        let scope = try months.scope(on: connection)
        guard let asOf = try asOf ?? ResultScope.lastMonth(on: connection) else {
            throw OperationsError("no business date has started yet: run `perisai clock`, or give --as-of")
        }
        let report = try RetentionReport.make(scope, level: level, asOf: asOf, on: connection)
        var notes = RetentionReading.allCases.map { "\($0.rawValue): \($0.definition)" }
        notes.append("empty where the month is behind \(asOf)")
        try output.print([Self.cohorts(report), Self.ratios(report)], notes: notes)
    }

    static func cohorts(_ report: RetentionReport) -> ReportTable {
        var columns: [ReportTable.Column] = [
            .init(report.level.rawValue.capitalized, "place"), .init("Month"), .init("Persons", nil, .number),
            .init("Activated", nil, .number), .init("Activated %", "activated_percent", .decimal),
        ]
        for months in RetentionReport.points {
            columns.append(.init("After \(months)", "after_\(months)", .number))
            columns.append(.init("%", "after_\(months)_percent", .decimal))
        }
        columns += [.init("Year end", nil, .number), .init("%", "year_end_percent", .decimal)]
        var table = ReportTable(
            "cohorts", "Enrolled \(monthsText(report.scope.from, report.scope.through)), as of \(report.asOf)", columns)
        for one in report.cohorts {
            func cells(_ point: Cohort.Point) -> [String] {
                point.observed == 0 ? ["", ""] : ["\(point.paying)", point.share?.description ?? ""]
            }
            table.append(
                [
                    one.place, "\(one.month)", "\(one.persons)", "\(one.activated)",
                    one.activatedShare?.description ?? "",
                ] + one.points.flatMap(cells) + cells(one.yearEnd))
        }
        return table
    }

    static func ratios(_ report: RetentionReport) -> ReportTable {
        var table = ReportTable(
            "ratios", "So many to one, \(monthsText(report.scope.from, report.scope.through))",
            [
                .init(report.level.rawValue.capitalized, "place"), .init("Reading"), .init("First", nil, .number),
                .init("Second", nil, .number), .init("Ratio", nil, .decimal),
            ])
        for one in report.ratios {
            table.append([
                one.place, one.reading.rawValue, "\(one.first)", "\(one.second)", one.ratio?.description ?? "",
            ])
        }
        return table
    }
}
