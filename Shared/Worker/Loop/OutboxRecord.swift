/// Kafka records laid end to end in one run of bytes, as an outbox row keeps them.
///
/// Layout of a record, integers little-endian: topic, count of headers, the headers, key, value; each text is its
/// length and its bytes, a null key or value has length -1.
struct OutboxBuffer: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0

    mutating func beginRecord(topic: String, headers: Int) {
        count += 1
        append(text: topic)
        append(Int32(headers))
    }

    /// Begins a record with its topic, its count of headers and its first headers made ready.
    mutating func beginRecord(prefix: [UInt8]) {
        count += 1
        bytes.append(contentsOf: prefix)
    }

    mutating func append(_ value: Int32) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(text: String) {
        var text = text
        text.withUTF8 { utf8 in
            append(Int32(utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }

    mutating func append(_ field: UnsafeRawBufferPointer?) {
        guard let field else { return append(Int32(-1)) }
        append(Int32(field.count))
        bytes.append(contentsOf: field)
    }

    mutating func append(_ field: [UInt8]) {
        append(Int32(field.count))
        bytes.append(contentsOf: field)
    }

    mutating func header(_ name: String, _ value: String) {
        append(text: name)
        append(text: value)
    }
}

/// Walks over the records of an outbox row.
struct OutboxReader {
    /// One record; its fields point into the row and live as long as it does.
    struct Record {
        let topic: UnsafeRawBufferPointer
        let headers: [(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?)]
        let key: UnsafeRawBufferPointer?
        let value: UnsafeRawBufferPointer?
    }

    struct Broken: Error {}

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next record; nil at the end. Throws when the row is damaged.
    mutating func next() throws(Broken) -> Record? {
        guard position < bytes.count else { return nil }
        guard let topic = try field() else { throw Broken() }
        let headerCount = try integer()
        guard (0...1_000).contains(headerCount) else { throw Broken() }
        var headers: [(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?)] = []
        headers.reserveCapacity(Int(headerCount))
        for _ in 0..<headerCount {
            guard let name = try field() else { throw Broken() }
            headers.append((name, try field()))
        }
        return Record(topic: topic, headers: headers, key: try field(), value: try field())
    }

    private mutating func integer() throws(Broken) -> Int32 {
        guard position + 4 <= bytes.count else { throw Broken() }
        defer { position += 4 }
        return Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int32.self))
    }

    private mutating func field() throws(Broken) -> UnsafeRawBufferPointer? {
        let length = Int(try integer())
        if length == -1 { return nil }
        guard length >= 0, position + length <= bytes.count else { throw Broken() }
        defer { position += length }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
    }
}
