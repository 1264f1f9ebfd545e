import CRdKafka

/// Something that a client reports without failing a call.
public enum KafkaEvent: Sendable {
    /// Trouble that librdkafka is working on (a broker away, a retried request).
    case trouble(KafkaError)
    /// A commit that did not get through; the next one carries a later offset.
    case commitFailed(KafkaError)
}

/// What the callbacks of a client reach through its opaque pointer. It outlives the client instance.
/// Only `log` is touched by threads of librdkafka; everything else by the thread that polls.
class ClientContext {
    let log: KafkaConfiguration.Log?
    private(set) var fatal: KafkaError?
    private(set) var lastTrouble: KafkaError?
    var events: ((KafkaEvent) -> Void)?

    init(log: KafkaConfiguration.Log?) { self.log = log }

    func report(_ code: rd_kafka_resp_err_t, _ reason: String, _ handle: OpaquePointer) {
        if code == RD_KAFKA_RESP_ERR__FATAL {
            fatal = KafkaError.fatal(of: handle) ?? KafkaError(.fatal, reason, isFatal: true)
            return
        }
        let error = KafkaError(KafkaError.Code(code), reason)
        lastTrouble = error
        events?(.trouble(error))
    }

    func becameFatal(_ error: KafkaError) { if fatal == nil { fatal = error } }

    static func from(_ opaque: UnsafeMutableRawPointer?) -> ClientContext? {
        opaque.map { Unmanaged<ClientContext>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Makes a client instance with this context behind its callbacks.
    func makeHandle(
        _ configuration: KafkaConfiguration, install: (OpaquePointer) -> Void
    ) throws(KafkaError) -> OpaquePointer {
        let conf = try configuration.makeConf()
        rd_kafka_conf_set_opaque(conf, Unmanaged.passUnretained(self).toOpaque())
        rd_kafka_conf_set_error_cb(conf) { handle, code, reason, opaque in
            guard let handle, let context = ClientContext.from(opaque) else { return }
            context.report(rd_kafka_resp_err_t(code), reason.map { String(cString: $0) } ?? "", handle)
        }
        if log != nil {
            rd_kafka_conf_set_log_cb(conf) { handle, level, facility, text in
                guard let handle, let log = ClientContext.from(rd_kafka_opaque(handle))?.log else { return }
                log(Int(level), facility.map { String(cString: $0) } ?? "", text.map { String(cString: $0) } ?? "")
            }
        }
        install(conf)
        var text = [CChar](repeating: 0, count: 512)
        let type = configuration.role == .consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER
        if let handle = rd_kafka_new(type, conf, &text, text.count) { return handle }
        rd_kafka_conf_destroy(conf)
        let faults = configuration.faults().map(\.description).joined(separator: "; ")
        throw KafkaError(.invalidArgument, "the client cannot be made: \(faults)")
    }
}

/// A list of partitions owned by this side.
struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?

    init(capacity: Int) { pointer = rd_kafka_topic_partition_list_new(Int32(clamping: capacity)) }

    init(_ partitions: some Collection<TopicPartition>) {
        self.init(capacity: partitions.count)
        for partition in partitions { add(partition) }
    }

    func add(_ partition: TopicPartition, offset: Int64? = nil) {
        let element = rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition)
        if let offset { element?.pointee.offset = offset }
    }

    /// The first error that librdkafka left beside a partition.
    func firstError(_ context: String) -> KafkaError? {
        guard let list = pointer?.pointee else { return nil }
        for index in 0..<Int(list.cnt) where list.elems[index].err != RD_KAFKA_RESP_ERR_NO_ERROR {
            return KafkaError(list.elems[index].err, context, partition: TopicPartition(list.elems[index]))
        }
        return nil
    }

    var offsets: [(TopicPartition, Int64)] {
        guard let list = pointer?.pointee else { return [] }
        return (0..<Int(list.cnt)).map { (TopicPartition(list.elems[$0]), list.elems[$0].offset) }
    }

    deinit { if let pointer { rd_kafka_topic_partition_list_destroy(pointer) } }
}

extension TopicPartition {
    init(_ element: rd_kafka_topic_partition_t) {
        self.init(topic: element.topic.map { String(cString: $0) } ?? "", partition: element.partition)
    }
}

extension StartOffset {
    /// The offset as librdkafka takes it.
    var raw: Int64 {
        switch self {
        case .at(let offset): max(0, offset)
        case .beginning: Int64(RD_KAFKA_OFFSET_BEGINNING)
        case .end: Int64(RD_KAFKA_OFFSET_END)
        }
    }
}

extension Duration {
    /// Whole milliseconds, not below 0 and within what librdkafka takes.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        let whole = seconds.multipliedReportingOverflow(by: 1000)
        return whole.overflow ? .max : Int32(clamping: max(0, whole.partialValue + attoseconds / 1_000_000_000_000_000))
    }
}
