import Foundation
import TestSupport
import Testing

@testable import Worker

@Suite struct WorkerSettingsTests {
    private let service = ServiceIdentity(name: "payment-reconciler", httpPort: 8_082)
    private let least = [
        "PERISAI_DATABASE_URL": "postgresql://app:geheim@db/perisai", "PERISAI_KAFKA_BOOTSTRAP": "broker:9092",
    ]

    private func read(_ extra: [String: String]) -> (WorkerSettings, SettingsReader, [String: String]) {
        var reader = SettingsReader(environment: least.merging(extra) { $1 })
        let settings = WorkerSettings(from: &reader, service: service)
        do {
            try reader.finish()
            return (settings, reader, [:])
        } catch {
            return (settings, reader, Dictionary(error.faults.map { ($0.key, $0.reason) }) { $0 + " | " + $1 })
        }
    }

    @Test func defaults() {
        let (settings, _, faults) = read([:])
        #expect(faults.isEmpty)
        #expect(settings.databaseSchema == "payment_reconciler")
        #expect(settings.databaseLanes == 2)
        #expect(settings.batchRecords == 5_000 && settings.batchBytes == 8_388_608)
        #expect(settings.lingerMilliseconds == 5 && settings.maxRecordBytes == 1_048_576)
        #expect(settings.statementTimeout == .seconds(30) && settings.drainDeadline == .seconds(20))
        #expect(settings.httpHost == "0.0.0.0" && settings.httpPort == 8_082 && settings.httpPortFile == nil)
        #expect(settings.migrateOnStart && settings.logLevel == .info && settings.firstOffset == .earliest)
        #expect(settings.groupInstanceID == "payment-reconciler-\(settings.instanceID)")
    }

    @Test(arguments: [("1", 1), ("8", 8), ("0", nil), ("9", nil), ("two", nil)] as [(String, Int?)])
    func databaseLanesAreOneToEight(_ text: String, _ lanes: Int?) {
        let (settings, _, faults) = read(["PERISAI_DATABASE_LANES": text])
        #expect(faults.isEmpty == (lanes != nil))
        if let lanes { #expect(settings.databaseLanes == lanes) }
        #expect(faults.keys.allSatisfy { $0 == "PERISAI_DATABASE_LANES" })
    }

    @Test func nothingGivenNamesAllThatIsMissing() {
        var reader = SettingsReader(environment: [:])
        _ = WorkerSettings(from: &reader, service: service)
        let faults = #expect(throws: SettingsError.self) { try reader.finish() }?.faults
        #expect(faults?.map(\.key) == ["PERISAI_DATABASE_URL", "PERISAI_KAFKA_BOOTSTRAP"])
    }

    @Test func kafkaPropertiesByName() {
        let (settings, reader, faults) = read([
            "PERISAI_KAFKA_SECURITY_PROTOCOL": "sasl_ssl", "PERISAI_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "PERISAI_KAFKA_SASL_USERNAME": "worker", "PERISAI_KAFKA_SASL_PASSWORD": "geheim",
            "PERISAI_INSTANCE_ID": "a",
        ])
        #expect(faults.isEmpty, "\(faults)")
        #expect(settings.kafkaProperties["security.protocol"] == "sasl_ssl")
        #expect(settings.consumerConfiguration().properties["sasl.password"] == "geheim")
        #expect(settings.consumerConfiguration().properties["group.instance.id"] == "payment-reconciler-a")
        #expect(!reader.report.contains("geheim"))
        #expect(reader.report.contains("sasl.username") && reader.report.contains("postgresql://***@db/perisai"))
    }

    @Test func kafkaSecretFromFile() throws {
        let directory = try TemporaryFolder()
        defer { directory.remove() }
        let file = try directory.write("password", "geheim\n")
        let (settings, reader, faults) = read([
            "PERISAI_KAFKA_SASL_PASSWORD_FILE": file, "PERISAI_KAFKA_SASL_USERNAME": "worker",
        ])
        #expect(faults.isEmpty, "\(faults)")
        #expect(settings.kafkaProperties["sasl.password"] == "geheim")
        #expect(!reader.report.contains("geheim"))
    }

    @Test func everyFaultAtOnceWithoutSecrets() {
        let (_, reader, faults) = read([
            "PERISAI_DATABASE_URL": "postgresql://app:geheim@db:port/x?nonsense=1", "PERISAI_KAFKA_BOOTSTRAP": "broker",
            "PERISAI_KAFKA_SECURITY_PROTOCOL": "smoke", "PERISAI_KAFKA_NO_SUCH_THING": "1",
            "PERISAI_KAFKA_ENABLE_IDEMPOTENCE": "false", "PERISAI_BATCH_RECORDS": "0",
            "PERISAI_INTAKE_TOKENS": "bank:geheim:x,second", "PERISAI_DATABASE_SCHEMA": "a b",
            "PERISAI_LOG_LEVEL": "loud", "PERISAI_INSTANCE_ID": "a b", "PERISAI_BATCH_RECORD": "1",
        ])
        #expect(
            faults.keys.sorted() == [
                "PERISAI_BATCH_RECORD", "PERISAI_BATCH_RECORDS", "PERISAI_DATABASE_SCHEMA", "PERISAI_DATABASE_URL",
                "PERISAI_INSTANCE_ID", "PERISAI_INTAKE_TOKENS", "PERISAI_KAFKA_BOOTSTRAP",
                "PERISAI_KAFKA_ENABLE_IDEMPOTENCE", "PERISAI_KAFKA_NO_SUCH_THING", "PERISAI_KAFKA_SECURITY_PROTOCOL",
                "PERISAI_LOG_LEVEL",
            ])
        #expect(faults["PERISAI_BATCH_RECORD"]?.hasSuffix("did you mean PERISAI_BATCH_RECORDS?") == true)
        #expect(faults["PERISAI_INTAKE_TOKENS"]?.contains("entry 1") == true)
        #expect(faults["PERISAI_INTAKE_TOKENS"]?.contains("entry 2") == true)
        #expect(!"\(faults)\(reader.report)".contains("geheim"))
    }

