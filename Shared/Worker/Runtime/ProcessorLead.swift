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

    /// One chunk at a time, so that batches go on between them, also while the work fails. Returns whether there was
    /// one: there may be more.
    func lead() -> Bool {
        guard let leaderPartition, exchange.isHeld(leaderPartition), ContinuousClock.now >= workNotBefore else {
            return false
        }
        do {
            if !connection.isUsable { try connection.reconnect() }
            // What is committed goes out first: work that fails must not hold it back.
            if ContinuousClock.now - lastSweep > .milliseconds(500) {
                lastSweep = .now
                try publish(connection.query(Self.sweepStatement))
                try pruneInbox()
            }
            let rows = try WorkStep(service: service).run(on: connection)
            if let rows { submit(rows) }
            workRetry = Retry()
            return rows != nil
        } catch {
            connection.rollbackIfNeeded()
            metrics.retries.add(1)
            let seconds = workRetry.delay()
            workNotBefore = .now + .seconds(seconds)
            log.warning("work is tried again", metadata: ["error": "\(error)", "seconds": "\(seconds)"])
            return false
        }
    }

    private static var pruneStatement: Statement {
        Statement(
            "worker_prune_inbox",
            """
            DELETE FROM inbox WHERE event_key IN (
                SELECT event_key FROM inbox WHERE seen_on < current_date - 35 ORDER BY seen_on LIMIT 5000)
            """)
    }

    /// Forgets events seen five weeks ago, some at a time: no topic keeps them that long, and no redrive comes so late.
    private func pruneInbox() throws {
        guard ContinuousClock.now - lastPrune > .seconds(30) else { return }
        lastPrune = .now
        _ = try connection.query(Self.pruneStatement)
    }
}
