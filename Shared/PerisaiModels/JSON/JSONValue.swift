/// A type with a place in an event: read from JSON, written to JSON, described by a JSON Schema.
public protocol JSONValue: Sendable {
    /// Reads and validates one value; a fault names what is wrong, never the value.
    static func read(_ slice: JSONSlice) throws(JSONFault) -> Self
    func write(to writer: inout JSONWriter)
    /// Constraints as JSON Schema 2020-12.
    static var schema: JSONSchema { get }
    /// A valid value, for documents and for tests.
    static var sample: Self { get }
}

/// An object whose fields are named once, in `init(fields:)`: that one list reads events and exports their schema.
public protocol JSONObject: JSONValue {
    init(fields reader: inout FieldReader) throws(JSONFault)
    func write(fields writer: inout JSONWriter)
    /// Rules that concern several fields; called after reading.
    func validate() throws(JSONFault)
    /// One sentence for the schema.
    static var summary: String { get }
}

extension JSONObject {
    public func validate() throws(JSONFault) {}

    public static func read(_ slice: JSONSlice) throws(JSONFault) -> Self {
        var reader = try FieldReader(slice)
        let value = try Self(fields: &reader)
        try value.validate()
        return value
    }

    /// Reads one object from a whole text.
    public static func read(bytes: UnsafeRawBufferPointer) throws(JSONFault) -> Self {
        var reader = try FieldReader(bytes)
        let value = try Self(fields: &reader)
        try value.validate()
        return value
    }

    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        write(fields: &writer)
        writer.endObject()
    }

    public static var schema: JSONSchema {
        var reader = FieldReader()
        // A recording reader hands out samples and refuses nothing.
        _ = try? Self(fields: &reader)
        return .object(summary, reader.recorded)
    }

    public static var sample: Self {
        var reader = FieldReader()
        // A recording reader hands out samples, and these pass each field's own checks.
        do { return try Self(fields: &reader) } catch {
            preconditionFailure("\(Self.self) refuses its own samples: \(error)")
        }
    }

    /// The object as JSON text.
    public var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }
}

/// Hands out the fields of one object by name, or records their names and types for the schema.
public struct FieldReader {
    private struct Member {
        let keyStart, keyEnd, valueStart, valueEnd: Int
    }

    private let slice: JSONSlice?
    private var members: [Member] = []
    private var next = 0
    /// The fields asked for, when recording.
    public private(set) var recorded: [SchemaField] = []

    /// A recording reader.
    init() { slice = nil }

    /// Checks a whole text in the same walk that finds the fields.
    init(_ bytes: UnsafeRawBufferPointer) throws(JSONFault) {
        guard let address = bytes.baseAddress, !bytes.isEmpty else { throw JSONFault(reason: "is empty") }
        let base = address.assumingMemoryBound(to: UInt8.self)
        var scanner = JSONScanner(base: base, from: 0, to: bytes.count)
        scanner.skipSpace()
        try self.init(JSONSlice(base: base, start: scanner.position, end: bytes.count, depth: 0), isWhole: true)
    }

    init(_ slice: JSONSlice, isWhole: Bool = false) throws(JSONFault) {
        self.slice = slice
        var scanner = JSONScanner(base: slice.base, from: slice.start, to: slice.end)
        var found: [Member] = []
        found.reserveCapacity(16)
        try scanner.members(depth: slice.depth) { (keyStart, keyEnd, valueStart, valueEnd) throws(JSONFault) in
            found.append(Member(keyStart: keyStart, keyEnd: keyEnd, valueStart: valueStart, valueEnd: valueEnd))
        }
        members = found
        if isWhole {
            scanner.skipSpace()
            guard scanner.position == slice.end else { throw JSONFault(reason: "holds more than one JSON value") }
        }
        try refuseRepeatedNames()
    }

    /// Two members of one name leave open which of them counts.
    private func refuseRepeatedNames() throws(JSONFault) {
        guard let slice, members.count > 1 else { return }
        for index in 1..<members.count {
            let member = members[index]
            for earlier in members[..<index]
            where earlier.keyEnd - earlier.keyStart == member.keyEnd - member.keyStart
                && (0..<(member.keyEnd - member.keyStart)).allSatisfy({
                    slice.base[earlier.keyStart + $0] == slice.base[member.keyStart + $0]
                })
            {
                throw JSONFault(reason: "a member name stands twice")
            }
        }
    }

    /// A field that must be there.
    public mutating func required<T: JSONValue>(_ name: StaticString, _ doc: String = "") throws(JSONFault) -> T {
        guard slice != nil else {
            recorded.append(SchemaField(name: "\(name)", schema: T.schema, isRequired: true, doc: doc))
            return T.sample
        }
        guard let value = find(name), !value.isNull else { throw JSONFault(field: "\(name)", reason: "is missing") }
        do { return try T.read(value) } catch { throw error.inside("\(name)") }
    }

    /// A field that may be absent or null.
    public mutating func optional<T: JSONValue>(_ name: StaticString, _ doc: String = "") throws(JSONFault) -> T? {
        guard slice != nil else {
            recorded.append(SchemaField(name: "\(name)", schema: T.schema, isRequired: false, doc: doc))
            return nil
        }
        guard let value = find(name), !value.isNull else { return nil }
        do { return try T.read(value) } catch { throw error.inside("\(name)") }
    }

    /// Looks where the last field was found first: senders nearly always keep the order of the schema.
    private mutating func find(_ name: StaticString) -> JSONSlice? {
        guard let slice else { return nil }
        let length = name.utf8CodeUnitCount
        for step in 0..<members.count {
            var index = next + step
            if index >= members.count { index -= members.count }
            let member = members[index]
            guard member.keyEnd - member.keyStart == length else { continue }
            var offset = 0
            while offset < length, slice.base[member.keyStart + offset] == name.utf8Start[offset] { offset += 1 }
            guard offset == length else { continue }
            next = index + 1 < members.count ? index + 1 : 0
            return JSONSlice(base: slice.base, start: member.valueStart, end: member.valueEnd, depth: slice.depth + 1)
        }
        return nil
    }
}

extension JSONWriter {
    /// A member of the object that is being written.
    @inline(__always)
    public mutating func field<T: JSONValue>(_ name: StaticString, _ value: T) {
        self.name(name)
        value.write(to: &self)
    }

    /// A member that is left out when there is no value.
    @inline(__always)
    public mutating func field<T: JSONValue>(_ name: StaticString, _ value: T?) {
        guard let value else { return }
        self.name(name)
        value.write(to: &self)
    }
}
