import CRdKafka

/// Reads topics for tools, outside any group: from given offsets up to where they end at the start of the reading.
/// Confined to one thread; its calls block.
public final class TopicReader {
    private let configuration: KafkaConfiguration
    private let consumer: Consumer
    private let timeout: Duration

    /// `timeout` bounds each question to the brokers.
    public init(configuration: KafkaConfiguration, timeout: Duration = .seconds(10)) throws(KafkaError) {
        var configuration = configuration
        // The end can be a transaction mark that is never delivered: the end event says so.
        configuration.properties["enable.partition.eof"] = "true"
        self.configuration = configuration
        self.timeout = timeout
        consumer = try Consumer(manual: configuration)
    }

    /// The partitions of a topic, in order. Throws `.unknownTopicOrPartition` for an unknown one.
    public func partitions(of topic: String) throws(KafkaError) -> [TopicPartition] {
        let topics = try consumer.withHandle { handle throws(KafkaError) in
            try TopicDescription.all(handle, topic: topic, timeout: timeout)
        }
        guard let found = topics.first(where: { $0.name == topic }), found.partitions > 0 else {
            throw KafkaError(.unknownTopicOrPartition, "topic \(topic) does not exist")
        }
        return (0..<Int32(found.partitions)).map { TopicPartition(topic: topic, partition: $0) }
    }

    /// The oldest offset there is, and the one that the next record will get.
    public func watermarks(_ partition: TopicPartition) throws(KafkaError) -> (low: Int64, high: Int64) {
        try consumer.withHandle { handle throws(KafkaError) in
            var low: Int64 = -1
            var high: Int64 = -1
            let code = rd_kafka_query_watermark_offsets(
                handle, partition.topic, partition.partition, &low, &high, timeout.milliseconds)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
                throw KafkaError(code, "watermarks", partition: partition)
            }
            return (low, high)
        }
    }

    /// The offsets committed by a group; partitions without one are left out.
    public func committedOffsets(
        group: String, partitions: [TopicPartition]
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        var configuration = configuration
        configuration.properties["group.id"] = group
        configuration.properties["group.instance.id"] = nil
        let asking = try Consumer(manual: configuration)
        defer { asking.close() }
        return try asking.withHandle { handle throws(KafkaError) in
            let list = PartitionList(partitions)
            let code = rd_kafka_committed(handle, list.pointer, timeout.milliseconds)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, "committed offsets of \(group)") }
            if let error = list.firstError("committed offsets of \(group)") { throw error }
            return list.offsets.reduce(into: [:]) { if $1.1 >= 0 { $0[$1.0] = $1.1 } }
        }
    }

    /// Reads up to the high watermarks of now, at most `limit` records, within `within` (else `.timedOut`). Batches go
    /// to `body`, which returns false to stop. Returns the number of records given out.
    @discardableResult
    public func read(
        from starts: [(TopicPartition, StartOffset)], limit: Int = .max, within: Duration = .seconds(60),
        _ body: (RecordBatch) throws(KafkaError) -> Bool
    ) throws(KafkaError) -> Int {
        let deadline = ContinuousClock.now + within
        var open: [TopicPartition: Int64] = [:]
        for (partition, start) in starts {
            let (low, high) = try watermarks(partition)
            let first: Int64
            switch start {
            case .at(let offset): first = offset
            case .beginning: first = low
            case .end: first = high
            }
            if first < high { open[partition] = high }
        }
        guard !open.isEmpty, limit > 0 else { return 0 }
        try consumer.assign(starts.filter { open[$0.0] != nil })
        defer { try? consumer.assign([]) }
        var batch = RecordBatch()
        var count = 0
        while !open.isEmpty, count < limit {
            guard ContinuousClock.now < deadline else {
                throw KafkaError(.timedOut, "\(open.count) partitions not read to their end within \(within)")
            }
            try consumer.poll(into: &batch, maxRecords: min(1000, limit - count), waitMilliseconds: 100)
            let ends = open
            let partitions = batch.partitions
            batch.records.removeAll { $0.offset >= ends[partitions[$0.partitionIndex]] ?? .max }
            count += batch.count
            for (partition, next) in consumer.positions where next >= open[partition] ?? .max { open[partition] = nil }
            for partition in consumer.context.ended { open[partition] = nil }
            if !batch.isEmpty, try !body(batch) { break }
        }
        return count
    }

    /// Reads on from these offsets and waits for what comes, until `body` returns false or the deadline has passed.
    public func follow(
        from starts: [(TopicPartition, StartOffset)], until deadline: ContinuousClock.Instant,
        _ body: (RecordBatch) throws(KafkaError) -> Bool
    ) throws(KafkaError) {
        try consumer.assign(starts)
        defer { try? consumer.assign([]) }
        var batch = RecordBatch()
        while ContinuousClock.now < deadline {
            try consumer.poll(into: &batch, waitMilliseconds: 100)
            if !batch.isEmpty, try !body(batch) { return }
        }
    }

    public func close() { consumer.close() }
}
