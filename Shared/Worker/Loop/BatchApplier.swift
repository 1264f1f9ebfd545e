import Kafka
import PerisaiModels
import Postgres

/// An event that a batch gave rise to, read back from its outbox row.
public struct PublishedEvent: Sendable {
    public let topic: String
    public let type: String
    public let id: String
    public let key: String
    public let data: [UInt8]
}

/// Applies events to a database as the loop does, without Kafka: for the tests of a service.
public final class BatchApplier<Service: WorkerService> {
    private let transaction: BatchTransaction<Service>
    private let service: Service
    private let connection: Connection

    /// `connection` must have the service's schema as its search path; the tables are made if they are missing.
    public init(service: Service, connection: Connection) throws {
        self.service = service
        self.connection = connection
        transaction = BatchTransaction(service: service, metrics: WorkerMetrics(MetricsRegistry()))
        try WorkerSchema.migrate(service, on: connection)
    }

    /// One batch, one transaction.
    public func apply(_ events: [Event<Service.Input>]) throws -> [PublishedEvent] {
        let records = events.enumerated().map { offset, event in
            DecodedRecord<Service.Input>(
                partition: TopicPartition(topic: "test", partition: event.partition), offset: Int64(offset), chunk: nil,
                index: 0, outcome: .event(event))
        }
        do {
            let rows = try transaction.commit(records[...], claims: [], on: connection)
            try connection.execute("DELETE FROM outbox")
            return try rows.flatMap(Self.events)
        } catch {
            connection.rollbackIfNeeded()
            if case BatchFailure.record(_, let fault) = error { throw fault }
            throw error
        }
    }

    /// Runs the chunks of work that are due until there are none, at most `limit`.
    public func work(limit: Int = 10_000) throws -> [PublishedEvent] {
        var published: [PublishedEvent] = []
        for _ in 0..<limit {
            guard let rows = try WorkStep(service: service).run(on: connection) else { return published }
            try connection.execute("DELETE FROM outbox")
            published += try rows.flatMap(Self.events)
        }
        throw RecordFault(cause: "work", reason: "no end after \(limit) chunks")
    }

    private static func events(_ row: OutboxRow) throws -> [PublishedEvent] {
        try row.payload.withUnsafeBytes { bytes in
            var reader = OutboxReader(bytes)
            var events: [PublishedEvent] = []
            while let record = try reader.next() {
                func header(_ name: String) -> String {
                    let found = record.headers.first { $0.name.elementsEqual(name.utf8) }?.value
                    return found.map { String(decoding: $0, as: UTF8.self) } ?? ""
                }
                events.append(
                    PublishedEvent(
                        topic: String(decoding: record.topic, as: UTF8.self), type: header("ce_type"),
                        id: header("ce_id"), key: record.key.map { String(decoding: $0, as: UTF8.self) } ?? "",
                        data: record.value.map { Array($0) } ?? []))
            }
            return events
        }
    }
}
