import Foundation

/// Typed fields in PostgreSQL's binary form, the same for parameters and for COPY: a 4-byte length (-1: null), then
/// the bytes. Dates count days since 1970-01-01, timestamps microseconds since 1970-01-01T00:00:00Z.
public protocol FieldWriter {
    /// The store; not meant for callers.
    var wire: WireBuffer { get set }
    /// Called before each field; not meant for callers.
    mutating func willAppend(_ type: PostgresType)
    /// Called when a field is longer than `maximumFieldBytes`, which then fails the statement; not meant for callers.
    mutating func didOverflow(_ type: PostgresType)
}

/// Longest single field accepted (64 MiB): far above any real value, far below PostgreSQL's 1 GB.
public let maximumFieldBytes = 64 << 20

extension FieldWriter {
    @inlinable
    public mutating func appendNull(_ type: PostgresType) {
        willAppend(type)
        wire.append(Int32(-1))
    }

    @inlinable
    mutating func appendInteger<Value: FixedWidthInteger>(_ value: Value?, _ type: PostgresType) {
        guard let value else { return appendNull(type) }
        willAppend(type)
        let size = MemoryLayout<Value>.size
        let start = wire.extend(4 + size)
        start.storeBytes(of: Int32(truncatingIfNeeded: size).bigEndian, as: Int32.self)
        (start + 4).storeBytes(of: value.bigEndian, as: Value.self)
    }

    @inlinable
    mutating func appendBytes(_ bytes: UnsafeRawBufferPointer, _ type: PostgresType) {
        guard bytes.count <= maximumFieldBytes else {
            didOverflow(type)
            return appendNull(type)
        }
        willAppend(type)
        wire.append(Int32(truncatingIfNeeded: bytes.count))
        wire.append(contentsOf: bytes)
    }

    @inlinable
    public mutating func append(_ value: Int16?) { appendInteger(value, .int2) }
    @inlinable
    public mutating func append(_ value: Int32?) { appendInteger(value, .int4) }
    @inlinable
    public mutating func append(_ value: Int64?) { appendInteger(value, .int8) }
    @inlinable
    public mutating func append(_ value: Int?) { appendInteger(value.map { Int64($0) }, .int8) }
    @inlinable
    public mutating func append(_ value: Double?) { appendInteger(value?.bitPattern, .float8) }
    @inlinable
    public mutating func append(_ value: Bool?) { appendInteger(value.map { $0 ? UInt8(1) : UInt8(0) }, .bool) }

    /// Days since 1970-01-01.
    @inlinable
    public mutating func append(date: Int32?) { appendInteger(date.map { $0 &- PostgresEpoch.days }, .date) }

    /// Microseconds since 1970-01-01T00:00:00Z, a `timestamptz`.
    @inlinable
    public mutating func append(timestamp: Int64?) {
        appendInteger(timestamp.map { $0 &- PostgresEpoch.microseconds }, .timestamptz)
    }

    @inlinable
    public mutating func append(_ value: UUID?) {
        guard let value else { return appendNull(.uuid) }
        withUnsafeBytes(of: value.uuid) { appendBytes($0, .uuid) }
    }

    @inlinable
    public mutating func append(_ value: String?) {
        guard var value else { return appendNull(.text) }
        value.withUTF8 { appendBytes(UnsafeRawBufferPointer($0), .text) }
    }

    /// UTF-8 text that lies in memory already (not copied twice).
    @inlinable
    public mutating func append(text: UnsafeRawBufferPointer) { appendBytes(text, .text) }

    /// A `bytea` value.
    @inlinable
    public mutating func append(_ value: [UInt8]?) {
        guard let value else { return appendNull(.bytea) }
        value.withUnsafeBytes { appendBytes($0, .bytea) }
    }

    /// A `bytea` value that lies in memory already.
    @inlinable
    public mutating func append(bytes: UnsafeRawBufferPointer) { appendBytes(bytes, .bytea) }

    /// A `jsonb` value from its JSON text.
    public mutating func append(jsonb: String?) {
        guard var jsonb else { return appendNull(.jsonb) }
        guard jsonb.utf8.count < maximumFieldBytes else {
            didOverflow(.jsonb)
            return appendNull(.jsonb)
        }
        willAppend(.jsonb)
        jsonb.withUTF8 { text in
            wire.append(Int32(truncatingIfNeeded: text.count + 1))
            wire.append(UInt8(1))  // version of jsonb's binary form
            wire.append(contentsOf: UnsafeRawBufferPointer(text))
        }
    }
}
