import Foundation

/// What a consumer knows of its partitions and brokers, from librdkafka's statistics.
public struct ConsumerStatistics: Sendable {
    public struct Partition: Sendable {
        public let partition: TopicPartition
        /// Records not yet processed: end minus committed offset, or minus the read position when nothing is
        /// committed. Nil while the broker's figures are unknown.
        public let lag: Int64?
        public let lowWatermark: Int64?
        public let highWatermark: Int64?
        public let committed: Int64?
        /// The next offset to be read.
        public let position: Int64?
        public let queuedRecords: Int64
        public let queuedBytes: Int64
    }

    public struct Broker: Sendable {
        public let name: String
        public let id: Int64
        /// e.g. `UP`, `DOWN`, `CONNECT`.
        public let state: String
        /// Average round trip in microseconds.
        public let roundTripMicroseconds: Int64
    }

    public let partitions: [Partition]
    public let brokers: [Broker]
    /// Records and bytes fetched and waiting in this process.
    public let queuedRecords: Int64
    public let queuedBytes: Int64
    public let rebalances: Int64
    /// e.g. `up`; empty outside a group.
    public let groupState: String

    /// The sum of the known lags, in records.
    public var lag: Int64 { partitions.reduce(0) { $0 + ($1.lag ?? 0) } }

    /// Nil when the text is not librdkafka's statistics. `positions`: the consumer's own next offsets.
    public init?(json: UnsafeRawBufferPointer, positions: [TopicPartition: Int64] = [:]) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let document = try? decoder.decode(Document.self, from: Data(json)) else { return nil }
        var partitions: [Partition] = []
        for (name, topic) in document.topics ?? [:] {
            for figures in topic.partitions.values where figures.partition >= 0 {
                let key = TopicPartition(topic: name, partition: figures.partition)
                guard positions[key] != nil || figures.fetchState == "active" else { continue }
                partitions.append(Self.partition(key, figures, positions[key]))
            }
        }
        self.partitions = partitions.sorted { $0.partition < $1.partition }
        brokers = (document.brokers ?? [:]).values
            .map { Broker(name: $0.name, id: $0.nodeid, state: $0.state, roundTripMicroseconds: $0.rtt?.avg ?? 0) }
            .sorted { $0.name < $1.name }
        queuedRecords = partitions.reduce(0) { $0 + $1.queuedRecords }
        queuedBytes = partitions.reduce(0) { $0 + $1.queuedBytes }
        rebalances = document.cgrp?.rebalanceCnt ?? 0
        groupState = document.cgrp?.state ?? ""
    }

    private static func partition(_ key: TopicPartition, _ figures: Document.Partition, _ own: Int64?) -> Partition {
        // librdkafka's mark for "unknown" is -1001.
        func known(_ value: Int64?) -> Int64? { value.flatMap { $0 >= 0 ? $0 : nil } }
        let end = known(figures.lsOffset) ?? known(figures.hiOffset)
        let committed = known(figures.committedOffset)
        let position = own ?? known(figures.appOffset) ?? known(figures.storedOffset)
        let done = committed ?? position
        return Partition(
            partition: key, lag: end.flatMap { end in done.map { max(0, end - $0) } },
            lowWatermark: known(figures.loOffset), highWatermark: known(figures.hiOffset), committed: committed,
            position: position, queuedRecords: figures.fetchqCnt ?? 0, queuedBytes: figures.fetchqSize ?? 0)
    }

    /// The part of the document that is used; names as in librdkafka's STATISTICS.md.
    private struct Document: Decodable {
        struct Partition: Decodable {
            let partition: Int32
            let fetchState: String?
            let loOffset: Int64?
            let hiOffset: Int64?
            let lsOffset: Int64?
            let appOffset: Int64?
            let storedOffset: Int64?
            let committedOffset: Int64?
            let fetchqCnt: Int64?
            let fetchqSize: Int64?
        }
        struct Topic: Decodable { let partitions: [String: Partition] }
        struct Window: Decodable { let avg: Int64 }
        struct Broker: Decodable {
            let name: String
            let nodeid: Int64
            let state: String
            let rtt: Window?
        }
        struct Group: Decodable {
            let state: String?
            let rebalanceCnt: Int64?
        }
        let topics: [String: Topic]?
        let brokers: [String: Broker]?
        let cgrp: Group?
    }
}
