import ArgumentParser

struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Brings the services' schemas up to date; repeating it changes nothing.")

    @OptionGroup var database: DatabaseOptions

    @Option(help: "Only this service; may be given more than once.")
    var service: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        var table = Table([.init("Service"), .init("Schema"), .init("Applied")])
        for entry in try ServiceEntry.named(service) {
            let connection = try database.connect(schema: entry.schema)
            defer { connection.close() }
            for migration in try entry.migrate(connection) {
                table.append([entry.name, entry.schema, "\(migration.number) \(migration.name)"])
            }
        }
        if table.rows.isEmpty, !json { return Console.out("Nothing to do: every schema is up to date.") }
        table.print(json: json)
    }
}
