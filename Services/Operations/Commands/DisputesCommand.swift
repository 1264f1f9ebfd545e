import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Worker

struct DisputesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disputes", abstract: "Lines of statements that agents do not agree with.", subcommands: [])
}
