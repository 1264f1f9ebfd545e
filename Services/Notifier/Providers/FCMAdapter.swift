import PerisaiModels

/// Firebase Cloud Messaging, HTTP v1: `POST /v1/projects/<project>/messages:send`. The token is an OAuth 2 access token
/// of an hour's life: name a file that whoever renews it writes. It honours no key and cannot be asked.
struct FCMAdapter: ProviderAdapter {
    /// Codes that speak of one device.
    private static let ofDevice: Set = ["UNREGISTERED", "SENDER_ID_MISMATCH"]

    private let url: String
    private let http: ProviderHTTP

    init(_ settings: ProviderSettings) {
        url = settings.url
        http = ProviderHTTP(settings)
    }

    func close() { http.close() }

    func send(_ dispatch: Dispatch) async -> SendOutcome {
        HTTPOutcome.of(await http.post(Self.body(dispatch), to: url)) {
            (ProviderJSON.read($0) as FCMAnswer?)?.name
        } refusal: {
            let error = (ProviderJSON.read($0) as FCMAnswer?)?.error
            return error?.code ?? error?.status
        } personal: {
            // A device that is gone is told as 404 UNREGISTERED, another project's as 403 SENDER_ID_MISMATCH.
            let error = (ProviderJSON.read($0) as FCMAnswer?)?.error
            return [error?.code, error?.status].first { $0.map(Self.ofDevice.contains) ?? false } ?? nil
        }
    }

    func ask(_ dispatch: Dispatch) async -> AskOutcome { .cannotBeAsked }

    static func body(_ dispatch: Dispatch) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 + dispatch.text.utf8.count)
        writer.beginObject()
        writer.name("message" as StaticString)
        writer.beginObject()
        writer.field("token", dispatch.address)
        writer.name("notification" as StaticString)
        writer.beginObject()
        writer.field("title", dispatch.title)
        writer.name("body" as StaticString)
        writer.string(dispatch.text)
        writer.endObject()
        writer.name("data" as StaticString)
        writer.beginObject()
        writer.field("message_id", dispatch.id.text)
        writer.field("kind", dispatch.kind)
        writer.endObject()
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}

/// What Firebase answers.
private struct FCMAnswer: JSONObject {
    struct Detail: JSONObject {
        var code: String?
        static let summary = "Firebase's own code"
        init(fields reader: inout FieldReader) throws(JSONFault) { code = try reader.optional("errorCode") }
        func write(fields writer: inout JSONWriter) { writer.field("errorCode", code) }
    }
    struct Failure: JSONObject {
        var status: String?
        var details: [Detail]?
        /// Firebase's own; the status is any Google service's.
        var code: String? { details?.lazy.compactMap(\.code).first }
        static let summary = "Why Firebase refuses"
        init(fields reader: inout FieldReader) throws(JSONFault) {
            status = try reader.optional("status")
            details = try reader.optional("details")
        }
        func write(fields writer: inout JSONWriter) { writer.field("status", status) }
    }

    var name: String?
    var error: Failure?

    static let summary = "An answer of Firebase Cloud Messaging"

    init(fields reader: inout FieldReader) throws(JSONFault) {
        name = try reader.optional("name")
        error = try reader.optional("error")
    }
    func write(fields writer: inout JSONWriter) {
        writer.field("name", name)
        writer.field("error", error)
    }
}
