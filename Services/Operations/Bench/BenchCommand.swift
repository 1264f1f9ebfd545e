import ArgumentParser
import Foundation
import Kafka
import PerisaiModels
import Postgres
import Worker

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures one payment-reconciler from topic to committed rows and published events.",
        discussion: """
            Beside it, in the same run, the rate at which the same rows go into the same tables by bare binary COPY. \
            PostgreSQL runs with fsync and synchronous_commit on; the outbox is part of the measurement.
            """)

    @Option(help: "Open dues in the database.")
    var dues = 5_000_000

    @Option(help: "Payments in the topic.")
    var payments = 600_000

    @Option(help: "Records in one batch.")
    var batch = 5_000

    @Option(help: "Database lanes of the worker.")
    var lanes = 2

    @Option(help: "Runs; each starts with fresh payments on the same dues.")
    var runs = 3

    @Option(help: "Seed of the payments.")
    var seed: UInt64 = 1

    @Flag(help: "Print JSON.")
    var json = false

    private static let schema = "payment_reconciler"

    func validate() throws {
        guard (1_000...50_000_000).contains(dues), (1_000...2_000_000).contains(payments), (1...20).contains(runs)
        else {
            throw ValidationError("--dues 1000 to 50000000, --payments 1000 to 2000000, --runs 1 to 20")
        }
    }

    func run() throws {
        var options = LocalStack.Options()
        options.partitions = 16
        options.postgres = ["shared_buffers": "1GB", "max_wal_size": "4GB", "checkpoint_timeout": "30min"]
        options.environment = ["PERISAI_BATCH_RECORDS": "\(batch)", "PERISAI_DATABASE_LANES": "\(lanes)"]
        let stack = try LocalStack(options)
        defer { stack.stop() }
        let probe = try StackProbe(stack)
        defer { probe.close() }
        let connection = try probe.connection(Self.schema)
        _ = try ServiceEntry.named(["payment-reconciler"]).first?.migrate(connection)
        Console.note("loading \(dues) dues")
        try BenchLoad(dues: dues, payments: 0, seed: 0).fillTables(connection)
        var results: [BenchResult] = []
        for run in 0..<runs { results.append(try measure(run, stack, probe, connection)) }
        report(results)
    }

    private func measure(
        _ run: Int, _ stack: LocalStack, _ probe: StackProbe, _ connection: Connection
    ) throws -> BenchResult {
        try connection.execute("TRUNCATE payment, ledger, suspense, suspense_release, payment_exception, inbox, outbox")
        try connection.execute("UPDATE due SET paid = 0 WHERE paid > 0; UPDATE payer SET credit = 0 WHERE credit > 0")
        try connection.execute("VACUUM due")
        try connection.execute("CHECKPOINT")
        let before = try probe.waiting(["payment-reconciler"])
        guard before == 0 || run == 0 else { throw OperationsError("the last run is not finished") }
        let started = try stored(connection)
        let producer = KafkaConfiguration.producer(
            bootstrapServers: try stack.bootstrap, profile: .embeddedBroker, log: { _, _, _ in })
        try BenchLoad(dues: dues, payments: payments, seed: seed + UInt64(run)).publish(to: producer) {
            Console.progress("run \(run + 1): publishing \($0)")
        }
        Console.endProgress()
        let records = try probe.waiting(["payment-reconciler"])
        let worker = try stack.start("payment-reconciler")
        let timing = try time(worker, from: started, records: records, connection)
        var result = BenchResult(records: timing.records, seconds: timing.seconds, worker: worker)
        result.databaseCPU = timing.databaseCPU
        result.workerCPU = timing.workerCPU
        result.stages = try Self.stages(worker.get("/metrics").body)
        result.payments = Int(try probe.count(Self.schema, "SELECT count(*) FROM payment"))
        worker.terminate()
        worker.waitForExit(within: 30)
        let raw = try RawCopy(batch: batch).measure(connection)
        result.rawSeconds = raw.seconds
        result.rawPayments = raw.payments
        result.ledgerRows = raw.ledger
        Console.note(result.line(run + 1))
        return result
    }

    private func stored(_ connection: Connection) throws -> Int64 {
        try connection.query(
            Statement("bench_stored", "SELECT coalesce(sum(next_offset), 0) FROM worker_offset WHERE topic = $1"),
            Parameters { $0.append(Topic.payments.name) }
        ).int64(0, 0)
    }

    /// From the first committed batch to the last record whose events Kafka has acknowledged.
    private func time(
        _ worker: LocalProcess, from start: Int64, records: Int64, _ connection: Connection
    ) throws -> (records: Int, seconds: Double, databaseCPU: Double, workerCPU: Double) {
        var first: (at: ContinuousClock.Instant, done: Int64, database: Double, worker: Double)?
        var result: (Int, Double, Double, Double)?
        let outbox = Statement("bench_outbox", "SELECT count(*) FROM outbox")
        try LocalStack.wait(
            "the payments to be applied", 600, giveUp: { !worker.isRunning },
            until: {
                let done = try stored(connection) - start
                let now = ContinuousClock.now
                if first == nil, done > 0 {
                    first = (now, done, try backendSeconds(connection), worker.processorSeconds)
                }
                Console.progress("\(done) of \(records)")
                guard let first, done >= records, try connection.query(outbox).int64(0, 0) == 0 else { return false }
                let duration = ContinuousClock.now - first.at
                let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
                result = (
                    Int(done - first.done), seconds, try backendSeconds(connection) - first.database,
                    worker.processorSeconds - first.worker
                )
                return true
            })
        Console.endProgress()
        guard let result else { throw OperationsError("nothing was measured") }
        return result
    }

    /// CPU seconds of all PostgreSQL processes that serve the worker.
    private func backendSeconds(_ connection: Connection) throws -> Double {
        let rows = try connection.query(
            Statement(
                "bench_backends",
                "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'payment-reconciler worker%'"))
        return try (0..<rows.rowCount).reduce(0) { $0 + LocalProcess.processorSeconds(of: try rows.int32($1, 0)) }
    }

    private static func stages(_ metrics: String) -> [(String, Double)] {
        metrics.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("perisai_stage_seconds_total{stage=\""), let space = line.lastIndex(of: " ") else {
                return nil
            }
            let name = line.dropFirst(35).prefix { $0 != "\"" }
            return Double(line[line.index(after: space)...]).map { (String(name), $0) }
        }
    }

    private func report(_ results: [BenchResult]) {
        guard !json else { return Console.out(BenchResult.json(results)) }
        let sorted = results.sorted { $0.rate < $1.rate }
        let median = sorted[sorted.count / 2]
        Console.out(median.report("\(dues) dues loaded, batches of \(batch), \(lanes) database lanes", runs: results))
    }
}

