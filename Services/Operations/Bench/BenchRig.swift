import Foundation
import Kafka
import PerisaiModels
import Postgres
import Worker

/// Events of a benchmark, handed out piece by piece: the embedded broker keeps only so much.
protocol BenchSource {
    /// Hands on the next records, about `limit`, and returns how many; 0 when there are none left.
    mutating func next(_ limit: Int, send: (OutgoingRecord) throws -> Void) throws -> Int
}

/// The worker that is measured.
struct BenchSubject: Sendable {
    let service: String
    /// Where its events come from.
    let topic: Topic
    /// Further topics of its events.
    var besides: [Topic] = []
    /// What one event is called, in English and singular.
    let event: String
    /// The rows that raw COPY writes again, in the order of these tables.
    let tables: [String]
    /// What the rows of the last table are called.
    let rows: String
    /// Query for the number of events that made rows; nil: all of them.
    let counted: String?

    var schema: String { service.replacing("-", with: "_") }

    static let reconciler = BenchSubject(
        service: "payment-reconciler", topic: .payments, event: "payment", tables: ["payment", "ledger"],
        rows: "ledger rows", counted: "SELECT count(*) FROM payment")
    static let calculator = BenchSubject(
        service: "commission-calculator", topic: .contributions, event: "event", tables: ["accrual"],
        rows: "accrual rows", counted: nil)
    static let intake = BenchSubject(
        service: "enrollment-intake", topic: .submissions, event: "submission",
        tables: ["submission", "employer", "employer_worker", "participant"], rows: "participant rows", counted: nil)
    static let notifier = BenchSubject(
        service: "notifier", topic: .contributions, besides: [.enrollment], event: "event", tables: ["message"],
        rows: "message rows", counted: nil)
}

/// A private stack for one worker, and the stopwatch.
final class BenchRig {
    /// Records published before the worker starts on them. The broker keeps 5 MiB in each of the 16 partitions; zstd
    /// brings these events to some 50 bytes.
    static let waveRecords = 600_000

    let subject: BenchSubject
    let stack: LocalStack
    let probe: StackProbe
    let connection: Connection
    let batch: Int
    let lanes: Int
    /// Settings of the worker that need the stack's directory.
    var workerEnvironment: [String: String] = [:]

    /// `environment`: further settings of the worker.
    init(
        _ subject: BenchSubject = .reconciler, batch: Int, lanes: Int, environment: [String: String] = [:]
    ) throws {
        self.subject = subject
        self.batch = batch
        self.lanes = lanes
        var options = LocalStack.Options()
        options.partitions = 16
        options.postgres = ["shared_buffers": "1GB", "max_wal_size": "4GB", "checkpoint_timeout": "30min"]
        options.environment = environment
        options.environment["PERISAI_BATCH_RECORDS"] = "\(batch)"
        options.environment["PERISAI_DATABASE_LANES"] = "\(lanes)"
        stack = try LocalStack(options)
        do {
            probe = try StackProbe(stack)
            connection = try probe.connection(subject.schema)
            _ = try ServiceEntry.named([subject.service]).first?.migrate(connection)
            try connection.execute("SET statement_timeout = 0; SET maintenance_work_mem = '256MB'")
        } catch {
            stack.stop()
            throw error
        }
    }

    func stop() {
        probe.close()
        stack.stop()
    }

    /// Forgets what was paid; payers and dues stay.
    func forgetPayments() throws {
        try connection.execute(
            """
            TRUNCATE payment, ledger, suspense, suspense_release, reversal, pending_reversal, payment_exception,
                exception_case, payment_evidence, match_decision, unconfirmed, due_change, audit_head, audit_log,
                inbox, outbox
            """)
        try connection.execute("UPDATE due SET paid = 0, credited = 0, settled_on = NULL WHERE paid > 0")
        try connection.execute("UPDATE payer SET credit = 0 WHERE credit > 0")
        try connection.execute("VACUUM due")
        try connection.execute("CHECKPOINT")
    }

    /// Publishes wave after wave and times a worker on each.
    func measure(_ source: inout some BenchSource, _ label: String) throws -> BenchResult {
        let left = try probe.waiting([subject.service])
        guard left == 0 else { throw OperationsError("the last run is not finished: \(left) records or rows left") }
        var result = BenchResult(subject: subject)
        while true {
            let records = try publish(&source, label)
            guard records > 0 else { break }
            result.payments += records
            try timeWave(records, &result)
        }
        if let counted = subject.counted { result.payments = Int(try probe.count(subject.schema, counted)) }
        return result
    }

