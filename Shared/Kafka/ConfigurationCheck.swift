import CRdKafka

/// A property that librdkafka refuses, and why. Never carries the value of a secret.
public struct ConfigurationFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The property, or `(combination)` when two good properties do not go together.
    public let name: String
    public let reason: String

    public init(name: String, reason: String) {
        self.name = name
        self.reason = reason
    }
    public var description: String { "\(name): \(reason)" }
}

extension KafkaConfiguration {
    /// Whether the value of a property must never be shown.
    public static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["password", "secret", "jaas", "token"].contains { name.contains($0) }
            || ["ssl.key.pem", "ssl_key", "sasl.oauthbearer.config"].contains(name)
    }

    /// Checks properties without a network connection and reports every fault at once, sorted by name.
    public static func check(_ properties: [String: String], role: Role) -> [ConfigurationFault] {
        guard let conf = rd_kafka_conf_new() else {
            return [ConfigurationFault(name: "(all)", reason: "librdkafka gave no configuration object")]
        }
        var faults: [ConfigurationFault] = []
        for (name, value) in properties.sorted(by: { $0.key < $1.key }) {
            if let reason = set(name, value, on: conf) { faults.append(ConfigurationFault(name: name, reason: reason)) }
        }
        faults += duties(properties, role)
        guard faults.isEmpty else {
            rd_kafka_conf_destroy(conf)
            return faults
        }
        return combination(conf, properties, role)
    }

    /// The faults of this configuration; empty when it can be used.
    public func faults() -> [ConfigurationFault] { Self.check(properties, role: role) }

    /// Sets one property; the reason when it is refused.
    private static func set(_ name: String, _ value: String, on conf: OpaquePointer) -> String? {
        var text = [CChar](repeating: 0, count: 512)
        guard rd_kafka_conf_set(conf, name, value, &text, text.count) != RD_KAFKA_CONF_OK else { return nil }
        // librdkafka's text repeats the value.
        return isSecret(name) ? "refused by librdkafka (the value is not shown)" : string(text)
    }

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// What the classes of this module rely on.
    private static func duties(_ properties: [String: String], _ role: Role) -> [ConfigurationFault] {
        var faults: [ConfigurationFault] = []
        if role == .consumer {
            for name in ["enable.auto.commit", "enable.auto.offset.store"] where properties[name] == "true" {
                faults.append(.init(name: name, reason: "must be false: offsets are committed after the work is done"))
            }
            if properties["group.id"]?.isEmpty == true { faults.append(.init(name: "group.id", reason: "is empty")) }
        }
        if role == .producer, properties["enable.idempotence"] == "false" {
            faults.append(.init(name: "enable.idempotence", reason: "must be true: retries would reorder records"))
        }
        if properties["bootstrap.servers"]?.isEmpty == true {
            faults.append(.init(name: "bootstrap.servers", reason: "is empty"))
        }
        return faults
    }

    /// librdkafka compares properties with each other (and reads key files) only when a client is made: one is made
    /// without brokers, so nothing leaves the machine. Takes over `conf`.
    private static func combination(
        _ conf: OpaquePointer, _ properties: [String: String], _ role: Role
    ) -> [ConfigurationFault] {
        var text = [CChar](repeating: 0, count: 512)
        _ = rd_kafka_conf_set(conf, "bootstrap.servers", "", nil, 0)
        _ = rd_kafka_conf_set(conf, "log_level", "0", nil, 0)
        let type = role == .consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER
        if let handle = rd_kafka_new(type, conf, &text, text.count) {
            rd_kafka_destroy(handle)
            return []
        }
        rd_kafka_conf_destroy(conf)
        var reason = string(text)
        for (name, value) in properties where isSecret(name) && !value.isEmpty {
            reason = reason.split(separator: value, omittingEmptySubsequences: false).joined(separator: "***")
        }
        let quoted = reason.split(separator: "`", omittingEmptySubsequences: false)
        let name = quoted.count > 2 ? String(quoted[1]) : "(combination)"
        return [ConfigurationFault(name: name, reason: reason)]
    }

    /// A configuration object of librdkafka with every property set; the first refused one is thrown.
    func makeConf() throws(KafkaError) -> OpaquePointer {
        guard let conf = rd_kafka_conf_new() else { throw KafkaError(.invalidState, "no configuration object") }
        for (name, value) in properties.sorted(by: { $0.key < $1.key }) {
            guard let reason = Self.set(name, value, on: conf) else { continue }
            rd_kafka_conf_destroy(conf)
            throw KafkaError(.invalidArgument, "configuration property \(name): \(reason)")
        }
        return conf
    }
}
