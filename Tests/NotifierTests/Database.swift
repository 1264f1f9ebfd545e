import Foundation
import PerisaiModels
import Postgres
import Testing
import Worker

@testable import Notifier

/// A cluster for all tests of this module, and a database of its own for each test.
enum Database {
    private static let cluster = Result { try PrivatePostgres(settings: ["shared_buffers": "32MB", "fsync": "off"]) }

    /// Settings of a fresh database with the notifier's tables.
    static func make(_ name: String) throws -> ConnectionSettings {
        let url = try cluster.get().createDatabase(name)
        return ConnectionSettings(url: url, schema: "notifier", applicationName: "notifier-tests")
    }

    static func service() throws -> NotifierService { NotifierService(templates: try TemplateSet()) }

    static func texts(_ connection: Connection, _ sql: String) throws -> [String] {
        let rows = try connection.query(Statement(sql, sql))
        return try (0..<rows.rowCount).map { try rows.text($0, 0) }
    }
}

extension Event where Input == NotifierInput {
    /// The same input has the same key, so that it is the same event when it comes again.
    init(_ input: NotifierInput, id: String, time: Int64 = 1, partition: Int32 = 0) {
        self.init(
            key: EventKey.of(source: "test", id: id), time: Instant(microseconds: time) ?? .earliest,
            partition: partition, input: input)
    }
}

/// A directory that goes away with the object.
final class TemporaryDirectory: Sendable {
    let path = NSTemporaryDirectory() + "perisai-notifier-\(UUID().uuidString)"
    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The message ids in all files of the outbox.
    func messageIDs() throws -> [String] {
        try lines().map { line in
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
            return try #require(object["message_id"])
        }
    }

    func lines() throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        #expect(!names.contains { $0.hasSuffix(".tmp") })
        return try names.filter { $0.hasSuffix(".jsonl") }.flatMap { name in
            try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8).split(separator: "\n").map(String.init)
        }
    }
}
