import Dispatch
import Foundation
import Kafka
import PerisaiModels
import Postgres
import Synchronization
import TestSupport

@testable import Worker

/// One cluster for the suite; the supervisor removes it when the test process ends.
enum LoopCluster {
    static let shared = TestCluster(settings: ["max_connections": "50"])
}

/// A service of a test with its database, its broker, and workers in this process.
final class Rig: Sendable {
    static let partitions = 4

    let service: Accumulator
    let databaseURL: String
    let broker: EmbeddedBroker

    init(
        _ name: String, onLoad: @escaping @Sendable ([Event<PaymentReceived>], Connection) throws -> Void = { _, _ in }
    ) throws {
        service = Accumulator(name: name, onLoad: onLoad)
        databaseURL = try LoopCluster.shared.newDatabase()
        broker = try EmbeddedBroker(topics: [
            TopicSpecification(name: Topic.payments.name, partitions: Self.partitions),
            TopicSpecification(name: Topic.contributions.name, partitions: Self.partitions),
            TopicSpecification(name: Topic.deadLetters(of: name), partitions: 1),
        ])
    }

    func settings(_ instance: String = "1", lanes: Int = 1) -> WorkerSettings {
        WorkerSettings(
            service: ServiceIdentity(name: service.name, httpPort: 0), databaseURL: databaseURL,
            kafkaBootstrap: broker.bootstrapServers, kafkaProfile: .embedded, kafkaProperties: ["log_level": "0"],
            instanceID: instance, databaseLanes: lanes, batchRecords: 200, statementTimeout: .seconds(15),
            drainDeadline: .seconds(30),
            httpHost: "127.0.0.1", logLevel: .critical)
    }

    func worker(_ settings: WorkerSettings) -> RunningWorker { RunningWorker(service, settings) }

    func connect() throws -> Connection {
        try Connection(ConnectionSettings(url: databaseURL, schema: service.schema, applicationName: "test"))
    }

    /// Brings the schema up to date as a worker would.
    func migrate() throws {
        let connection = try connect()
        try WorkerSchema.migrate(service, on: connection)
        connection.close()
    }

    // MARK: input and output

    /// Publishes, again and again until all is acknowledged.
    func publish(_ records: [OutgoingRecord]) throws {
        let producer = try Producer(
            configuration: .producer(
                bootstrapServers: broker.bootstrapServers, profile: .embeddedBroker, overrides: ["log_level": "0"]))
        defer { producer.close() }
        let deadline = ContinuousClock.now + .seconds(40)
        while true {
            do {
                for record in records { try producer.send(record) }
                return try producer.awaitAcknowledgements(within: .seconds(10))
            } catch {
                producer.abandonRound()
                if ContinuousClock.now > deadline { throw error }
            }
        }
    }

    static func records(_ payments: [TestPayment]) throws -> [OutgoingRecord] {
        try payments.map { EventRecord.make(try $0.attributes, try $0.data) }
    }

    struct Read: Sendable {
        let partition: Int32
        let offset: Int64
        let key: String?
        let value: [UInt8]?
        let headers: [(name: String, value: String?)]

        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        var eventKey: UUID { EventKey.of(source: header("ce_source") ?? "", id: header("ce_id") ?? "") }
    }

    /// All that stands in a topic, each partition in order.
    func read(_ topic: String) throws -> [Read] {
        let reader = try TopicReader(
            configuration: KafkaConfiguration(
                role: .consumer, bootstrapServers: broker.bootstrapServers, profile: .embeddedBroker,
                overrides: ["log_level": "0"]))
        defer { reader.close() }
        var found: [Read] = []
        let starts = try reader.partitions(of: topic).map { ($0, StartOffset.beginning) }
        try reader.read(from: starts) { batch in
            for record in batch.records {
                func text(_ range: Range<Int>?) -> String? {
                    range.map { String(decoding: batch.bytes($0), as: UTF8.self) }
                }
                found.append(
                    Read(
                        partition: batch.partition(of: record).partition, offset: record.offset, key: text(record.key),
                        value: record.value.map { batch.bytes($0) },
                        headers: batch.headers(of: record).map { (text($0.name) ?? "", text($0.value)) }))
            }
            return true
        }
        return found.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
    }

    // MARK: the database

    func number(_ sql: String) throws -> Int64 {
        let connection = try connect()
        defer { connection.close() }
        return try connection.query(Statement("number", sql)).int64(0, 0)
    }

    /// Keys of the rows applied, in their order.
    func applied() throws -> [(key: UUID, account: String, amount: Int64)] {
        let connection = try connect()
        defer { connection.close() }
        let rows = try connection.query(
            Statement("applied", "SELECT event_key, account, amount FROM applied ORDER BY row_number"))
        return try (0..<rows.rowCount).map { (try rows.uuid($0, 0), try rows.text($0, 1), try rows.int64($0, 2)) }
    }

    /// True once `condition` is; an error counts as "not yet" (the database may be away).
    static func wait(_ seconds: Double, until condition: () throws -> Bool) -> Bool {
        let never = DispatchSemaphore(value: 0)
        let deadline = ContinuousClock.now + .seconds(seconds)
        repeat {
            if (try? condition()) == true { return true }
            _ = never.wait(timeout: .now() + 0.05)  // the state of other processes gives no event to wait for
        } while ContinuousClock.now < deadline
        return false
    }
}

/// A worker on a thread of its own.
final class RunningWorker: Sendable {
    let runtime: WorkerRuntime<Accumulator>
    private let ended = DispatchSemaphore(value: 0)
    private let code = Mutex<Int32?>(nil)

    init(_ service: Accumulator, _ settings: WorkerSettings) {
        runtime = WorkerRuntime(service, settings: settings)
        let thread = Thread { [self] in
            let result = runtime.run(handlingSignals: false)
            code.withLock { $0 = result }
            ended.signal()
        }
        thread.start()
    }

    /// Stops it and returns its exit code; nil when it does not end within 60 s, twice its drain deadline.
    func stop() -> Int32? {
        runtime.stop()
        _ = ended.wait(timeout: .now() + 60)
        return code.withLock { $0 }
    }
}

/// All suites of the loop run one after the other: two cores, one cluster that is restarted at times.
enum LoopSeed {
    /// Printed by the generators; fixed, so that a run can be repeated.
    static let value = SeededGenerator.givenSeed ?? 20_260_221
}
