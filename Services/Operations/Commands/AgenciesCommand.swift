import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Worker

struct AgenciesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agencies",
        abstract: "The life of agencies: warnings, ends, returns, and who looks after their participants.",
        subcommands: [])
}
