import Foundation
import PerisaiModels
import Postgres

/// A provider is down while many messages wait for it: what that costs meanwhile, what becomes of another channel, and
/// how the queue drains when it is back.
struct NotificationOutageScenario {
    let messages: Int
    let minutes: Double
    /// Posts at a time, for each channel.
    let concurrency: Int
    let seed: UInt64

    /// Seconds between two looks at the process.
    private static let interval = 5.0
    /// Messages a second of the channel that works.
    private static let otherRate = 20.0

    /// The process at one moment.
    struct Sample {
        let seconds: Double
        /// Resident bytes.
        let memory: Int
        let attempts: Int64
        let workerCPU: Double
        let databaseCPU: Double
    }

    struct Drain {
        var seconds = 0.0
        var rate: Double
        var peakMemory = 0
    }

    func run(_ rig: BenchRig, json: Bool) throws -> String {
        let behaviour = NotificationGateway.Behaviour(errorsPerMille: 0, seed: seed)
        let (down, other) = (try NotificationGateway(behaviour), try NotificationGateway(behaviour))
        defer {
            down.stop()
            other.stop()
        }
        down.setOpen(false)
        let providers = try NotificationProviders(
            directory: rig.stack.directory,
            [
                .init(name: "down", channel: .sms, port: down.port, concurrency: concurrency),
                .init(name: "other", channel: .whatsapp, port: other.port, concurrency: concurrency),
            ])
        let queue = NotificationQueue(connection: rig.connection)
        Console.note("queueing \(messages) messages")
        try queue.add(messages, on: .sms)
        for statement in ["VACUUM ANALYZE message", "CHECKPOINT"] { try rig.connection.execute(statement) }
        let worker = try rig.stack.start(rig.subject.service, environment: providers.environment)
        defer {
            worker.terminate()
            worker.waitForExit(within: 30)
        }
        try LocalStack.wait("the notifier", 60, giveUp: { !worker.isRunning }, until: { worker.isReady })
        let samples = try watch(rig, queue, worker)
        guard down.figures.posts == 0 else { throw OperationsError("the provider that is down was reached") }
        let latency = try queue.latency(of: "reminder-bill")
        Console.note("the provider is back")
        let drain = try drain(queue, worker, down)
        try check(rig, down.figures, other.figures)
        return json ? Self.json(samples, latency, drain) : report(samples, latency, drain)
    }

    /// Adds messages of the other channel, and looks at the process, while the provider is down.
    private func watch(_ rig: BenchRig, _ queue: NotificationQueue, _ worker: LocalProcess) throws -> [Sample] {
        let start = ContinuousClock.now
        var samples: [Sample] = []
        try queue.add(at: Self.otherRate, on: .whatsapp, kind: "reminder-bill", for: minutes * 60) { elapsed in
            if elapsed >= Double(samples.count) * Self.interval {
                samples.append(try sample(rig, queue, worker, elapsed))
                Console.progress("down for \(Int(elapsed)) s: \(worker.residentMemory >> 20) MiB")
            }
            guard worker.isRunning else { throw OperationsError("the notifier has ended") }
        }
        Console.endProgress()
        let end = (ContinuousClock.now - start).inSeconds
        // A span much shorter than the others would tell nothing of the load.
        if end - (samples.last?.seconds ?? 0) > Self.interval / 2 {
            samples.append(try sample(rig, queue, worker, end))
        }
        try LocalStack.wait("the other channel", 60, until: { try !queue.isOpen(on: .whatsapp) })
        return samples
    }

    private func sample(
        _ rig: BenchRig, _ queue: NotificationQueue, _ worker: LocalProcess, _ seconds: Double
    ) throws -> Sample {
        Sample(
            seconds: seconds, memory: worker.residentMemory,
            attempts: try rig.probe.count(
                rig.subject.schema, "SELECT count(*) FROM attempt WHERE provider = 'down'"),
            workerCPU: worker.processorSeconds, databaseCPU: try queue.databaseSeconds())
    }

    private func drain(
        _ queue: NotificationQueue, _ worker: LocalProcess, _ gateway: NotificationGateway
    ) throws -> Drain {
        let start = ContinuousClock.now
        gateway.setOpen(true)
        var first: ContinuousClock.Instant?
        var peak = 0
        try LocalStack.wait(
            "the queue to drain", 7_200, giveUp: { !worker.isRunning },
            until: {
                let taken = gateway.figures.taken
                if first == nil, taken > 0 { first = .now }
                peak = max(peak, worker.residentMemory)
                Console.progress("\(taken) of \(messages)")
                return try taken >= messages && !queue.isOpen(on: .sms)
            })
        Console.endProgress()
        let busy = (ContinuousClock.now - (first ?? start)).inSeconds
        return Drain(
            seconds: (ContinuousClock.now - start).inSeconds, rate: Double(messages) / max(busy, 0.001),
            peakMemory: peak)
    }

