import Postgres

/// The yardstick: the very rows that the worker has written, copied into the same emptied tables, in transactions of
/// the same size, with nothing else done.
struct RawCopy {
    private struct Column {
        let name: String
        let type: PostgresType

        /// Texts of an array come as one, with blanks between.
        var read: String { type == .textArray ? "array_to_string(\(name), ' ')" : name }
    }

    let tables: [String]
    /// As many as the worker had batches.
    let transactions: Int

    /// Seconds for all rows, and how many rows there are of each table.
    func measure(_ connection: Connection) throws -> (seconds: Double, rows: [Int]) {
        let buffers = try tables.map { table in
            let rows = try connection.query(Statement("count_\(table)", "SELECT count(*) FROM \(table)")).int64(0, 0)
            return try self.buffers(table, rowsEach: Int(rows) / transactions + 1, connection)
        }
        try connection.execute("TRUNCATE \(tables.joined(separator: ", "))")
        try connection.execute("CHECKPOINT")
        let start = ContinuousClock.now
        for index in 0..<transactions {
            try connection.execute("BEGIN")
            for table in buffers where index < table.count { try copy(table[index], connection) }
            try connection.execute("COMMIT")
        }
        let seconds = (ContinuousClock.now - start).inSeconds
        return (seconds, buffers.map { $0.reduce(0) { $0 + $1.count } })
    }

    private func copy(_ buffer: CopyBuffer, _ connection: Connection) throws {
        var buffer = buffer
        _ = try connection.copy(&buffer)
    }

    /// The table's rows in the order in which they were written.
    private func buffers(_ table: String, rowsEach: Int, _ connection: Connection) throws -> [CopyBuffer] {
        let columns = try columns(of: table, connection)
        let names = columns.map(\.name)
        try connection.execute(
            "BEGIN; DECLARE rows NO SCROLL CURSOR FOR SELECT \(columns.map(\.read).joined(separator: ", ")) FROM \(table)"
        )
        defer { connection.rollbackIfNeeded() }
        var buffers: [CopyBuffer] = []
        let fetch = Statement("fetch_\(table)_\(rowsEach)", "FETCH \(rowsEach) FROM rows")
        while true {
            let rows = try connection.query(fetch)
            guard rows.rowCount > 0 else { return buffers }
            var buffer = CopyBuffer(table: table, columns: names)
            for row in 0..<rows.rowCount {
                buffer.beginRow()
                for (index, column) in columns.enumerated() { try append(rows, row, index, column.type, to: &buffer) }
            }
            buffers.append(buffer)
        }
    }

    private func columns(of table: String, _ connection: Connection) throws -> [Column] {
        let empty = try connection.query(Statement("columns_\(table)", "SELECT * FROM \(table) LIMIT 0"))
        let computed = try connection.query(
            Statement(
                "computed_\(table)",
                "SELECT attname::text FROM pg_attribute WHERE attrelid = '\(table)'::regclass AND attgenerated <> ''"))
        // The database computes these itself.
        let left = Set(try (0..<computed.rowCount).map { try computed.text($0, 0) })
        return try (0..<empty.columnCount).filter { !left.contains(empty.columnName($0)) }.map { index in
            guard let type = empty.columnType(index) else {
                throw OperationsError("\(table) has a column without type")
            }
            return Column(name: empty.columnName(index), type: type)
        }
    }

    private func append(
        _ rows: QueryResult, _ row: Int, _ column: Int, _ type: PostgresType, to buffer: inout CopyBuffer
    ) throws {
        switch type {
        case .int8: buffer.append(try rows.optionalInt64(row, column))
        case .int4: buffer.append(try rows.optionalInt32(row, column))
        case .int2: buffer.append(try rows.optionalInt16(row, column))
        case .uuid: buffer.append(try rows.optionalUUID(row, column))
        case .text: buffer.append(try rows.optionalText(row, column))
        case .textArray:
            buffer.append(try rows.optionalText(row, column).map { $0.split(separator: " ").map(String.init) } ?? [])
        case .date: buffer.append(date: try rows.optionalDate(row, column))
        case .bool: buffer.append(try rows.optionalBool(row, column))
        case .timestamptz: buffer.append(timestamp: try rows.optionalTimestamp(row, column))
        default: throw OperationsError("the yardstick does not know the type \(type)")
        }
    }
}
