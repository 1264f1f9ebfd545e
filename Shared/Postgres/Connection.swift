import CLibPQ
import Glibc

/// One session with PostgreSQL. Calls block, so a connection belongs to one thread of its own, never to a Swift task
/// (a blocked task holds one of the few threads of the pool); only `cancelHandle` may be used from elsewhere.
/// After an error of kind `.connection` every call fails until `reconnect()`.
public final class Connection {
    public let settings: ConnectionSettings
    /// For other threads, for the whole life of this object.
    public let cancelHandle = CancelHandle()

    var handle: OpaquePointer?
    var broken = false
    private var cache: [String: [PreparedStatement]] = [:]
    private var preparedCount = 0
    private var serial = 0

    /// Most statements kept prepared on one connection.
    public static let maximumPreparedStatements = 1_000

    struct PreparedStatement {
        let serverName: String
        let sql: String
        let types: [UInt32]
    }

    /// Connects and sets up the session.
    public init(_ settings: ConnectionSettings) throws(PostgresError) {
        self.settings = settings
        if let reason = settings.check() { throw PostgresError(.programming, "settings: \(reason)") }
        try open()
    }

    deinit { close() }

    /// Ends the session; the server rolls back what was not committed. Does nothing the second time.
    public func close() {
        cancelHandle.detach()
        if let handle { PQfinish(handle) }
        handle = nil
        cache = [:]
        preparedCount = 0
    }

    /// Closes the session if there is one and opens a new one. Statements are prepared again on their next use.
    public func reconnect() throws(PostgresError) {
        close()
        try open()
    }

    /// False once the connection is lost or closed.
    public var isUsable: Bool {
        guard let handle, !broken else { return false }
        return PQstatus(handle) == CONNECTION_OK
    }

    /// State of the transaction, as last told by the server.
    public enum TransactionStatus: Sendable {
        case idle, active, inTransaction, inFailedTransaction, unknown
    }

    public var transactionStatus: TransactionStatus {
        guard let handle else { return .unknown }
        switch PQtransactionStatus(handle) {
        case PQTRANS_IDLE: return .idle
        case PQTRANS_ACTIVE: return .active
        case PQTRANS_INTRANS: return .inTransaction
        case PQTRANS_INERROR: return .inFailedTransaction
        default: return .unknown
        }
    }

    /// Process id of the server's backend, or nil without a connection.
    public var backendProcessID: Int32? { handle.map { PQbackendPID($0) } }

    private func open() throws(PostgresError) {
        let handle = try Connection.start(settings)
        self.handle = handle
        broken = false
        cancelHandle.attach(handle)
        do {
            try execute(settings.sessionSQL)
        } catch {
            close()
            throw error
        }
    }

    /// Sets the session's search path and timeouts again, after something changed them.
    func restoreSession() throws(PostgresError) { try execute(settings.sessionSQL) }

    /// Runs one or several statements without parameters; returns the rows that the last one affected.
    @discardableResult
    public func execute(_ sql: String) throws(PostgresError) -> Int {
        let handle = try live()
        return try finish(PQexec(handle, sql), statement: nil).affectedRows
    }

    /// Runs one statement with binary parameters and result; prepared on its first use on this connection.
    public func query(
        _ statement: Statement, _ parameters: Parameters = Parameters()
    ) throws(PostgresError) -> QueryResult {
        let handle = try live()
        try check(statement, parameters)
        let (prepared, isNew) = try lookUp(statement, parameters)
        if isNew {
            let count = Int32(truncatingIfNeeded: prepared.types.count)
            let result = PQprepare(handle, prepared.serverName, statement.sql, count, prepared.types)
            do {
                _ = try finish(result, statement: statement.name)
            } catch {
                forget(statement, prepared)
                throw error
            }
        }
        let result = parameters.withPointers { count, values, lengths, formats in
            PQexecPrepared(handle, prepared.serverName, count, values, lengths, formats, 1)
        }
        return try finish(result, statement: statement.name)
    }

    func check(_ statement: Statement, _ parameters: Parameters) throws(PostgresError) {
        if let failure = parameters.failure { throw PostgresError(.data, failure, statement: statement.name) }
    }

    /// The handle, or an error of kind `.connection`.
    func live() throws(PostgresError) -> OpaquePointer {
        guard let handle, isUsable else { throw PostgresError(.connection, "not connected") }
        return handle
    }

    /// Takes over `result`: rows, or the error it holds.
    func finish(_ result: OpaquePointer?, statement: String?) throws(PostgresError) -> QueryResult {
        guard let result else { throw failure(nil, statement: statement) }
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK: return QueryResult(result, statement: statement ?? "")
        case PGRES_EMPTY_QUERY:
            PQclear(result)
            throw PostgresError(.programming, "empty statement", statement: statement)
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            PQclear(result)
            broken = true
            throw PostgresError(.programming, "COPY needs copy(_:)", statement: statement)
        default:
            defer { PQclear(result) }
            throw failure(result, statement: statement)
        }
    }

    /// The error in `result` (not freed) or of the connection; notes what it means for later calls.
    func failure(_ result: OpaquePointer?, statement: String?) -> PostgresError {
        let text = handle.flatMap { PQerrorMessage($0) }.map { String(cString: $0) } ?? ""
        let lost = handle.map { PQstatus($0) != CONNECTION_OK } ?? true
        let error = PostgresError(result: result, statement: statement, connectionText: text, connectionLost: lost)
        if error.kind == .connection { broken = true }
        let stalePlan = error.kind == .transient && (error.sqlState == "0A000" || error.sqlState == "26000")
        if stalePlan {
            cache = [:]  // the next use prepares under a new name; the old ones end with the session
            preparedCount = 0
        }
        return error
    }

    /// The prepared form for these parameter types; `isNew`: to be prepared now under its server name.
    func lookUp(
        _ statement: Statement, _ parameters: Parameters
    ) throws(PostgresError) -> (prepared: PreparedStatement, isNew: Bool) {
        for known in cache[statement.name] ?? [] {
            guard known.sql == statement.sql else {
                throw PostgresError(.programming, "two texts under one statement name", statement: statement.name)
            }
            if known.types == parameters.types { return (known, false) }
        }
        guard preparedCount < Connection.maximumPreparedStatements else {
            throw PostgresError(
                .programming, "more than \(Connection.maximumPreparedStatements) prepared statements",
                statement: statement.name)
        }
        serial += 1
        // The server keeps 63 bytes of a name: the number first keeps long ones apart.
        let prepared = PreparedStatement(
            serverName: "s\(serial).\(statement.name.prefix(40))", sql: statement.sql, types: parameters.types)
        cache[statement.name, default: []].append(prepared)
        preparedCount += 1
        return (prepared, true)
    }

    /// Drops a statement whose preparation failed.
    func forget(_ statement: Statement, _ prepared: PreparedStatement) {
        guard let index = cache[statement.name]?.firstIndex(where: { $0.serverName == prepared.serverName }) else {
            return
        }
        cache[statement.name]?.remove(at: index)
        preparedCount -= 1
    }
}

@available(*, unavailable)
extension Connection: Sendable {}
