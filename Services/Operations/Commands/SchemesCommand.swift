import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Worker

struct SchemesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schemes",
        abstract: "Incentive schemes, tax rules and payout policies, by the days on which they apply.", subcommands: [])
}
