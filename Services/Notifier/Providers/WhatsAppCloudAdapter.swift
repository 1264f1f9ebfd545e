import PerisaiModels

/// Meta's WhatsApp Cloud API: `POST /<version>/<phone number id>/messages`.
///
/// A business may begin a conversation by an agreed template alone: with `template` the text is its one variable,
/// without it the message is a text, which Meta takes within 24 hours of the reader's last message. It honours no key and
/// cannot be asked; `biz_opaque_callback_data` comes back with its receipts.
struct WhatsAppCloudAdapter: ProviderAdapter {
    private let url: String
    private let template: ProviderSettings.Template?
    private let http: ProviderHTTP

    init(_ settings: ProviderSettings) {
        url = settings.url
        template = settings.template
        http = ProviderHTTP(settings)
    }

    func close() { http.close() }

    func send(_ dispatch: Dispatch) async -> SendOutcome {
        HTTPOutcome.of(await http.post(Self.body(dispatch, template), to: url)) {
            (ProviderJSON.read($0) as CloudAnswer?)?.messages?.first?.id
        } refusal: {
            (ProviderJSON.read($0) as CloudAnswer?)?.error?.code.map { "code \($0)" }
        } personal: { _ in
            // Meta's 403 and 404 speak of the account and the path.
            nil
        }
    }

    func ask(_ dispatch: Dispatch) async -> AskOutcome { .cannotBeAsked }

    static func body(_ dispatch: Dispatch, _ template: ProviderSettings.Template?) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 + dispatch.text.utf8.count)
        writer.beginObject()
        writer.field("messaging_product", "whatsapp")
        writer.field("recipient_type", "individual")
        // Digits alone, with the country's code.
        writer.field("to", String(dispatch.address.drop { $0 == "+" }))
        writer.field("biz_opaque_callback_data", dispatch.id.text)
        if let template {
            writer.field("type", "template")
            writer.name("template" as StaticString)
            Self.write(template, dispatch, &writer)
        } else {
            writer.field("type", "text")
            writer.name("text" as StaticString)
            writer.beginObject()
            writer.field("preview_url", false)
            writer.name("body" as StaticString)
            writer.string(dispatch.text)
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }

    /// Longest variable of a template.
    static let mostVariable = 1_024

    /// A variable holds no line breaks and no tabs.
    private static func variable(_ dispatch: Dispatch) -> String {
        func joined(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        let whole = joined(dispatch.text)
        guard whole.utf16.count > mostVariable, let short = dispatch.short else { return whole }
        return joined(short)
    }

    private static func write(
        _ template: ProviderSettings.Template, _ dispatch: Dispatch, _ writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.field("name", template.name)
        writer.name("language" as StaticString)
        writer.beginObject()
        writer.field("code", template.language ?? dispatch.language.rawValue)
        writer.endObject()
        writer.name("components" as StaticString)
        writer.beginArray()
        writer.beginObject()
        writer.field("type", "body")
        writer.name("parameters" as StaticString)
        writer.beginArray()
        writer.beginObject()
        writer.field("type", "text")
        writer.name("text" as StaticString)
        writer.string(variable(dispatch))
        writer.endObject()
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.endObject()
    }
}

/// What Meta answers.
private struct CloudAnswer: JSONObject {
    struct Message: JSONObject {
        var id: String
        static let summary = "A message at Meta"
        init(fields reader: inout FieldReader) throws(JSONFault) { id = try reader.required("id") }
        func write(fields writer: inout JSONWriter) { writer.field("id", id) }
    }
    struct Failure: JSONObject {
        var code: Int?
        static let summary = "Why Meta refuses"
        init(fields reader: inout FieldReader) throws(JSONFault) { code = try reader.optional("code") }
        func write(fields writer: inout JSONWriter) { writer.field("code", code) }
    }

    var messages: [Message]?
    var error: Failure?

    static let summary = "An answer of the Cloud API"

    init(fields reader: inout FieldReader) throws(JSONFault) {
        messages = try reader.optional("messages")
        error = try reader.optional("error")
    }
    func write(fields writer: inout JSONWriter) {
        writer.field("messages", messages)
        writer.field("error", error)
    }
}
