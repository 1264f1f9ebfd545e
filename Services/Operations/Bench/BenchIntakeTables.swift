import EnrollmentIntake
import Foundation
import PerisaiModels
import Postgres

/// Fills the tables of enrollment-intake: active agents, and participants whom they enrolled years ago, made by the
/// server itself and without the keys, which are made afterwards.
struct BenchIntakeTables {
    let agents: Int
    let connection: Connection

    /// The day on which the known participants were enrolled.
    static let knownOn = "2018-02-15"
    private static let piece = 2_000_000
    /// Bytes of disk for each known participant: two rows, their keys, and the log of making them.
    private static let bytesEach: Int64 = 520
    static let reserve: Int64 = 8 << 30

    static func checkDisk(for known: Int, free: Int64) throws {
        let needed = Int64(known) * bytesEach + reserve
        guard needed <= free else {
            throw OperationsError(
                "\(known) participants need \(needed >> 30) GiB of disk, \(free >> 30) GiB are free: "
                    + "up to \(max(0, free - reserve) / bytesEach) fit")
        }
    }

    static func agentID(_ index: Int) -> String { "AG-\(100_000 + index)" }
    /// Agents stand at the end of the persons.
    private static func agentNIK(_ index: Int) -> Int64 { BenchPeople.nik(BenchPeople.count - 1 - Int64(index)) }

    // MARK: agents

    /// Active since 2021, registered participants themselves, under contract for long.
    func loadAgents() throws {
        let since = BenchAgents.month.advanced(by: -60).firstDay
        let until = BenchAgents.month.advanced(by: 60).lastDay
        var rows = CopyBuffer(table: "bench_agent", columns: ["agent_id", "nik", "kpj", "application"])
        for index in 0..<agents {
            let applied = AgentApplied(
                agentID: try AgentID(Self.agentID(index)), wadahID: try WadahID("W-\(10_000 + index / 50)"),
                branch: try BranchCode("N00"), name: "Agen \(index)", nik: try NIK(code: Self.agentNIK(index)),
                phone: try PhoneNumber(code: 628_110_000_000 + Int64(index)), bank: .bni,
                accountNumber: try AccountNumber("\(1_000_000 + index)"), accountHolder: "Agen \(index)",
                hasDevice: true, appliedOn: since)
            rows.beginRow()
            rows.append(applied.agentID.text)
            rows.append(applied.nik.code)
            rows.append(18_010_000_001 + Int64(index))
            rows.append(String(decoding: applied.json, as: UTF8.self))
        }
        try connection.execute(
            """
            TRUNCATE agent;
            CREATE TEMPORARY TABLE bench_agent (agent_id text, nik int8, kpj int8, application text)
            """)
        _ = try connection.copy(&rows)
        try connection.execute(
            """
            INSERT INTO agent (agent_id, nik, application, trained_on, exam_passed, examined_on, signed_wadah, signed_on,
                               contract_until, state, reasons, decided_on, credentialed_until)
            SELECT agent_id, nik, application::jsonb, '\(since)', true, '\(since)', application::jsonb ->> 'wadah_id',
                   '\(since)', '\(until)', 1, '', '\(since)', '\(until)' FROM bench_agent;
            INSERT INTO participant (nik, kpj, first_seen, bpu_on, bpu_branch, bpu_submission, cover, cover_on)
            SELECT nik, kpj, '\(Self.knownOn)', '\(Self.knownOn)', 'N00', 'self', 1, '\(Self.knownOn)'
            FROM bench_agent;
            DROP TABLE bench_agent
            """)
        try connection.execute("VACUUM ANALYZE agent")
    }

    // MARK: participants

    /// Adds participants and the submissions that brought them; returns the seconds it took.
    func loadKnown(_ range: Range<Int>) throws -> Double {
        let start = ContinuousClock.now
        let keys = try dropKeys()
        for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.piece) {
            let last = min(first + Self.piece, range.upperBound) - 1
            try connection.execute(
                """
                INSERT INTO participant (nik, kpj, first_seen, bpu_on, bpu_agent, bpu_branch, bpu_submission, cover,
                                         cover_on)
                SELECT \(BenchPeople.nikExpression), \(BenchPeople.kpjExpression), '\(Self.knownOn)',
                       '\(Self.knownOn)', \(Self.agentExpression(agents)), 'N00', 'K' || i, 1, '\(Self.knownOn)'
                FROM (SELECT i, \(BenchPeople.mixExpression) AS j
                      FROM generate_series(\(first)::int8, \(last)::int8) AS g(i)) AS person;
                INSERT INTO submission (agent_id, submission_id, kind, outcome, fingerprint, reasons, decided_on)
                SELECT \(Self.agentExpression(agents)), 'K' || i, 0, 1, md5(i::text)::uuid, '', '\(Self.knownOn)'
                FROM generate_series(\(first)::int8, \(last)::int8) AS g(i)
                """)
            Console.progress("loading participants: \(last + 1) of \(range.upperBound)")
        }
        Console.endProgress()
        for key in keys { try connection.execute(key) }
        for table in ["participant", "submission"] { try connection.execute("VACUUM ANALYZE \(table)") }
        try connection.execute("CHECKPOINT")
        return (ContinuousClock.now - start).inSeconds
    }

    private static func agentExpression(_ agents: Int) -> String { "'AG-' || (100000 + i % \(agents))" }

    /// Returns the statements that make them again.
    private func dropKeys() throws -> [String] {
        let list = "'participant'::regclass, 'submission'::regclass"
        let keys = try connection.query(
            Statement(
                "bench_intake_keys",
                """
                SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
                    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                        pg_get_constraintdef(oid))
                FROM pg_constraint WHERE contype IN ('p', 'u') AND conrelid IN (\(list))
                UNION ALL
                SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
                FROM pg_index WHERE NOT indisunique AND indrelid IN (\(list))
                """))
        let statements = try (0..<keys.rowCount).map { (drop: try keys.text($0, 0), make: try keys.text($0, 1)) }
        for statement in statements { try connection.execute(statement.drop) }
        return statements.map(\.make)
    }
}
