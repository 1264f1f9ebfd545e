import CRdKafka

/// The librdkafka properties of one client: safe defaults for its role, and any property overridden by name.
public struct KafkaConfiguration: Sendable {
    public enum Role: String, Sendable, CaseIterable { case consumer, producer, admin }

    /// Which brokers the client speaks to.
    public enum Profile: String, Sendable, CaseIterable {
        case standard
        /// librdkafka's mock cluster: it holds an empty fetch for the whole wait, joins groups by session time-out
        /// and leaves Nagle's algorithm on.
        case embeddedBroker
    }

    public typealias Log = @Sendable (_ level: Int, _ facility: String, _ message: String) -> Void

    public let role: Role
    public var properties: [String: String]
    /// Log lines of librdkafka (syslog levels 0 to 7). Called on threads of librdkafka. Nil: standard error.
    public var log: Log?

    public init(
        role: Role, bootstrapServers: String, profile: Profile = .standard, overrides: [String: String] = [:],
        log: Log? = nil
    ) {
        self.role = role
        self.log = log
        var properties = Self.defaults(role, profile)
        properties["bootstrap.servers"] = bootstrapServers
        properties.merge(overrides) { _, override in override }
        self.properties = properties
    }

    /// A member of a consumer group. `instance` is the static member id (`group.instance.id`): a restart within the
    /// session time-out keeps its partitions without a rebalance.
    public static func consumer(
        bootstrapServers: String, group: String, instance: String? = nil, profile: Profile = .standard,
        overrides: [String: String] = [:], log: Log? = nil
    ) -> KafkaConfiguration {
        var configuration = KafkaConfiguration(
            role: .consumer, bootstrapServers: bootstrapServers, profile: profile, log: log)
        configuration.properties["group.id"] = group
        if let instance { configuration.properties["group.instance.id"] = instance }
        configuration.properties.merge(overrides) { _, override in override }
        return configuration
    }

    public static func producer(
        bootstrapServers: String, profile: Profile = .standard, overrides: [String: String] = [:], log: Log? = nil
    ) -> KafkaConfiguration {
        KafkaConfiguration(
            role: .producer, bootstrapServers: bootstrapServers, profile: profile, overrides: overrides, log: log)
    }

    public static func admin(
        bootstrapServers: String, profile: Profile = .standard, overrides: [String: String] = [:], log: Log? = nil
    ) -> KafkaConfiguration {
        KafkaConfiguration(
            role: .admin, bootstrapServers: bootstrapServers, profile: profile, overrides: overrides, log: log)
    }

    /// The properties with secrets masked, for logs and `config check`.
    public var maskedProperties: [String: String] {
        properties.reduce(into: [:]) { $0[$1.key] = Self.isSecret($1.key) ? "***" : $1.value }
    }
}

extension KafkaConfiguration {
    static func defaults(_ role: Role, _ profile: Profile) -> [String: String] {
        var properties = common
        switch role {
        case .consumer: properties.merge(consumerDefaults) { _, new in new }
        case .producer: properties.merge(producerDefaults) { _, new in new }
        case .admin: break
        }
        guard profile == .embeddedBroker else { return properties }
        properties["reconnect.backoff.ms"] = "50"
        properties["reconnect.backoff.max.ms"] = "500"
        switch role {
        case .consumer:
            properties["fetch.wait.max.ms"] = "10"
            properties["fetch.error.backoff.ms"] = "50"
            // The mock creates unknown topics whatever is asked; false only logs a warning for each consumer.
            properties["allow.auto.create.topics"] = "true"
            // 3000 ms and less never join there; heartbeats also carry the news of a rebalance.
            properties["session.timeout.ms"] = "6000"
            properties["heartbeat.interval.ms"] = "500"
        case .producer:
            // The mock's sockets have Nagle on: with more requests in flight its answers wait 40 ms.
            properties["max.in.flight.requests.per.connection"] = "1"
            properties["retry.backoff.ms"] = "50"
        case .admin: break
        }
        return properties
    }

    private static let common = [
        "socket.nagle.disable": "true",
        "socket.keepalive.enable": "true",
        "log.connection.close": "false",
    ]

    private static let consumerDefaults = [
        "enable.auto.commit": "false",
        "enable.auto.offset.store": "false",
        // A lost offset is an incident, never a silent replay or jump.
        "auto.offset.reset": "error",
        "enable.partition.eof": "false",
        "allow.auto.create.topics": "false",
        "partition.assignment.strategy": "range,roundrobin",
        "queued.max.messages.kbytes": "32768",
        // Below this the fetcher of 2.0.2 sleeps a second each time the queue is full.
        "queued.min.messages": "100000",
        "fetch.max.bytes": "8388608",
        "fetch.message.max.bytes": "1048576",
        "fetch.wait.max.ms": "100",
        "statistics.interval.ms": "5000",
    ]

    private static let producerDefaults = [
        "enable.idempotence": "true",
        // A batch that fails for good stops the instance: what comes behind it must not overtake it.
        "enable.gapless.guarantee": "true",
        "acks": "all",
        "compression.type": "lz4",
        // As Java producers place their records.
        "partitioner": "murmur2_random",
        "linger.ms": "5",
        "queue.buffering.max.kbytes": "32768",
        "message.timeout.ms": "30000",
    ]
}
