import Foundation
import TestSupport
import Testing

@testable import Postgres

@Suite struct MigrationTests {
    static let first = Migration(number: 1, name: "payment", sql: "CREATE TABLE payment (id int8 PRIMARY KEY);")
    static let second = Migration(
        number: 2, name: "due", sql: "CREATE TABLE due (id int8); INSERT INTO due VALUES (1);")

    @Test func applyOnceAndContinue() throws {
        let connection = try Cluster.connect(schema: "iuran")
        let one = try Migrations([MigrationTests.first])
        let both = try Migrations([MigrationTests.second, MigrationTests.first])
        #expect(try one.apply(on: connection).map(\.number) == [1])
        #expect(try both.apply(on: connection).map(\.number) == [2])
        #expect(try both.apply(on: connection).isEmpty)
        let other = try Migrations(track: "outbox", [Migration(number: 1, name: "o", sql: "CREATE TABLE outbox ()")])
        #expect(try other.apply(on: connection).count == 1)
        #expect(try connection.query(Statement("n", "SELECT count(*) FROM iuran.due")).int64(0, 0) == 1)
        let timeout = try connection.query(Statement("t", "SELECT current_setting('statement_timeout')"))
        #expect(try timeout.text(0, 0) == "30s")
        let newer = try reason { try one.apply(on: connection) }
        #expect(newer.contains("newer than this program knows"))
        let changed = Migration(number: 1, name: "payment", sql: MigrationTests.first.sql + " ")
        let text = try reason { try Migrations([changed, MigrationTests.second]).apply(on: connection) }
        #expect(text.contains("0001_payment was changed"))
        try connection.execute("DELETE FROM iuran.schema_migration WHERE track = 'main' AND number = 1")
        #expect(try reason { try both.apply(on: connection) }.contains("has 2 but not 1"))
    }

    func reason(_ body: () throws -> Void) throws -> String {
        try #require(#expect(throws: MigrationError.self) { try body() }).description
    }

    @Test func failureRollsBackWhole() throws {
        let connection = try Cluster.connect(schema: "s")
        let bad = Migration(number: 2, name: "bad", sql: "CREATE TABLE half (); INSERT INTO absent VALUES (1)")
        let text = try reason { try Migrations([MigrationTests.first, bad]).apply(on: connection) }
        #expect(text.contains("0002_bad failed") && text.contains("42P01"))
        #expect(connection.transactionStatus == .idle)
        let state = try connection.query(
            Statement("s", "SELECT to_regclass('s.half') IS NULL, (SELECT max(number) FROM s.schema_migration)"))
        #expect(try state.bool(0, 0) && state.int32(0, 1) == 1)
        let ending = Migration(number: 2, name: "ending", sql: "COMMIT")
        #expect(
            try reason { try Migrations([MigrationTests.first, ending]).apply(on: connection) }.contains("ends its"))
        #expect(try Migrations([MigrationTests.first, MigrationTests.second]).apply(on: connection).count == 1)
    }

    @Test func concurrentStartsApplyOnce() async throws {
        let url = try Cluster.newDatabase()
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await onThread {
                        let connection = try Connection(ConnectionSettings(url: url, schema: "s"))
                        let all = try Migrations([MigrationTests.first, MigrationTests.second])
                        return try all.apply(on: connection).count
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.sorted() == [0, 0, 0, 2])
    }

    @Test func loadsFiles() throws {
        let files = try TemporaryFolder()
        defer { files.remove() }
        let folder = URL(fileURLWithPath: files.path)
        #expect(throws: MigrationError.self) { try Migrations(directory: folder) }
        try files.write("0002_due.sql", "B")
        #expect(try reason { _ = try Migrations(directory: folder) }.contains("follows a gap"))
        try files.write("0001_payment.sql", "A")
        try files.write("README.md", "")
        #expect(try Migrations(directory: folder).all.map(\.sql) == ["A", "B"])
        try files.write("0002_twice.sql", "C")
        #expect(try reason { _ = try Migrations(directory: folder) }.contains("appears twice"))
        try files.write("3_wrong.sql", "C")
        #expect(try reason { _ = try Migrations(directory: folder) }.contains("3_wrong.sql"))
        #expect(throws: MigrationError.self) { try Migrations(directory: folder.appendingPathComponent("absent")) }
    }
}
