import Foundation
import Kafka
import PerisaiModels
import Postgres
import Worker

/// Looks into a local stack from outside: how far the services are, and what their tables say.
public final class StackProbe {
    private let reader: TopicReader
    private var connections: [String: Connection] = [:]
    private let databaseURL: String
    private let producer: KafkaConfiguration
    private let consumer: KafkaConfiguration
    private var partitions: [String: [TopicPartition]] = [:]

    public init(bootstrap: String, databaseURL: String) throws {
        self.databaseURL = databaseURL
        consumer = KafkaConfiguration(
            role: .consumer, bootstrapServers: bootstrap, profile: .embeddedBroker, log: { _, _, _ in })
        producer = .producer(bootstrapServers: bootstrap, profile: .embeddedBroker, log: { _, _, _ in })
        reader = try TopicReader(configuration: consumer)
    }

    public convenience init(_ stack: LocalStack) throws {
        try self.init(bootstrap: stack.bootstrap, databaseURL: stack.databaseURL)
    }

    // MARK: publishing

    /// Publishes the events of a file and returns how many there were. Placeholders are filled from the enrolments.
    @discardableResult
    public func publish(_ file: String, twice: Bool = false, progress: (Int) -> Void = { _ in }) throws -> Int {
        let enrolled = try EnrollmentReader(configuration: consumer)
        defer { enrolled.close() }
        try enrolled.refresh()
        let limiter = try LeadLimiter(configuration: consumer, groups: ServiceContract.readers)
        defer { limiter.close() }
        let sender = try BoundedSender(configuration: producer, limiter: limiter, rate: nil)
        defer { sender.close() }
        var publisher = FilePublisher()
        publisher.fill = { try enrolled.fill($0, waiting: 30) }
        let result = try publisher.read(
            file, progress: { progress($1.published) },
            each: { record in
                try sender.send(record)
                if twice { try sender.send(record) }
            })
        try sender.flush()
        if let fault = result.faults.first { throw OperationsError("\(file) \(fault)") }
        return result.published
    }

    /// Publishes records as they are.
    public func publish(_ records: [OutgoingRecord]) throws {
        let producer = try Producer(configuration: producer)
        defer { producer.close() }
        for record in records { try producer.send(record) }
        try producer.awaitAcknowledgements(within: .seconds(60))
    }

    /// Publishes a business date; repeating it is harmless.
    public func start(_ date: CivilDate) throws {
        try publish([BusinessDates.record(date)])
    }

    // MARK: progress

    /// Waits until every service has applied and published everything, and nothing is left to do.
    /// - Parameter messages: whether messages must have left, too.
    public func settle(
        services: [String] = LocalStack.serviceNames, messages: Bool = true, within seconds: Double = 120
    ) throws {
        var quiet = 0
        do {
            try LocalStack.wait("the services to settle", seconds) {
                quiet = try waiting(services, messages: messages) == 0 ? quiet + 1 : 0
                return quiet >= 2
            }
        } catch {
            let left = try services.map { "\($0): \(try waiting([$0]))" }
            throw OperationsError("\(error); left to do: \(left.joined(separator: ", "))")
        }
    }

    /// How much is left to do: unread records, unpublished rows, open work.
    public func waiting(
        _ services: [String] = LocalStack.serviceNames, messages: Bool = true
    ) throws -> Int64 {
        var left: Int64 = 0
        for service in ServiceContract.all where services.contains(service.name) {
            let schema = service.name.replacing("-", with: "_")
            left += try lag(schema, service.receives) + count(schema, "SELECT count(*) FROM outbox")
            if !messages, service.name == "notifier" { continue }
            if let open = Self.openWork[service.name] { left += try count(schema, open) }
        }
        return left
    }

