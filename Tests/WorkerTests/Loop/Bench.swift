import Foundation
import Kafka
import Logging
import PerisaiModels
import Postgres
import TestSupport

@testable import Worker

/// A processor with the fetching and publishing side played by the test.
final class ProcessorBench: Sendable {
    let exchange = Exchange<PaymentReceived>()
    let metrics = WorkerMetrics(MetricsRegistry())
    let publisher: OutboxPublisher
    let settings: WorkerSettings
    let service: Accumulator
    private let ended = DispatchSemaphore(value: 0)

    static let partition = TopicPartition(topic: Topic.payments.name, partition: 1)

    init(_ service: Accumulator, url: String) throws {
        self.service = service
        settings = WorkerSettings(
            service: ServiceIdentity(name: service.name, httpPort: 0), databaseURL: url, kafkaBootstrap: "127.0.0.1:1",
            kafkaProfile: .embedded, drainDeadline: .milliseconds(500))
        var log = Logger(label: "test")
        log.logLevel = .critical
        publisher = OutboxPublisher(configuration: settings.producerConfiguration(), metrics: metrics, log: log)
    }

    static func database(_ service: Accumulator) throws -> String {
        let url = try LoopCluster.shared.newDatabase()
        let connection = try Connection(ConnectionSettings(url: url, schema: service.schema))
        try WorkerSchema.migrate(service, on: connection)
        connection.close()
        return url
    }

    static func batch(_ payments: [TestPayment], from offset: Int64) throws -> FetchedBatch<PaymentReceived> {
        let records = try payments.enumerated().map { index, payment in
            DecodedRecord<PaymentReceived>(
                partition: partition, offset: offset + Int64(index), chunk: nil, index: 0,
                outcome: .event(try payment.event()))
        }
        return FetchedBatch(records: records, bytes: records.count * 100)
    }

    /// Reads the stored offset as a rebalance does, and starts the database thread.
    func start() throws {
        let stored = try OffsetStore.read([Self.partition], settings: settings)
        exchange.hand(over: .assigned(stored))
        let settings = settings
        let thread = Thread { [self] in
            defer { ended.signal() }
            guard let connection = try? Connection(settings.connection("worker")) else { return }
            var log = Logger(label: "test")
            log.logLevel = .critical
            Processor(
                service: service, settings: settings, exchange: exchange, publisher: publisher, connection: connection,
                metrics: metrics, log: log
            ).run()
        }
        thread.start()
    }

    /// Hands batches over one after the other, as there is room.
    func feed(_ batches: [FetchedBatch<PaymentReceived>]) {
        for batch in batches where exchange.waitForRoom(30) { exchange.hand(over: .batch(batch)) }
    }

    func end() -> Bool {
        publisher.beginDraining()
        exchange.stop()
        return ended.wait(timeout: .now() + 20) == .success
    }

    func connect() throws -> Connection { try Connection(settings.connection("test")) }

    func next() throws -> Int64 {
        let connection = try connect()
        defer { connection.close() }
        return try OffsetStore.read([Self.partition], on: connection)[Self.partition] ?? -99
    }

    struct Published: Sendable {
        var events: [UUID] = []
        var causes: [String] = []
        var offsets: [String] = []
    }

    /// What the outbox holds, in order.
    func outbox() throws -> Published {
        let connection = try connect()
        defer { connection.close() }
        let rows = try connection.query(
            Statement("outbox", "SELECT payload FROM outbox ORDER BY topic, partition, position"))
        var published = Published()
        for row in 0..<rows.rowCount {
            try rows.bytes(row, 0).withUnsafeBytes { bytes in
                var reader = OutboxReader(bytes)
                while let record = try reader.next() {
                    func header(_ name: String) -> String? {
                        let found = record.headers.first { $0.name.elementsEqual(name.utf8) }?.value
                        return found.map { String(decoding: $0, as: UTF8.self) }
                    }
                    if let cause = header(DeadLetter.causeHeader) {
                        published.causes.append(cause)
                        published.offsets.append(header(DeadLetter.originOffsetHeader) ?? "")
                    } else if let id = header("ce_id"), let uuid = UUID(uuidString: id) {
                        published.events.append(uuid)
                    }
                }
            }
        }
        return published
    }

    func appliedKeys() throws -> [UUID] {
        let connection = try connect()
        defer { connection.close() }
        let rows = try connection.query(Statement("applied", "SELECT event_key FROM applied ORDER BY row_number"))
        return try (0..<rows.rowCount).map { try rows.uuid($0, 0) }
    }
}
