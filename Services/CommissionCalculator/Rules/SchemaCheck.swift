import PerisaiModels

/// Compares a text that a person wrote with a schema: every fault at once, and names that the schema does not have. (The
/// reader of events passes over unknown members; here they are slips of the pen.)
enum SchemaCheck {
    /// Most faults that are told.
    static let limit = 50

    static func faults(of tree: JSONTree, by schema: JSONSchema) -> [JSONFault] {
        Array(check(tree, schema).prefix(limit))
    }

    private static func check(_ tree: JSONTree, _ schema: JSONSchema) -> [JSONFault] {
        switch (schema, tree) {
        case (.object(_, let fields), .object(let members)): return check(members, fields)
        case (.object, _): return [JSONFault(reason: "is not a JSON object")]
        case (.array(let element, let most), .array(let elements)):
            guard elements.count <= most else { return [JSONFault(reason: "has more than \(most)")] }
            return elements.enumerated().flatMap { index, one in
                check(one, element).map { $0.inside("[\(index)]") }
            }
        case (.array, _): return [JSONFault(reason: "is not a JSON array")]
        case (.boolean, .boolean): return []
        case (.boolean, _): return [JSONFault(reason: "must be true or false")]
        case (.integer(let low, let high, _), _): return check(tree.integer, low ?? .min, high ?? .max)
        case (.choice(let words), _):
            let isKnown = tree.text.map(words.contains) ?? false
            return isKnown ? [] : [JSONFault(reason: "must be one of " + words.joined(separator: ", "))]
        case (.string(let pattern, let format, let most, _), .string(let text)):
            return check(text, pattern, format, most)
        case (.string, _): return [JSONFault(reason: "must be a string")]
        }
    }

    private static func check(_ members: [JSONMember], _ fields: [SchemaField]) -> [JSONFault] {
        var found: [JSONFault] = []
        for (index, member) in members.enumerated() {
            guard let field = fields.first(where: { $0.name == member.name }) else {
                found.append(JSONFault(field: shown(member.name), reason: unknown(member.name, fields)))
                continue
            }
            if members[..<index].contains(where: { $0.name == member.name }) {
                found.append(JSONFault(field: member.name, reason: "stands twice"))
            }
            guard member.value != .null else { continue }
            found += check(member.value, field.schema).map { $0.inside(member.name) }
        }
        for field in fields where field.isRequired {
            let value = members.first { $0.name == field.name }?.value
            if value == nil || value == .null { found.append(JSONFault(field: field.name, reason: "is missing")) }
        }
        return found
    }

    /// A name may hold anything: what can be printed of its first 40 bytes.
    private static func shown(_ name: String) -> String {
        String(
            decoding: name.utf8.prefix(40).map { (0x21...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }

    private static func unknown(_ name: String, _ fields: [SchemaField]) -> String {
        func key(_ text: String) -> String { text.lowercased().filter { $0 != "_" && $0 != "-" } }
        let meant = fields.first { key($0.name) == key(name) }
        return "is not a field" + (meant.map { ": \($0.name) is" } ?? "")
            + "; known are " + fields.map(\.name).joined(separator: ", ")
    }

    private static func check(_ number: Int64?, _ low: Int64, _ high: Int64) -> [JSONFault] {
        guard let number else { return [JSONFault(reason: "must be a whole number")] }
        return (low...high).contains(number) ? [] : [JSONFault(reason: "must lie between \(low) and \(high)")]
    }

    private static func check(_ text: String, _ pattern: String?, _ format: String?, _ most: Int?) -> [JSONFault] {
        if text.isEmpty { return [JSONFault(reason: "must not be empty")] }
        if let most, text.utf8.count > most { return [JSONFault(reason: "is longer than \(most) bytes")] }
        if format == "date", CivilDate(parsing: text) == nil {
            return [JSONFault(reason: "must be a date YYYY-MM-DD")]
        }
        guard let pattern, let regex = try? Regex(pattern) else { return [] }
        return text.wholeMatch(of: regex) == nil ? [JSONFault(reason: "must be written \(pattern)")] : []
    }
}
