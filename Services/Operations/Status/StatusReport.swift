import Kafka
import PerisaiModels
import Postgres

/// How far the services are, from their own tables and from Kafka's watermarks.
struct StatusReport {
    private static let offsets = Statement(
        "status_offsets", "SELECT topic, partition, next_offset FROM worker_offset ORDER BY topic, partition")
    private static let waiting = Statement(
        "status_outbox",
        """
        SELECT count(*), coalesce(sum(records), 0)::int8,
            coalesce(extract(epoch FROM now() - min(created_at)), 0)::int8
        FROM outbox
        """)
    private static let exceptions = Statement(
        "status_exceptions",
        "SELECT code, count(*), sum(amount)::int8 FROM payment_exception GROUP BY code ORDER BY code")
    private static let tables = Statement(
        "status_tables",
        """
        SELECT to_regclass('worker_offset') IS NOT NULL, to_regclass('payment_exception') IS NOT NULL,
            to_regclass('webhook') IS NOT NULL
        """)
    /// What an office was told later about the same makes an answer that failed before it no exception any more.
    private static let webhooks = Statement(
        "status_webhooks",
        """
        SELECT w.reason, count(*) FROM webhook AS w WHERE w.state = 'failed' AND NOT EXISTS (
            SELECT FROM webhook AS l WHERE l.stream = w.stream AND l.position > w.position AND l.state = 'delivered')
        GROUP BY w.reason ORDER BY w.reason
        """)

    var partitions = Table([
        .init("Service"), .init("Topic"), .init("Partition", number: true), .init("Next offset", number: true),
        .init("End", number: true), .init("Lag", number: true),
    ])
    var services = Table([
        .init("Service"), .init("State"), .init("Lag", number: true), .init("Outbox rows", number: true),
        .init("Outbox records", number: true), .init("Outbox age s", number: true),
        .init("Dead letters", number: true),
    ])
    var exceptions = Table([
        .init("Service"), .init("Code"), .init("Count", number: true), .init("Rupiah", number: true),
    ])
    var deadLetters = Table([.init("Service"), .init("Cause"), .init("Count", number: true)])

    private var ends: [TopicPartition: (low: Int64, high: Int64)] = [:]

    /// Adds a service. A schema that is not there yet, or a topic that does not exist, is a state, not an error.
    mutating func add(_ entry: ServiceEntry, _ connection: Connection, _ reader: TopicReader) throws {
        let present = try connection.query(Self.tables)
        guard try present.bool(0, 0) else {
            return services.append([entry.name, "no schema: run `perisai migrate`"])
        }
        var stored: [TopicPartition: Int64] = [:]
        let rows = try connection.query(Self.offsets)
        for row in 0..<rows.rowCount {
            let partition = TopicPartition(topic: try rows.text(row, 0), partition: try rows.int32(row, 1))
            stored[partition] = try rows.int64(row, 2)
        }
        let lag = try addPartitions(entry, stored, reader)
        let outbox = try connection.query(Self.waiting)
        let letters = try addDeadLetters(entry)
        services.append([
            entry.name, stored.isEmpty ? "has read nothing yet" : lag == 0 ? "up to date" : "behind", "\(lag)",
            "\(try outbox.int64(0, 0))", "\(try outbox.int64(0, 1))", "\(try outbox.int64(0, 2))", "\(letters)",
        ])
        if try present.bool(0, 2) {
            let failed = try connection.query(Self.webhooks)
            for row in 0..<failed.rowCount {
                exceptions.append([entry.name, "WEBHOOK_\(try failed.text(row, 0))", "\(try failed.int64(row, 1))"])
            }
        }
        guard try present.bool(0, 1) else { return }
        let found = try connection.query(Self.exceptions)
        for row in 0..<found.rowCount {
            exceptions.append([
                entry.name, try found.text(row, 0), "\(try found.int64(row, 1))", "\(try found.int64(row, 2))",
            ])
        }
    }

    private mutating func addPartitions(
        _ entry: ServiceEntry, _ stored: [TopicPartition: Int64], _ reader: TopicReader
    ) throws -> Int64 {
        var lag: Int64 = 0
        for topic in entry.inputs {
            guard let all = try Self.partitions(of: topic.name, reader) else {
                partitions.append([entry.name, "\(topic.name) (does not exist)"])
                continue
            }
            for partition in all {
                let end = try ends[partition] ?? reader.watermarks(partition)
                ends[partition] = end
                let behind = max(0, end.high - (stored[partition] ?? end.low))
                lag += behind
                partitions.append([
                    entry.name, topic.name, "\(partition.partition)", stored[partition].map { "\($0)" } ?? "",
                    "\(end.high)", "\(behind)",
                ])
            }
        }
        return lag
    }

    /// Nil for a topic that does not exist.
    private static func partitions(of topic: String, _ reader: TopicReader) throws -> [TopicPartition]? {
        do { return try reader.partitions(of: topic) } catch {
            if error.code == .unknownTopicOrPartition { return nil }
            throw error
        }
    }

    /// Filled by `countDeadLetters` before the services are added.
    private var causes: [String: [String: Int]] = [:]

    mutating func countDeadLetters(of group: String, _ reader: DeadLetterReader) throws {
        try reader.read(group: group) { causes[group, default: [:]][$0.cause, default: 0] += 1 }
    }

    private mutating func addDeadLetters(_ entry: ServiceEntry) throws -> Int {
        let found = causes[entry.name] ?? [:]
        for (cause, count) in found.sorted(by: { $0.key < $1.key }) {
            deadLetters.append([entry.name, cause, "\(count)"])
        }
        return found.values.reduce(0, +)
    }

    var text: String {
        var parts = [services.text]
        if !exceptions.rows.isEmpty { parts.append("Exceptions\n" + exceptions.text) }
        if !deadLetters.rows.isEmpty { parts.append("Dead letters\n" + deadLetters.text) }
        parts.append("Partitions\n" + partitions.text)
        return parts.joined(separator: "\n\n")
    }

    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        let tables = [
            ("services", services), ("exceptions", exceptions), ("dead_letters", deadLetters),
            ("partitions", partitions),
        ]
        for (name, table) in tables {
            writer.name(name)
            table.write(to: &writer)
        }
        writer.endObject()
        return writer.text
    }
}
