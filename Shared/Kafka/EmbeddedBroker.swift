import CRdKafka
import Synchronization

/// A stand-in for Kafka inside this process: librdkafka's mock cluster, reachable on 127.0.0.1 by every process of the
/// machine. For tests and demonstrations; it keeps 5 MiB a partition, in memory, and an assertion inside it ends the
/// process: give it one of its own (`run`).
public final class EmbeddedBroker: Sendable {
    /// The C handles are safe to use from every thread as long as they exist; the mutex guards that.
    private struct Handles: @unchecked Sendable {
        let client: OpaquePointer
        let cluster: OpaquePointer
    }

    /// `host:port,host:port` as clients want it.
    public let bootstrapServers: String
    public let brokers: Int
    private let handles: Mutex<Handles?>

    /// Starts the brokers (numbered from 1) and creates the topics, so that they exist before any client starts: the
    /// mock creates a topic of 4 partitions for every unknown name that it is asked for.
    public init(brokers: Int = 1, topics: [TopicSpecification] = []) throws(KafkaError) {
        guard (1...16).contains(brokers) else { throw KafkaError(.invalidArgument, "brokers: \(brokers), not 1 to 16") }
        let configuration = KafkaConfiguration(role: .admin, bootstrapServers: "", overrides: ["log_level": "0"])
        let conf = try configuration.makeConf()
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nil, 0) else {
            rd_kafka_conf_destroy(conf)
            throw KafkaError(.invalidState, "the client instance of the embedded broker cannot be made")
        }
        guard let cluster = rd_kafka_mock_cluster_new(client, Int32(brokers)),
            let bootstraps = rd_kafka_mock_cluster_bootstraps(cluster)
        else {
            rd_kafka_destroy(client)
            throw KafkaError(.invalidState, "the mock cluster cannot be started")
        }
        bootstrapServers = String(cString: bootstraps)
        self.brokers = brokers
        handles = Mutex(Handles(client: client, cluster: cluster))
        do throws(KafkaError) {
            for topic in topics { try create(topic) }
        } catch {
            stop()
            throw error
        }
    }

    deinit { stop() }

    /// Creates a topic; replication and properties are ignored by the mock.
    public func create(_ topic: TopicSpecification) throws(KafkaError) {
        guard (1...1024).contains(topic.partitions) else {
            throw KafkaError(.invalidArgument, "topic \(topic.name): \(topic.partitions) partitions, not 1 to 1024")
        }
        try onCluster("topic \(topic.name)") {
            rd_kafka_mock_topic_create($0, topic.name, Int32(topic.partitions), 1)
        }
    }

    /// Closes the connections of a broker and refuses new ones until it is up again.
    public func setDown(_ broker: Int) throws(KafkaError) {
        try check(broker)
        try onCluster("broker \(broker) down") { rd_kafka_mock_broker_set_down($0, Int32(broker)) }
    }

    public func setUp(_ broker: Int) throws(KafkaError) {
        try check(broker)
        try onCluster("broker \(broker) up") { rd_kafka_mock_broker_set_up($0, Int32(broker)) }
    }

    /// The next `count` requests of a kind (protocol number: 0 Produce, 1 Fetch, 8 OffsetCommit ...) fail with an error
    /// code of the protocol, without being carried out.
    public func failRequests(apiKey: Int, code: Int, count: Int) throws(KafkaError) {
        guard (0...100).contains(apiKey), (1...1000).contains(count), (-200...200).contains(code) else {
            throw KafkaError(.invalidArgument, "api-key 0 to 100, code -200 to 200, count 1 to 1000")
        }
        let errors = [rd_kafka_resp_err_t](repeating: rd_kafka_resp_err_t(Int32(code)), count: count)
        try onCluster("errors") {
            var errors = errors
            rd_kafka_mock_push_request_errors_array($0, Int16(apiKey), count, &errors)
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    /// Delays every answer of a broker by so many milliseconds; 0 ends it.
    public func delay(broker: Int, milliseconds: Int) throws(KafkaError) {
        try check(broker)
        guard (0...60_000).contains(milliseconds) else {
            throw KafkaError(.invalidArgument, "delay \(milliseconds) ms, not 0 to 60000")
        }
        try onCluster("delay") { rd_kafka_mock_broker_set_rtt($0, Int32(broker), Int32(milliseconds)) }
    }

    /// Ends the brokers; takes about a second. Repeated calls do nothing.
    public func stop() {
        let stopped = handles.withLock { handles in
            defer { handles = nil }
            return handles
        }
        guard let stopped else { return }
        rd_kafka_mock_cluster_destroy(stopped.cluster)
        rd_kafka_destroy(stopped.client)
    }

    private func check(_ broker: Int) throws(KafkaError) {
        guard (1...brokers).contains(broker) else {
            throw KafkaError(.invalidArgument, "broker \(broker), not 1 to \(brokers)")
        }
    }

    private func onCluster(_ what: String, _ body: (OpaquePointer) -> rd_kafka_resp_err_t) throws(KafkaError) {
        let code: rd_kafka_resp_err_t? = handles.withLock { $0.map { body($0.cluster) } }
        guard let code else { throw KafkaError(.closed, "the embedded broker is stopped") }
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(code, what) }
    }
}
