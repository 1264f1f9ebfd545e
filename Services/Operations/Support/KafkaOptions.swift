import ArgumentParser
import Foundation
import Kafka
import Worker

/// How to reach Kafka: by option, environment or configuration file.
struct KafkaOptions: ParsableArguments {
    @Option(help: "Brokers as host:port,… (default: PERISAI_KAFKA_BOOTSTRAP).")
    var bootstrap: String?

    @Option(help: "File that the embedded broker wrote its address to.", completion: .file())
    var bootstrapFile: String?

    @Option(help: "kafka or embedded (default: PERISAI_KAFKA_PROFILE).")
    var profile: String?

    init() {}

    var isEmbedded: Bool { get throws { try settings().kafkaProfile == .embedded } }

    func consumer() throws -> KafkaConfiguration {
        let settings = try settings()
        var properties = settings.kafkaProperties
        properties["group.id"] = nil
        return KafkaConfiguration(
            role: .consumer, bootstrapServers: settings.kafkaBootstrap, profile: settings.kafkaProfile.clientProfile,
            overrides: properties, log: Self.log)
    }

    func producer() throws -> KafkaConfiguration { try settings().producerConfiguration(log: Self.log) }

    func admin() throws -> KafkaConfiguration {
        let settings = try settings()
        return .admin(
            bootstrapServers: settings.kafkaBootstrap, profile: settings.kafkaProfile.clientProfile,
            overrides: settings.kafkaProperties, log: Self.log)
    }

    /// The worker's own reading of the environment, so that a tool and a worker never differ.
    private func settings() throws -> WorkerSettings {
        var environment = ProcessInfo.processInfo.environment
        // What no Kafka client needs: the placeholder is never connected to.
        if environment["PERISAI_DATABASE_URL"] == nil, environment["PERISAI_DATABASE_URL_FILE"] == nil {
            environment["PERISAI_DATABASE_URL"] = "postgresql://localhost/none"
        }
        if let bootstrapFile {
            guard let text = try? String(contentsOfFile: bootstrapFile, encoding: .utf8) else {
                throw OperationsError("--bootstrap-file: \(bootstrapFile) cannot be read")
            }
            environment["PERISAI_KAFKA_BOOTSTRAP"] = text.trimmingCharacters(in: .whitespacesAndNewlines)
            environment["PERISAI_KAFKA_PROFILE"] = "embedded"
        }
        if let bootstrap { environment["PERISAI_KAFKA_BOOTSTRAP"] = bootstrap }
        if let profile { environment["PERISAI_KAFKA_PROFILE"] = profile }
        var reader = SettingsReader(environment: environment)
        let settings = WorkerSettings(from: &reader, service: ServiceIdentity(name: "perisai", httpPort: 0))
        do { try reader.finish() } catch {
            // Keys of a service's own are not this command's business.
            let faults = error.faults.filter { $0.key.hasPrefix("PERISAI_KAFKA_") || $0.key == "PERISAI_CONFIG_FILE" }
            if !faults.isEmpty { throw SettingsError(faults) }
        }
        return settings
    }

    /// Errors of the client (syslog level 3 and below) are shown; the rest would hide the results.
    private static let log: KafkaConfiguration.Log = { level, facility, message in
        if level <= 3, facility != "FAIL" { Console.note("kafka \(facility): \(message)") }
    }
}
