/// Rows for one `COPY … FROM STDIN (FORMAT binary)`, built in memory. The types appended must be exactly those of the
/// columns (COPY converts nothing). Reuse it with `removeAll(keepingCapacity:)`; filling costs no allocation then.
public struct CopyBuffer: FieldWriter, Sendable {
    public let table: String
    public let columns: [String]
    public var wire: WireBuffer
    /// Rows begun.
    public private(set) var count = 0
    private(set) var failure: String?
    private var fieldsLeft = 0
    let sql: String

    private static let headerBytes = 19
    /// Most bytes one buffer may hold when it is sent (1 GiB).
    static let maximumBytes = 1 << 30

    /// - Parameter table: a table name, optionally `schema.table`; quoted here, never taken as SQL.
    public init(table: String, columns: [String], capacity: Int = 64 << 10) {
        self.table = table
        self.columns = columns
        let target = table.split(separator: ".", maxSplits: 1).map { quoteIdentifier(String($0)) }
        let list = columns.map(quoteIdentifier).joined(separator: ", ")
        self.sql = "COPY \(target.joined(separator: "."))(\(list)) FROM STDIN (FORMAT binary)"
        self.wire = WireBuffer(capacity: capacity)
        if columns.isEmpty || columns.count > 1_600 { failure = "\(columns.count) columns (1 to 1600 allowed)" }
        writeHeader()
    }

    private mutating func writeHeader() {
        let signature: [UInt8] = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00]
        signature.withUnsafeBytes { wire.append(contentsOf: $0) }
        wire.append(Int64(0))  // flags, length of the header's extension
    }

    /// Bytes of the rows, headers of the format not counted.
    public var byteCount: Int { wire.count - CopyBuffer.headerBytes }
    public var isEmpty: Bool { count == 0 }

    /// Starts a row; as many appends as there are columns must follow.
    public mutating func beginRow() {
        checkRow()
        fieldsLeft = columns.count
        count += 1
        wire.append(Int16(truncatingIfNeeded: columns.count))
    }

    public mutating func willAppend(_ type: PostgresType) { fieldsLeft -= 1 }

    public mutating func didOverflow(_ type: PostgresType) {
        let column = columns.count - fieldsLeft
        let name = columns.indices.contains(column) ? columns[column] : "?"
        failure = "row \(count), column \(name): longer than \(maximumFieldBytes) bytes"
    }

    public mutating func removeAll(keepingCapacity: Bool = true) {
        if keepingCapacity {
            wire.truncate(to: CopyBuffer.headerBytes)
        } else {
            wire = WireBuffer(capacity: 0)
            writeHeader()
        }
        count = 0
        fieldsLeft = 0
        failure = columns.isEmpty || columns.count > 1_600 ? "\(columns.count) columns (1 to 1600 allowed)" : nil
    }

    private mutating func checkRow() {
        if fieldsLeft != 0, failure == nil {
            failure = "row \(count) has \(columns.count - fieldsLeft) fields, the table list \(columns.count)"
        }
    }

    /// Why these rows can't be sent, or nil.
    mutating func problem() -> String? {
        checkRow()
        if wire.count > CopyBuffer.maximumBytes { return "more than \(CopyBuffer.maximumBytes) bytes" }
        return failure
    }
}

/// `"name"`, with quotes inside doubled and NUL dropped: safe inside any statement.
func quoteIdentifier(_ name: String) -> String {
    "\"" + name.replacing("\"", with: "\"\"").replacing("\0", with: "") + "\""
}
