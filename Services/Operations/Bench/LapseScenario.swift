import PerisaiModels
import Postgres

/// The day after the due date: the cover of every participant is looked at.
struct LapseScenario {
    let participants: Int
    let runs: Int
    let seed: UInt64

    /// What a run came to.
    private struct Result {
        let seconds: Double
        let lookedAt: Int64
        let changed: Int64
        let events: Int64
        let lapsed: Int64
        let workerCPU: Double
        let databaseCPU: Double
        let peakMemory: Int

        var rate: Double { Double(lookedAt) / max(seconds, 0.001) }
    }

    func run(_ rig: BenchRig, json: Bool) throws -> String {
        var results: [Result] = []
        for run in 0..<runs {
            Console.note("loading \(participants) participants")
            try rig.forgetPayments()
            try rig.connection.execute("TRUNCATE payer, due, nik_payer, cover_run")
            try BenchPayers.load(0..<participants, on: rig.connection) { [seed] in
                Self.standing($0, SimulatedRandom(seed: seed &+ UInt64($0)))
            }
            let result = try measure(rig, BenchPayers.month.day(16))
            Console.note("run \(run + 1): \(Int(result.rate)) participants/s")
            results.append(result)
        }
        results.sort { $0.rate < $1.rate }
        guard !results.isEmpty else { return "" }
        let median = results[results.count / 2]
        return json ? Self.json(results) : report(rig, median, results)
    }

    /// 6 % are unpaid: 3 % one month, 1.5 % two, 0.9 % three and 0.6 % four, whose membership ends now. What there was
    /// a month ago has been told.
    private static func standing(_ index: Int, _ random: SimulatedRandom) -> BenchPayers.Standing {
        var random = random
        let months =
            switch random.below(1_000) {
            case ..<30: 1
            case ..<45: 2
            case ..<54: 3
            case ..<60: 4
            default: 0
            }
        guard months > 0 else { return BenchPayers.Standing(isOpen: false) }
        return BenchPayers.Standing(arrears: months - 1, isOpen: true, told: months - 1)
    }

    /// From the event to the end of the run and the acknowledgement of all that it tells.
    private func measure(_ rig: BenchRig, _ date: CivilDate) throws -> Result {
        // As it stands a day before, with the last run done: nothing but this date's run is due.
        let before = Parameters { $0.append(date: date.adding(days: -1).daysSince1970) }
        _ = try rig.connection.query(
            Statement("bench_date", "UPDATE business_date SET started_on = $1, swept = true"), before)
        _ = try rig.connection.query(
            Statement("bench_run", "INSERT INTO cover_run (run_on, event_time, done) VALUES ($1, $1::date, true)"),
            before)
        let worker = try rig.stack.start(rig.subject.service)
        defer {
            worker.terminate()
            worker.waitForExit(within: 30)
        }
        try LocalStack.wait("the worker", 60, giveUp: { !worker.isRunning }, until: { worker.isReady })
        let first = try rig.usage(worker)
        try rig.probe.start(date)
        let progress = Statement(
            "bench_cover",
            """
            SELECT looked_at, changed, done AND NOT EXISTS (SELECT FROM outbox) FROM cover_run WHERE run_on = $1
            """)
        let dated = Parameters { $0.append(date: date.daysSince1970) }
        try LocalStack.wait(
            "the cover run to begin", 60, giveUp: { !worker.isRunning },
            until: { try rig.connection.query(progress, dated).rowCount > 0 })
        var found: (looked: Int64, changed: Int64)?
        try LocalStack.wait(
            "the cover run", 3_600, giveUp: { !worker.isRunning },
            until: {
                let rows = try rig.connection.query(progress, dated)
                Console.progress("\(try rows.int64(0, 0)) of \(participants)")
                guard try rows.bool(0, 2) else { return false }
                found = (try rows.int64(0, 0), try rows.int64(0, 1))
                return true
            })
        Console.endProgress()
        guard let found else { throw OperationsError("nothing was measured") }
        let last = try rig.usage(worker)
        let published = try worker.get("/metrics").body.split(separator: "\n").last {
            $0.hasPrefix("perisai_published_total ")
        }
        return Result(
            seconds: (last.at - first.at).inSeconds, lookedAt: found.looked, changed: found.changed,
            events: published.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }.map { Int64($0) } ?? 0,
            lapsed: try rig.probe.count(rig.subject.schema, "SELECT count(*) FROM payer WHERE status = 3"),
            workerCPU: last.worker - first.worker, databaseCPU: last.database - first.database,
            peakMemory: worker.peakMemory)
    }

    private func report(_ rig: BenchRig, _ median: Result, _ results: [Result]) -> String {
        func each(_ seconds: Double) -> String {
            "\((seconds / Double(max(median.lookedAt, 1)) * 1e8).rounded() / 100)"
        }
        return """
            The cover run of \(participants) participants, 6 % of them unpaid; median of \(runs) runs

            participants a second, business date to the last acknowledged event  \(Int(median.rate))
            seconds                                                              \((median.seconds * 100).rounded() / 100)
            participants looked at, changed, lapsed                              \(median.lookedAt), \
            \(median.changed), \(median.lapsed)
            events published                                                     \(median.events)
            peak memory of the worker                                            \(median.peakMemory >> 20) MiB
            CPU a participant: worker \(each(median.workerCPU)) us, its PostgreSQL backends \(each(median.databaseCPU)) us

            all runs: \(results.map { "\(Int($0.rate))" }.joined(separator: ", ")) participants/s
            """
    }

    private static func json(_ results: [Result]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for result in results {
            writer.beginObject()
            writer.member("participants_per_second", Int64(result.rate))
            writer.member("participants", result.lookedAt)
            writer.member("changed", result.changed)
            writer.member("lapsed", result.lapsed)
            writer.member("events", result.events)
            writer.member("peak_memory_bytes", Int64(result.peakMemory))
            writer.endObject()
        }
        writer.endArray()
        return writer.text
    }
}
