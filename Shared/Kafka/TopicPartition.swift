/// One partition of one topic.
public struct TopicPartition: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let topic: String
    public let partition: Int32

    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }

    public var description: String { "\(topic)[\(partition)]" }
}

/// Where a partition is read from when it is assigned.
public enum StartOffset: Sendable, Hashable {
    /// The next offset to read (last processed + 1).
    case at(Int64)
    /// The oldest record that the broker still has.
    case beginning
    /// Only what is written from now on.
    case end
}
