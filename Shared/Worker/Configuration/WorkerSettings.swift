import Kafka
import Logging

/// What differs from service to service in the common settings.
public struct ServiceIdentity: Sendable, Hashable {
    /// Name in logs, consumer group and static membership: `payment-reconciler`.
    public let name: String
    /// PostgreSQL schema: `payment_reconciler`.
    public let schema: String
    /// Port of health, metrics and intake unless configured.
    public let httpPort: Int

    public init(name: String, schema: String? = nil, httpPort: Int) {
        self.name = name
        self.schema = schema ?? String(name.map { $0 == "-" ? "_" : $0 })
        self.httpPort = httpPort
    }
}

/// Which brokers the worker speaks to.
public enum KafkaProfile: String, Sendable, CaseIterable {
    case kafka
    /// librdkafka's mock cluster, for the demo and the tests.
    case embedded

    public var clientProfile: KafkaConfiguration.Profile { self == .kafka ? .standard : .embeddedBroker }
}

/// Where a partition starts that has no stored offset yet.
public enum FirstOffset: String, Sendable, CaseIterable { case earliest, latest }

/// The settings that every worker has. Its description shows no secret.
public struct WorkerSettings: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var service: ServiceIdentity
    public var databaseURL: String
    public var databaseSchema: String
    /// `host:port` list.
    public var kafkaBootstrap: String
    public var kafkaProfile: KafkaProfile
    /// librdkafka properties that override the defaults.
    public var kafkaProperties: [String: String]
    /// Names this instance among those of its service.
    public var instanceID: String
    /// Connections that batches are applied on at the same time, 1 to 8; partition numbers are shared out among them.
    public var databaseLanes: Int
    /// Records in one batch, 1 to 50,000.
    public var batchRecords: Int
    /// Bytes in one batch.
    public var batchBytes: Int
    /// How long a batch waits for more records, 0 to 10,000 ms.
    public var lingerMilliseconds: Int
    /// Longer records go to the dead letters.
    public var maxRecordBytes: Int
    public var statementTimeout: Duration
    /// How long the work in hand may take after SIGTERM.
    public var drainDeadline: Duration
    public var httpHost: String
    /// 0: any free port.
    public var httpPort: Int
    /// File that the actual port is written to.
    public var httpPortFile: String?
    /// Who may post events over HTTP.
    public var intakeTokens: [EventSender]
    public var migrateOnStart: Bool
    public var logLevel: Logger.Level
    public var firstOffset: FirstOffset

    public init(
        service: ServiceIdentity, databaseURL: String, databaseSchema: String? = nil, kafkaBootstrap: String,
        kafkaProfile: KafkaProfile = .kafka, kafkaProperties: [String: String] = [:], instanceID: String = "1",
        databaseLanes: Int = 2, batchRecords: Int = 5_000, batchBytes: Int = 8_388_608, lingerMilliseconds: Int = 5,
        maxRecordBytes: Int = 1_048_576, statementTimeout: Duration = .seconds(30),
        drainDeadline: Duration = .seconds(20), httpHost: String = "0.0.0.0", httpPort: Int? = nil,
        httpPortFile: String? = nil, intakeTokens: [EventSender] = [], migrateOnStart: Bool = true,
        logLevel: Logger.Level = .info, firstOffset: FirstOffset = .earliest
    ) {
        self.service = service
        self.databaseURL = databaseURL
        self.databaseSchema = databaseSchema ?? service.schema
        self.kafkaBootstrap = kafkaBootstrap
        self.kafkaProfile = kafkaProfile
        self.kafkaProperties = kafkaProperties
        self.instanceID = instanceID
        self.databaseLanes = databaseLanes
        self.batchRecords = batchRecords
        self.batchBytes = batchBytes
        self.lingerMilliseconds = lingerMilliseconds
        self.maxRecordBytes = maxRecordBytes
        self.statementTimeout = statementTimeout
        self.drainDeadline = drainDeadline
        self.httpHost = httpHost
        self.httpPort = httpPort ?? service.httpPort
        self.httpPortFile = httpPortFile
        self.intakeTokens = intakeTokens
        self.migrateOnStart = migrateOnStart
        self.logLevel = logLevel
        self.firstOffset = firstOffset
    }

    /// `group.instance.id` of the consumer: a restart keeps its partitions. None with the embedded brokers, where
    /// groups are joined by session time-out.
    public var groupInstanceID: String? { kafkaProfile == .embedded ? nil : "\(service.name)-\(instanceID)" }

    /// The consumer of this worker in the group named after the service.
    public func consumerConfiguration(log: KafkaConfiguration.Log? = nil) -> KafkaConfiguration {
        .consumer(
            bootstrapServers: kafkaBootstrap, group: service.name, instance: groupInstanceID,
            profile: kafkaProfile.clientProfile, overrides: kafkaProperties, log: log)
    }

    public func producerConfiguration(log: KafkaConfiguration.Log? = nil) -> KafkaConfiguration {
        .producer(
            bootstrapServers: kafkaBootstrap, profile: kafkaProfile.clientProfile, overrides: kafkaProperties, log: log)
    }

    public var description: String {
        "WorkerSettings(\(service.name), instance \(instanceID), schema \(databaseSchema), database and tokens masked)"
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["settings": description]) }
}
