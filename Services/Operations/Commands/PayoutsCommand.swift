import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Worker

struct PayoutsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payouts", abstract: "Pays what is owed to agents and wadah, through their banks.", subcommands: []
    )
}
