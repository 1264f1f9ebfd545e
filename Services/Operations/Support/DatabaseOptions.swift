import ArgumentParser
import Foundation
import Postgres
import Worker

/// How to reach the services' database.
struct DatabaseOptions: ParsableArguments {
    @Option(help: "postgresql://… (default: PERISAI_DATABASE_URL, or the file PERISAI_DATABASE_URL_FILE names).")
    var database: String?

    init() {}

    /// A connection whose schema is the service's own. Throws when no URL is given, or it cannot be used.
    func connect(schema: String, statementTimeout: Duration = .seconds(30)) throws -> Connection {
        let milliseconds = Int(statementTimeout.components.seconds) * 1_000
        return try Connection(
            ConnectionSettings(
                url: url(), schema: schema, applicationName: "perisai", statementTimeoutMilliseconds: milliseconds))
    }

    /// Nil when no database is named at all.
    var isGiven: Bool {
        let environment = ProcessInfo.processInfo.environment
        return database != nil || environment["PERISAI_DATABASE_URL"] != nil
            || environment["PERISAI_DATABASE_URL_FILE"] != nil || environment["PERISAI_CONFIG_FILE"] != nil
    }

    private func url() throws -> String {
        var environment = ProcessInfo.processInfo.environment
        if let database {
            environment["PERISAI_DATABASE_URL"] = database
            environment["PERISAI_DATABASE_URL_FILE"] = nil
        }
        environment["PERISAI_KAFKA_BOOTSTRAP"] = environment["PERISAI_KAFKA_BOOTSTRAP"] ?? "localhost:9092"
        var reader = SettingsReader(environment: environment)
        let settings = WorkerSettings(from: &reader, service: ServiceIdentity(name: "perisai", httpPort: 0))
        do { try reader.finish() } catch {
            let faults = error.faults.filter {
                $0.key.hasPrefix("PERISAI_DATABASE_URL") || $0.key == "PERISAI_CONFIG_FILE"
            }
            if !faults.isEmpty { throw SettingsError(faults) }
        }
        return settings.databaseURL
    }
}
