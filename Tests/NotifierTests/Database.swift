import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import Notifier

/// A cluster for all tests of this module, and a database of its own for each test.
enum Database {
    private static let cluster = TestCluster()

    /// Settings of a fresh database with the notifier's tables.
    static func make(_ name: String) throws -> ConnectionSettings {
        let url = try cluster.server.createDatabase(name)
        return ConnectionSettings(url: url, schema: "notifier", applicationName: "notifier-tests")
    }

    static func service() throws -> NotifierService { NotifierService(templates: try TemplateSet()) }
}

extension Event where Input == NotifierInput {
    /// The same input has the same key, so that it is the same event when it comes again.
    init(_ input: NotifierInput, id: String, time: Int64 = 1, partition: Int32 = 0) {
        self.init(
            key: EventKey.of(source: "test", id: id), time: Instant(microseconds: time) ?? .earliest,
            partition: partition, input: input)
    }
}

/// The directory of a file outbox, which is not there before the outbox makes it.
struct OutboxFolder {
    private let folder: TemporaryFolder
    var path: String { folder.path + "/outbox" }

    init() throws { folder = try TemporaryFolder() }

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
