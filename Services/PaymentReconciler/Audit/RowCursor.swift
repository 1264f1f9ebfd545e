import Postgres

/// Rows of a query too large to hold, a piece at a time. Needs an open transaction, which ends the cursor.
struct RowCursor {
    /// Rows held at a time.
    static let piece = 5_000

    private let connection: Connection
    private let fetch: Statement
    private var rows: QueryResult?
    private var row = 0
    private var atEnd = false

    /// `name`: of the cursor, once in a transaction; `sql` without parameters.
    init(_ name: String, _ sql: String, on connection: Connection) throws {
        self.connection = connection
        fetch = Statement("fetch \(name)", "FETCH \(Self.piece) FROM \(name)")
        try connection.execute("DECLARE \(name) NO SCROLL CURSOR FOR \(sql)")
    }

    /// The result and the row in it to be read next; nil behind the last one.
    mutating func next() throws -> (rows: QueryResult, row: Int)? {
        if let rows, row < rows.rowCount {
            defer { row += 1 }
            return (rows, row)
        }
        guard !atEnd else { return nil }
        let piece = try connection.query(fetch)
        atEnd = piece.rowCount < Self.piece
        rows = piece
        row = 0
        return piece.rowCount == 0 ? nil : try next()
    }
}
