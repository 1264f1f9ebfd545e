import CLibPQ

extension Connection {
    /// Bytes handed to libpq at a time.
    private static let copyPiece = 256 << 10

    /// Sends the buffer's rows by binary COPY and returns how many the server stored: all, or none and an error (a
    /// duplicate key is `.conflict`). The buffer keeps its rows; empty it with `removeAll(keepingCapacity:)`.
    @discardableResult
    public func copy(_ buffer: inout CopyBuffer) throws(PostgresError) -> Int {
        let handle = try live()
        let name = "copy \(buffer.table)"
        if let problem = buffer.problem() { throw PostgresError(.programming, problem, statement: name) }
        guard !buffer.isEmpty else { return 0 }
        let opened = PQexec(handle, buffer.sql)
        guard PQresultStatus(opened) == PGRES_COPY_IN else {
            _ = try finish(opened, statement: name)
            throw PostgresError(.programming, "server expects no COPY data", statement: name)
        }
        PQclear(opened)
        let end = buffer.wire.count
        buffer.wire.append(Int16(-1))
        let sent = buffer.wire.withBytes { send($0, handle) }
        buffer.wire.truncate(to: end)
        return try finishCopy(handle, sent: sent, name)
    }

    private func send(_ bytes: UnsafeRawBufferPointer, _ handle: OpaquePointer) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let size = min(Connection.copyPiece, bytes.count - offset)
            let piece = bytes.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
            guard PQputCopyData(handle, piece, Int32(truncatingIfNeeded: size)) == 1 else { return false }
            offset += size
        }
        return PQputCopyEnd(handle, nil) == 1
    }

    private func finishCopy(_ handle: OpaquePointer, sent: Bool, _ name: String) throws(PostgresError) -> Int {
        var rows = 0
        var first: PostgresError?
        while let result = PQgetResult(handle) {
            if PQresultStatus(result) == PGRES_COPY_IN {  // data refused on our side: no end of it in sight
                PQclear(result)
                broken = true
                break
            }
            do throws(PostgresError) {
                rows = try finish(result, statement: name).affectedRows
            } catch {
                first = first ?? error
                if broken { break }
            }
        }
        if let first { throw first }
        guard sent else {
            broken = true
            throw PostgresError(.connection, "connection lost during COPY", statement: name)
        }
        return rows
    }
}
