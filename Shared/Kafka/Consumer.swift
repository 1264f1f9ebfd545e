import CRdKafka

/// A Kafka consumer. Confined to the thread that made it: every call, and every call-back, is on that thread; its calls
/// block, so the thread must not be one of Swift's cooperative pool. Only `wakeUpHandle` may be used elsewhere.
public final class Consumer {
    public let wakeUpHandle = WakeUpHandle()
    let context: ConsumerContext
    let configuration: KafkaConfiguration
    private let maxRecordBytes: Int
    private var handle: OpaquePointer?
    private var queue: OpaquePointer?
    private let messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    private static let chunk = 256
    private var lookup = SlotLookup()

    /// Joins the group of the configuration for these topics. `maxRecordBytes` bounds key + headers + value of what a
    /// record may carry: more is cut and flagged. The handler is held until `close`.
    public init(
        configuration: KafkaConfiguration, topics: [String], handler: any RebalanceHandler,
        maxRecordBytes: Int = 1 << 20, statistics: ((ConsumerStatistics) -> Void)? = nil,
        events: ((KafkaEvent) -> Void)? = nil
    ) throws(KafkaError) {
        self.configuration = configuration
        self.maxRecordBytes = maxRecordBytes
        context = ConsumerContext(log: configuration.log)
        context.handler = handler
        context.statistics = statistics
        context.events = events
        messages = .allocate(capacity: Self.chunk)
        messages.initialize(repeating: nil, count: Self.chunk)
        try open()
        let list = PartitionList(topics.map { TopicPartition(topic: $0, partition: -1) })
        try check(rd_kafka_subscribe(handle, list.pointer), "subscribe to \(topics.joined(separator: ", "))")
    }

    /// A consumer outside any group: give it partitions by `assign`.
    public init(
        manual configuration: KafkaConfiguration, maxRecordBytes: Int = 1 << 20,
        statistics: ((ConsumerStatistics) -> Void)? = nil, events: ((KafkaEvent) -> Void)? = nil
    ) throws(KafkaError) {
        var configuration = configuration
        // librdkafka wants a name even though no group is joined.
        if configuration.properties["group.id"] == nil { configuration.properties["group.id"] = "manual" }
        self.configuration = configuration
        self.maxRecordBytes = maxRecordBytes
        context = ConsumerContext(log: configuration.log)
        context.statistics = statistics
        context.events = events
        messages = .allocate(capacity: Self.chunk)
        messages.initialize(repeating: nil, count: Self.chunk)
        try open()
    }

    deinit {
        close()
        messages.deallocate()
    }

    private func open() throws(KafkaError) {
        let context = context
        let handle = try context.makeHandle(configuration) {
            context.install(on: $0, statistics: context.statistics != nil)
        }
        self.handle = handle
        try check(rd_kafka_poll_set_consumer(handle), "consumer queue")
        guard let queue = rd_kafka_queue_get_consumer(handle) else {
            throw KafkaError(.invalidState, "the client has no consumer queue")
        }
        self.queue = queue
        wakeUpHandle.open(queue)
    }

    // MARK: reading

    /// Fills the batch (emptied first unless `appending`) with up to `maxRecords`. Waits for the first record at most
    /// `waitMilliseconds`, takes what is there, and lingers for more up to `lingerMilliseconds`, unless the first came
    /// only after `quietMilliseconds`. `maxBytes` is a soft limit (one inner read of at most 256 records over it).
    /// Rebalances are served inside. Errors found behind good records are thrown by the next call, so that the good ones
    /// are never lost.
    public func poll(
        into batch: inout RecordBatch, maxRecords: Int = 1000, maxBytes: Int = 8 << 20, waitMilliseconds: Int,
        lingerMilliseconds: Int = 0, quietMilliseconds: Int = .max, appending: Bool = false
    ) throws(KafkaError) {
        guard let handle, let queue else { throw .closed }
        if !appending { batch.removeAll() }
        let before = batch.count
        if let error = context.nextError() { throw error }
        var wait = wakeUpHandle.takeRequest() ? 0 : waitMilliseconds
        var lingerEnd: ContinuousClock.Instant?
        let start = ContinuousClock.now
        while batch.count < maxRecords, batch.byteCount < maxBytes {
            guard let first = rd_kafka_consumer_poll(handle, Int32(clamping: wait)) else { break }
            dropRevoked(&batch)
            accept(first, &batch)
            drain(queue, &batch, maxRecords, maxBytes)
            if lingerMilliseconds <= 0 || wakeUpHandle.takeRequest() { break }
            if lingerEnd == nil, (ContinuousClock.now - start).milliseconds >= quietMilliseconds { break }
            let end = lingerEnd ?? .now + .milliseconds(lingerMilliseconds)
            lingerEnd = end
            wait = Int((end - .now).milliseconds)
            if wait == 0 { break }
        }
        dropRevoked(&batch)
        if batch.count == before, let error = context.nextError() { throw error }
    }