    /// Nothing was lost, and nothing was taken twice.
    private func check(
        _ rig: BenchRig, _ down: NotificationGateway.Figures, _ other: NotificationGateway.Figures
    ) throws {
        let rows = try rig.connection.query(
            Statement(
                "bench_drained",
                "SELECT count(*), count(*) FILTER (WHERE state IN ('sent', 'delivered')) FROM message"))
        let (all, sent) = (try rows.int64(0, 0), try rows.int64(0, 1))
        guard all == sent, Int(all) == down.taken + other.taken, down.repeats + other.repeats == 0 else {
            throw OperationsError(
                "of \(all) messages \(sent) are sent, the gateways took \(down.taken + other.taken), and "
                    + "\(down.repeats + other.repeats) again")
        }
    }

    // MARK: report

    private struct Spread {
        let least: Int
        let most: Int
        let first: Int
        let last: Int

        /// Of the samples but the first ones, in which the process has not met the queue yet.
        init(_ samples: [Sample]) {
            let memory = samples.dropFirst(samples.count > 3 ? 2 : 0).map(\.memory)
            (least, most) = (memory.min() ?? 0, memory.max() ?? 0)
            (first, last) = (memory.first ?? 0, memory.last ?? 0)
        }
    }

    private func report(_ samples: [Sample], _ latency: (p50: Double, p99: Double), _ drain: Drain) -> String {
        var table = Table([
            .init("Seconds", number: true), .init("Memory MiB", number: true), .init("Attempts", number: true),
            .init("CPU notifier ms/s", number: true), .init("CPU database ms/s", number: true),
        ])
        // At most a dozen lines, evenly.
        let every = max(1, (samples.count + 11) / 12)
        var before: Sample?
        for (index, sample) in samples.enumerated() where index % every == 0 || index == samples.count - 1 {
            let span = sample.seconds - (before?.seconds ?? 0)
            func rate(_ now: Double, _ then: Double?) -> String {
                before == nil ? "" : "\(Int((now - (then ?? 0)) / max(span, 0.001) * 1_000))"
            }
            table.append([
                "\(Int(sample.seconds))", "\((Double(sample.memory) / 104_857.6).rounded() / 10)", "\(sample.attempts)",
                rate(sample.workerCPU, before?.workerCPU), rate(sample.databaseCPU, before?.databaseCPU),
            ])
            before = sample
        }
        let spread = Spread(samples)
        let seconds = samples.last?.seconds ?? 0
        let (all, opening) = (samples.last?.attempts ?? 0, samples.first?.attempts ?? 0)
        let attempts = Double(all - opening) / max(seconds, 0.001)
        return """
            One notifier, \(messages) messages queued for a provider that is down for \(Int(seconds)) s; \
            \(Int(Self.otherRate)) messages/s to another channel

            \(table.text)

            memory: least \(Self.mebibytes(spread.least)), most \(Self.mebibytes(spread.most)), from \
            \(Self.mebibytes(spread.first)) to \(Self.mebibytes(spread.last)) MiB
            attempts on the provider that is down: \(opening) until it was seen, then \
            \((attempts * 100).rounded() / 100) a second
            the other channel, queued to sent: p50 \(Int(latency.p50)) ms, p99 \(Int(latency.p99)) ms
            back: all sent after \(Int(drain.seconds)) s, \(Int(drain.rate)) messages/s from the first one on, of \
            \(Int(Double(concurrency) / 0.1)) that latency and concurrency allow; most memory \
            \(Self.mebibytes(drain.peakMemory)) MiB
            """
    }

    private static func mebibytes(_ bytes: Int) -> String { "\((Double(bytes) / 104_857.6).rounded() / 10)" }

    private static func json(_ samples: [Sample], _ latency: (p50: Double, p99: Double), _ drain: Drain) -> String {
        let spread = Spread(samples)
        var writer = JSONWriter()
        writer.beginObject()
        let figures: [(name: String, value: Int64)] = [
            ("down_seconds", Int64(samples.last?.seconds ?? 0)), ("memory_least_bytes", Int64(spread.least)),
            ("memory_most_bytes", Int64(spread.most)), ("attempts", samples.last?.attempts ?? 0),
            ("other_p50_ms", Int64(latency.p50)), ("other_p99_ms", Int64(latency.p99)),
            ("drain_seconds", Int64(drain.seconds)), ("drain_messages_per_second", Int64(drain.rate)),
            ("drain_memory_bytes", Int64(drain.peakMemory)),
        ]
        for figure in figures {
            writer.name(figure.name)
            writer.integer(figure.value)
        }
        writer.endObject()
        return writer.text
    }
}

extension LocalProcess {
    /// Resident bytes at this moment.
    var residentMemory: Int {
        let text = (try? String(contentsOfFile: "/proc/\(identifier)/statm", encoding: .utf8)) ?? ""
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
    }
}
