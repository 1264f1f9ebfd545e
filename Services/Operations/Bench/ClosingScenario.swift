import CommissionCalculator
import Foundation
import PerisaiModels
import Postgres

/// A month is closed: the statements of all agents, over more and more contributions. Then, if asked for, the closed
/// month is computed again from the facts and compared.
struct ClosingScenario {
    let agents: Int
    /// Contributions of the month, rising.
    let steps: [Int]
    let seed: UInt64
    var replays = false

    /// Disk that a contribution takes at most, with its participant, its keys, the marks taken from it and the
    /// write-ahead log of all this.
    static let bytesEach: Int64 = 1_400
    /// Left free.
    static let reserve: Int64 = 4 << 30

    func run(_ rig: BenchRig, json: Bool) throws -> String {
        try Self.checkDisk(for: steps.max() ?? 0, free: Self.freeBytes(rig))
        var results: [ClosingResult] = []
        for contributions in steps {
            Console.note("loading \(contributions) contributions of \(agents) agents")
            let tables = BenchAgentTables(
                agents: try BenchAgents(count: agents, seed: seed), batch: rig.batch, connection: rig.connection)
            try tables.forget()
            try tables.loadParticipants(contributions)
            try tables.loadContributions(contributions)
            var result = try measure(rig, contributions)
            if replays { result.replaySeconds = try replay(rig, contributions) }
            Console.note(result.line)
            results.append(result)
        }
        return json ? ClosingResult.json(results) : report(rig, results)
    }

    static func freeBytes(_ rig: BenchRig) throws -> Int64 {
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: rig.stack.postgres.directory)
        return (attributes[.systemFreeSize] as? NSNumber)?.int64Value ?? 0
    }

    static func checkDisk(for contributions: Int, free: Int64) throws {
        let needed = Int64(contributions) * bytesEach + reserve
        guard needed <= free else {
            throw OperationsError(
                "\(contributions) contributions need \(needed >> 30) GiB of disk, \(free >> 30) GiB are free: "
                    + "--steps up to \(max(0, free - reserve) / bytesEach) fit")
        }
    }

    /// From the business date to the last statement's acknowledgement.
    private func measure(_ rig: BenchRig, _ contributions: Int) throws -> ClosingResult {
        let date = BenchAgents.month.next.day(3)
        // As it stands a day before, with nothing to do.
        _ = try rig.connection.query(
            Statement(
                "bench_clock",
                """
                INSERT INTO business_clock
                    (id, business_date, event_key, event_time, done, cursor_month, cursor_agent)
                VALUES (1, $1, gen_random_uuid(), $1::date, true, 0, '')
                """),
            Parameters { $0.append(date: date.adding(days: -1).daysSince1970) })
        let touched = try rig.probe.count(rig.subject.schema, "SELECT count(*) FROM touched")
        let worker = try rig.stack.start(rig.subject.service, environment: ["PERISAI_CLOSING": "automatic"])
        defer {
            worker.terminate()
            worker.waitForExit(within: 30)
        }
        try LocalStack.wait("the worker", 60, giveUp: { !worker.isRunning }, until: { worker.isReady })
        let first = try rig.usage(worker)
        try rig.probe.start(date)
        let progress = Statement(
            "bench_closing",
            "SELECT business_date = $1 AND done AND NOT EXISTS (SELECT FROM outbox), cursor_agent FROM business_clock")
        let dated = Parameters { $0.append(date: date.daysSince1970) }
        try LocalStack.wait(
            "the month to be closed", 7_200, giveUp: { !worker.isRunning },
            until: {
                let rows = try rig.connection.query(progress, dated)
                Console.progress("closing: \(try rows.text(0, 1))")
                return try rows.bool(0, 0)
            })
        Console.endProgress()
        let last = try rig.usage(worker)
        try check(rig)
        return ClosingResult(
            contributions: contributions, touched: touched,
            statements: try rig.probe.count(rig.subject.schema, "SELECT count(*) FROM statement"),
            databaseBytes: try rig.probe.count(
                rig.subject.schema, "SELECT pg_database_size(current_database())::int8"),
            peakMemory: worker.peakMemory, first: first, last: last)
    }

    /// Every agent has one statement, and what earns is in it once, to the rupiah.
    private func check(_ rig: BenchRig) throws {
        let rows = try rig.connection.query(
            Statement(
                "bench_closed",
                """
                SELECT (SELECT count(*) FROM statement), (SELECT count(*) FROM touched),
                    (SELECT sum(base)::int8 FROM statement_line WHERE rule > 0),
                    (SELECT sum(base)::int8 FROM accrual WHERE mark IS NOT NULL),
                    (SELECT sum(count)::int8 FROM statement_line WHERE rule > 0),
                    (SELECT sum(units)::int8 FROM accrual WHERE mark IS NOT NULL),
                    (SELECT sum(new_participants)::int8 FROM statement),
                    (SELECT sum(three_programmes + two_programmes)::int8 FROM enrolment WHERE mark IS NOT NULL),
                    (SELECT sum(agent_share + wadah_share)::int8 FROM statement),
                    (SELECT sum(amount)::int8 FROM balance WHERE account = 'payable')
                """))
        let found = try (0..<10).map { try rows.int64(0, $0) }
        guard found[0] == agents, found[1] == 0, found[2] == found[3], found[4] == found[5], found[6] == found[7],
            found[8] == found[9]
        else {
            throw OperationsError(
                "\(found[0]) statements of \(agents) agents, \(found[1]) months left; on statements \(found[2]) rupiah "
                    + "of \(found[3]), \(found[4]) contributions of \(found[5]), \(found[6]) new of \(found[7]); "
                    + "\(found[9]) rupiah owed of \(found[8])")
        }
    }

    /// Seconds for the recomputed month, which must be equal to what is stored row by row.
    private func replay(_ rig: BenchRig, _ contributions: Int) throws -> Double {
        let schemes = try EffectiveRows.schemes(on: rig.connection)
        let start = ContinuousClock.now
        let result = try Replay(month: BenchAgents.month, schemes: schemes).run(on: rig.connection) {
            Console.progress("replay: \($0) of \(contributions)")
        }
        Console.endProgress()
        guard result.isEqual, result.contributions == contributions else {
            throw OperationsError(
                "replay: \(result.contributions) of \(contributions) contributions, \(result.differenceCount) differences"
                    + (result.differences.first.map { ": \($0)" } ?? ""))
        }
        return (ContinuousClock.now - start).inSeconds
    }

    private func report(_ rig: BenchRig, _ results: [ClosingResult]) -> String {
        var table = Table([
            .init("Contributions", number: true), .init("Seconds", number: true), .init("Statements/s", number: true),
            .init("Contributions/s", number: true), .init("us a contribution", number: true),
            .init("to the first", number: true), .init("CPU database us", number: true),
            .init("CPU worker us", number: true), .init("WAL bytes", number: true), .init("Marks", number: true),
            .init("Database GiB", number: true), .init("Peak MiB", number: true),
            .init("Replay seconds", number: true), .init("Replayed/s", number: true),
        ])
        for result in results { table.append(result.row(first: results.first)) }
        return """
            One commission-calculator closes a month of \(agents) agents, the rows written in batches of \(rig.batch); \
            business date to the last acknowledged statement

            \(table.text)

            every agent has one statement; contributions, their rupiah and new participants on statements equal those \
            of the accruals, and what they come to is owed\(replays ? "; every replay equals its close, row by row" : "")
            """
    }
}

