import Foundation
import Kafka
import Logging
import Postgres

/// What one worker does for all, in the lane that holds the leader partition.
extension Processor {
    /// Partition 0 of the last input: the worker that holds it does what exists once for all workers of the service.
    private var leaderPartition: TopicPartition? {
        service.inputs.last.map { TopicPartition(topic: $0.name, partition: 0) }
    }

    /// One chunk at a time, so that batches go on between them, also while the work fails.
    func lead() {
        guard let leaderPartition, exchange.isHeld(leaderPartition), ContinuousClock.now >= workNotBefore else {
            return
        }
        do {
            if !connection.isUsable { try connection.reconnect() }
            if let rows = try WorkStep(service: service).run(on: connection) { submit(rows) }
            if ContinuousClock.now - lastSweep > .milliseconds(500) {
                lastSweep = .now
                try publish(connection.query(Self.sweepStatement))
            }
            workRetry = Retry()
        } catch {
            connection.rollbackIfNeeded()
            metrics.retries.add(1)
            let seconds = workRetry.delay()
            workNotBefore = .now + .seconds(seconds)
            log.warning("work is tried again", metadata: ["error": "\(error)", "seconds": "\(seconds)"])
        }
    }
}
