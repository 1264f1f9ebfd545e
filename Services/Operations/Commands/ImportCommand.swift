import ArgumentParser

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Brings files in: statements of banks, lists of agents.",
        subcommands: [ImportStatementCommand.self, ImportEnrolmentsCommand.self])
}
