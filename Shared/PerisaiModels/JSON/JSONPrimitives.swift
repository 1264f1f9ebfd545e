extension Bool: JSONValue {
    public static func read(_ slice: JSONSlice) throws(JSONFault) -> Bool { try slice.boolean() }
    public func write(to writer: inout JSONWriter) { writer.boolean(self) }
    public static var schema: JSONSchema { .boolean }
    public static var sample: Bool { true }
}

extension Int: JSONValue {
    /// Counts: 0 to 1,000,000,000.
    private static var most: Int64 { 1_000_000_000 }

    public static func read(_ slice: JSONSlice) throws(JSONFault) -> Int {
        let value = try slice.integer()
        guard (0...most).contains(value) else { throw JSONFault(reason: "must lie between 0 and \(most)") }
        return Int(value)
    }
    public func write(to writer: inout JSONWriter) { writer.integer(Int64(self)) }
    public static var schema: JSONSchema { .integer(minimum: 0, maximum: most) }
    public static var sample: Int { 1 }
}

extension String: JSONValue {
    /// Longest free text: 500 bytes of UTF-8.
    private static var most: Int { 500 }

    public static func read(_ slice: JSONSlice) throws(JSONFault) -> String {
        let text = try slice.string()
        guard !text.isEmpty else { throw JSONFault(reason: "must not be empty") }
        guard text.utf8.count <= most else { throw JSONFault(reason: "is longer than \(most) bytes") }
        // PostgreSQL text holds no NUL, and no name or reference needs another control character.
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw JSONFault(reason: "holds a control character")
        }
        return text
    }
    public func write(to writer: inout JSONWriter) { writer.string(self) }
    public static var schema: JSONSchema { .string(maxLength: most) }
    public static var sample: String { "contoh" }
}

extension Array: JSONValue where Element: JSONValue {
    public static func read(_ slice: JSONSlice) throws(JSONFault) -> [Element] {
        var elements: [Element] = []
        try slice.forEachElement { (index, element) throws(JSONFault) in
            do throws(JSONFault) { elements.append(try Element.read(element)) } catch {
                throw error.inside("[\(index)]")
            }
        }
        return elements
    }
    public func write(to writer: inout JSONWriter) {
        writer.beginArray()
        for element in self { element.write(to: &writer) }
        writer.endArray()
    }
    public static var schema: JSONSchema { .array(Element.schema, maxItems: JSONLimits.elements) }
    public static var sample: [Element] { [Element.sample] }
}

/// A closed list of words.
public protocol JSONChoice: JSONValue, RawRepresentable, CaseIterable where RawValue == String {}

extension JSONChoice {
    public static func read(_ slice: JSONSlice) throws(JSONFault) -> Self {
        guard let value = Self(rawValue: try slice.string()) else {
            throw JSONFault(reason: "must be one of " + allCases.map(\.rawValue).joined(separator: ", "))
        }
        return value
    }
    public func write(to writer: inout JSONWriter) { writer.string(rawValue) }
    public static var schema: JSONSchema { .choice(allCases.map(\.rawValue)) }
    public static var sample: Self {
        guard let first = allCases.first else { preconditionFailure("\(Self.self) has no cases") }
        return first
    }
}
