import PerisaiModels

import struct Foundation.UUID

/// The events that follow from a batch, kept apart by the partition of the event that they follow from.
///
/// Ids are derived from that event, so that a batch that runs again publishes the same ids.
public struct Outgoing {
    private let source: String
    private var buffers: [Int: OutboxBuffer] = [:]
    private var writer = JSONWriter(capacity: 4_096)
    private var text: [UInt8] = []
    /// The headers of a type that are the same for all its events, as an outbox row keeps them.
    private var prefixes: [String: [UInt8]] = [:]

    // What the current events follow from.
    private var partitionIndex = 0
    private var key = UUID(0, 0)
    private var time = ""
    private var timeOf: Instant?
    private var traceparent: String?
    private var ordinal = 0

    /// How many events there are.
    public private(set) var count = 0

    /// Longest data of an event, in bytes: with its headers it stays under the 1,000,000 bytes that producers and
    /// brokers take unless told otherwise.
    static let mostDataBytes = 900_000

    /// The type of an event that no broker would take. Its cause must not be committed: what follows from it could
    /// never be told.
    private(set) var tooLarge: String?

    init(source: String) { self.source = "/perisai/\(source)" }

    mutating func begin<Input>(_ event: Event<Input>, partitionIndex: Int) {
        begin(key: event.key, time: event.time, traceparent: event.traceparent, partitionIndex: partitionIndex)
    }

    /// Says what the next events follow from: their ids, time and trace come from it.
    public mutating func begin(key: UUID, time: Instant, traceparent: String? = nil) {
        begin(key: key, time: time, traceparent: traceparent, partitionIndex: partitionIndex)
    }

    private mutating func begin(key: UUID, time: Instant, traceparent: String?, partitionIndex: Int) {
        self.key = key
        self.partitionIndex = partitionIndex
        self.traceparent = traceparent
        ordinal = 0
        // Formatting a time costs as much as the rest of a header: many events of a batch share theirs.
        if timeOf != time {
            timeOf = time
            self.time = time.description
        }
    }

    /// Adds an event; it is published after the batch is committed.
    public mutating func emit<Data: EventData>(_ data: Data) {
        let id = EventKey.derived(from: key, ordinal: ordinal)
        ordinal += 1
        count += 1
        text.removeAll(keepingCapacity: true)
        id.appendText(to: &text)
        writer.reset()
        data.write(to: &writer)
        if writer.bytes.count > Self.mostDataBytes { tooLarge = Data.type }
        let trace = traceparent.map { Self.child(of: $0, id: id) }
        let prefix = prefix(Data.type, Data.topic, hasTrace: trace != nil)
        let key = data.partitionKey
        buffers[partitionIndex, default: OutboxBuffer()].append(
            prefix: prefix, id: text, time: time, traceparent: trace, key: key, value: writer.bytes)
    }

    private mutating func prefix(_ type: String, _ topic: Topic, hasTrace: Bool) -> [UInt8] {
        if !hasTrace, let known = prefixes[type] { return known }
        var buffer = OutboxBuffer()
        buffer.beginRecord(topic: topic.name, headers: hasTrace ? 7 : 6)
        buffer.header("ce_specversion", "1.0")
        buffer.header("ce_source", source)
        buffer.header("ce_type", type)
        buffer.header("content-type", "application/json")
        if !hasTrace { prefixes[type] = buffer.bytes }
        return buffer.bytes
    }

    /// The same trace, and a span of its own that follows from the event's id (W3C Trace Context).
    private static func child(of traceparent: String, id: UUID) -> String {
        guard traceparent.utf8.count == 55 else { return traceparent }
        return "\(traceparent.prefix(36))\(id.text.suffix(17).replacing("-", with: ""))\(traceparent.suffix(3))"
    }

    mutating func deadLetter(partitionIndex: Int, _ write: (inout OutboxBuffer) -> Void) {
        write(&buffers[partitionIndex, default: OutboxBuffer()])
    }

    /// Takes the records of one partition out.
    mutating func take(_ partitionIndex: Int) -> OutboxBuffer? { buffers.removeValue(forKey: partitionIndex) }
}

extension OutboxBuffer {
    fileprivate mutating func append(
        prefix: [UInt8], id: [UInt8], time: String, traceparent: String?, key: String, value: [UInt8]
    ) {
        beginRecord(prefix: prefix)
        append(text: "ce_id")
        append(id)
        header("ce_time", time)
        if let traceparent { header("traceparent", traceparent) }
        append(text: key)
        append(value)
    }
}
