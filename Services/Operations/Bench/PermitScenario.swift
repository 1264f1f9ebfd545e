import Kafka
import PerisaiModels
import Postgres

/// A permit office's question and its answer, both through Kafka: on an idle system, beside submissions, and behind a
/// flood of them.
struct PermitScenario {
    let known: Int
    let agents: Int
    /// On the idle system, one after the other.
    let questions: Int
    /// In each case of load.
    let loaded: Int
    /// That the capacity is measured with.
    let submissions: Int
    let seed: UInt64

    /// The embedded broker keeps an empty fetch for the whole of this, where Kafka answers it when something comes.
    static let environment = ["PERISAI_KAFKA_FETCH_WAIT_MAX_MS": "1"]
    static let shares = [0.5, 0.9]
    static let flood = 20_000
    /// Questions a second beside the submissions.
    private static let pace = 50.0
    private static let floodPace = 100.0

    func run(_ rig: BenchRig, json: Bool) throws -> String {
        try BenchIntakeTables.checkDisk(for: known, free: ClosingScenario.freeBytes(rig))
        Console.note("loading \(known) participants of \(agents) agents")
        let tables = BenchIntakeTables(agents: agents, connection: rig.connection)
        try tables.loadAgents()
        _ = try tables.loadKnown(0..<known)
        var source = Source(known: known, agents: agents, seed: seed, fresh: Int64(known))
        var load = try source.load(submissions)
        let capacity = try rig.measure(&load, "capacity")
        try SubmissionProof.check(load, rig.connection)
        source.fresh = load.fresh
        Console.note("capacity: \(Int(capacity.rate)) submissions/s")

        let worker = try rig.stack.start(rig.subject.service)
        defer {
            worker.terminate()
            worker.waitForExit(within: 30)
        }
        try LocalStack.wait("the worker", 60, giveUp: { !worker.isRunning }, until: { worker.isReady })
        let permits = try PermitQuestions(rig.stack, seed: seed)
        defer { permits.close() }
        // The first statements of each connection are prepared, pages come into memory.
        _ = try permits.askInTurn(min(200, questions))
        let before = try StageSums(worker)
        var cases = [PermitCase("idle, one at a time", try permits.askInTurn(questions))]
        let stages = try StageSums(worker).since(before)
        for share in Self.shares {
            let rate = capacity.rate * share
            cases.append(
                PermitCase(
                    "\(Int(share * 100)) % of the capacity: \(Int(rate)) submissions/s",
                    try ask(rig, permits, &source, rate: rate)))
        }
        cases.append(
            PermitCase("behind \(Self.flood) submissions at once", try askInFloods(rig, permits, &source)))
        for found in cases { Console.note(found.line) }
        return json ? PermitCase.json(cases, capacity) : report(rig, capacity, cases, stages)
    }

    /// Submissions that go on where the last ones ended.
    private struct Source {
        let known: Int
        let agents: Int
        let seed: UInt64
        var fresh: Int64
        private var run = 0

        init(known: Int, agents: Int, seed: UInt64, fresh: Int64) {
            (self.known, self.agents, self.seed, self.fresh) = (known, agents, seed, fresh)
        }

        mutating func load(_ count: Int) throws -> SubmissionLoad {
            defer { run += 1 }
            return try SubmissionLoad(known: known, agents: agents, count: count, run: run, seed: seed, fresh: fresh)
        }

        mutating func records(_ count: Int) throws -> [OutgoingRecord] {
            var load = try load(count)
            var records: [OutgoingRecord] = []
            records.reserveCapacity(count)
            _ = try load.next(count) { records.append($0) }
            fresh = load.fresh
            return records
        }
    }

    /// Beside a steady stream, which has run for three seconds before the first question.
    private func ask(
        _ rig: BenchRig, _ permits: PermitQuestions, _ source: inout Source, rate: Double
    ) throws -> [PermitQuestions.Sample] {
        let seconds = Double(loaded) / Self.pace
        let records = try source.records(Int(rate * (seconds + 8)))
        let start = try rig.stored(rig.subject.topic)
        let stream = SubmissionStream(records, perSecond: rate, bootstrap: try rig.stack.bootstrap)
        try LocalStack.wait("the submissions", 60, until: { Double(stream.sent) >= 3 * rate })
        let samples = try permits.ask(loaded, perSecond: Self.pace)
        try stream.finish(now: true)
        try drain(rig, start + Int64(stream.sent))
        return samples
    }

    /// Flood after flood; questions while one is worked off.
    private func askInFloods(
        _ rig: BenchRig, _ permits: PermitQuestions, _ source: inout Source
    ) throws -> [PermitQuestions.Sample] {
        var samples: [PermitQuestions.Sample] = []
        while samples.count < loaded {
            let records = try source.records(Self.flood)
            let start = try rig.stored(rig.subject.topic)
            let stream = SubmissionStream(records, perSecond: nil, bootstrap: try rig.stack.bootstrap)
            let end = start + Int64(records.count)
            samples += try permits.ask(
                loaded - samples.count, perSecond: Self.floodPace, until: { try rig.stored(rig.subject.topic) >= end })
            try stream.finish(now: false)
            try drain(rig, end)
        }
        return samples
    }

