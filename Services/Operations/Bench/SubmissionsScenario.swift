import Foundation
import PerisaiModels
import Postgres

/// Submissions of agents, from the topic to the committed decision, with more and more persons known.
struct SubmissionsScenario {
    /// Persons known, rising.
    let steps: [Int]
    let agents: Int
    let submissions: Int
    let runs: Int
    let seed: UInt64

    /// What one size of the tables came to.
    struct Step {
        let known: Int
        let loadSeconds: Double
        let size: TableSize
        let results: [BenchResult]
        /// Pages of all runs, each for one submission.
        let hits: Double
        let reads: Double
    }

    /// Bytes of the tables and of their indexes.
    struct TableSize {
        let rows: Int64
        let indexes: Int64
    }

    func run(_ rig: BenchRig, json: Bool) throws -> String {
        try BenchIntakeTables.checkDisk(for: steps.max() ?? 0, free: ClosingScenario.freeBytes(rig))
        let tables = BenchIntakeTables(agents: agents, connection: rig.connection)
        try tables.loadAgents()
        var done: [Step] = []
        var loaded = 0
        // Behind all who are ever known.
        var fresh = Int64(steps.max() ?? 0)
        for (index, known) in steps.enumerated() {
            Console.note("loading \(known) participants of \(agents) agents")
            let seconds = try tables.loadKnown(loaded..<known)
            loaded = known
            let before = try Self.pages(rig)
            var results: [BenchResult] = []
            for run in 0..<runs {
                let result = try measure(rig, index * runs + run, known, &fresh)
                Console.note(result.line(run + 1))
                results.append(result)
            }
            let after = try Self.pages(rig)
            let count = Double(max(1, runs * submissions))
            done.append(
                Step(
                    known: known, loadSeconds: seconds, size: try Self.size(rig), results: results,
                    hits: Double(after.hits - before.hits) / count, reads: Double(after.reads - before.reads) / count))
        }
        return json ? Self.json(done) : report(rig, done)
    }

    private func measure(_ rig: BenchRig, _ run: Int, _ known: Int, _ fresh: inout Int64) throws -> BenchResult {
        var load = try SubmissionLoad(
            known: known, agents: agents, count: submissions, run: run, seed: seed, fresh: fresh)
        var result = try rig.measure(&load, "run \(run + 1)")
        fresh = load.fresh
        try SubmissionProof.check(load, rig.connection)
        try Self.measureRawCopy(rig, load.day, &result)
        for statement in ["TRUNCATE inbox", "VACUUM ANALYZE employer, employer_worker", "CHECKPOINT"] {
            try rig.connection.execute(statement)
        }
        return result
    }

    /// The rows of this day, into empty tables with the same keys.
    static func measureRawCopy(_ rig: BenchRig, _ day: CivilDate, _ result: inout BenchResult) throws {
        let columns = [
            ("submission", "decided_on"), ("employer", "enrolled_on"), ("employer_worker", nil),
            ("participant", "first_seen"),
        ]
        for (table, column) in columns {
            let rows =
                column.map { "SELECT * FROM \(table) WHERE \($0) = '\(day)'" }
                ?? "SELECT w.* FROM \(table) AS w JOIN employer AS e USING (npp) WHERE e.enrolled_on = '\(day)'"
            let fill = table.hasPrefix("employer") ? "" : " WITH (fillfactor = 70)"
            try rig.connection.execute(
                """
                CREATE TABLE bench_\(table) (LIKE \(table) INCLUDING ALL)\(fill); INSERT INTO bench_\(table) \(rows)
                """)
        }
        try rig.measureRawCopy(&result, tables: columns.map { "bench_\($0.0)" })
        for (table, _) in columns { try rig.connection.execute("DROP TABLE bench_\(table)") }
    }

    // MARK: the tables

    private static func size(_ rig: BenchRig) throws -> TableSize {
        let row = try rig.connection.query(
            Statement(
                "bench_intake_size",
                """
                SELECT sum(pg_table_size(t))::int8, sum(pg_indexes_size(t))::int8
                FROM unnest(ARRAY['participant'::regclass, 'submission'::regclass]) AS t
                """))
        return TableSize(rows: try row.int64(0, 0), indexes: try row.int64(0, 1))
    }

