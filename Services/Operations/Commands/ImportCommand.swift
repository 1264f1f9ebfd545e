import ArgumentParser

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Brings files of banks in.", subcommands: [ImportStatementCommand.self])
}
