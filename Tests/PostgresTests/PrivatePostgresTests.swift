import Foundation
import Glibc
import TestSupport
import Testing

@testable import Postgres

@Suite struct PrivatePostgresTests {
    @Test func lifeOfACluster() throws {
        let cluster = try PrivatePostgres(settings: ["shared_buffers": "16MB"])
        let one = Statement("one", "SELECT count(*) FROM k")
        let connection = try Connection(ConnectionSettings(url: try cluster.createDatabase("a \"b\"/ü")))
        try connection.execute("CREATE TABLE k (id int8); INSERT INTO k VALUES (1)")
        let address = try connection.query(Statement("l", "SELECT current_setting('listen_addresses')"))
        #expect(try address.text(0, 0) == "")

        try cluster.restart()
        let lost = try caught { _ = try connection.query(one) }
        #expect(lost.kind == .connection, "\(lost) \(lost.debugText)")
        try connection.reconnect()
        try connection.execute("INSERT INTO k VALUES (2)")

        cluster.crash()
        #expect(!cluster.isRunning)
        let crashed = try caught { _ = try connection.query(one) }
        #expect(crashed.kind == .connection, "\(crashed) \(crashed.debugText)")
        #expect(try caught { try connection.reconnect() }.kind == .connection)
        try cluster.start()
        try connection.reconnect()
        #expect(try connection.query(one).int64(0, 0) == 2)

        let id = try #require(cluster.postmasterID)
        cluster.stop()
        cluster.stop()
        #expect(!FileManager.default.fileExists(atPath: cluster.directory))
        #expect(kill(id, 0) != 0)
    }

    @Test func unusableDirectories() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let precious = try folder.write("precious", "")
        #expect(throws: PrivatePostgres.Failure.self) { try PrivatePostgres(directory: folder.path) }
        #expect(FileManager.default.fileExists(atPath: precious))
        let long = "/tmp/" + String(repeating: "x", count: 100)
        #expect(throws: PrivatePostgres.Failure.self) { try PrivatePostgres(directory: long) }
        #expect(!FileManager.default.fileExists(atPath: long))
    }

    @Test func wrongSettingIsReportedAndLeavesNothing() throws {
        let path = "/tmp/pg-wrong-\(UInt32.random(in: .min ... .max))"
        let failure = #expect(throws: PrivatePostgres.Failure.self) {
            try PrivatePostgres(directory: path, settings: ["no_such_setting": "1"])
        }
        #expect(failure?.reason.contains("no_such_setting") == true)
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