/// What one closing came to.
struct ClosingResult {
    let contributions: Int
    /// Batches and agents whose rows no statement held.
    let touched: Int64
    let statements: Int64
    let databaseBytes: Int64
    let peakMemory: Int
    let first: BenchUsage
    let last: BenchUsage
    /// Nil where the month was not computed again.
    var replaySeconds: Double?

    var seconds: Double { (last.at - first.at).inSeconds }
    private func each(_ amount: Double) -> Double { amount / Double(max(contributions, 1)) }
    private func micro(_ seconds: Double) -> String { "\((each(seconds) * 1e8).rounded() / 100)" }
    private func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    private var contributionRate: Int { Int(Double(contributions) / max(seconds, 0.001)) }
    private var statementRate: Int { Int(Double(statements) / max(seconds, 0.001)) }
    private var replayRate: Int? { replaySeconds.map { Int(Double(contributions) / max($0, 0.001)) } }
    private var walEach: Int { Int(last.writtenBytes - first.writtenBytes) / max(contributions, 1) }

    var line: String {
        "\(contributions) contributions closed in \(tenths(seconds)) s: \(contributionRate) a second, "
            + "\(statementRate) statements a second, peak \(peakMemory >> 20) MiB"
            + (replayRate.map { "; replayed \($0) a second" } ?? "")
    }

    func row(first start: ClosingResult?) -> [String] {
        let growth = each(seconds) / max(start.map { $0.each($0.seconds) } ?? 0, 1e-12)
        return [
            "\(contributions)", tenths(seconds), "\(statementRate)", "\(contributionRate)", micro(seconds),
            "\((growth * 100).rounded() / 100)", micro(last.database - first.database),
            micro(last.worker - first.worker), "\(walEach)", "\(touched)",
            tenths(Double(databaseBytes) / Double(1 << 30)), "\(peakMemory >> 20)",
            replaySeconds.map(tenths) ?? "", replayRate.map { "\($0)" } ?? "",
        ]
    }

    static func json(_ results: [ClosingResult]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for result in results {
            writer.beginObject()
            writer.member("contributions", Int64(result.contributions))
            writer.member("milliseconds", Int64(result.seconds * 1_000))
            writer.member("contributions_per_second", Int64(result.contributionRate))
            writer.member("statements", result.statements)
            writer.member("statements_per_second", Int64(result.statementRate))
            writer.member("marks", result.touched)
            writer.member("peak_memory_bytes", Int64(result.peakMemory))
            writer.member("wal_bytes_per_contribution", Int64(result.walEach))
            writer.member("database_bytes", result.databaseBytes)
            if let replay = result.replayRate { writer.member("replayed_per_second", Int64(replay)) }
            writer.endObject()
        }
        writer.endArray()
        return writer.text
    }
}