    /// The same rows by bare COPY; `tables` stand in for the subject's own where those hold other rows too.
    func measureRawCopy(_ result: inout BenchResult, tables: [String]? = nil) throws {
        let transactions = max(1, (result.payments + batch - 1) / batch)
        let raw = try RawCopy(tables: tables ?? subject.tables, transactions: transactions).measure(connection)
        result.rawSeconds = raw.seconds
        result.rawPayments = result.payments
        result.ledgerRows = raw.rows.last ?? 0
    }

    private func publish(_ source: inout some BenchSource, _ label: String) throws -> Int {
        var configuration = KafkaConfiguration.producer(
            bootstrapServers: try stack.bootstrap, profile: .embeddedBroker, log: { _, _, _ in })
        // The backlog fits into the broker only compressed.
        configuration.properties["compression.codec"] = "zstd"
        configuration.properties["linger.ms"] = "50"
        let producer = try Producer(configuration: configuration)
        defer { producer.close() }
        var sent = 0
        let count = try source.next(Self.waveRecords) { record in
            try producer.send(record)
            sent += 1
            if sent % 10_000 == 0 { Console.progress("\(label): publishing \(sent)") }
        }
        try producer.awaitAcknowledgements(within: .seconds(120))
        Console.endProgress()
        return count
    }

    private func timeWave(_ records: Int, _ result: inout BenchResult) throws {
        let start = try storedEvents()
        let worker = try stack.start(subject.service, environment: workerEnvironment)
        defer {
            worker.terminate()
            worker.waitForExit(within: 30)
        }
        try time(worker, from: start, records: Int64(records), &result)
        result.addStages(of: try worker.get("/metrics").body)
        result.peakMemory = max(result.peakMemory, worker.peakMemory)
    }

    private func storedEvents() throws -> Int64 {
        try ([subject.topic] + subject.besides).reduce(0) { try $0 + stored($1) }
    }

    /// Records of a topic that are applied.
    func stored(_ topic: Topic) throws -> Int64 {
        try connection.query(
            Statement("bench_stored", "SELECT coalesce(sum(next_offset), 0)::int8 FROM worker_offset WHERE topic = $1"),
            Parameters { $0.append(topic.name) }
        ).int64(0, 0)
    }

    /// From the first committed batch to the last record whose events Kafka has acknowledged.
    private func time(
        _ worker: LocalProcess, from start: Int64, records: Int64, _ result: inout BenchResult
    ) throws {
        var first: (done: Int64, usage: BenchUsage)?
        let outbox = Statement("bench_outbox", "SELECT count(*) FROM outbox")
        var measured = false
        try LocalStack.wait(
            "the \(subject.event)s to be applied", 1_200, giveUp: { !worker.isRunning },
            until: {
                let done = try storedEvents() - start
                if first == nil, done > 0 { first = (done, try usage(worker)) }
                Console.progress("\(done) of \(records)")
                guard let first, done >= records, try connection.query(outbox).int64(0, 0) == 0 else { return false }
                result.add(records: Int(done - first.done), from: first.usage, to: try usage(worker))
                measured = true
                return true
            })
        Console.endProgress()
        guard measured else { throw OperationsError("nothing was measured") }
    }

    /// What the worker and its backends have used up to now.
    func usage(_ worker: LocalProcess) throws -> BenchUsage {
        let now = ContinuousClock.now
        let rows = try connection.query(
            Statement(
                "bench_backends", "SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1 || ' worker%'"),
            Parameters { $0.append(subject.service) })
        let backends = try (0..<rows.rowCount).reduce(0) {
            try $0 + LocalProcess.processorSeconds(of: rows.int32($1, 0))
        }
        let written = try connection.query(
            Statement("bench_wal", "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::int8"))
        return BenchUsage(
            at: now, database: backends, worker: worker.processorSeconds, writtenBytes: try written.int64(0, 0))
    }
}

/// A moment, and what was used until then.
struct BenchUsage {
    let at: ContinuousClock.Instant
    /// CPU seconds of the worker's PostgreSQL backends.
    let database: Double
    /// CPU seconds of the worker.
    let worker: Double
    /// Write-ahead log.
    let writtenBytes: Int64
}

extension Duration {
    /// Seconds with their fraction.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
