/// Headers of a record to be sent: names and values in one block of bytes, cheap to reuse for record after record.
public struct OutgoingHeaders: Sendable, ExpressibleByDictionaryLiteral {
    struct Entry: Sendable {
        let name: Int
        /// -1: null value.
        let value: Int
        let length: Int
    }

    /// More are refused when the record is sent.
    public static let maxCount = 64

    var bytes: [UInt8] = []
    var entries: [Entry] = []

    public init() {}

    public init(_ headers: [(String, [UInt8]?)]) {
        for (name, value) in headers { append(name, value) }
    }

    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, Array(value.utf8)) }
    }

    public var count: Int { entries.count }
    public var byteCount: Int { bytes.count }

    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }

    /// The cheapest form: no String is made or walked.
    public mutating func append(_ name: StaticString, _ value: UnsafeRawBufferPointer?) {
        let start = bytes.count
        bytes.append(contentsOf: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        finish(start, value)
    }

    /// A name ends at its first zero byte.
    public mutating func append(_ name: String, _ value: UnsafeRawBufferPointer?) {
        let start = bytes.count
        bytes.append(contentsOf: name.utf8)
        finish(start, value)
    }

    /// A name given as bytes, for records that are kept as bytes.
    public mutating func append(name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) {
        let start = bytes.count
        bytes.append(contentsOf: name)
        finish(start, value)
    }

    public mutating func append(_ name: String, _ value: [UInt8]?) {
        guard let value else { return append(name, nil as UnsafeRawBufferPointer?) }
        value.withUnsafeBytes { append(name, $0) }
    }

    public mutating func append(_ name: String, text: String) { append(name, Array(text.utf8)) }

    private mutating func finish(_ name: Int, _ value: UnsafeRawBufferPointer?) {
        // librdkafka takes C strings as names.
        bytes.append(0)
        guard let value else { return entries.append(Entry(name: name, value: -1, length: 0)) }
        entries.append(Entry(name: name, value: bytes.count, length: value.count))
        bytes.append(contentsOf: value)
    }
}

/// A record to be published. Nil key: any partition; nil value: tombstone.
public struct OutgoingRecord: Sendable {
    public var topic: String
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: OutgoingHeaders

    public init(topic: String, key: [UInt8]?, value: [UInt8]?, headers: OutgoingHeaders = OutgoingHeaders()) {
        self.topic = topic
        self.key = key
        self.value = value
        self.headers = headers
    }

    public var byteCount: Int { (key?.count ?? 0) + (value?.count ?? 0) + headers.byteCount }
}
