import ArgumentParser
import CommissionCalculator
import PerisaiModels
import Worker

struct WadahCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wadah", abstract: "Wadah (kantor Perisai) and their contracts (PKS).", subcommands: [])
}
