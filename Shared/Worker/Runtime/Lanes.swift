import Foundation
import Kafka

/// The database lanes of a worker: each has a connection, a publisher and an exchange of its own, and the partitions
/// whose number falls on it. What stands in the same partition number of several topics therefore stays in one lane.
struct Lanes<Input: Sendable>: Sendable {
    let exchanges: [Exchange<Input>]

    /// `count`: 1 to 8.
    init(_ count: Int) { exchanges = (0..<max(1, count)).map { _ in Exchange() } }

    var count: Int { exchanges.count }

    /// The same for the same partition, always; partition 0 (and with it the leader's work) is on lane 0.
    func index(of partition: TopicPartition) -> Int { Int(partition.partition.magnitude) % exchanges.count }

    func partitions(_ partitions: [TopicPartition], of lane: Int) -> [TopicPartition] {
        partitions.filter { index(of: $0) == lane }
    }

    // MARK: partitions

    /// These partitions are held from now on and go on at these offsets, each in its lane.
    func assign(_ offsets: [TopicPartition: Int64]) {
        for (lane, exchange) in exchanges.enumerated() {
            let own = offsets.filter { index(of: $0.key) == lane }
            if !own.isEmpty { exchange.hand(over: .assigned(own)) }
        }
    }

    /// Takes partitions back. Every lane knows before the first one is waited for. Returns the lanes that still work on
    /// some of them at `deadline`.
    func revoke(_ partitions: Set<TopicPartition>, until deadline: Date) -> [Int] {
        let concerned = Set(partitions.map { index(of: $0) }).sorted()
        for lane in concerned { exchanges[lane].drop(partitions) }
        return concerned.filter { !exchanges[$0].waitForWork(until: deadline) }
    }

    /// Offsets to commit to Kafka since the last call.
    func takeApplied() -> [TopicPartition: Int64] {
        exchanges.reduce(into: [:]) { $0.merge($1.takeApplied()) { $1 } }
    }

    var heldCount: Int { exchanges.reduce(0) { $0 + $1.heldCount } }

    // MARK: the end

    func stop() {
        for exchange in exchanges { exchange.stop() }
    }

    /// One lane that stops takes the worker with it.
    var isStopping: Bool { exchanges.contains { $0.isStopping } }

    func fail(_ reason: String) {
        for exchange in exchanges { exchange.fail(reason) }
    }

    var failureReason: String? { exchanges.lazy.compactMap(\.failureReason).first }

    /// Waits until every database thread has ended, `seconds` in all.
    func waitForDatabases(_ seconds: TimeInterval) {
        let deadline = Date(timeIntervalSinceNow: seconds)
        for exchange in exchanges { exchange.waitForDatabase(deadline.timeIntervalSinceNow) }
    }

    /// Time since the lane moved that has been silent longest.
    var sinceProgress: Duration { exchanges.map(\.sinceProgress).max() ?? .zero }
}
