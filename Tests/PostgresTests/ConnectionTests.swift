import Foundation
import TestSupport
import Testing

@testable import Postgres

@Suite struct ConnectionTests {
    static let one = Statement("one", "SELECT $1::int8")

    @Test func pipelines() throws {
        let connection = try Cluster.connect()
        try connection.execute("CREATE TABLE k (id int8 PRIMARY KEY)")
        let insert = Statement("insert", "INSERT INTO k VALUES ($1)")
        let results = try connection.pipeline {
            $0.begin()
            for id in 0..<Int64(3_000) { $0.query(insert, Parameters { $0.append(id) }) }
            $0.query(Statement("count", "SELECT count(*) FROM k"))
            $0.commit()
        }
        #expect(results.count == 3_003)
        #expect(try results[3_001].int64(0, 0) == 3_000)
        #expect(connection.transactionStatus == .idle)

        let failed = try caught {
            _ = try connection.pipeline {
                $0.begin()
                $0.query(insert, Parameters { $0.append(Int64(9_000)) })
                $0.query(insert, Parameters { $0.append(Int64(1)) })
                $0.query(Statement("never", "SELECT 1"))
                $0.query(Statement("wrong", "SELECT nonsense"))
                $0.commit()
            }
        }
        #expect(failed.kind == .conflict && failed.statement == "insert" && failed.constraint == "k_pkey")
        #expect(connection.transactionStatus == .inFailedTransaction)
        #expect(connection.rollbackIfNeeded())
        let count = try connection.pipeline { $0.query(Statement("count", "SELECT count(*) FROM k")) }
        #expect(try count[0].int64(0, 0) == 3_000)
        #expect(try connection.query(Statement("never", "SELECT 1")).int64(0, 0) == 1)
        #expect(try connection.pipeline { _ in }.isEmpty)
        let wrong = try caught { _ = try connection.pipeline { $0.query(Statement("wrong", "SELECT nonsense")) } }
        #expect(wrong.kind == .programming && wrong.sqlState == "42703")
        #expect(connection.isUsable)
    }

    /// Both directions exceed every socket buffer, so a client that only sends would hang.
    @Test func bigPipelineDoesNotDeadlock() throws {
        let connection = try Cluster.connect()
        let echo = Statement("echo", "SELECT $1::text || $1::text")
        let text = String(repeating: "x", count: 200_000)
        let results = try connection.pipeline { pipeline in
            for _ in 0..<100 { pipeline.query(echo, Parameters { $0.append(text) }) }
        }
        #expect(try results.allSatisfy { try $0.withRawField(0, 0) { $0?.count } == 400_000 })
    }

    @Test func statementsAreCachedByTypes() throws {
        let connection = try Cluster.connect()
        let sum = Statement("sum", "SELECT $1 + $2")
        for _ in 0..<3 {
            let wide = Parameters {
                $0.append(Int64(1))
                $0.append(Int64(2))
            }
            let narrow = Parameters {
                $0.append(Int32(1))
                $0.append(Int32(2))
            }
            #expect(try connection.query(sum, wide).int64(0, 0) == 3)
            #expect(try connection.query(sum, narrow).int32(0, 0) == 3)
        }
        let prepared = try connection.query(Statement("c", "SELECT count(*) FROM pg_prepared_statements"))
        #expect(try prepared.int64(0, 0) == 3)
        #expect(try caught { _ = try connection.query(Statement("sum", "SELECT 1")) }.kind == .programming)
        try connection.execute("DEALLOCATE ALL")
        #expect(
            try caught { _ = try connection.query(Statement("c", "SELECT count(*) FROM pg_prepared_statements")) }
                .isTransient)
        #expect(try connection.query(Statement("c", "SELECT count(*) FROM pg_prepared_statements")).int64(0, 0) == 1)
    }

    @Test func planOutlivingItsTableIsTransient() throws {
        let connection = try Cluster.connect()
        try connection.execute("CREATE TABLE g (a int8)")
        let all = Statement("all", "SELECT * FROM g")
        _ = try connection.query(all)
        try connection.execute("ALTER TABLE g ADD COLUMN b int8")
        #expect(try caught { _ = try connection.query(all) }.kind == .transient)
        #expect(try connection.query(all).columnCount == 2)
    }

    @Test func transactions() throws {
        let connection = try Cluster.connect()
        try connection.execute("CREATE TABLE k (id int8 PRIMARY KEY)")
        try connection.transaction { try connection.execute("INSERT INTO k VALUES (1)") }
        struct Own: Error {}
        #expect(throws: Own.self) {
            try connection.transaction {
                try connection.execute("INSERT INTO k VALUES (2)")
                throw Own()
            }
        }
        #expect(throws: PostgresError.self) {  // the failure is swallowed, COMMIT would silently roll back
            try connection.transaction { _ = try? connection.execute("INSERT INTO k VALUES (1)") }
        }
        #expect(connection.transactionStatus == .idle)
        #expect(try connection.query(Statement("n", "SELECT count(*) FROM k")).int64(0, 0) == 1)
    }

    @Test func copyManyRows() throws {
        let connection = try Cluster.connect(schema: "public")
        try connection.execute("CREATE UNLOGGED TABLE big (id int8 PRIMARY KEY, amount int8, label text)")
        var generator = SeededGenerator("copyManyRows")
        var buffer = CopyBuffer(table: "big", columns: ["id", "amount", "label"])
        var expected: (sum: Int64, length: Int64, nulls: Int64) = (0, 0, 0)
        for id in 0..<Int64(200_000) {
            let amount = Int64.random(in: -1_000_000...1_000_000, using: &generator)
            buffer.beginRow()
            buffer.append(id)
            buffer.append(amount)
            expected.sum += amount &* (id % 97)
            if id % 10 == 0 {
                buffer.append(String?.none)
                expected.nulls += 1
            } else {
                let label = String(amount, radix: 36)
                buffer.append(label)
                expected.length += Int64(label.utf8.count)
            }
        }
        #expect(try connection.copy(&buffer) == 200_000)
        let check = try connection.query(
            Statement(
                "check",
                "SELECT sum(amount * (id % 97)), sum(length(label)), count(*) FILTER (WHERE label IS NULL), count(*) FROM big"
            ))
        #expect(try check.int64(0, 0) == expected.sum)
        #expect(try check.int64(0, 1) == expected.length)
        #expect(try check.int64(0, 2) == expected.nulls)
        #expect(try check.int64(0, 3) == 200_000)
        let again = try caught { try connection.copy(&buffer) }
        #expect(again.kind == .conflict && again.constraint == "big_pkey" && again.table == "big")
        #expect(connection.isUsable && connection.transactionStatus == .idle)
        var missing = CopyBuffer(table: "absent", columns: ["id"])
        missing.beginRow()
        missing.append(Int64(1))
        #expect(try caught { try connection.copy(&missing) }.sqlState == "42P01")
        #expect(try connection.query(ConnectionTests.one, Parameters { $0.append(7) }).int64(0, 0) == 7)
    }
}
