import Foundation

/// One-dimensional arrays in binary form: dimensions, has-nulls flag, element type, length, lower bound, elements.
extension FieldWriter {
    mutating func appendArray<Element>(
        _ values: [Element?], _ type: PostgresType, of element: PostgresType,
        _ write: (inout WireBuffer, Element) -> Void
    ) {
        let start = openArray(count: values.count, hasNulls: values.contains { $0 == nil }, type, of: element)
        for value in values {
            if let value { write(&wire, value) } else { wire.append(Int32(-1)) }
        }
        closeArray(start, type)
    }

    mutating func appendDense<Element>(
        _ values: [Element], _ type: PostgresType, of element: PostgresType,
        _ write: (inout WireBuffer, Element) -> Void
    ) {
        let start = openArray(count: values.count, hasNulls: false, type, of: element)
        for value in values { write(&wire, value) }
        closeArray(start, type)
    }

    private mutating func openArray(count: Int, hasNulls: Bool, _ type: PostgresType, of element: PostgresType) -> Int {
        willAppend(type)
        let start = wire.count
        wire.append(Int32(0))  // length, patched when the elements are written
        wire.append(Int32(count == 0 ? 0 : 1))
        wire.append(Int32(hasNulls ? 1 : 0))
        wire.append(element.rawValue)
        if count > 0 {
            wire.append(Int32(truncatingIfNeeded: count))
            wire.append(Int32(1))
        }
        return start
    }

    private mutating func closeArray(_ start: Int, _ type: PostgresType) {
        let length = wire.count - start - 4
        if length > maximumFieldBytes {
            didOverflow(type)
            wire.truncate(to: start)
            wire.append(Int32(-1))
        } else {
            wire.patch(Int32(truncatingIfNeeded: length), at: start)
        }
    }

    public mutating func append(_ values: [Int64]) { appendDense(values, .int8Array, of: .int8, putInteger) }
    public mutating func append(_ values: [Int64?]) { appendArray(values, .int8Array, of: .int8, putInteger) }
    public mutating func append(_ values: [Int32]) { appendDense(values, .int4Array, of: .int4, putInteger) }
    public mutating func append(_ values: [Int32?]) { appendArray(values, .int4Array, of: .int4, putInteger) }
    public mutating func append(_ values: [Int16]) { appendDense(values, .int2Array, of: .int2, putInteger) }
    public mutating func append(_ values: [Int16?]) { appendArray(values, .int2Array, of: .int2, putInteger) }
    public mutating func append(_ values: [String]) { appendDense(values, .textArray, of: .text, putText) }
    public mutating func append(_ values: [String?]) { appendArray(values, .textArray, of: .text, putText) }
    public mutating func append(_ values: [UUID]) { appendDense(values, .uuidArray, of: .uuid, putUUID) }
    public mutating func append(_ values: [UUID?]) { appendArray(values, .uuidArray, of: .uuid, putUUID) }
    public mutating func append(_ values: [Bool]) { appendDense(values, .boolArray, of: .bool, putBool) }
    public mutating func append(_ values: [Bool?]) { appendArray(values, .boolArray, of: .bool, putBool) }
    public mutating func append(_ values: [[UInt8]]) { appendDense(values, .byteaArray, of: .bytea, putBytes) }
    public mutating func append(_ values: [[UInt8]?]) { appendArray(values, .byteaArray, of: .bytea, putBytes) }
    /// Days since 1970-01-01 each.
    public mutating func append(dates: [Int32]) { appendDense(dates, .dateArray, of: .date, putDate) }
    /// Days since 1970-01-01 each.
    public mutating func append(dates: [Int32?]) { appendArray(dates, .dateArray, of: .date, putDate) }
    /// Microseconds since 1970-01-01T00:00:00Z each.
    public mutating func append(timestamps: [Int64]) {
        appendDense(timestamps, .timestamptzArray, of: .timestamptz, putTimestamp)
    }
    /// Microseconds since 1970-01-01T00:00:00Z each.
    public mutating func append(timestamps: [Int64?]) {
        appendArray(timestamps, .timestamptzArray, of: .timestamptz, putTimestamp)
    }
}

private func putInteger<Value: FixedWidthInteger>(_ wire: inout WireBuffer, _ value: Value) {
    let start = wire.extend(4 + MemoryLayout<Value>.size)
    start.storeBytes(of: Int32(truncatingIfNeeded: MemoryLayout<Value>.size).bigEndian, as: Int32.self)
    (start + 4).storeBytes(of: value.bigEndian, as: Value.self)
}

private func putDate(_ wire: inout WireBuffer, _ days: Int32) { putInteger(&wire, days &- PostgresEpoch.days) }

private func putTimestamp(_ wire: inout WireBuffer, _ microseconds: Int64) {
    putInteger(&wire, microseconds &- PostgresEpoch.microseconds)
}

private func putBool(_ wire: inout WireBuffer, _ value: Bool) { putInteger(&wire, UInt8(value ? 1 : 0)) }

private func putRaw(_ wire: inout WireBuffer, _ bytes: UnsafeRawBufferPointer) {
    wire.append(Int32(truncatingIfNeeded: bytes.count))
    wire.append(contentsOf: bytes)
}

private func putUUID(_ wire: inout WireBuffer, _ value: UUID) { withUnsafeBytes(of: value.uuid) { putRaw(&wire, $0) } }

private func putText(_ wire: inout WireBuffer, _ value: String) {
    var value = value
    value.withUTF8 { putRaw(&wire, UnsafeRawBufferPointer($0)) }
}

private func putBytes(_ wire: inout WireBuffer, _ value: [UInt8]) { value.withUnsafeBytes { putRaw(&wire, $0) } }