    /// Pages that PostgreSQL found in its buffers, and that it had to ask for.
    private static func pages(_ rig: BenchRig) throws -> (hits: Int64, reads: Int64) {
        let row = try rig.connection.query(
            Statement(
                "bench_pages",
                """
                SELECT sum(heap_blks_hit + coalesce(idx_blks_hit, 0))::int8,
                    sum(heap_blks_read + coalesce(idx_blks_read, 0))::int8
                FROM pg_statio_user_tables WHERE schemaname = current_schema() AND relname NOT LIKE 'bench%'
                """))
        return (try row.int64(0, 0), try row.int64(0, 1))
    }

    // MARK: report

    private func report(_ rig: BenchRig, _ steps: [Step]) -> String {
        let setting = "batches of \(rig.batch), \(rig.lanes) database lanes"
        guard steps.count > 1 else {
            guard let step = steps.first, let median = BenchResult.median(step.results) else { return "" }
            return median.report(
                "submissions of \(agents) agents, \(step.known) persons known, \(setting)", runs: step.results)
                + "\n\nloaded in \(Int(step.loadSeconds)) s; tables \(step.size.rows >> 20) MiB, indexes "
                + "\(step.size.indexes >> 20) MiB; pages a submission: \(Self.tenth(step.hits)) from buffers, "
                + "\(Self.tenth(step.reads)) read"
        }
        var table = Table([
            .init("Persons known", number: true), .init("Submissions/s", number: true), .init("us each", number: true),
            .init("to the first", number: true), .init("CPU database us", number: true),
            .init("CPU worker us", number: true), .init("WAL bytes", number: true), .init("of raw COPY", number: true),
            .init("Buffers", number: true), .init("Read", number: true), .init("Tables MiB", number: true),
            .init("Indexes MiB", number: true), .init("Load s", number: true),
        ])
        let first = steps.first.flatMap { BenchResult.median($0.results)?.rate } ?? 0
        for step in steps {
            guard let result = BenchResult.median(step.results) else { continue }
            table.append([
                "\(step.known)", "\(Int(result.rate))", result.micro(result.seconds),
                "\((first / max(result.rate, 1) * 100).rounded() / 100)", result.micro(result.databaseCPU),
                result.micro(result.workerCPU), "\(result.writtenBytesEach)", result.percent, Self.tenth(step.hits),
                Self.tenth(step.reads), "\(step.size.rows >> 20)", "\(step.size.indexes >> 20)",
                "\(Int(step.loadSeconds))",
            ])
        }
        return """
            One enrollment-intake, \(submissions) submissions of \(agents) agents with more and more persons known, \
            \(setting); median of \(runs) runs

            \(table.text)
            """
    }

    private static func tenth(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    private static func json(_ steps: [Step]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for step in steps {
            guard let median = BenchResult.median(step.results) else { continue }
            writer.beginObject()
            writer.member("persons_known", Int64(step.known))
            median.write(to: &writer)
            writer.member("load_seconds", Int64(step.loadSeconds))
            writer.member("table_bytes", step.size.rows)
            writer.member("index_bytes", step.size.indexes)
            writer.member("buffer_hits_per_thousand", Int64(step.hits * 1_000))
            writer.member("buffer_reads_per_thousand", Int64(step.reads * 1_000))
            writer.endObject()
        }
        writer.endArray()
        return writer.text
    }
}

/// What the tables say, beside what was handed in.
enum SubmissionProof {
    static func check(_ load: SubmissionLoad, _ connection: Connection) throws {
        let day = Parameters { $0.append(date: load.day.daysSince1970) }
        let rows = try connection.query(
            Statement(
                "bench_outcomes",
                """
                SELECT reasons, count(*) FROM submission WHERE decided_on = $1 AND outcome IS NOT NULL GROUP BY reasons
                """), day)
        let counts = try connection.query(
            Statement(
                "bench_enrolled",
                """
                SELECT (SELECT count(*) FROM participant WHERE first_seen = $1),
                    (SELECT count(*) FROM employer WHERE enrolled_on = $1)
                """), day)
        var found = SubmissionLoad.Expected()
        for row in 0..<rows.rowCount { found.outcomes[try rows.text(row, 0)] = Int(try rows.int64(row, 1)) }
        found.persons = Int(try counts.int64(0, 0))
        found.employers = Int(try counts.int64(0, 1))
        guard found == load.expected else {
            throw OperationsError("the decisions are \(found), and should be \(load.expected)")
        }
    }
}
