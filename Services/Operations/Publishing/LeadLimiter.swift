import Foundation
import Kafka
import PerisaiModels

/// Keeps a publisher from running away from the consumers where the broker forgets: the embedded broker keeps 5 MiB a
/// partition, and what is unread beyond that is lost.
final class LeadLimiter {
    /// Bytes that may stand unread in one topic: half of what one partition keeps, as all of it may be one partition's.
    static let defaultBytes = 2 << 20

    private let reader: TopicReader
    private let groups: [String: [String]]
    private let limit: Int
    private var sent: [String: (records: Int, bytes: Int)] = [:]
    private var checked: [String: Int] = [:]

    /// `groups`: the consumer groups of each topic; a topic without one is not limited.
    init(configuration: KafkaConfiguration, groups: [String: [String]], limit: Int = defaultBytes) throws {
        reader = try TopicReader(configuration: configuration)
        self.groups = groups
        self.limit = limit
    }

    func close() { reader.close() }

    /// True when so much was sent to the topic since the last look that `wait` should be called.
    func isDue(topic: String, bytes: Int) -> Bool {
        let total = sent[topic] ?? (0, 0)
        sent[topic] = (total.records + 1, total.bytes + bytes)
        return groups[topic] != nil && total.bytes + bytes - (checked[topic] ?? 0) > limit / 2
    }

    /// Returns once every group has read so far that the unread rest is under the limit. Throws when nothing is read
    /// for `patience`. Records of this size: the average of those sent.
    func wait(topic: String, patience: Duration = .seconds(120)) throws {
        guard let total = sent[topic], total.records > 0 else { return }
        let average = max(1, total.bytes / total.records)
        let partitions = try reader.partitions(of: topic)
        var least = Int64.max
        var deadline = ContinuousClock.now + patience
        while true {
            let unread = try lag(partitions, groups[topic] ?? [])
            if unread * Int64(average) <= Int64(limit / 2) { break }
            if unread < least {
                least = unread
                deadline = .now + patience
            }
            guard ContinuousClock.now < deadline else {
                throw OperationsError(
                    "\(topic): nobody has read anything for \(patience); \(unread) events wait and the broker would lose more"
                )
            }
            Thread.sleep(forTimeInterval: 0.05)  // nothing tells a publisher that readers moved on
        }
        checked[topic] = total.bytes
    }

    /// The largest count of records in one partition that some group has not read yet.
    private func lag(_ partitions: [TopicPartition], _ groups: [String]) throws -> Int64 {
        var most: Int64 = 0
        for group in groups {
            let committed = try reader.committedOffsets(group: group, partitions: partitions)
            for partition in partitions {
                let (low, high) = try reader.watermarks(partition)
                most = max(most, high - (committed[partition] ?? low))
            }
        }
        return most
    }
}
