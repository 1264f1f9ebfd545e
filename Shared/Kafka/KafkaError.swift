import CRdKafka

/// A failure of the Kafka client or of a broker.
public struct KafkaError: Error, Sendable, CustomStringConvertible {
    /// The error code of the Kafka protocol (positive) or of librdkafka (negative).
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        init(_ code: rd_kafka_resp_err_t) { rawValue = code.rawValue }

        /// The name as in librdkafka, e.g. `_TIMED_OUT`.
        public var name: String {
            rd_kafka_err2name(rd_kafka_resp_err_t(rawValue)).map { String(cString: $0) } ?? "\(rawValue)"
        }
        public var description: String { name }

        public static let offsetOutOfRange = Code(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
        /// The wanted offset is gone and no reset was allowed (`auto.offset.reset=error`): records may be lost.
        public static let offsetReset = Code(RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
        public static let timedOut = Code(RD_KAFKA_RESP_ERR__TIMED_OUT)
        public static let messageTimedOut = Code(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT)
        public static let queueFull = Code(RD_KAFKA_RESP_ERR__QUEUE_FULL)
        public static let fencedInstance = Code(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
        public static let unknownTopicOrPartition = Code(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        public static let unknownTopic = Code(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
        public static let unknownPartition = Code(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
        public static let topicExists = Code(RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        public static let topicAuthorizationFailed = Code(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        public static let maxPollExceeded = Code(RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED)
        public static let fatal = Code(RD_KAFKA_RESP_ERR__FATAL)
        public static let transport = Code(RD_KAFKA_RESP_ERR__TRANSPORT)
        public static let allBrokersDown = Code(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        public static let messageTooLarge = Code(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
        public static let invalidArgument = Code(RD_KAFKA_RESP_ERR__INVALID_ARG)
        public static let invalidState = Code(RD_KAFKA_RESP_ERR__STATE)
        /// The client was closed or stopped.
        public static let closed = Code(RD_KAFKA_RESP_ERR__DESTROY)

        /// Trouble that passes when the brokers come back.
        var isTransient: Bool { Self.transientCodes.contains(rawValue) }

        private static let transientCodes: Set<Int32> = Set(
            [
                RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__QUEUE_FULL,
                RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
                RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
                RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
                RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
                RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
                RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
            ].map(\.rawValue))
    }

    public let code: Code
    /// What happened, at most 512 characters, never a configuration value that is secret.
    public let reason: String
    /// The client instance cannot go on and must be made anew.
    public let isFatal: Bool
    /// The same call may succeed later.
    public let isRetriable: Bool
    /// The partition that the error is about, if it is about one.
    public let partition: TopicPartition?
    /// Records of the round without acknowledgement (`Producer.awaitAcknowledgements`), else 0.
    public let unacknowledged: Int

    public init(
        _ code: Code, _ reason: String, isFatal: Bool = false, isRetriable: Bool? = nil,
        partition: TopicPartition? = nil, unacknowledged: Int = 0
    ) {
        self.code = code
        self.reason = String(reason.prefix(512))
        self.isFatal = isFatal
        self.isRetriable = isRetriable ?? (!isFatal && code.isTransient)
        self.partition = partition
        self.unacknowledged = unacknowledged
    }

    public var description: String {
        var text = "Kafka \(code.name) (\(code.rawValue))"
        if let partition { text += " at \(partition)" }
        text += ": \(reason)"
        if isFatal { text += " [fatal]" }
        return text
    }
}

extension KafkaError {
    init(_ code: rd_kafka_resp_err_t, _ context: String, partition: TopicPartition? = nil) {
        let text = rd_kafka_err2str(code).map { String(cString: $0) } ?? "unknown error"
        self.init(Code(code), "\(context): \(text)", partition: partition)
    }

    /// Takes over a librdkafka error object; nil when there is none.
    static func take(_ error: OpaquePointer?, _ context: String) -> KafkaError? {
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        let text = rd_kafka_error_string(error).map { String(cString: $0) } ?? "unknown error"
        return KafkaError(
            Code(rd_kafka_error_code(error)), "\(context): \(text)", isFatal: rd_kafka_error_is_fatal(error) != 0,
            isRetriable: rd_kafka_error_is_retriable(error) != 0 || Code(rd_kafka_error_code(error)).isTransient)
    }

    /// The fatal error that a client instance is in, if it is in one.
    static func fatal(of handle: OpaquePointer) -> KafkaError? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            text.initialize(repeating: 0)
            guard let base = text.baseAddress else { return nil }
            let code = rd_kafka_fatal_error(handle, base, 512)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
            return KafkaError(Code(code), String(cString: base), isFatal: true)
        }
    }

    static let closed = KafkaError(.closed, "the client is closed")
}
