import CRdKafka
import Glibc

/// The records of one fetch. All their bytes are copied once into one slab; records hold ranges of it.
public struct RecordBatch: Sendable {
    /// One record. Ranges are into the slab of the batch (`withBytes`).
    public struct Record: Sendable {
        /// Index into `RecordBatch.partitions`.
        public let partitionIndex: Int
        public let offset: Int64
        /// Milliseconds since 1970-01-01 UTC; -1 when the record has none.
        public let timestampMilliseconds: Int64
        /// Nil: null key.
        public let key: Range<Int>?
        /// Nil: null value (tombstone); empty: a value of no bytes.
        public let value: Range<Int>?
        /// Indices into the headers of the batch.
        public let headerRange: Range<Int>
        /// The length that the value had in the topic; more than `value.count` if it was cut.
        public let valueLength: Int
        /// Key, value and headers together went over the consumer's limit and were cut to it: not fit for decoding.
        public let isOversize: Bool
    }

    /// One header of a record. Names are raw bytes: they need not be UTF-8.
    public struct Header: Sendable {
        public let name: Range<Int>
        /// Nil: null value.
        public let value: Range<Int>?
    }

    public internal(set) var records: [Record] = []
    /// The partitions that occur in this batch.
    public private(set) var partitions: [TopicPartition] = []
    private var headers: [Header] = []
    private var slab: [UInt8] = []

    public init() {}

    public var count: Int { records.count }
    public var isEmpty: Bool { records.isEmpty }
    /// Bytes of keys, values and headers held.
    public var byteCount: Int { slab.count }

    public subscript(index: Int) -> Record { records[index] }

    public func partition(of record: Record) -> TopicPartition { partitions[record.partitionIndex] }

    public func headers(of record: Record) -> ArraySlice<Header> { headers[record.headerRange] }

    /// Gives the slab; index it with the ranges of records and headers.
    public func withBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try slab.withRawBytes(body)
    }

    /// A copy of some bytes of the slab.
    public func bytes(_ range: Range<Int>) -> [UInt8] { Array(slab[range]) }

    /// The first header of that name. Its value is nil if it is null.
    public func header(_ name: StaticString, of record: Record) -> Header? {
        let wanted = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        return slab.withUnsafeBytes { bytes in
            headers[record.headerRange].first { header in
                header.name.count == wanted.count && bytes[header.name].elementsEqual(wanted)
            }
        }
    }

    /// The first header of that name as text; nil if absent, null or not UTF-8.
    public func headerText(_ name: StaticString, of record: Record) -> String? {
        guard let value = header(name, of: record)?.value else { return nil }
        return String(validating: slab[value], as: UTF8.self)
    }

    public mutating func removeAll(keepingCapacity: Bool = true) {
        records.removeAll(keepingCapacity: keepingCapacity)
        partitions.removeAll(keepingCapacity: keepingCapacity)
        headers.removeAll(keepingCapacity: keepingCapacity)
        slab.removeAll(keepingCapacity: keepingCapacity)
    }
}

extension RecordBatch {
    /// At most so many headers of a record are kept; one with more counts as oversize.
    static let maxHeaders = 128

    mutating func index(of partition: TopicPartition) -> Int {
        if let index = partitions.firstIndex(of: partition) { return index }
        partitions.append(partition)
        return partitions.count - 1
    }

    mutating func remove(_ gone: Set<TopicPartition>) {
        records.removeAll { gone.contains(partitions[$0.partitionIndex]) }
    }

    /// Copies a record of librdkafka. At most `limit` bytes of it are kept: key first, then headers, then value.
    mutating func append(_ message: UnsafeMutablePointer<rd_kafka_message_t>, partitionIndex: Int, limit: Int) {
        var budget = limit
        var cut = false
        let key = copy(message.pointee.key, message.pointee.key_len, &budget, &cut)
        let firstHeader = headers.count
        var list: OpaquePointer?
        if rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list {
            appendHeaders(list, &budget, &cut)
        }
        let value = copy(message.pointee.payload, message.pointee.len, &budget, &cut)
        records.append(
            Record(
                partitionIndex: partitionIndex, offset: message.pointee.offset,
                timestampMilliseconds: rd_kafka_message_timestamp(message, nil), key: key, value: value,
                headerRange: firstHeader..<headers.count, valueLength: message.pointee.len, isOversize: cut))
    }

    private mutating func appendHeaders(_ list: OpaquePointer, _ budget: inout Int, _ cut: inout Bool) {
        var index = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR, let start = name
        {
            let nameLength = strlen(start)
            guard index < Self.maxHeaders, nameLength + size <= budget else {
                cut = true
                return
            }
            let nameRange = copy(start, nameLength, &budget, &cut) ?? slab.count..<slab.count
            headers.append(Header(name: nameRange, value: copy(value, size, &budget, &cut)))
            index += 1
        }
    }

    private mutating func copy(
        _ start: UnsafeRawPointer?, _ length: Int, _ budget: inout Int, _ cut: inout Bool
    ) -> Range<Int>? {
        guard let start else { return nil }
        let kept = min(length, budget)
        if kept < length { cut = true }
        budget -= kept
        let begin = slab.count
        slab.append(contentsOf: UnsafeRawBufferPointer(start: start, count: kept))
        return begin..<begin + kept
    }
}

extension [UInt8] {
    /// `withUnsafeBytes` that keeps the type of the error.
    func withRawBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let result: Result<Value, Failure> = withUnsafeBytes { bytes in
            do throws(Failure) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
