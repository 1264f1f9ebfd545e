import Foundation
import PerisaiModels
import Postgres

/// Events of contributions and enrolments, from the topics to rendered and stored messages of known contacts.
struct NotificationsScenario {
    /// Participants whose contact is known.
    let known: Int
    let events: Int
    let runs: Int
    let seed: UInt64

    func run(_ rig: BenchRig, json: Bool) throws -> String {
        // Nobody listens there, so that messages stay queued: their sending is measured by the other scenarios.
        rig.workerEnvironment = try NotificationProviders(
            directory: rig.stack.directory, [.init(name: "silent", channel: .sms, port: 9, ratePerSecond: 1)]
        ).environment
        Console.note("loading \(known) contacts")
        try loadContacts(rig)
        var results: [BenchResult] = []
        // Behind all who are ever known.
        var fresh = known
        for run in 0..<runs {
            var load = try NotificationLoad(known: known, count: events, run: run, seed: seed, fresh: fresh)
            var result = try rig.measure(&load, "run \(run + 1)")
            try check(load, rig)
            try measureRawCopy(rig, load, from: fresh, &result)
            fresh = load.fresh
            try forget(rig)
            Console.note(result.line(run + 1))
            results.append(result)
        }
        guard !json, let median = BenchResult.median(results) else { return BenchResult.json(results) }
        return median.report(
            "65 % receipts, 10 % welcomes, 15 % reminders, 10 % arrears, \(known) contacts known, batches of "
                + "\(rig.batch), \(rig.lanes) database lanes", runs: results)
    }

    private func loadContacts(_ rig: BenchRig) throws {
        let first = try BenchPayers.kpj(0).code
        try rig.connection.execute(
            """
            INSERT INTO contact (ref, name, phone, zone, branch, learned_at, learned_by)
            SELECT 'participant:' || (\(first) + i), 'Ni Wayan Sari', 628120000000 + i, 'WITA', 'N00',
                '2026-01-01', gen_random_uuid() FROM generate_series(0, \(known - 1)) AS i
            """)
        for statement in ["VACUUM ANALYZE contact", "CHECKPOINT"] { try rig.connection.execute(statement) }
    }

    /// Every event has made its message, rendered and with an address.
    private func check(_ load: NotificationLoad, _ rig: BenchRig) throws {
        let rows = try rig.connection.query(
            Statement(
                "bench_messages",
                """
                SELECT kind, count(*) FROM message
                WHERE address IS NOT NULL AND length(body) > 40 AND channel = 'sms' GROUP BY kind
                """))
        var found: [String: Int] = [:]
        for row in 0..<rows.rowCount { found[try rows.text(row, 0)] = Int(try rows.int64(row, 1)) }
        guard found == load.expected else {
            throw OperationsError("the messages are \(found), and should be \(load.expected)")
        }
    }

    /// The messages, and the contacts that came with the welcomes, into empty tables with the same keys.
    private func measureRawCopy(
        _ rig: BenchRig, _ load: NotificationLoad, from first: Int, _ result: inout BenchResult
    ) throws {
        let codes = try (BenchPayers.kpj(first).code, BenchPayers.kpj(load.fresh).code)
        try rig.connection.execute(
            """
            CREATE TABLE bench_contact (LIKE contact INCLUDING ALL);
            INSERT INTO bench_contact SELECT * FROM contact
            WHERE ref >= 'participant:\(codes.0)' AND ref < 'participant:\(codes.1)'
            """)
        try rig.measureRawCopy(&result, tables: ["bench_contact", "message"])
        try rig.connection.execute("DROP TABLE bench_contact")
    }

    private func forget(_ rig: BenchRig) throws {
        try rig.connection.execute("TRUNCATE message, attempt, delivery, inbox, outbox")
        for statement in ["VACUUM ANALYZE contact", "CHECKPOINT"] { try rig.connection.execute(statement) }
    }
}
