import Foundation
import Postgres
import Testing

/// One cluster for the suite; the supervisor removes it when the test process ends.
enum Cluster {
    static let shared = Result {
        try PrivatePostgres(settings: ["shared_buffers": "64MB", "fsync": "off", "deadlock_timeout": "100ms"])
    }

    /// A connection to a new database of its own.
    static func connect(schema: String? = nil, statementTimeout: Int = 30_000) throws -> Connection {
        let settings = ConnectionSettings(
            url: try newDatabase(), schema: schema, statementTimeoutMilliseconds: statementTimeout)
        return try Connection(settings)
    }

    static func newDatabase() throws -> String {
        let name = "t" + UUID().uuidString.replacing("-", with: "").lowercased()
        return try shared.get().createDatabase(name)
    }
}

/// SplitMix64, so that a failing run can be repeated from its printed seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// The error that `body` throws.
func caught(_ body: () throws -> Void) throws -> PostgresError {
    do { try body() } catch let error as PostgresError { return error }
    struct NothingThrown: Error {}
    throw NothingThrown()
}

/// Runs `body` on a thread of its own and delivers its outcome (calls of a connection block).
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
