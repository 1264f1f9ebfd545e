import Kafka
import PerisaiModels

/// Sends records and returns once Kafka has acknowledged all of them.
public protocol EventPublisher: Sendable {
    func publish(_ records: [OutgoingRecord], timeout: Duration) async throws(KafkaError)
}

extension AcknowledgedPublisher: EventPublisher {}

/// The Kafka record of an event: CloudEvents 1.0, Kafka binding in binary mode. Attributes stand in `ce_` headers, the
/// value is the data as JSON, the key keeps the events of one aggregate in order.
public enum EventRecord {
    /// Longest `id`, in bytes.
    public static let maxIDBytes = 128
    /// Longest `source` and `subject`, in bytes.
    public static let maxSourceBytes = 256

    /// Checks attributes and data by the event's own type; `value` will be these bytes as they are.
    /// A fault's field is the attribute's name, or begins with `data`.
    public static func make(
        _ attributes: EventAttributes, validating data: [UInt8]
    ) throws(JSONFault) -> OutgoingRecord {
        try check(attributes)
        guard let type = EventCatalog.type(named: attributes.type) else {
            throw JSONFault(field: "type", reason: "is not a known event type")
        }
        let key = try partitionKey(type, data)
        return make(attributes, topic: type.topic, partitionKey: key, data: data)
    }

    /// The record of an event that is valid by construction.
    public static func make(_ attributes: EventAttributes, _ event: some EventData) -> OutgoingRecord {
        make(attributes, topic: type(of: event).topic, partitionKey: event.partitionKey, data: event.json)
    }

    /// The record without any check.
    public static func make(
        _ attributes: EventAttributes, topic: Topic, partitionKey: String, data: [UInt8]
    ) -> OutgoingRecord {
        OutgoingRecord(topic: topic.name, key: Array(partitionKey.utf8), value: data, headers: headers(attributes))
    }

    /// The headers of a record with JSON data.
    public static func headers(_ attributes: EventAttributes) -> OutgoingHeaders {
        var headers = OutgoingHeaders()
        headers.append("ce_specversion", text: "1.0")
        headers.append("ce_id", text: attributes.id)
        headers.append("ce_source", text: attributes.source)
        headers.append("ce_type", text: attributes.type)
        headers.append("ce_time", text: attributes.time.description)
        if let subject = attributes.subject { headers.append("ce_subject", text: subject) }
        if let traceparent = attributes.traceparent { headers.append("traceparent", text: traceparent) }
        headers.append("content-type", text: "application/json")
        return headers
    }

    /// Lengths and characters of the attributes (CloudEvents 1.0, 3.1: no control characters).
    public static func check(_ attributes: EventAttributes) throws(JSONFault) {
        try check("id", attributes.id, maxIDBytes)
        try check("source", attributes.source, maxSourceBytes)
        guard !attributes.source.contains(where: \.isWhitespace) else {
            throw JSONFault(field: "source", reason: "holds white space")
        }
        if let subject = attributes.subject { try check("subject", subject, maxSourceBytes) }
    }

    private static func check(_ field: String, _ text: String, _ most: Int) throws(JSONFault) {
        guard !text.isEmpty else { throw JSONFault(field: field, reason: "must not be empty") }
        guard text.utf8.count <= most else { throw JSONFault(field: field, reason: "is longer than \(most) bytes") }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
            throw JSONFault(field: field, reason: "holds a control character")
        }
    }

    private static func partitionKey<Event: EventData>(
        _ type: Event.Type, _ data: [UInt8]
    ) throws(JSONFault) -> String {
        do throws(JSONFault) {
            return try data.withUnsafeBufferPointer { (bytes) throws(JSONFault) in
                try Event.read(bytes: UnsafeRawBufferPointer(bytes)).partitionKey
            }
        } catch { throw error.inside("data") }
    }

    /// W3C trace context, version 00: `00-<32 hex>-<16 hex>-<2 hex>`, neither id all zeros.
    public static func isTraceparent(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, parts.map(\.utf8.count) == [2, 32, 16, 2], parts[0] == "00" else { return false }
        let isHex = parts.allSatisfy { $0.utf8.allSatisfy { $0 &- 0x30 < 10 || $0 &- 0x61 < 6 } }
        return isHex && parts[1].contains { $0 != "0" } && parts[2].contains { $0 != "0" }
    }
}
