import CLibPQ
import Foundation

/// Rows of one statement, in binary form, freed with the last reference.
/// @unchecked: a PGresult is never changed once read and may pass between threads (libpq documentation, 34.20).
public final class QueryResult: @unchecked Sendable {
    private let result: OpaquePointer
    private let types: [PostgresType]
    public let rowCount: Int
    public let columnCount: Int
    /// Rows inserted, updated, deleted, selected or copied; 0 for other commands.
    public let affectedRows: Int
    /// Name of the statement that gave these rows.
    public let statement: String

    init(_ result: OpaquePointer, statement: String) {
        self.result = result
        self.statement = statement
        rowCount = Int(PQntuples(result))
        columnCount = Int(PQnfields(result))
        types = (0..<Int32(PQnfields(result))).map { PostgresType(rawValue: PQftype(result, $0)) }
        affectedRows = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }

    deinit { PQclear(result) }

    /// "COMMIT", "ROLLBACK", "INSERT 0 1" …
    var commandTag: String { PQcmdStatus(result).map { String(cString: $0) } ?? "" }

    public func columnName(_ column: Int) -> String {
        guard let index = Int32(exactly: column), let name = PQfname(result, index) else { return "#\(column)" }
        return String(cString: name)
    }

    public func columnType(_ column: Int) -> PostgresType? { types.indices.contains(column) ? types[column] : nil }

    private func mismatch(_ column: Int, _ expected: String) -> PostgresError {
        let actual = columnType(column).map(\.description) ?? "no such column (\(columnCount) columns)"
        return PostgresError(
            .programming, "column \(columnName(column)): expected \(expected), is \(actual)", statement: statement)
    }

    private func present<Value>(_ value: Value?, _ row: Int, _ column: Int) throws(PostgresError) -> Value {
        guard let value else {
            throw PostgresError(.programming, "column \(columnName(column)), row \(row): null", statement: statement)
        }
        return value
    }

    /// The bytes of a field, or nil for null; they live as long as this result.
    private func field(_ row: Int, _ column: Int) throws(PostgresError) -> UnsafeRawBufferPointer? {
        guard row >= 0, row < rowCount, column >= 0, column < columnCount else {
            throw PostgresError(
                .programming, "row \(row), column \(column) outside of \(rowCount) rows, \(columnCount) columns",
                statement: statement)
        }
        let (row, column) = (Int32(truncatingIfNeeded: row), Int32(truncatingIfNeeded: column))
        if PQgetisnull(result, row, column) == 1 { return nil }
        return UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
    }

    private func integer<Value: FixedWidthInteger>(
        _ row: Int, _ column: Int, _ type: PostgresType
    ) throws(PostgresError) -> Value? {
        guard columnType(column) == type else { throw mismatch(column, type.description) }
        guard let bytes = try field(row, column) else { return nil }
        guard bytes.count == MemoryLayout<Value>.size else { throw mismatch(column, "\(Value.bitWidth) bits") }
        return Value(bigEndian: bytes.loadUnaligned(as: Value.self))
    }

    public func isNull(_ row: Int, _ column: Int) throws(PostgresError) -> Bool { try field(row, column) == nil }

    /// From int8, int4, int2, or a numeric without fraction (`sum(int8)`).
    public func optionalInt64(_ row: Int, _ column: Int) throws(PostgresError) -> Int64? {
        switch columnType(column) {
        case .int8: return try integer(row, column, .int8)
        case .int4: return try (integer(row, column, .int4) as Int32?).map { Int64($0) }
        case .int2: return try (integer(row, column, .int2) as Int16?).map { Int64($0) }
        case .numeric:
            guard let bytes = try field(row, column) else { return nil }
            guard let value = integralNumeric(bytes) else { throw mismatch(column, "a whole number of 64 bits") }
            return value
        default: throw mismatch(column, "int8, int4, int2 or numeric")
        }
    }

    public func int64(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
        try present(optionalInt64(row, column), row, column)
    }

    public func optionalInt32(_ row: Int, _ column: Int) throws(PostgresError) -> Int32? {
        if columnType(column) == .int2 { return try (integer(row, column, .int2) as Int16?).map { Int32($0) } }
        return try integer(row, column, .int4)
    }

    public func int32(_ row: Int, _ column: Int) throws(PostgresError) -> Int32 {
        try present(optionalInt32(row, column), row, column)
    }

    public func optionalInt16(_ row: Int, _ column: Int) throws(PostgresError) -> Int16? {
        try integer(row, column, .int2)
    }

    public func int16(_ row: Int, _ column: Int) throws(PostgresError) -> Int16 {
        try present(optionalInt16(row, column), row, column)
    }

