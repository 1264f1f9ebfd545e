import CRdKafka

/// An idempotent producer, to be used by one thread at a time. Its calls may block.
public final class Producer {
    private var context: ProducerContext
    private let configuration: KafkaConfiguration
    private var handle: OpaquePointer?
    private var topics: [String: OpaquePointer] = [:]
    private var mustRebuild = false
    /// Reports that still come from the present instance count for no round.
    private var roundAbandoned = false
    private let arguments: UnsafeMutablePointer<rd_kafka_vu_t>
    private var scratch = OutgoingHeaders()
    private static let maxTopics = 1000
    /// Stands for the address of a value without bytes: a null address would mean a null value.
    private let nothing = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)

    public init(configuration: KafkaConfiguration) throws(KafkaError) {
        self.configuration = configuration
        context = ProducerContext(log: configuration.log)
        arguments = .allocate(capacity: OutgoingHeaders.maxCount + 6)
        arguments.initialize(repeating: rd_kafka_vu_t(), count: OutgoingHeaders.maxCount + 6)
        try open()
    }

    deinit {
        close()
        arguments.deallocate()
        nothing.deallocate()
    }

    public var counters: ProducerCounters { context.counters }
    /// Records sent and not reported yet.
    public var outstanding: Int { context.round.outstanding }
    /// The fatal error of the present instance; the next `send` makes a new one.
    public var fatalError: KafkaError? { context.fatal }
    public var lastTrouble: KafkaError? { context.lastTrouble }
    /// Called in `serve`, `send` and `awaitAcknowledgements` for each report, with the tag given to `send`.
    var onReport: ((_ tag: UInt, _ error: KafkaError?) -> Void)? {
        get { context.onReport }
        set { context.onReport = newValue }
    }

    // MARK: sending

    /// Queues one record; the bytes are copied. After an error call `abandonRound` before sending all again. When the local queue is full, reports are served until there is room or
    /// `within` is over (error `.queueFull`). The partition follows from the key (murmur2, as in Java producers).
    public func send(
        topic: String, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: borrowing OutgoingHeaders, tag: UInt = 0, within limit: Duration = .seconds(30)
    ) throws(KafkaError) {
        if mustRebuild || context.fatal != nil { try rebuild() }
        guard let handle else { throw .closed }
        guard headers.count <= OutgoingHeaders.maxCount else {
            throw KafkaError(.invalidArgument, "\(headers.count) headers, at most \(OutgoingHeaders.maxCount)")
        }
        let topicHandle = try self.topic(topic, handle)
        var error = produce(handle, topicHandle, key, value, headers, tag)
        if error != nil {
            let deadline = ContinuousClock.now + limit
            while let refused = error {
                guard rd_kafka_error_code(refused) == RD_KAFKA_RESP_ERR__QUEUE_FULL, ContinuousClock.now < deadline
                else { throw failure(refused, topic) }
                rd_kafka_error_destroy(refused)
                context.counters.fullQueueWaits += 1
                rd_kafka_poll(handle, 10)
                error = produce(handle, topicHandle, key, value, headers, tag)
            }
        }
        context.round.sent += 1
        context.counters.sent += 1
        // Reports pile up otherwise while a long round is being sent.
        if context.round.sent & 255 == 0 { rd_kafka_poll(handle, 0) }
    }

    public func send(
        topic: String, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: [(String, UnsafeRawBufferPointer?)] = []
    ) throws(KafkaError) {
        scratch.removeAll()
        for (name, value) in headers { scratch.append(name, value) }
        let headers = scratch
        try send(topic: topic, key: key, value: value, headers: headers)
    }

    public func send(
        _ record: OutgoingRecord, tag: UInt = 0, within limit: Duration = .seconds(30)
    ) throws(KafkaError) {
        try Self.withBytes(record.key) { key throws(KafkaError) in
            try Self.withBytes(record.value) { value throws(KafkaError) in
                try send(
                    topic: record.topic, key: key, value: value, headers: record.headers, tag: tag, within: limit)
            }
        }
    }

    private static func withBytes(
        _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) throws(KafkaError) -> Void
    ) throws(KafkaError) {
        guard let bytes else { return try body(nil) }
        try bytes.withRawBytes { buffer throws(KafkaError) in try body(buffer) }
    }

    private func failure(_ refused: OpaquePointer, _ topic: String) -> KafkaError {
        let error = KafkaError.take(refused, "send to \(topic)") ?? KafkaError(.invalidState, "send to \(topic)")
        if error.isFatal || error.code == .fatal {
            context.becameFatal(error)
            abandonRound()
        }
        return error
    }

    private func produce(
        _ handle: OpaquePointer, _ topic: OpaquePointer, _ key: UnsafeRawBufferPointer?,
        _ value: UnsafeRawBufferPointer?, _ headers: borrowing OutgoingHeaders, _ tag: UInt
    ) -> OpaquePointer? {
        let arguments = arguments
        let nothing = nothing
        arguments[0].vtype = RD_KAFKA_VTYPE_RKT
        arguments[0].u.rkt = topic
        arguments[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS
        arguments[1].u.i = RD_KAFKA_MSG_F_COPY
        arguments[2].vtype = RD_KAFKA_VTYPE_OPAQUE
        arguments[2].u.ptr = UnsafeMutableRawPointer(bitPattern: tag)
        var count = 3
        if let value {
            arguments[count].vtype = RD_KAFKA_VTYPE_VALUE
            arguments[count].u.mem.ptr = UnsafeMutableRawPointer(mutating: value.baseAddress) ?? nothing
            arguments[count].u.mem.size = value.count
            count += 1
        }
        if let key {
            arguments[count].vtype = RD_KAFKA_VTYPE_KEY
            arguments[count].u.mem.ptr = UnsafeMutableRawPointer(mutating: key.baseAddress) ?? nothing
            arguments[count].u.mem.size = key.count
            count += 1
        }
        return headers.bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return rd_kafka_produceva(handle, arguments, count) }
            for entry in headers.entries {
                arguments[count].vtype = RD_KAFKA_VTYPE_HEADER
                arguments[count].u.header.name = (base + entry.name).assumingMemoryBound(to: CChar.self)
                arguments[count].u.header.val = entry.value < 0 ? nil : base + entry.value
                arguments[count].u.header.size = entry.length
                count += 1
            }
            return rd_kafka_produceva(handle, arguments, count)
        }
    }

    private func topic(_ name: String, _ handle: OpaquePointer) throws(KafkaError) -> OpaquePointer {
        if let known = topics[name] { return known }
        guard topics.count < Self.maxTopics else {
            throw KafkaError(.invalidArgument, "more than \(Self.maxTopics) topics in one producer")
        }
        guard let made = rd_kafka_topic_new(handle, name, nil) else {
            throw KafkaError(rd_kafka_last_error(), "topic \(name)")
        }
        topics[name] = made
        return made
    }

    // MARK: acknowledgement

    /// Serves reports for up to so many milliseconds.
    public func serve(milliseconds: Int = 0) {
        if let handle { rd_kafka_poll(handle, Int32(clamping: milliseconds)) }
    }

    /// Returns when every record sent since the last call is acknowledged. Otherwise throws, with the number missing
    /// and the first cause; the caller sends the whole round again. Either way a new round begins.
    public func awaitAcknowledgements(within limit: Duration) throws(KafkaError) {
        guard let handle else { throw .closed }
        let deadline = ContinuousClock.now + limit
        while context.round.outstanding > 0, context.fatal == nil {
            let left = (deadline - ContinuousClock.now).milliseconds
            if left == 0 { break }
            rd_kafka_flush(handle, min(left, 500))
        }
        let round = context.round
        context.round = ProducerRound()
        let missing = round.sent - round.acknowledged
        guard missing > 0 else { return }
        // What is left in the instance must not be delivered behind the records that are sent again.
        if round.outstanding > 0 {
            mustRebuild = true
            roundAbandoned = true
        }
        let cause = context.fatal ?? round.firstError ?? context.lastTrouble
        let reason = "\(missing) of \(round.sent) records not acknowledged: \(cause?.reason ?? "no answer in time")"
        let code = context.fatal?.code ?? round.firstError?.code ?? .timedOut
        throw KafkaError(
            code, reason, isFatal: false, isRetriable: cause?.isRetriable ?? true || context.fatal != nil,
            unacknowledged: missing)
    }

    /// Gives up the present round, for a caller that will send all of it again because a `send` threw (after a fatal
    /// error this happens by itself). What is not acknowledged is dropped with the client instance.
    public func abandonRound() {
        if context.round.outstanding > 0 || context.fatal != nil { mustRebuild = true }
        context.round = ProducerRound()
        roundAbandoned = mustRebuild
    }

    // MARK: instance

    private func open() throws(KafkaError) {
        let context = context
        handle = try context.makeHandle(configuration) { context.install(on: $0) }
    }

    private func rebuild() throws(KafkaError) {
        let old = context
        destroy()
        context = ProducerContext(log: configuration.log)
        context.counters = old.counters
        context.counters.rebuilds += 1
        // Records of this round that went down with the old instance stay missing.
        context.round = roundAbandoned ? ProducerRound() : old.round
        roundAbandoned = false
        if context.round.outstanding > 0, context.round.firstError == nil { context.round.firstError = old.fatal }
        context.counters.failed += context.round.outstanding
        context.round.failed += context.round.outstanding
        context.onReport = old.onReport
        mustRebuild = false
        try open()
    }

    private func destroy() {
        guard let handle else { return }
        self.handle = nil
        _ = rd_kafka_purge(handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        for topic in topics.values { rd_kafka_topic_destroy(topic) }
        topics.removeAll()
        rd_kafka_destroy(handle)
    }

    /// Lets the instance go; records not acknowledged yet are dropped.
    public func close() { destroy() }

    /// Puts the instance into the fatal state, as a broker's answer would. For tests.
    func provokeFatalError() {
        if let handle {
            _ = rd_kafka_test_fatal_error(handle, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "provoked")
        }
    }
}
