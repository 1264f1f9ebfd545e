import CLibPQ
import Glibc

/// Statements sent in one go and answered in one go. COPY can't be among them.
public struct Pipeline {
    /// Most statements and bytes of parameters in one pipeline: what it answers is held in memory.
    public static let maximumStatements = 10_000
    public static let maximumBytes = 256 << 20

    struct Entry {
        let statement: Statement
        let parameters: Parameters
    }

    private(set) var entries: [Entry] = []
    private(set) var byteCount = 0

    static let beginStatement = Statement("begin", "BEGIN")
    static let commitStatement = Statement("commit", "COMMIT")

    public mutating func query(_ statement: Statement, _ parameters: Parameters = Parameters()) {
        byteCount += parameters.byteCount
        entries.append(Entry(statement: statement, parameters: parameters))
    }

    /// BEGIN; gives a result without rows, like `commit()`.
    public mutating func begin() { query(Pipeline.beginStatement) }
    public mutating func commit() { query(Pipeline.commitStatement) }
}

extension Connection {
    private struct Step {
        let statement: Statement
        /// Set where this step prepares the statement; its result is not the caller's.
        let preparing: PreparedStatement?
    }

    /// Sends all statements with one synchronisation point and returns their results in order. The first error is
    /// thrown; statements after it are skipped. An open transaction has failed then: see `rollbackIfNeeded()`. Without
    /// `begin()` the statements form one implicit transaction.
    public func pipeline(_ body: (inout Pipeline) -> Void) throws(PostgresError) -> [QueryResult] {
        var pipeline = Pipeline()
        body(&pipeline)
        guard !pipeline.entries.isEmpty else { return [] }
        guard pipeline.entries.count <= Pipeline.maximumStatements, pipeline.byteCount <= Pipeline.maximumBytes else {
            throw PostgresError(
                .programming,
                "pipeline of \(pipeline.entries.count) statements, \(pipeline.byteCount) bytes exceeds "
                    + "\(Pipeline.maximumStatements) statements or \(Pipeline.maximumBytes) bytes")
        }
        let handle = try live()
        for entry in pipeline.entries { try check(entry.statement, entry.parameters) }
        guard PQenterPipelineMode(handle) == 1 else { throw PostgresError(.programming, "connection is busy") }
        let outcome: Result<[QueryResult], PostgresError>
        do throws(PostgresError) {
            let steps = try send(pipeline, handle)
            outcome = receive(steps, handle)
        } catch {
            broken = true  // half sent: only a new session is safe
            throw error
        }
        if PQexitPipelineMode(handle) != 1 { broken = true }
        return try outcome.get()
    }

    /// Queues everything without blocking, then writes while reading what the server answers meanwhile: a server whose
    /// answers nobody reads stops reading too.
    private func send(_ pipeline: Pipeline, _ handle: OpaquePointer) throws(PostgresError) -> [Step] {
        guard PQsetnonblocking(handle, 1) == 0 else { throw failure(nil, statement: nil) }
        var steps: [Step] = []
        steps.reserveCapacity(pipeline.entries.count + 8)
        for entry in pipeline.entries {
            let (prepared, isNew) = try lookUp(entry.statement, entry.parameters)
            if isNew {
                let count = Int32(truncatingIfNeeded: prepared.types.count)
                let sent = PQsendPrepare(handle, prepared.serverName, entry.statement.sql, count, prepared.types)
                guard sent == 1 else { throw failure(nil, statement: entry.statement.name) }
                steps.append(Step(statement: entry.statement, preparing: prepared))
            }
            let sent = entry.parameters.withPointers { count, values, lengths, formats in
                PQsendQueryPrepared(handle, prepared.serverName, count, values, lengths, formats, 1)
            }
            guard sent == 1 else { throw failure(nil, statement: entry.statement.name) }
            steps.append(Step(statement: entry.statement, preparing: nil))
        }
        guard PQpipelineSync(handle) == 1 else { throw failure(nil, statement: nil) }
        try flush(handle)
        guard PQsetnonblocking(handle, 0) == 0 else { throw failure(nil, statement: nil) }
        return steps
    }

    private func flush(_ handle: OpaquePointer) throws(PostgresError) {
        while true {
            let state = PQflush(handle)
            if state == 0 { return }
            guard state == 1 else { throw failure(nil, statement: nil) }
            var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN | POLLOUT), revents: 0)
            let ready = poll(&descriptor, 1, -1)  // keepalives and the server's timeouts end a dead wait
            if ready < 0 && errno != EINTR { throw failure(nil, statement: nil) }
            if ready > 0, descriptor.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, PQconsumeInput(handle) != 1 {
                throw failure(nil, statement: nil)
            }
        }
    }

    private func receive(_ steps: [Step], _ handle: OpaquePointer) -> Result<[QueryResult], PostgresError> {
        var results: [QueryResult] = []
        results.reserveCapacity(steps.count)
        var first: PostgresError?
        for step in steps {
            var succeeded = false
            while let result = PQgetResult(handle) {
                if PQresultStatus(result) == PGRES_PIPELINE_ABORTED {
                    PQclear(result)
                    continue
                }
                do throws(PostgresError) {
                    let rows = try finish(result, statement: step.statement.name)
                    succeeded = true
                    if step.preparing == nil { results.append(rows) }
                    if step.statement.sql == Pipeline.commitStatement.sql, rows.commandTag == "ROLLBACK" {
                        throw PostgresError(.programming, "COMMIT of a failed transaction", statement: "commit")
                    }
                } catch {
                    first = first ?? error
                    if broken { break }
                }
            }
            if let prepared = step.preparing, !succeeded { forget(step.statement, prepared) }
            if broken { break }
        }
        if !broken { synchronise(handle, &first) }
        if let first { return .failure(first) }
        return .success(results)
    }

    /// Reads the synchronisation point; without it the connection's state is unknown.
    private func synchronise(_ handle: OpaquePointer, _ first: inout PostgresError?) {
        let result = PQgetResult(handle)
        let isSync = result.map { PQresultStatus($0) == PGRES_PIPELINE_SYNC } ?? false
        if !isSync {
            broken = true
            first = first ?? PostgresError(.connection, "pipeline lost its synchronisation")
        }
        PQclear(result)
    }
}
