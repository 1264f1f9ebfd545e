import Kafka
import Postgres

/// The stored offsets of a service.
enum OffsetStore {
    private static let insert = Statement(
        "offset_insert",
        """
        INSERT INTO worker_offset (topic, partition, next_offset)
        SELECT topic, partition, $3 FROM unnest($1::text[], $2::int4[]) AS u(topic, partition)
        ORDER BY topic, partition ON CONFLICT DO NOTHING
        """)
    private static let select = Statement(
        "offset_select",
        """
        SELECT o.topic, o.partition, o.next_offset FROM worker_offset AS o
        JOIN unnest($1::text[], $2::int4[]) AS u(topic, partition) USING (topic, partition)
        """)

    /// Reads where the partitions go on; those seen for the first time get 0 (from the oldest record) or -1 (from now).
    static func read(
        _ partitions: [TopicPartition], settings: WorkerSettings
    ) throws -> [TopicPartition: Int64] {
        guard !partitions.isEmpty else { return [:] }
        let connection = try Connection(settings.connection("offsets"))
        defer { connection.close() }
        let first: Int64 = settings.firstOffset == .earliest ? 0 : -1
        _ = try connection.query(
            insert,
            Parameters {
                $0.append(partitions.map(\.topic))
                $0.append(partitions.map(\.partition))
                $0.append(first)
            })
        return try read(partitions, on: connection)
    }

    static func read(_ partitions: [TopicPartition], on connection: Connection) throws -> [TopicPartition: Int64] {
        let rows = try connection.query(
            select,
            Parameters {
                $0.append(partitions.map(\.topic))
                $0.append(partitions.map(\.partition))
            })
        var offsets: [TopicPartition: Int64] = [:]
        for row in 0..<rows.rowCount {
            let partition = TopicPartition(topic: try rows.text(row, 0), partition: try rows.int32(row, 1))
            offsets[partition] = try rows.int64(row, 2)
        }
        return offsets
    }
}

extension WorkerSettings {
    /// How this worker's connections are set up.
    public func connection(_ purpose: String) -> ConnectionSettings {
        ConnectionSettings(
            url: databaseURL, schema: databaseSchema, applicationName: "\(service.name) \(purpose)",
            statementTimeoutMilliseconds: max(1, Int(statementTimeout.seconds * 1_000)))
    }
}
