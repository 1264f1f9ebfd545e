import Foundation
import TestSupport
import Testing

@testable import Postgres

@Suite struct FaultTests {
    @Test func deadlockIsTransient() async throws {
        let url = try Cluster.newDatabase()
        let first = try Connection(ConnectionSettings(url: url))
        try first.execute("CREATE TABLE d (id int8 PRIMARY KEY, n int8); INSERT INTO d VALUES (1, 0), (2, 0)")
        try first.execute("BEGIN; UPDATE d SET n = 1 WHERE id = 1")
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        async let other: PostgresError? = onThread { () throws -> PostgresError? in
            let second = try Connection(ConnectionSettings(url: url))
            try second.execute("BEGIN; UPDATE d SET n = 2 WHERE id = 2")
            signal.finish()
            do throws(PostgresError) {
                try second.execute("UPDATE d SET n = 2 WHERE id = 1; COMMIT")
                return nil
            } catch {
                return error
            }
        }
        for await _ in ready {}
        var own: PostgresError?
        do throws(PostgresError) { try first.execute("UPDATE d SET n = 1 WHERE id = 2; COMMIT") } catch { own = error }
        first.rollbackIfNeeded()
        let theirs = try await other
        let errors = [own, theirs].compactMap { $0 }
        #expect(errors.map(\.sqlState) == ["40P01"])
        #expect(errors.map(\.kind) == [.transient])
    }

    @Test func statementTimeoutAndLockTimeout() throws {
        let url = try Cluster.newDatabase()
        // Far apart: the lock's must pass first also where the machine is busy.
        let connection = try Connection(
            ConnectionSettings(url: url, statementTimeoutMilliseconds: 2_000, lockTimeoutMilliseconds: 100))
        let timeout = try caught { try connection.execute("SELECT pg_sleep(30)") }
        #expect(timeout.kind == .transient && timeout.sqlState == "57014")
        let holder = try Connection(ConnectionSettings(url: url))
        try holder.execute("CREATE TABLE l ()")
        try holder.execute("BEGIN; LOCK TABLE l")
        let lock = try caught { try connection.execute("BEGIN; LOCK TABLE l") }
        #expect(lock.kind == .transient && lock.sqlState == "55P03")
        #expect(connection.isUsable)
    }