    private func drain(_ queue: OpaquePointer, _ batch: inout RecordBatch, _ maxRecords: Int, _ maxBytes: Int) {
        while batch.count < maxRecords, batch.byteCount < maxBytes {
            let wanted = min(Self.chunk, maxRecords - batch.count)
            let got = rd_kafka_consume_batch_queue(queue, 0, messages, wanted)
            dropRevoked(&batch)
            guard got > 0 else { return }
            for index in 0..<got {
                if let message = messages[index] { accept(message, &batch) }
            }
            if got < wanted { return }
        }
    }

    private func dropRevoked(_ batch: inout RecordBatch) {
        let gone = context.takeRevoked()
        if !gone.isEmpty { batch.remove(gone) }
    }

    private func accept(_ message: UnsafeMutablePointer<rd_kafka_message_t>, _ batch: inout RecordBatch) {
        defer { rd_kafka_message_destroy(message) }
        guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { return failed(message) }
        guard let slot = lookup.slot(of: message, in: context), message.pointee.offset >= context.slots[slot].next
        else {
            context.counters.stale += 1
            return
        }
        context.advance(slot, to: message.pointee.offset + 1)
        let index = batch.index(of: context.slots[slot].partition)
        batch.append(message, partitionIndex: index, limit: maxRecordBytes)
        context.counters.records += 1
        context.counters.bytes += message.pointee.len + message.pointee.key_len
        if batch.records.last?.isOversize == true { context.counters.oversize += 1 }
    }

    /// An error that came in place of a record.
    private func failed(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        var partition: TopicPartition?
        if let topic = message.pointee.rkt, let name = rd_kafka_topic_name(topic) {
            partition = TopicPartition(topic: String(cString: name), partition: message.pointee.partition)
        }
        if message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF {
            if let partition { context.ended.insert(partition) }
            return
        }
        let code = KafkaError.Code(message.pointee.err)
        let text = rd_kafka_message_errstr(message).map { String(cString: $0) } ?? code.name
        let error = KafkaError(code, text, isFatal: code == .fatal, partition: partition)
        if code.isTransient { context.events?(.trouble(error)) } else { context.hold(error) }
    }

    // MARK: steering

    /// Reads exactly these partitions from now on, outside group management.
    public func assign(_ partitions: [(TopicPartition, StartOffset)]) throws(KafkaError) {
        guard let handle else { throw .closed }
        let list = PartitionList(capacity: partitions.count)
        for (partition, start) in partitions { list.add(partition, offset: start.raw) }
        context.place(partitions, keeping: false)
        try check(rd_kafka_assign(handle, list.pointer), "assign")
    }

    /// The partitions held now, in the order of their assignment.
    public var assignment: [TopicPartition] { context.slots.map(\.partition) }

    /// The offset after the last record delivered (or the start offset), where known.
    public var positions: [TopicPartition: Int64] { context.positions }

    public var counters: ConsumerCounters { context.counters }

    /// The last trouble that librdkafka works on by itself.
    public var lastTrouble: KafkaError? { context.lastTrouble }