/// What one run came to.
struct BenchResult {
    let records: Int
    let seconds: Double
    let peakMemory: Int
    var databaseCPU = 0.0
    var workerCPU = 0.0
    var stages: [(String, Double)] = []
    var payments = 0
    var ledgerRows = 0
    var rawSeconds = 0.0
    var rawPayments = 0

    init(records: Int, seconds: Double, worker: LocalProcess) {
        self.records = records
        self.seconds = seconds
        peakMemory = worker.peakMemory
    }

    var rate: Double { Double(records) / max(seconds, 0.001) }
    var rawRate: Double { Double(rawPayments) / max(rawSeconds, 0.001) }

    func line(_ run: Int) -> String {
        "run \(run): \(Int(rate)) payments/s, raw COPY \(Int(rawRate))/s, ratio \(percent), peak \(peakMemory >> 20) MiB"
    }

    private var percent: String { "\((rate / max(rawRate, 1) * 1_000).rounded() / 10) %" }

    func report(_ setting: String, runs: [BenchResult]) -> String {
        var lines = [
            "One payment-reconciler, \(setting); median of \(runs.count) runs", "",
            "payments a second, topic to committed rows and acknowledged events   \(Int(rate))",
            "the same rows by bare binary COPY on one connection, payments a second \(Int(rawRate))",
            "ratio                                                                \(percent)",
            "ledger rows a payment                                                \((Double(ledgerRows) / Double(max(payments, 1)) * 100).rounded() / 100)",
            "peak memory of the worker                                            \(peakMemory >> 20) MiB",
            "CPU a payment: worker \(micro(workerCPU)) us, its PostgreSQL backends \(micro(databaseCPU)) us", "",
            "where the time goes, us a payment, added over the lanes (decode and publish run beside the rest):",
        ]
        for (name, seconds) in stages where name != "idle" {
            lines.append("  " + name.padding(toLength: 10, withPad: " ", startingAt: 0) + micro(seconds))
        }
        lines.append("")
        lines.append(
            "all runs: " + runs.map { "\(Int($0.rate))" }.joined(separator: ", ") + " payments/s; raw "
                + runs.map { "\(Int($0.rawRate))" }.joined(separator: ", "))
        return lines.joined(separator: "\n")
    }

    private func micro(_ seconds: Double) -> String { "\((seconds / Double(max(records, 1)) * 1e8).rounded() / 100)" }

    static func json(_ results: [BenchResult]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for result in results {
            writer.beginObject()
            writer.member("payments_per_second", Int64(result.rate))
            writer.member("raw_copy_per_second", Int64(result.rawRate))
            writer.member("peak_memory_bytes", Int64(result.peakMemory))
            writer.endObject()
        }
        writer.endArray()
        return writer.text
    }
}
