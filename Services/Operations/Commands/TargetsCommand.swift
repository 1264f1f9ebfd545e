import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Worker

struct TargetsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "targets", abstract: "Targets of wadah, branches, regions and the nation, and where branches are.",
        subcommands: [])
}
