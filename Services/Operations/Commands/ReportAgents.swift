import ArgumentParser
import CommissionCalculator
import PerisaiModels

struct ReportAgents: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents", abstract: "What each agent brought, earned and looks after, the best first.",
        discussion: "perisai report agents 2018-06, or --from 2018-01 --through 2018-06.")

    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The month, YYYY-MM.") var only: ContributionMonth?
    @OptionGroup var months: ReportMonths
    @Option(help: "By new-participants, contributions, incentive or paying.") var rankBy = AgentRanking.newParticipants
    @OptionGroup var output: ReportOutput

    func validate() throws {
        if only != nil, months.month != nil || months.from != nil || months.through != nil {
            throw ValidationError("give the month, or --month, or --from and --through")
        }
    }

    func run() throws {
        let connection = try database.results()
        defer { connection.close() }
        let place = try months.checkedPlace()
        let scope =
            try only.map { try ResultScope(from: $0, through: $0, place: place) } ?? months.scope(on: connection)
        let report = try AgentReport.make(scope, by: rankBy, on: connection)
        try output.print([Self.agents(report), Self.summary(report)], notes: Self.notes(report))
    }

    static func agents(_ report: AgentReport) -> ReportTable {
        var table = ReportTable(
            "agents", "Agents, \(monthsText(report.scope.from, report.scope.through))",
            [
                .init("Rank", nil, .number), .init("Agent"), .init("Wadah"), .init("Branch"), .init("Region"),
                .init("State"), .init("New BPU", nil, .number), .init("New PU workers", nil, .number),
                .init("New", "new_participants", .number), .init("Employers", "new_employers", .number),
                .init("Contributions", nil, .number), .init("Incentive", nil, .number),
                .init("Looks after", "participants", .number), .init("Paying", nil, .number),
                .init("Paying %", "paying_percent", .decimal),
            ])
        for one in report.agents {
            table.append([
                one.rank.map(String.init) ?? "", one.agent, one.wadah, one.branch, one.region, one.state.rawValue,
                "\(one.newBPU)", "\(one.newPUWorkers)", "\(one.newParticipants)", "\(one.newEmployers)",
                "\(one.contributions)", "\(one.incentive)", "\(one.participants)", "\(one.paying)",
                one.payingShare?.description ?? "",
            ])
        }
        return table
    }

    static func summary(_ report: AgentReport) -> ReportTable {
        var table = ReportTable(
            "summary", "All of them",
            [
                .init("Agents", nil, .number), .init("Active", nil, .number),
                .init("Active %", "active_percent", .decimal),
                .init("New", "new_participants", .number), .init("Employers", "new_employers", .number),
                .init("Contributions", nil, .number), .init("Incentive", nil, .number),
                .init("Average a month", "average_income", .number),
                .init("Average of active", "average_income_of_active", .number),
                .init("Highest", "highest_income", .number),
            ])
        func sum(_ figure: (AgentResult) -> Int64) -> String { "\(report.agents.reduce(0) { $0 + figure($1) })" }
        table.append([
            "\(report.inForce)", "\(report.active)", report.activeShare?.description ?? "", sum(\.newParticipants),
            sum(\.newEmployers), sum(\.contributions), "\(report.incentive)",
            report.averageIncome.map(String.init) ?? "", report.averageIncomeOfActive.map(String.init) ?? "",
            report.highestIncome.map(String.init) ?? "",
        ])
        return table
    }

    private static func notes(_ report: AgentReport) -> [String] {
        var notes = ["active: somebody new enrolled or contributions received in \(report.scope.through)"]
        if !report.openMonths.isEmpty {
            let months = report.openMonths.map(\.description).joined(separator: ", ")
            notes.append("not closed, so without incentives: \(months)")
        }
        return notes
    }
}