    public func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
        guard let handle else { throw .closed }
        let list = PartitionList(partitions)
        try check(rd_kafka_pause_partitions(handle, list.pointer), "pause")
        if let error = list.firstError("pause") { throw error }
    }

    public func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
        guard let handle else { throw .closed }
        let list = PartitionList(partitions)
        try check(rd_kafka_resume_partitions(handle, list.pointer), "resume")
        if let error = list.firstError("resume") { throw error }
    }

    /// Moves the reading of held partitions; waits up to ten seconds for it to be in force.
    public func seek(_ offsets: [TopicPartition: StartOffset]) throws(KafkaError) {
        guard let handle else { throw .closed }
        let list = PartitionList(capacity: offsets.count)
        for (partition, start) in offsets { list.add(partition, offset: start.raw) }
        // librdkafka before 2.1.0 takes the milliseconds for microseconds.
        let timeout: Int32 = rd_kafka_version() < 0x0201_0000 ? 10_000_000 : 10_000
        if let error = KafkaError.take(rd_kafka_seek_partitions(handle, list.pointer, timeout), "seek") { throw error }
        if let error = list.firstError("seek") { throw error }
        for (partition, start) in offsets { context.move(partition, to: start) }
    }

    /// Commits next offsets (last processed + 1) to the group, asynchronously. Failures are counted and reported as
    /// events: the next commit carries the later offset.
    public func commit(_ offsets: [TopicPartition: Int64]) throws(KafkaError) {
        guard let handle else { throw .closed }
        if offsets.isEmpty { return }
        let list = PartitionList(capacity: offsets.count)
        for (partition, offset) in offsets { list.add(partition, offset: offset) }
        context.counters.commits += 1
        try check(rd_kafka_commit(handle, list.pointer, 1), "commit")
    }

    // MARK: end

    /// Leaves the group (a static member only goes quiet) and lets everything go; the handler is told of the revoked
    /// partitions. Returns after about `limit` even if the group coordinator is away.
    public func close(within limit: Duration = .seconds(15)) {
        guard let handle else { return }
        wakeUpHandle.close()
        leave(handle, .now + limit)
        if let queue { rd_kafka_queue_destroy(queue) }
        queue = nil
        let closed = rd_kafka_consumer_closed(handle) != 0
        if closed {
            rd_kafka_destroy(handle)
        } else {
            rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        }
        self.handle = nil
        if !context.slots.isEmpty {
            context.handler?.revoked(assignment, lost: true)
            context.remove(assignment)
        }
        context.handler = nil
        context.events = nil
        context.statistics = nil
    }

    private func leave(_ handle: OpaquePointer, _ deadline: ContinuousClock.Instant) {
        guard let closing = rd_kafka_queue_new(handle) else { return }
        defer { rd_kafka_queue_destroy(closing) }
        guard KafkaError.take(rd_kafka_consumer_close_queue(handle, closing), "close") == nil else { return }
        while rd_kafka_consumer_closed(handle) == 0, ContinuousClock.now < deadline {
            let got = rd_kafka_consume_batch_queue(closing, 50, messages, 1)
            if got > 0, let message = messages[0] { rd_kafka_message_destroy(message) }
        }
    }

    private func check(_ code: rd_kafka_resp_err_t, _ what: String) throws(KafkaError) {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(code, what) }
    }

    /// For the module's own tools, which ask brokers on the same client instance.
    func withHandle<Result>(
        _ body: (OpaquePointer) throws(KafkaError) -> Result
    ) throws(KafkaError) -> Result {
        guard let handle else { throw .closed }
        return try body(handle)
    }
}

/// Finds the slot of a record by its topic handle, without making a String for each record.
private struct SlotLookup {
    private struct Key: Hashable {
        let topic: OpaquePointer
        let partition: Int32
    }
    private var slots: [Key: Int] = [:]
    private var generation = -1
    private var last: (key: Key, slot: Int)?

    mutating func slot(of message: UnsafeMutablePointer<rd_kafka_message_t>, in context: ConsumerContext) -> Int? {
        if generation != context.generation {
            slots.removeAll(keepingCapacity: true)
            last = nil
            generation = context.generation
        }
        guard let topic = message.pointee.rkt else { return nil }
        let key = Key(topic: topic, partition: message.pointee.partition)
        if let last, last.key == key { return last.slot }
        if let slot = slots[key] {
            last = (key, slot)
            return slot
        }
        guard let name = rd_kafka_topic_name(topic) else { return nil }
        let partition = TopicPartition(topic: String(cString: name), partition: key.partition)
        guard let slot = context.slotOf[partition] else { return nil }
        slots[key] = slot
        last = (key, slot)
        return slot
    }
}
