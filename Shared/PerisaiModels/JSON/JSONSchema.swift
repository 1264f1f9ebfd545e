/// The part of JSON Schema 2020-12 that our events need.
public indirect enum JSONSchema: Sendable, Hashable {
    /// Pattern (ECMA 262), format and bounds on the length, each where known.
    case string(pattern: String? = nil, format: String? = nil, maxLength: Int? = nil, doc: String = "")
    case integer(minimum: Int64? = nil, maximum: Int64? = nil, doc: String = "")
    case boolean
    case choice([String])
    case array(JSONSchema, maxItems: Int)
    case object(String, [SchemaField])

    /// Writes the schema as a JSON object.
    public func write(to writer: inout JSONWriter, doc: String = "", root: [(StaticString, String)] = []) {
        writer.beginObject()
        for (name, value) in root { writer.member(name, value) }
        var description = doc
        switch self {
        case .string(let pattern, let format, let maxLength, let ownDoc):
            writer.member("type", "string")
            if let pattern { writer.member("pattern", pattern) }
            if let format { writer.member("format", format) }
            if let maxLength { writer.member("maxLength", Int64(maxLength)) }
            if description.isEmpty { description = ownDoc }
        case .integer(let minimum, let maximum, let ownDoc):
            writer.member("type", "integer")
            if let minimum { writer.member("minimum", minimum) }
            if let maximum { writer.member("maximum", maximum) }
            if description.isEmpty { description = ownDoc }
        case .boolean: writer.member("type", "boolean")
        case .choice(let values):
            writer.member("type", "string")
            writer.name("enum" as StaticString)
            writer.beginArray()
            for value in values { writer.string(value) }
            writer.endArray()
        case .array(let element, let maxItems):
            writer.member("type", "array")
            writer.member("maxItems", Int64(maxItems))
            writer.name("items" as StaticString)
            element.write(to: &writer)
        case .object(let summary, let fields):
            writer.member("type", "object")
            if description.isEmpty { description = summary }
            Self.writeFields(fields, to: &writer)
        }
        if !description.isEmpty { writer.member("description", description) }
        writer.endObject()
    }

    private static func writeFields(_ fields: [SchemaField], to writer: inout JSONWriter) {
        writer.name("properties" as StaticString)
        writer.beginObject()
        for field in fields {
            writer.name(field.name)
            field.schema.write(to: &writer, doc: field.doc)
        }
        writer.endObject()
        writer.name("required" as StaticString)
        writer.beginArray()
        for field in fields where field.isRequired { writer.string(field.name) }
        writer.endArray()
    }
}

/// One field of an object schema.
public struct SchemaField: Sendable, Hashable {
    public let name: String
    public let schema: JSONSchema
    public let isRequired: Bool
    public let doc: String
}

extension JSONWriter {
    /// A member whose value is a string.
    public mutating func member(_ name: StaticString, _ value: String) {
        self.name(name)
        string(value)
    }

    /// A member whose value is a whole number.
    public mutating func member(_ name: StaticString, _ value: Int64) {
        self.name(name)
        integer(value)
    }
}