    @Test func embeddedBrokersFromAFileHaveNoStaticMembers() throws {
        let directory = try TemporaryFolder()
        defer { directory.remove() }
        let file = try directory.write("bootstrap", "127.0.0.1:4001,127.0.0.1:4002\n")
        var reader = SettingsReader(environment: [
            "PERISAI_DATABASE_URL": "postgresql://db/x", "PERISAI_KAFKA_BOOTSTRAP_FILE": file,
            "PERISAI_KAFKA_PROFILE": "embedded",
        ])
        let settings = WorkerSettings(from: &reader, service: service)
        try reader.finish()
        #expect(settings.kafkaBootstrap == "127.0.0.1:4001,127.0.0.1:4002")
        #expect(settings.groupInstanceID == nil)
        #expect(settings.consumerConfiguration().properties["group.instance.id"] == nil)
    }

    @Test func serviceAddsItsOwnKeys() throws {
        var reader = SettingsReader(environment: least.merging(["PERISAI_GATEWAY_URL": "https://g.example"]) { $1 })
        _ = WorkerSettings(from: &reader, service: service)
        #expect(throws: SettingsError.self) { try reader.finish() }
        #expect(reader.optionalURL("PERISAI_GATEWAY_URL", schemes: ["https"], doc: "") == "https://g.example")
        try reader.finish()
    }

    @Test func descriptionsHideSecrets() {
        let (settings, _, faults) = read(["PERISAI_INTAKE_TOKENS": "bri:0123456789abcdef-geheim:urn:bank:bri"])
        #expect(faults.isEmpty)
        #expect(settings.intakeTokens.first?.sources == ["urn:bank:bri"])
        var dumped = ""
        dump(settings, to: &dumped)
        dump(settings.intakeTokens, to: &dumped)
        #expect(!"\(settings) \(String(reflecting: settings)) \(settings.intakeTokens) \(dumped)".contains("geheim"))
    }
}
