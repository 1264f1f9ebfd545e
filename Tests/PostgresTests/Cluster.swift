import Postgres
import TestSupport

/// One cluster for the suite; the supervisor removes it when the test process ends.
enum Cluster {
    static let shared = TestCluster(settings: ["deadlock_timeout": "100ms"])

    /// A connection to a new database of its own.
    static func connect(schema: String? = nil, statementTimeout: Int = 30_000) throws -> Connection {
        let settings = ConnectionSettings(
            url: try newDatabase(), schema: schema, statementTimeoutMilliseconds: statementTimeout)
        return try Connection(settings)
    }

    static func newDatabase() throws -> String { try shared.newDatabase() }
}

/// The error that `body` throws.
func caught(_ body: () throws -> Void) throws -> PostgresError {
    do { try body() } catch let error as PostgresError { return error }
    struct NothingThrown: Error {}
    throw NothingThrown()
}
