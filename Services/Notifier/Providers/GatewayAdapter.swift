import PerisaiModels

/// Our own contract with a gateway, for any channel.
///
/// `POST url` with `Idempotency-Key` and `Authorization: Bearer`; 2xx is taken, with `{"reference": "…"}`.
/// `GET status_url/<message_id>` answers `{"status": "queued|sent|delivered|failed|expired", "reference": "…"}`, or 404
/// for a message that it does not have and will not have.
struct GatewayAdapter: ProviderAdapter {
    private let url: String
    private let statusURL: String?
    private let http: ProviderHTTP

    init(_ settings: ProviderSettings) {
        url = settings.url
        statusURL = settings.statusURL.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
        http = ProviderHTTP(settings)
    }

    func close() { http.close() }

    func send(_ dispatch: Dispatch) async -> SendOutcome {
        let answer = await http.post(Self.body(dispatch), to: url, key: dispatch.id.text)
        let reason: ([UInt8]) -> String? = { (ProviderJSON.read($0) as GatewayAnswer?)?.reason }
        return HTTPOutcome.of(
            answer, reference: { (ProviderJSON.read($0) as GatewayAnswer?)?.reference }, refusal: reason,
            personal: reason)
    }

    func ask(_ dispatch: Dispatch) async -> AskOutcome {
        guard let statusURL else { return .cannotBeAsked }
        switch await http.get(statusURL + dispatch.id.text) {
        case .notBegun(let reason), .broken(let reason): return .notAnswered(reason: reason)
        case .answer(404, _, _): return .notFound
        case .answer(200, _, let body):
            guard let told: GatewayAnswer = ProviderJSON.read(body), let status = told.status else {
                return .notAnswered(reason: "an answer that cannot be read")
            }
            let reference = told.reference.flatMap(HTTPOutcome.cleanReference)
            switch status {
            case .queued, .sent: return .accepted(reference: reference)
            case .delivered: return .delivered(reference: reference)
            case .failed: return .failed(reason: told.reason.flatMap(HTTPOutcome.cleanCode) ?? status.rawValue)
            case .expired: return .expired
            }
        case .answer(let status, _, _): return .notAnswered(reason: "HTTP \(status)")
        }
    }

    static func body(_ dispatch: Dispatch) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 + dispatch.text.utf8.count)
        writer.beginObject()
        for (name, value) in [
            ("message_id", dispatch.id.text), ("kind", dispatch.kind), ("channel", dispatch.channel.rawValue),
            ("to", dispatch.address), ("title", dispatch.title), ("text", dispatch.text),
            ("language", dispatch.language.rawValue),
        ] {
            writer.name(name)
            writer.string(value)
        }
        writer.name("segments" as StaticString)
        writer.integer(Int64(dispatch.segments))
        writer.endObject()
        return writer.bytes
    }
}

/// What a gateway answers to a post, or says of a message.
private struct GatewayAnswer: JSONObject {
    var reference: String?
    var status: ReceiptStatus?
    var reason: String?

    static let summary = "An answer of a gateway"

    init(fields reader: inout FieldReader) throws(JSONFault) {
        reference = try reader.optional("reference")
        status = try reader.optional("status")
        reason = try reader.optional("reason")
    }
    func write(fields writer: inout JSONWriter) {
        writer.field("reference", reference)
        writer.field("status", status)
        writer.field("reason", reason)
    }
}
