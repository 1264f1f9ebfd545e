import PerisaiModels

/// A JSON value kept as the bytes that were sent.
struct VerbatimJSON: JSONValue {
    let bytes: [UInt8]

    static func read(_ slice: JSONSlice) throws(JSONFault) -> VerbatimJSON { VerbatimJSON(bytes: Array(slice.raw)) }
    func write(to writer: inout JSONWriter) { writer.verbatim(bytes) }
    static var schema: JSONSchema { .object("Any JSON value", []) }
    static var sample: VerbatimJSON { VerbatimJSON(bytes: Array("{}".utf8)) }
}

/// A CloudEvent in structured mode (JSON event format 1.0.2). Unknown extension attributes are passed over.
struct CloudEventEnvelope: JSONObject {
    static let summary = "A CloudEvent in the JSON event format"

    var specversion: String?
    var id: String?
    var source: String?
    var type: String?
    var subject: String?
    var time: String?
    var contentType: String?
    var traceparent: String?
    var data: VerbatimJSON?

    init(fields reader: inout FieldReader) throws(JSONFault) {
        specversion = try reader.optional("specversion")
        id = try reader.optional("id")
        source = try reader.optional("source")
        type = try reader.optional("type")
        subject = try reader.optional("subject")
        time = try reader.optional("time")
        contentType = try reader.optional("datacontenttype")
        traceparent = try reader.optional("traceparent")
        data = try reader.optional("data")
        if let _: VerbatimJSON = try reader.optional("data_base64") {
            throw JSONFault(field: "data_base64", reason: "is not taken; send JSON in data")
        }
    }

    /// From the `ce-` headers of binary mode; the data is the body.
    init(headers attribute: (String) throws(JSONFault) -> String?, data: [UInt8]) throws(JSONFault) {
        specversion = try attribute("specversion")
        id = try attribute("id")
        source = try attribute("source")
        type = try attribute("type")
        subject = try attribute("subject")
        time = try attribute("time")
        traceparent = try attribute("traceparent")
        self.data = VerbatimJSON(bytes: data)
    }

    func write(fields writer: inout JSONWriter) {
        writer.field("specversion", specversion)
        writer.field("id", id)
        writer.field("source", source)
        writer.field("type", type)
        writer.field("subject", subject)
        writer.field("time", time)
        writer.field("datacontenttype", contentType)
        writer.field("traceparent", traceparent)
        writer.field("data", data)
    }

    /// The attributes that we go by, checked one by one.
    func attributes() throws(JSONFault) -> EventAttributes {
        guard try Self.given("specversion", specversion) == "1.0" else {
            throw JSONFault(field: "specversion", reason: "must be 1.0")
        }
        if let contentType, !MediaName(contentType).isJSON {
            throw JSONFault(field: "datacontenttype", reason: "must be application/json")
        }
        guard let instant = Instant(parsing: try Self.given("time", time)) else {
            throw JSONFault(field: "time", reason: "must be RFC 3339 with a zone")
        }
        // A broken trace context is dropped (W3C Trace Context, 3.2).
        let trace = traceparent.flatMap { EventRecord.isTraceparent($0) ? $0 : nil }
        let attributes = EventAttributes(
            id: try Self.given("id", id), source: try Self.given("source", source),
            type: try Self.given("type", type), subject: subject, time: instant, traceparent: trace)
        try EventRecord.check(attributes)
        return attributes
    }

    private static func given(_ field: String, _ value: String?) throws(JSONFault) -> String {
        guard let value else { throw JSONFault(field: field, reason: "is missing") }
        return value
    }
}

/// The type of a `Content-Type` header, without parameters, in lower case.
struct MediaName {
    let name: String
    private let charset: String?

    init(_ header: String) {
        let parts = header.split(separator: ";", omittingEmptySubsequences: false).map(\.trimmingSpace)
        name = parts.first?.lowercased() ?? ""
        charset = parts.dropFirst().first { $0.lowercased().hasPrefix("charset=") }.map {
            $0.dropFirst(8).lowercased().filter { $0 != "\"" }
        }
    }

    var isUTF8: Bool { charset == nil || charset == "utf-8" || charset == "us-ascii" }
    var isJSON: Bool { isUTF8 && (name == "application/json" || name.hasSuffix("+json")) }
}

/// A `ce-` header value: a quoted string loses its quotes, then `%XX` is decoded (CloudEvents HTTP binding, 3.1.3.2).
/// Nil when the encoding is broken or not UTF-8.
func decodeAttribute(_ header: String) -> String? {
    var bytes = Array(header.utf8)
    if bytes.count >= 2, bytes.first == 0x22, bytes.last == 0x22 {
        var inner: [UInt8] = []
        var escaped = false
        for byte in bytes.dropFirst().dropLast() {
            if byte == 0x5C, !escaped {
                escaped = true
                continue
            }
            inner.append(byte)
            escaped = false
        }
        bytes = inner
    }
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
        guard bytes[index] == UInt8(ascii: "%") else {
            decoded.append(bytes[index])
            index += 1
            continue
        }
        guard index + 2 < bytes.count,
            let byte = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
        else { return nil }
        decoded.append(byte)
        index += 3
    }
    return String(validating: decoded, as: UTF8.self)
}
