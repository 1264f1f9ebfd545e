import Kafka
import PerisaiModels
import Worker

/// One event as a line of a file: a CloudEvent in structured mode with JSON data.
struct EventLine: JSONObject {
    static let summary = "A CloudEvent in the JSON event format"

    /// JSON kept as it came.
    struct Verbatim: JSONValue {
        let bytes: [UInt8]
        static func read(_ slice: JSONSlice) throws(JSONFault) -> Verbatim { Verbatim(bytes: Array(slice.raw)) }
        func write(to writer: inout JSONWriter) { writer.verbatim(bytes) }
        static var schema: JSONSchema { .object("Any JSON value", []) }
        static var sample: Verbatim { Verbatim(bytes: Array("{}".utf8)) }
    }

    let specversion: String
    let id: String
    let source: String
    let type: String
    let subject: String?
    let time: String
    let traceparent: String?
    let data: Verbatim

    init(fields reader: inout FieldReader) throws(JSONFault) {
        specversion = try reader.required("specversion")
        id = try reader.required("id")
        source = try reader.required("source")
        type = try reader.required("type")
        subject = try reader.optional("subject")
        time = try reader.required("time")
        traceparent = try reader.optional("traceparent")
        data = try reader.required("data")
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("specversion", specversion)
        writer.field("id", id)
        writer.field("source", source)
        writer.field("type", type)
        writer.field("subject", subject)
        writer.field("time", time)
        writer.field("traceparent", traceparent)
        writer.field("data", data)
    }

    func validate() throws(JSONFault) {
        guard specversion == "1.0" else { throw JSONFault(field: "specversion", reason: "must be 1.0") }
    }

    /// The record to publish, read by the event's own type first. A fault names the attribute, or the field in `data`.
    func record() throws(JSONFault) -> OutgoingRecord {
        guard let instant = Instant(parsing: time) else {
            throw JSONFault(field: "time", reason: "must be RFC 3339 with a zone")
        }
        let trace = traceparent.flatMap { EventRecord.isTraceparent($0) ? $0 : nil }
        let attributes = EventAttributes(
            id: id, source: source, type: type, subject: subject, time: instant, traceparent: trace)
        return try EventRecord.make(attributes, validating: data.bytes)
    }

    /// Reads one line.
    static func record(_ line: [UInt8], topic: Topic?) throws(JSONFault) -> OutgoingRecord {
        let result: Result<EventLine, JSONFault> = line.withUnsafeBytes { bytes in
            Result { () throws(JSONFault) in try EventLine.read(bytes: bytes) }
        }
        let record = try result.get().record()
        if let topic, topic.name != record.topic {
            throw JSONFault(field: "type", reason: "belongs to topic \(record.topic), not to \(topic.name)")
        }
        return record
    }
}
