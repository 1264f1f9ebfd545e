import Foundation
import PerisaiModels
import Postgres

/// Messages through the notifier's own way out to a gateway of 100 ms latency that fails in 5 % of the posts: all at
/// once, then at half the rate that this has shown.
struct NotificationGatewayScenario {
    let messages: Int
    /// Posts at a time.
    let concurrency: Int
    let seed: UInt64

    /// Seconds for which messages are added at a steady rate.
    private static let pacedSeconds = 10.0
    /// How long the slowest tail may take.
    private static let patience = 1_800.0

    struct Result {
        var rate = 0.0
        var seconds = 0.0
        var attempts: Int64 = 0
        var asks: Int64 = 0
        var workerCPU = 0.0
        var databaseCPU = 0.0
        var peakMemory = 0
        var pacedRate = 0.0
        /// Milliseconds from queued to sent.
        var latency: (p50: Double, p99: Double) = (0, 0)
        /// Of the gateway's processor.
        var gatewayShare = 0.0
        var gateway = NotificationGateway.Figures()
    }

    func run(_ rig: BenchRig, json: Bool) throws -> String {
        let behaviour = NotificationGateway.Behaviour(seed: seed)
        let gateway = try NotificationGateway(behaviour)
        defer { gateway.stop() }
        let providers = try NotificationProviders(
            directory: rig.stack.directory,
            [.init(name: "bench", channel: .sms, port: gateway.port, concurrency: concurrency)])
        let queue = NotificationQueue(connection: rig.connection)
        Console.note("queueing \(messages) messages")
        try queue.add(messages, on: .sms)
        for statement in ["VACUUM ANALYZE message", "CHECKPOINT"] { try rig.connection.execute(statement) }
        let worker = try rig.stack.start(rig.subject.service, environment: providers.environment)
        defer {
            worker.terminate()
            worker.waitForExit(within: 30)
        }
        var result = Result()
        let start = ContinuousClock.now
        try drain(queue, worker)
        result.seconds = (ContinuousClock.now - start).inSeconds
        result.workerCPU = worker.processorSeconds
        result.databaseCPU = try queue.databaseSeconds()
        result.gatewayShare = gateway.figures.processorSeconds / max(result.seconds, 0.001)
        try readRate(rig, &result)
        Console.note("\(Int(result.rate)) messages/s")
        try pace(queue, worker, &result)
        result.gateway = gateway.figures
        result.peakMemory = worker.peakMemory
        try check(rig, result.gateway)
        return json ? Self.json(result) : report(result, behaviour)
    }

    /// Waits until nothing is queued, in hand or unknown.
    private func drain(_ queue: NotificationQueue, _ worker: LocalProcess) throws {
        var beats = 0
        try LocalStack.wait(
            "the messages to be sent", Self.patience, giveUp: { !worker.isRunning },
            until: {
                beats += 1
                // Counting a long queue would be load of its own.
                if beats % 25 == 0 {
                    Console.progress("\(try queue.count(["queued", "sending", "unknown"], on: .sms)) left")
                }
                return try !queue.isOpen(on: .sms)
            })
        Console.endProgress()
    }

    /// The rate of the bulk: from the first post until nineteen of twenty are sent. What was answered with HTTP 500 is
    /// asked about later, and makes the tail.
    private func readRate(_ rig: BenchRig, _ result: inout Result) throws {
        let row = try rig.connection.query(
            Statement(
                "bench_sent_rate",
                """
                SELECT 0.95 * count(*) / greatest(extract(epoch FROM
                    percentile_disc(0.95) WITHIN GROUP (ORDER BY sent_at)
                    - (SELECT min(started_at) FROM attempt)), 0.001)::float8
                FROM message WHERE sent_at IS NOT NULL
                """))
        result.rate = try row.double(0, 0)
        let attempts = try rig.connection.query(
            Statement(
                "bench_attempts",
                "SELECT count(*) FILTER (WHERE action = 'send'), count(*) FILTER (WHERE action = 'ask') FROM attempt"))
        result.attempts = try attempts.int64(0, 0)
        result.asks = try attempts.int64(0, 1)
    }