    /// Waits until the gateways have reported every message that they took.
    public func awaitReceipts(within seconds: Double = 60) throws {
        try LocalStack.wait("the gateways' receipts", seconds) {
            try count("notifier", "SELECT count(*) FROM message WHERE state = 'sent' AND channel = 'sms'") == 0
        }
    }

    // The job that comes last tells of those before it: a date of enforcement is deleted only once no other dated work is
    // due, and a date counts as swept only once its months, cover runs, reminders and escalations are done.
    private static let openWork = [
        "enrollment-intake": "SELECT count(*) FROM enforcement_date",
        "payment-reconciler": """
        SELECT (SELECT count(*) FROM month_opening WHERE NOT done)
            + (SELECT count(*) FROM business_date WHERE NOT swept)
        """,
        "commission-calculator": "SELECT count(*) FROM business_clock WHERE NOT done",
        "notifier": "SELECT count(*) FROM message WHERE state IN ('held', 'queued', 'sending', 'unknown')",
    ]

    private func lag(_ schema: String, _ topics: [Topic]) throws -> Int64 {
        let rows = try rows(schema, "SELECT topic, partition, next_offset FROM worker_offset")
        var stored: [TopicPartition: Int64] = [:]
        for row in 0..<rows.rowCount {
            let partition = TopicPartition(topic: try rows.text(row, 0), partition: try rows.int32(row, 1))
            stored[partition] = try rows.int64(row, 2)
        }
        var lag: Int64 = 0
        for topic in topics {
            let known = try partitions[topic.name] ?? reader.partitions(of: topic.name)
            partitions[topic.name] = known
            for partition in known {
                lag += max(0, try reader.watermarks(partition).high - max(0, stored[partition] ?? 0))
            }
        }
        return lag
    }

    // MARK: figures

    /// Rows of a service's own tables.
    public func rows(_ schema: String, _ sql: String) throws -> QueryResult {
        let statement = Statement(String(sql.prefix(200)), sql)
        let deadline = Date(timeIntervalSinceNow: 30)
        while true {
            do {
                return try connection(schema).query(statement)
            } catch let error as PostgresError where error.kind == .connection && Date() < deadline {
                // The database may be restarting, as the end-to-end tests have it do.
                connections[schema]?.close()
                connections[schema] = nil
                Thread.sleep(forTimeInterval: 0.05)  // nothing announces that it is back
            }
        }
    }

    /// The one number that a query gives; 0 for null.
    public func count(_ schema: String, _ sql: String) throws -> Int64 {
        let result = try rows(schema, sql)
        return result.rowCount == 0 ? 0 : try result.optionalInt64(0, 0) ?? 0
    }

    public func connection(_ schema: String) throws -> Connection {
        if let open = connections[schema], open.isUsable { return open }
        let made = try Connection(
            ConnectionSettings(url: databaseURL, schema: schema, applicationName: "perisai probe"))
        connections[schema] = made
        return made
    }

    /// All events of a topic.
    public func events(of topic: String, limit: Int = 1_000_000) throws -> [TopicEvent] {
        var events: [TopicEvent] = []
        let all = try reader.partitions(of: topic).map { ($0, StartOffset.beginning) }
        _ = try reader.read(from: all, limit: limit) { batch in
            for record in batch.records {
                events.append(
                    TopicEvent(
                        id: batch.headerText("ce_id", of: record) ?? "",
                        type: batch.headerText("ce_type", of: record) ?? "",
                        cause: batch.headerText("perisai_cause", of: record),
                        key: record.key.map { String(decoding: batch.bytes($0), as: UTF8.self) } ?? "",
                        data: record.value.map { batch.bytes($0) } ?? []))
            }
            return true
        }
        return events
    }

    public func close() {
        reader.close()
        for connection in connections.values { connection.close() }
    }
}

/// One record of a topic, as tools show it.
public struct TopicEvent: Sendable {
    public let id: String
    public let type: String
    /// Of a dead letter.
    public let cause: String?
    public let key: String
    public let data: [UInt8]
}