    public func optionalDouble(_ row: Int, _ column: Int) throws(PostgresError) -> Double? {
        try (integer(row, column, .float8) as UInt64?).map { Double(bitPattern: $0) }
    }

    public func double(_ row: Int, _ column: Int) throws(PostgresError) -> Double {
        try present(optionalDouble(row, column), row, column)
    }

    public func optionalBool(_ row: Int, _ column: Int) throws(PostgresError) -> Bool? {
        try (integer(row, column, .bool) as UInt8?).map { $0 != 0 }
    }

    public func bool(_ row: Int, _ column: Int) throws(PostgresError) -> Bool {
        try present(optionalBool(row, column), row, column)
    }

    /// Days since 1970-01-01.
    public func optionalDate(_ row: Int, _ column: Int) throws(PostgresError) -> Int32? {
        try (integer(row, column, .date) as Int32?).map { $0 &+ PostgresEpoch.days }
    }

    /// Days since 1970-01-01.
    public func date(_ row: Int, _ column: Int) throws(PostgresError) -> Int32 {
        try present(optionalDate(row, column), row, column)
    }

    /// Microseconds since 1970-01-01T00:00:00Z, from `timestamptz`.
    public func optionalTimestamp(_ row: Int, _ column: Int) throws(PostgresError) -> Int64? {
        try (integer(row, column, .timestamptz) as Int64?).map { $0 &+ PostgresEpoch.microseconds }
    }

    /// Microseconds since 1970-01-01T00:00:00Z, from `timestamptz`.
    public func timestamp(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
        try present(optionalTimestamp(row, column), row, column)
    }

    /// From text, varchar, char, name, json or jsonb.
    public func optionalText(_ row: Int, _ column: Int) throws(PostgresError) -> String? {
        guard let type = columnType(column), PostgresType.textual.contains(type) || type == .jsonb else {
            throw mismatch(column, "text")
        }
        guard let bytes = try field(row, column) else { return nil }
        return String(decoding: type == .jsonb ? bytes.dropFirst() : bytes[...], as: UTF8.self)
    }

    public func text(_ row: Int, _ column: Int) throws(PostgresError) -> String {
        try present(optionalText(row, column), row, column)
    }

    public func optionalUUID(_ row: Int, _ column: Int) throws(PostgresError) -> UUID? {
        guard columnType(column) == .uuid else { throw mismatch(column, PostgresType.uuid.description) }
        guard let bytes = try field(row, column) else { return nil }
        guard bytes.count == 16 else { throw mismatch(column, "16 bytes") }
        return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }

    public func uuid(_ row: Int, _ column: Int) throws(PostgresError) -> UUID {
        try present(optionalUUID(row, column), row, column)
    }

    public func optionalBytes(_ row: Int, _ column: Int) throws(PostgresError) -> [UInt8]? {
        guard columnType(column) == .bytea else { throw mismatch(column, PostgresType.bytea.description) }
        return try field(row, column).map { [UInt8]($0) }
    }

    public func bytes(_ row: Int, _ column: Int) throws(PostgresError) -> [UInt8] {
        try present(optionalBytes(row, column), row, column)
    }

    /// The bytes of a text, bytea or any other field in binary form without a copy, valid inside `body` alone.
    public func withRawField<Value>(
        _ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer?) -> Value
    ) throws(PostgresError) -> Value {
        let bytes = try field(row, column)
        return withExtendedLifetime(self) { body(bytes) }
    }
}

/// A numeric's binary form (digit count, weight, sign, scale, digits of base 10,000) as a whole number, or nil when it
/// has a fraction, is no number or doesn't fit.
func integralNumeric(_ bytes: UnsafeRawBufferPointer) -> Int64? {
    func word(_ index: Int) -> Int {
        Int(Int16(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: Int16.self)))
    }
    guard bytes.count >= 8 else { return nil }
    let (digits, weight, sign) = (word(0), word(1), UInt16(truncatingIfNeeded: word(2)))
    guard digits >= 0, bytes.count >= 8 + digits * 2, sign == 0 || sign == 0x4000 else { return nil }
    if digits == 0 { return 0 }
    guard weight >= digits - 1, weight <= 4 else { return nil }
    var value: Int64 = 0
    for position in 0...weight {
        let digit = Int64(position < digits ? word(4 + position) : 0)
        let (product, overflow) = value.multipliedReportingOverflow(by: 10_000)
        let (next, carry) = product.subtractingReportingOverflow(digit)  // downwards: Int64.min has no positive twin
        if overflow || carry { return nil }
        value = next
    }
    if sign == 0x4000 { return value }
    return value == .min ? nil : -value
}
