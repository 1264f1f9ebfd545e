import Foundation
import Kafka
import Postgres

/// Outbox rows: those that were left, those that were published.
extension Processor {
    private static var leftoverStatement: Statement {
        Statement(
            "worker_leftover",
            """
            SELECT o.topic, o.partition, o.position FROM outbox AS o
            JOIN unnest($1::text[], $2::int4[]) AS u(topic, partition) USING (topic, partition)
            ORDER BY o.topic, o.partition, o.position LIMIT 100000
            """)
    }
    static var sweepStatement: Statement {
        Statement(
            "worker_sweep",
            """
            SELECT topic, partition, position FROM outbox WHERE topic LIKE '@%'
            ORDER BY topic, partition, position LIMIT 1000
            """)
    }
    private static var payloadStatement: Statement {
        Statement(
            "worker_payload",
            "SELECT records, payload FROM outbox WHERE topic = $1 AND partition = $2 AND position = $3")
    }

    /// Rows that a worker before us committed and did not publish go out first, in order.
    func publishLeftovers(of partitions: [TopicPartition]) throws {
        guard !partitions.isEmpty else { return }
        try publish(
            connection.query(
                Self.leftoverStatement,
                Parameters {
                    $0.append(partitions.map(\.topic))
                    $0.append(partitions.map(\.partition))
                }))
    }

    /// Publishes the rows with these keys, but for those in hand. One payload is read at a time: there may be many.
    func publish(_ keys: QueryResult) throws {
        for row in 0..<keys.rowCount {
            let key = OutboxKey(
                topic: try keys.text(row, 0), partition: try keys.int32(row, 1), position: try keys.int64(row, 2))
            guard !publisher.isInHand(key) else { continue }
            let found = try connection.query(
                Self.payloadStatement,
                Parameters {
                    $0.append(key.topic)
                    $0.append(key.partition)
                    $0.append(key.position)
                })
            // Gone: its worker lives, and has published it.
            guard found.rowCount > 0 else { continue }
            submit([OutboxRow(key: key, payload: try found.bytes(0, 1), records: Int(try found.int32(0, 0)))])
        }
    }

    func submit(_ rows: [OutboxRow]) { publisher.submit(rows) { exchange.noteProgress() } }

    /// A worker that lost its partitions may commit a last batch behind the new owner's first look, and die.
    func lookForLeftovers() {
        guard ContinuousClock.now - lastLook > .seconds(5) else { return }
        lastLook = .now
        handle { try publishLeftovers(of: exchange.heldPartitions.sorted()) }
    }

    func deleteAcknowledged() throws {
        let keys = publisher.takeAcknowledged()
        guard !keys.isEmpty else { return }
        do {
            var writer = BatchWriter()
            var stages = StageClock(metrics)
            try connection.execute("BEGIN")
            try BatchTransaction<Service>.send(&writer, rows: [], acknowledged: keys, on: connection, &stages)
            publisher.forget(keys)
        } catch {
            connection.rollbackIfNeeded()
            publisher.giveBack(keys)
            throw error
        }
    }
}