    /// Half of the rate, steadily: from queued to sent.
    private func pace(_ queue: NotificationQueue, _ worker: LocalProcess, _ result: inout Result) throws {
        let rate = max(1, result.rate / 2)
        let added = try queue.add(at: rate, on: .sms, kind: "reminder-bill", for: Self.pacedSeconds)
        try drain(queue, worker)
        result.pacedRate = Double(added) / Self.pacedSeconds
        result.latency = try queue.latency(of: "reminder-bill")
    }

    /// Each message was taken by the gateway once, and the notifier knows it.
    private func check(_ rig: BenchRig, _ figures: NotificationGateway.Figures) throws {
        let rows = try rig.connection.query(
            Statement(
                "bench_delivered",
                "SELECT count(*), count(*) FILTER (WHERE state IN ('sent', 'delivered')) FROM message"))
        let (all, sent) = (try rows.int64(0, 0), try rows.int64(0, 1))
        guard all == sent, Int(all) == figures.taken, figures.repeats == 0 else {
            throw OperationsError(
                "of \(all) messages \(sent) are sent, the gateway took \(figures.taken), and \(figures.repeats) again")
        }
    }

    // MARK: report

    private func report(_ result: Result, _ behaviour: NotificationGateway.Behaviour) -> String {
        let bound = Double(concurrency) / behaviour.latency.inSeconds
        let figures = result.gateway
        func line(_ what: String, _ figure: String) -> String {
            what.padding(toLength: 69, withPad: " ", startingAt: 0) + figure
        }
        func micro(_ seconds: Double) -> String {
            "\((seconds / Double(messages) * 1e8).rounded() / 100)"
        }
        return [
            "One notifier and a gateway of \(behaviour.latency.inSeconds * 1_000) ms latency, \(messages) messages, "
                + "\(concurrency) at a time, \(Double(behaviour.errorsPerMille) / 10) % HTTP 500", "",
            line("messages a second, the first 95 %", "\(Int(result.rate))"),
            line("bound: messages at a time / latency", "\(Int(bound))"),
            line("ratio", "\((result.rate / bound * 1_000).rounded() / 10) %"),
            line("seconds until all were sent", "\((result.seconds * 10).rounded() / 10)"),
            line("posts, and questions for their outcome", "\(result.attempts), \(result.asks)"),
            line(
                "HTTP 500 in all, of these taken; taken twice",
                "\(figures.errors), \(figures.takenErrors); \(figures.repeats)"),
            line(
                "queued to sent at \(Int(result.pacedRate)) messages/s, p50 and p99",
                "\(Int(result.latency.p50)) ms, \(Int(result.latency.p99)) ms"),
            line("peak memory of the notifier", "\(result.peakMemory >> 20) MiB"),
            "CPU a message: notifier \(micro(result.workerCPU)) us, its PostgreSQL backends "
                + "\(micro(result.databaseCPU)) us", "",
            "the gateway used \((result.gatewayShare * 1_000).rounded() / 10) % of a processor, could serve "
                + "\(Int(figures.capacity)) requests/s, and was late by at most \(figures.lateP99) ms in 99 of 100",
        ].joined(separator: "\n")
    }

    private static func json(_ result: Result) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        let figures: [(name: String, value: Int64)] = [
            ("messages_per_second", Int64(result.rate)), ("posts", result.attempts), ("asks", result.asks),
            ("errors", Int64(result.gateway.errors)), ("errors_taken", Int64(result.gateway.takenErrors)),
            ("taken_twice", Int64(result.gateway.repeats)), ("queued_to_sent_p50_ms", Int64(result.latency.p50)),
            ("queued_to_sent_p99_ms", Int64(result.latency.p99)), ("peak_memory_bytes", Int64(result.peakMemory)),
            ("gateway_requests_per_second", Int64(result.gateway.capacity)),
        ]
        for figure in figures {
            writer.name(figure.name)
            writer.integer(figure.value)
        }
        writer.endObject()
        return writer.text
    }
}