    private func drain(_ rig: BenchRig, _ end: Int64) throws {
        try LocalStack.wait("the submissions to be applied", 600, until: { try rig.stored(rig.subject.topic) >= end })
    }

    private func report(
        _ rig: BenchRig, _ capacity: BenchResult, _ cases: [PermitCase], _ stages: StageSums
    ) -> String {
        var table = Table([
            .init("Load"), .init("Questions", number: true), .init("cleared", number: true),
            .init("p50 ms", number: true), .init("p90 ms", number: true), .init("p99 ms", number: true),
            .init("max ms", number: true),
        ])
        for found in cases { table.append(found.row) }
        return """
            Permit question to answer through Kafka, \(known) persons known, \(agents) agents, one enrollment-intake, \
            \(rig.lanes) database lanes; its capacity is \(Int(capacity.rate)) submissions/s

            \(table.text)

            where the time goes on the idle system, milliseconds on average:
              question to Kafka's acknowledgement   \(PermitCase.number(cases.first?.acknowledged ?? 0))
              then until the answer is written      \(PermitCase.number((cases.first?.written ?? 0) - (cases.first?.acknowledged ?? 0)))
              of that in the database               \(PermitCase.number(stages.databaseMilliseconds)) (\(stages.text))
              then until the office has it          \(PermitCase.number((cases.first?.mean ?? 0) - (cases.first?.written ?? 0)))
            """
    }
}

/// The answers of one case.
struct PermitCase {
    let name: String
    private let samples: [PermitQuestions.Sample]
    private let sorted: [Double]

    init(_ name: String, _ samples: [PermitQuestions.Sample]) {
        self.name = name
        self.samples = samples
        sorted = samples.map(\.answered).sorted()
    }

    /// Seconds; the smallest value that so many of 100 do not exceed.
    func percentile(_ percent: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, max(0, Int((percent / 100 * Double(sorted.count)).rounded(.up)) - 1))]
    }

    private func average(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
    var mean: Double { average(sorted) }
    var acknowledged: Double { average(samples.compactMap(\.acknowledged)) }
    var written: Double { average(samples.map(\.written)) }
    var cleared: Int { samples.count { $0.isCleared } }

    /// Milliseconds with a tenth.
    static func number(_ seconds: Double) -> String { "\((seconds * 10_000).rounded() / 10)" }

    var line: String {
        "\(name): p50 \(Self.number(percentile(50))) ms, p99 \(Self.number(percentile(99))) ms of \(samples.count)"
    }
    var row: [String] {
        [name, "\(samples.count)", "\(cleared)"] + [50, 90, 99, 100].map { Self.number(percentile($0)) }
    }

    static func json(_ cases: [PermitCase], _ capacity: BenchResult) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for found in cases {
            writer.beginObject()
            writer.member("load", found.name)
            writer.member("capacity_per_second", Int64(capacity.rate))
            writer.member("questions", Int64(found.samples.count))
            writer.member("cleared", Int64(found.cleared))
            for (name, percent) in [("p50", 50.0), ("p90", 90), ("p99", 99), ("max", 100)] {
                writer.name("\(name)_microseconds")
                writer.integer(Int64(found.percentile(percent) * 1e6))
            }
            writer.endObject()
        }
        writer.endArray()
        return writer.text
    }
}

/// Seconds in the database by stage, and the batches that they were spent on.
struct StageSums {
    private var stages: [(name: String, seconds: Double)] = []
    private var batches = 0.0

    private static let database: Set<String> = ["claim", "load", "decide", "save", "copy", "outbox", "commit"]

    init(_ worker: LocalProcess) throws { self.init(metrics: try worker.get("/metrics").body) }

    init(metrics: String) {
        var result = BenchResult(subject: .intake)
        result.addStages(of: metrics)
        stages = result.stages.filter { Self.database.contains($0.name) }
        let line = metrics.split(separator: "\n").last { $0.hasPrefix("perisai_batches_total ") }
        batches = line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) } ?? 0
    }

    func since(_ earlier: StageSums) -> StageSums {
        var difference = self
        difference.batches -= earlier.batches
        for (index, stage) in earlier.stages.enumerated() where index < stages.count {
            difference.stages[index].seconds -= stage.seconds
        }
        return difference
    }

    private var each: [(name: String, seconds: Double)] { stages.map { ($0.name, $0.seconds / max(batches, 1)) } }
    /// Seconds a batch, all stages.
    var databaseMilliseconds: Double { each.reduce(0) { $0 + $1.seconds } }
    var text: String { each.map { "\($0.name) \(PermitCase.number($0.seconds))" }.joined(separator: ", ") }
}
