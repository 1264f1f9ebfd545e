import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Worker

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Targets and results by month and place.", subcommands: [])
}
