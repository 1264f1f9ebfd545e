import CRdKafka

/// A topic as it shall be.
public struct TopicSpecification: Sendable, Hashable {
    public var name: String
    public var partitions: Int
    /// -1: the broker's default.
    public var replication: Int
    /// Topic properties of the broker, e.g. `retention.ms`, `cleanup.policy`.
    public var configuration: [String: String]

    public init(name: String, partitions: Int, replication: Int = -1, configuration: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.configuration = configuration
    }
}

/// A topic as it is.
public struct TopicDescription: Sendable, Hashable {
    public let name: String
    public let partitions: Int
    /// Replicas of its first partition.
    public let replication: Int
}

/// Creates topics and describes what exists. Confined to one thread; its calls block.
public final class TopicAdmin {
    public enum Outcome: Sendable {
        case created
        /// It was there before, maybe with another number of partitions than wanted.
        case existed(partitions: Int)
        case failed(KafkaError)
    }

    private let context: ClientContext
    private var handle: OpaquePointer?

    public init(configuration: KafkaConfiguration) throws(KafkaError) {
        context = ClientContext(log: configuration.log)
        handle = try context.makeHandle(configuration) { _ in }
    }

    deinit { close() }

    public func close() {
        if let handle { rd_kafka_destroy(handle) }
        handle = nil
    }

    /// All topics of the cluster, sorted by name.
    public func topics(within limit: Duration = .seconds(10)) throws(KafkaError) -> [TopicDescription] {
        guard let handle else { throw .closed }
        return try TopicDescription.all(handle, topic: nil, timeout: limit)
    }

    /// Creates those that do not exist. Throws `.timedOut` when the brokers do not answer, or know no such request.
    public func create(
        _ topics: [TopicSpecification], within limit: Duration = .seconds(30)
    ) throws(KafkaError) -> [String: Outcome] {
        guard let handle else { throw .closed }
        let deadline = ContinuousClock.now + limit
        let existing = try self.topics(within: limit)
        var outcomes: [String: Outcome] = [:]
        for topic in existing { outcomes[topic.name] = .existed(partitions: topic.partitions) }
        let missing = topics.filter { outcomes[$0.name] == nil }
        let names = Set(topics.map(\.name))
        outcomes = outcomes.filter { names.contains($0.key) }
        guard !missing.isEmpty else { return outcomes }
        for (name, code, reason) in try request(handle, missing, deadline, limit) {
            switch KafkaError.Code(code) {
            case KafkaError.Code(RD_KAFKA_RESP_ERR_NO_ERROR): outcomes[name] = .created
            case .topicExists:
                let partitions = missing.first { $0.name == name }?.partitions ?? 0
                outcomes[name] = .existed(partitions: partitions)
            case let other: outcomes[name] = .failed(KafkaError(other, "topic \(name): \(reason)"))
            }
        }
        return outcomes
    }

    private typealias Answer = (name: String, code: rd_kafka_resp_err_t, reason: String)

    private func request(
        _ handle: OpaquePointer, _ topics: [TopicSpecification], _ deadline: ContinuousClock.Instant, _ limit: Duration
    ) throws(KafkaError) -> [Answer] {
        let options = rd_kafka_AdminOptions_new(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS)
        defer { rd_kafka_AdminOptions_destroy(options) }
        let left = max(1, (deadline - .now).milliseconds)
        _ = rd_kafka_AdminOptions_set_request_timeout(options, left, nil, 0)
        _ = rd_kafka_AdminOptions_set_operation_timeout(options, left, nil, 0)
        guard let queue = rd_kafka_queue_new(handle) else { throw KafkaError(.invalidState, "no queue") }
        defer { rd_kafka_queue_destroy(queue) }
        var news: [OpaquePointer?] = []
        defer { for topic in news { rd_kafka_NewTopic_destroy(topic) } }
        for topic in topics { news.append(try Self.newTopic(topic)) }
        rd_kafka_CreateTopics(handle, &news, news.count, options, queue)
        while ContinuousClock.now < deadline + .seconds(1) {
            rd_kafka_poll(handle, 0)
            guard let event = rd_kafka_queue_poll(queue, 200) else { continue }
            defer { rd_kafka_event_destroy(event) }
            guard let result = rd_kafka_event_CreateTopics_result(event) else { continue }
            let code = rd_kafka_event_error(event)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw unanswered(code, limit) }
            return Self.answers(result)
        }
        throw unanswered(RD_KAFKA_RESP_ERR__TIMED_OUT, limit)
    }

    private func unanswered(_ code: rd_kafka_resp_err_t, _ limit: Duration) -> KafkaError {
        var reason = "topic creation not answered within \(limit): no broker in reach, or one without CreateTopics"
        if let last = context.lastTrouble { reason += " (last: \(last.reason))" }
        return KafkaError(KafkaError.Code(code), reason)
    }

    private static func newTopic(_ topic: TopicSpecification) throws(KafkaError) -> OpaquePointer {
        var text = [CChar](repeating: 0, count: 256)
        guard
            let new = rd_kafka_NewTopic_new(
                topic.name, Int32(clamping: topic.partitions), Int32(clamping: topic.replication), &text, text.count)
        else {
            let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw KafkaError(.invalidArgument, "topic \(topic.name): \(reason)")
        }
        for (name, value) in topic.configuration {
            let code = rd_kafka_NewTopic_set_config(new, name, value)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            rd_kafka_NewTopic_destroy(new)
            throw KafkaError(code, "topic \(topic.name), property \(name)")
        }
        return new
    }

    private static func answers(_ result: OpaquePointer) -> [Answer] {
        var count = 0
        guard let topics = rd_kafka_CreateTopics_result_topics(result, &count) else { return [] }
        return (0..<count).map { index in
            let reason = rd_kafka_topic_result_error_string(topics[index]).map { String(cString: $0) }
            return (
                rd_kafka_topic_result_name(topics[index]).map { String(cString: $0) } ?? "",
                rd_kafka_topic_result_error(topics[index]), reason ?? ""
            )
        }
    }
}

extension TopicDescription {
    /// All topics, or the one. Always asks for all: to ask by name would create the topic on some brokers.
    static func all(
        _ handle: OpaquePointer, topic: String?, timeout: Duration
    ) throws(KafkaError) -> [TopicDescription] {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(handle, 1, nil, &metadata, timeout.milliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else {
            throw KafkaError(code, "list of topics not answered within \(timeout)")
        }
        defer { rd_kafka_metadata_destroy(metadata) }
        return (0..<Int(metadata.pointee.topic_cnt)).map { metadata.pointee.topics[$0] }
            .map { entry in
                let replicas = entry.partition_cnt > 0 ? entry.partitions[0].replica_cnt : 0
                return TopicDescription(
                    name: String(cString: entry.topic), partitions: Int(entry.partition_cnt),
                    replication: Int(replicas))
            }
            .filter { topic == nil || $0.name == topic }
            .sorted { $0.name < $1.name }
    }
}
