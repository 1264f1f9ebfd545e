import CRdKafka

/// Figures of a producer since it was made.
public struct ProducerCounters: Sendable, Equatable {
    public internal(set) var sent = 0
    public internal(set) var acknowledged = 0
    public internal(set) var failed = 0
    /// Times that the client instance was made anew.
    public internal(set) var rebuilds = 0
    /// Times that a send had to wait for room in the local queue.
    public internal(set) var fullQueueWaits = 0
}

/// What was sent since the last `awaitAcknowledgements`.
struct ProducerRound {
    var sent = 0
    var acknowledged = 0
    var failed = 0
    var firstError: KafkaError?
    var outstanding: Int { sent - acknowledged - failed }
}

/// State of one producer instance that its callbacks change. Confined to the producer's thread.
final class ProducerContext: ClientContext {
    var round = ProducerRound()
    var counters = ProducerCounters()
    var onReport: ((_ tag: UInt, _ error: KafkaError?) -> Void)?

    func install(on conf: OpaquePointer) {
        rd_kafka_conf_set_dr_msg_cb(conf) { _, message, opaque in
            guard let message, let context = ClientContext.from(opaque) as? ProducerContext else { return }
            context.delivered(message)
        }
    }

    private func delivered(_ message: UnsafePointer<rd_kafka_message_t>) {
        let tag = UInt(bitPattern: message.pointee._private)
        guard message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR else {
            round.acknowledged += 1
            counters.acknowledged += 1
            onReport?(tag, nil)
            return
        }
        let topic = message.pointee.rkt.flatMap { rd_kafka_topic_name($0) }.map { String(cString: $0) } ?? "?"
        let error = KafkaError(message.pointee.err, "record for topic \(topic) not acknowledged")
        round.failed += 1
        counters.failed += 1
        if round.firstError == nil { round.firstError = error }
        onReport?(tag, error)
    }
}