    @Test func cancelFromAnotherThread() async throws {
        let url = try Cluster.newDatabase()
        let (handles, signal) = AsyncStream.makeStream(of: CancelHandle.self)
        async let outcome: [PostgresError] = onThread {
            let connection = try Connection(ConnectionSettings(url: url))
            let sleep = Statement("sleep", "SELECT pg_sleep(60)")
            _ = try connection.query(Statement("one", "SELECT 1"))
            signal.yield(connection.cancelHandle)
            let cancelled = try caught { _ = try connection.query(sleep) }
            #expect(connection.isUsable)
            signal.yield(connection.cancelHandle)
            let abandoned = try caught { _ = try connection.query(sleep) }
            signal.finish()
            #expect(!connection.isUsable)
            try connection.reconnect()
            _ = try connection.query(Statement("one", "SELECT 1"))
            return [cancelled, abandoned]
        }
        let watcher = try Connection(ConnectionSettings(url: url))
        let running = Statement(
            "running",
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")
        var round = 0
        for await handle in handles {
            // A limit on the wait, longer than the statement itself: a backend that somebody else ends must not hang it.
            let limit = ContinuousClock.now + .seconds(70)
            while try watcher.query(running).int64(0, 0) == 0 {
                try #require(ContinuousClock.now < limit, "the statement did not begin")
            }
            if round == 0 { #expect(handle.cancel()) } else { handle.abandon() }
            round += 1
        }
        let errors = try await outcome
        #expect(errors.map(\.kind) == [.transient, .connection])
        #expect(errors[0].sqlState == "57014")
    }

    @Test func killedBackendReconnects() throws {
        let url = try Cluster.newDatabase()
        let connection = try Connection(ConnectionSettings(url: url))
        let killer = try Connection(ConnectionSettings(url: url))
        let kill = Statement("kill", "SELECT pg_terminate_backend($1, 5000)")
        let one = Statement("one", "SELECT 1")
        for step in 0..<3 {
            let id = try #require(connection.backendProcessID)
            #expect(try killer.query(kill, Parameters { $0.append(id) }).bool(0, 0))
            let error = try caught {
                switch step {
                case 0: _ = try connection.query(one)
                case 1: _ = try connection.pipeline { $0.query(one) }
                default:
                    var buffer = CopyBuffer(table: "x", columns: ["a"])
                    buffer.beginRow()
                    buffer.append(Int64(1))
                    try connection.copy(&buffer)
                }
            }
            #expect(error.kind == .connection, "step \(step): \(error)")
            #expect(!connection.isUsable && !connection.rollbackIfNeeded())
            #expect(try caught { _ = try connection.query(one) }.kind == .connection)
            try connection.reconnect()
            #expect(try connection.query(one).int64(0, 0) == 1)
        }
    }

    @Test func errorsLeakNoData() throws {
        let secret = "3174091203850007"
        let connection = try Cluster.connect()
        try connection.execute("CREATE TABLE s (id text PRIMARY KEY CHECK (length(id) > 3), n int4 NOT NULL)")
        let insert = Statement("insert", "INSERT INTO s VALUES ($1, $2::text::int4)")
        func run(_ id: String, _ n: String?) throws {
            _ = try connection.query(
                insert,
                Parameters {
                    $0.append(id)
                    $0.append(n)
                })
        }
        try run(secret, "1")
        let unique = try caught { try run(secret, "1") }
        #expect(unique.kind == .conflict && unique.debugText.contains(secret))
        let errors = [
            unique, try caught { try run("x", secret) }, try caught { try run("12", "1") },
            try caught { try run(secret + "9", nil) },
            try caught { try connection.execute("SELECT '\(secret)'::date") },
            try caught { try connection.execute("SELEC '\(secret)'") },
        ]
        #expect(errors.map(\.kind) == [.conflict, .data, .data, .data, .data, .programming])
        for error in errors {
            #expect(!error.description.contains(secret) && !"\(error.description)".contains(secret.prefix(8)))
        }
        #expect(unique.description.contains("23505 unique_violation") && unique.description.contains("s_pkey"))
    }

    @Test func settingsHideTheURL() throws {
        let password = "hunter2-geheim"
        let settings = ConnectionSettings(
            url: "postgresql://u:\(password)@127.0.0.1:1/db", connectTimeoutSeconds: 2)
        #expect(!"\(settings)\(String(reflecting: settings))".contains(password))
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!dumped.contains(password))
        let error = try caught { _ = try Connection(settings) }
        #expect(error.kind == .connection && !error.description.contains(password))
        #expect(ConnectionSettings.check(settings.url) == nil)
        for bad in [
            "postgresql://u:\(password)@[::1/db", "host=a \(password)", "\(password)", "postgresql://h?\(password)=1",
        ] {
            let reason = try #require(ConnectionSettings.check(bad))
            #expect(!reason.contains("hunter2") && !reason.isEmpty)
        }
        #expect(ConnectionSettings(url: "host=/tmp", connectTimeoutSeconds: 0).check() != nil)
        let missing = try Cluster.shared.server.url(database: "absent")
        let refused = try caught { _ = try Connection(ConnectionSettings(url: missing)) }
        #expect(refused.kind == .connection && refused.sqlState == "3D000")
    }
}

@Suite struct ClassificationTests {
    @Test(arguments: [
        ("40001", PostgresError.Kind.transient), ("40P01", .transient), ("55P03", .transient), ("57014", .transient),
        ("53300", .transient), ("57P03", .transient), ("57P01", .connection), ("08006", .connection),
        ("23505", .conflict), ("23P01", .conflict), ("22003", .data), ("23503", .data), ("23514", .data),
        ("42P01", .programming), ("25P02", .programming), ("0A000", .programming), ("XX000", .programming),
    ])
    func kinds(_ state: String, _ kind: PostgresError.Kind) {
        #expect(PostgresError.classify(state) == kind)
    }
}
