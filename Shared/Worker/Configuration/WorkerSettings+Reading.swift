import Foundation
import Kafka
import Logging
import Postgres

extension WorkerSettings {
    /// Reads the common settings of a service. Faults stay with the reader until its `finish`.
    public init(from reader: inout SettingsReader, service: ServiceIdentity) {
        let database = reader.databaseURL()
        let schema = reader.databaseSchema(service.schema)
        let (bootstrap, profile) = reader.kafkaBrokers()
        let instance = reader.instanceID()
        self.init(
            service: service, databaseURL: database, databaseSchema: schema, kafkaBootstrap: bootstrap,
            kafkaProfile: profile, instanceID: instance)
        readBatches(&reader)
        readHTTP(&reader)
        migrateOnStart = reader.flag(
            "PERISAI_MIGRATE_ON_START", default: true, doc: "Bring the schema up to date at start")
        logLevel = reader.choice("PERISAI_LOG_LEVEL", default: .info, doc: "Least level of the log lines")
        firstOffset = reader.choice(
            "PERISAI_FIRST_OFFSET", default: .earliest, doc: "Where a partition without a stored offset starts")
        kafkaProperties = reader.kafkaProperties()
        checkKafka(&reader)
    }

    private mutating func readBatches(_ reader: inout SettingsReader) {
        let mebibyte = 1_048_576
        databaseLanes = reader.integer(
            "PERISAI_DATABASE_LANES", default: databaseLanes, in: 1...8,
            doc: "Connections that batches are applied on at the same time")
        batchRecords = reader.integer(
            "PERISAI_BATCH_RECORDS", default: batchRecords, in: 1...50_000, doc: "Most records in a batch")
        batchBytes = reader.bytes(
            "PERISAI_BATCH_BYTES", default: batchBytes, in: 65_536...(64 * mebibyte), doc: "Most bytes in a batch")
        lingerMilliseconds = reader.integer(
            "PERISAI_LINGER_MILLISECONDS", default: lingerMilliseconds, in: 0...10_000,
            doc: "How long a batch waits for more records")
        maxRecordBytes = reader.bytes(
            "PERISAI_MAX_RECORD_BYTES", default: maxRecordBytes, in: 1_024...(16 * mebibyte),
            doc: "Longer records become dead letters")
        statementTimeout = reader.duration(
            "PERISAI_STATEMENT_TIMEOUT", default: statementTimeout, in: .milliseconds(100)...(.seconds(3_600)),
            doc: "Longest time of one SQL statement")
        drainDeadline = reader.duration(
            "PERISAI_DRAIN_DEADLINE", default: drainDeadline, in: .milliseconds(100)...(.seconds(600)),
            doc: "Time to finish the work in hand after SIGTERM")
    }

    private mutating func readHTTP(_ reader: inout SettingsReader) {
        httpHost = reader.text("PERISAI_HTTP_HOST", default: httpHost, maxBytes: 255, doc: "Address to listen on")
        httpPort = reader.integer(
            "PERISAI_HTTP_PORT", default: httpPort, in: 0...65_535, doc: "Port of health, metrics and intake; 0: any")
        httpPortFile = reader.optionalText(
            "PERISAI_HTTP_PORT_FILE", doc: "File that the actual port is written to")
        let key = "PERISAI_INTAKE_TOKENS"
        let entries = reader.list(key, maxCount: 1_000, secret: true, doc: "Senders as name:token:source")
        do { intakeTokens = try EventSender.parse(entries) } catch {
            for fault in error.faults { reader.fault(key, fault.description) }
        }
    }

    /// What librdkafka itself says about the properties, each fault by its setting.
    private func checkKafka(_ reader: inout SettingsReader) {
        for fault in consumerConfiguration().faults() + producerConfiguration().faults() {
            let isSetting = kafkaProperties[fault.name] != nil
            let bootstrap = fault.name == "bootstrap.servers"
            if bootstrap, kafkaBootstrap.isEmpty { continue }
            reader.fault(
                isSetting
                    ? SettingsReader.kafkaKey(fault.name) : bootstrap ? "PERISAI_KAFKA_BOOTSTRAP" : "PERISAI_KAFKA_*",
                isSetting || bootstrap ? fault.reason : fault.description)
        }
    }
}

