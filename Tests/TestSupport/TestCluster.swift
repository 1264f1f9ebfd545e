import Foundation
import Postgres

/// A private PostgreSQL server for the tests of one module, and a database for each test. Kept in a static property, it
/// starts at its first use; its supervisor removes it when the test process ends.
public struct TestCluster: Sendable {
    private let started: Result<PrivatePostgres, any Error>

    /// - Parameter settings: of `postgresql.conf`, over a small server that does not wait for the disk.
    public init(settings: [String: String] = [:]) {
        let usual = ["shared_buffers": "64MB", "fsync": "off", "deadlock_timeout": "100ms"]
        started = Result { try PrivatePostgres(settings: usual.merging(settings) { $1 }) }
    }

    /// The server, for tests that stop or crash it; throws why it did not start.
    public var server: PrivatePostgres { get throws { try started.get() } }

    /// The URL of an empty database that no other test has.
    public func newDatabase() throws -> String {
        try server.createDatabase("t" + UUID().uuidString.replacing("-", with: "").lowercased())
    }
}

extension Connection {
    /// The first column of all rows of a query without parameters.
    public func texts(_ sql: String) throws -> [String] {
        let rows = try query(Statement("test \(sql.hashValue)", sql))
        return try (0..<rows.rowCount).map { try rows.text($0, 0) }
    }
}
