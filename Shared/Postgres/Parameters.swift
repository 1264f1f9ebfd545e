/// One SQL statement with `$1`, `$2` … as parameters. `name` appears in errors and keys the prepared-statement cache of
/// a connection: one name, one text. Meant for `static let`.
public struct Statement: Sendable {
    public let name: String
    public let sql: String

    public init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}

/// The values of one statement's parameters, appended in order, in binary form with explicit types.
public struct Parameters: FieldWriter, Sendable {
    /// PostgreSQL's own limit is 65,535; more than this is a mistake (pass arrays).
    public static let maximumCount = 1_000

    public var wire: WireBuffer
    private(set) var types: [UInt32] = []
    private(set) var offsets: [Int] = []  // of each value's length word
    private(set) var failure: String?

    public init(capacity: Int = 256) { wire = WireBuffer(capacity: capacity) }

    /// Builds and fills in one go: `Parameters { $0.append(ids) }`.
    public init(_ fill: (inout Parameters) -> Void) {
        self.init()
        fill(&self)
    }

    public var count: Int { types.count }
    public var byteCount: Int { wire.count }

    public mutating func willAppend(_ type: PostgresType) {
        types.append(type.rawValue)
        offsets.append(wire.count)
        if types.count == Parameters.maximumCount + 1 { failure = "more than \(Parameters.maximumCount) parameters" }
    }

    public mutating func didOverflow(_ type: PostgresType) {
        failure = "parameter $\(types.count) of type \(type) is longer than \(maximumFieldBytes) bytes"
    }

    public mutating func removeAll() {
        wire.truncate(to: 0)
        types.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        failure = nil
    }

    /// Calls `body` with what libpq takes: values, lengths and formats (1: binary). Pointers are taken only here, since
    /// an append may move the store.
    func withPointers<Result>(
        _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Result
    ) -> Result {
        wire.withBytes { bytes in
            var values: [UnsafePointer<CChar>?] = []
            var lengths: [Int32] = []
            values.reserveCapacity(count)
            lengths.reserveCapacity(count)
            for offset in offsets {
                let length = wire.int32(at: offset)
                // An empty value needs a pointer that isn't null: the end of the store is one.
                let start = bytes.baseAddress.map { ($0 + offset + 4).assumingMemoryBound(to: CChar.self) }
                values.append(length < 0 ? nil : start)
                lengths.append(max(0, length))
            }
            return body(Int32(truncatingIfNeeded: count), values, lengths, [Int32](repeating: 1, count: count))
        }
    }
}