extension SettingsReader {
    static let kafkaPrefix = "PERISAI_KAFKA_"

    /// `security.protocol` → `PERISAI_KAFKA_SECURITY_PROTOCOL`.
    static func kafkaKey(_ property: String) -> String {
        kafkaPrefix + property.uppercased().replacing(".", with: "_")
    }

    mutating func databaseURL() -> String {
        let key = "PERISAI_DATABASE_URL"
        let url = value(
            key, nil as String?, readsFile: true, doc: "PostgreSQL, as postgresql://user:password@host/database",
            show: Redaction.redact,
            parse: { text in
                ConnectionSettings.check(text).map { .failure($0) } ?? .success(text)
            })
        if url == nil, source.text(key) == nil, source.text(key + "_FILE") == nil { fault(key, "is missing") }
        return url ?? ""
    }

    mutating func databaseSchema(_ standard: String) -> String {
        value(
            "PERISAI_DATABASE_SCHEMA", standard, doc: "PostgreSQL schema of the service", show: { $0 },
            parse: { text in
                let isName = text.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x5F }
                guard isName, text.utf8.count <= 63, text.utf8.first.map({ $0 &- 0x30 >= 10 }) == true else {
                    return .failure("must be 1 to 63 letters, digits and _, not starting with a digit")
                }
                return .success(text)
            }) ?? standard
    }

    mutating func kafkaBrokers() -> (String, KafkaProfile) {
        let profile = choice(
            "PERISAI_KAFKA_PROFILE", default: KafkaProfile.kafka, doc: "kafka, or embedded for the built-in brokers")
        let key = "PERISAI_KAFKA_BOOTSTRAP"
        let bootstrap = value(
            key, nil as String?, readsFile: true, doc: "Brokers as host:port,…", show: { $0 },
            parse: {
                text in
                let brokers = text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmingSpace)
                let isGood =
                    brokers.count <= 100
                    && brokers.allSatisfy { broker in
                        guard let colon = broker.lastIndex(of: ":"), colon != broker.startIndex else { return false }
                        let port = Int(broker[broker.index(after: colon)...]) ?? 0
                        return (1...65_535).contains(port) && broker.utf8.count <= 261
                            && !broker.contains(where: \.isWhitespace)
                    }
                return isGood
                    ? .success(brokers.joined(separator: ",")) : .failure("must be host:port, parted by commas")
            })
        if bootstrap == nil, source.text(key) == nil, source.text(key + "_FILE") == nil { fault(key, "is missing") }
        return (bootstrap ?? "", profile)
    }

    mutating func instanceID() -> String {
        let standard = String(ProcessInfo.processInfo.hostName.filter { Self.isInstance($0) }.prefix(128))
        return value(
            "PERISAI_INSTANCE_ID", standard.isEmpty ? "1" : standard,
            doc: "Names this instance among those of its service", show: { $0 },
            parse: { text in
                guard text.utf8.count <= 128, text.allSatisfy(Self.isInstance) else {
                    return .failure("must be 1 to 128 letters, digits, dots, dashes and _")
                }
                return .success(text)
            }) ?? "1"
    }

    private static func isInstance(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || ".-_".contains(character))
    }

    /// Every other `PERISAI_KAFKA_` key is a librdkafka property; secret ones may come from `…_FILE`.
    mutating func kafkaProperties() -> [String: String] {
        var properties: [String: String] = [:]
        for key in claim(prefix: Self.kafkaPrefix) {
            var key = key
            var name = key.dropFirst(Self.kafkaPrefix.count).lowercased().replacing("_", with: ".")
            if name.hasSuffix(".file"), KafkaConfiguration.isSecret(String(name.dropLast(5))) {
                key.removeLast(5)
                name.removeLast(5)
            }
            guard properties[name] == nil else { continue }
            let secret = KafkaConfiguration.isSecret(name)
            guard let found = raw(key, readsFile: secret) else { continue }
            properties[name] = found.text
            record(key, secret ? "***" : found.text, found.origin, "librdkafka property \(name)")
        }
        return properties
    }
}
