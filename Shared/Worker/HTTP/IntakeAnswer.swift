import PerisaiModels

/// What the intake answers.
struct IntakeAnswer: Error, Sendable {
    /// HTTP status.
    let status: Int
    let body: [UInt8]
    /// The rest of the request will not be read.
    var closes = false

    static func accepted(_ ids: [String]) -> IntakeAnswer {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("accepted" as StaticString)
        writer.integer(Int64(ids.count))
        writer.name("ids" as StaticString)
        writer.beginArray()
        for id in ids { writer.string(id) }
        writer.endArray()
        writer.endObject()
        return IntakeAnswer(status: 202, body: writer.bytes)
    }

    /// A refusal; nothing of the request was accepted.
    static func refused(
        _ status: Int, _ error: String, field: String? = nil, reason: String, index: Int? = nil, closes: Bool = false
    ) -> IntakeAnswer {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("error" as StaticString)
        writer.string(error)
        if let field {
            writer.name("field" as StaticString)
            writer.string(field)
        }
        writer.name("reason" as StaticString)
        writer.string(reason)
        if let index {
            writer.name("index" as StaticString)
            writer.integer(Int64(index))
        }
        writer.endObject()
        return IntakeAnswer(status: status, body: writer.bytes, closes: closes)
    }

    /// The statuses that the intake gives.
    static let statuses = [202, 400, 401, 403, 413, 415, 503]
}
