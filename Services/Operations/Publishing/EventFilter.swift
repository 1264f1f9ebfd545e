import PerisaiModels

/// Chooses events by their type and by values of their data.
struct EventFilter {
    /// "missing.code=ARREARS": the value of a field, through lists by any of their elements.
    struct Condition {
        let path: [String]
        let value: String

        init?(_ text: String) {
            guard let sign = text.firstIndex(of: "="), text.utf8.count <= 200 else { return nil }
            path = text[..<sign].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            value = String(text[text.index(after: sign)...])
            guard !path.contains(""), path.count <= 8 else { return nil }
        }

        func holds(in tree: JSONTree) -> Bool { Self.values(tree, path[...]).contains(value) }

        private static func values(_ tree: JSONTree, _ path: ArraySlice<String>) -> [String] {
            if case .array(let elements) = tree { return elements.flatMap { values($0, path) } }
            if let name = path.first { return tree[name].map { values($0, path.dropFirst()) } ?? [] }
            return switch tree {
            case .string(let text), .number(let text): [text]
            case .boolean(let value): [value ? "true" : "false"]
            default: []
            }
        }
    }

    /// "permit-held" or the whole name.
    var type: String?
    var conditions: [Condition]

    func accepts(type found: String?, data: [UInt8]) -> Bool {
        if let type {
            guard let found, found == type || found == "id.perisai.\(type).v1" else { return false }
        }
        guard !conditions.isEmpty else { return true }
        guard let tree = try? JSONTree(bytes: data) else { return false }
        return conditions.allSatisfy { $0.holds(in: tree) }
    }
}
