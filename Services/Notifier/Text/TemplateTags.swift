/// The tags of a template, found apart from the renderer so that a template can be checked before it is used.
///
/// A template may hold variables, sections and inverted sections; no partials, unescaped tags or set delimiters.
struct TemplateTags: Sendable {
    indirect enum Node: Sendable {
        case variable(String)
        case section(String, inverted: Bool, [Node])
    }

    let nodes: [Node]
    var isEmpty: Bool { nodes.isEmpty }

    /// - Throws: `TemplateFault` for a tag that is not allowed, not closed or closed elsewhere.
    init(_ text: String, of name: String) throws(TemplateFault) {
        var open: [(name: String, inverted: Bool, nodes: [Node])] = [("", false, [])]
        var rest = Substring(text)
        while let start = rest.firstRange(of: "{{") {
            guard let end = rest[start.upperBound...].firstRange(of: "}}") else {
                throw TemplateFault(template: name, reason: "a tag is not closed")
            }
            let tag = rest[start.upperBound..<end.lowerBound]
            rest = rest[end.upperBound...]
            let mark = tag.first.flatMap { "#^/".contains($0) ? $0 : nil }
            let key = String(mark == nil ? tag : tag.dropFirst())
            guard !key.isEmpty, key.utf8.allSatisfy({ $0 == 0x5F || (0x61...0x7A).contains($0) }) else {
                throw TemplateFault(template: name, reason: "tag \(key.prefix(40)): only a to z and _ are allowed")
            }
            switch mark {
            case nil: open[open.count - 1].nodes.append(.variable(key))
            case "/":
                guard open.count > 1, let done = open.popLast(), done.name == key else {
                    throw TemplateFault(template: name, reason: "section \(key) is closed but not open")
                }
                open[open.count - 1].nodes.append(.section(key, inverted: done.inverted, done.nodes))
            default: open.append((key, mark == "^", []))
            }
        }
        guard open.count == 1 else {
            throw TemplateFault(template: name, reason: "section \(open[open.count - 1].name) is not closed")
        }
        nodes = open[0].nodes
    }

    /// The first variable that these values leave empty, or nil.
    func missing(in fields: Fields) -> String? { Self.missing(nodes, in: [fields]) }

    private static func missing(_ nodes: [Node], in stack: [Fields]) -> String? {
        for node in nodes {
            switch node {
            case .variable(let name):
                let text = lookUp(name, stack)?.text(in: .indonesian)
                guard let text, !text.isEmpty else { return name }
            case .section(let name, let inverted, let inner):
                let value = lookUp(name, stack)
                let frames: [Fields]
                switch value {
                case nil, .flag(false): frames = inverted ? [[:]] : []
                case .lines(let lines): frames = inverted ? (lines.isEmpty ? [[:]] : []) : lines
                default: frames = inverted ? [] : [[:]]
                }
                for frame in frames {
                    if let found = missing(inner, in: stack + [frame]) { return found }
                }
            }
        }
        return nil
    }

    private static func lookUp(_ name: String, _ stack: [Fields]) -> FieldValue? {
        for frame in stack.reversed() {
            if let value = frame[name] { return value }
        }
        return nil
    }

    /// Every name in the template.
    var names: Set<String> { Self.names(nodes) }

    private static func names(_ nodes: [Node]) -> Set<String> {
        nodes.reduce(into: []) { names, node in
            switch node {
            case .variable(let name): names.insert(name)
            case .section(let name, _, let inner): names.formUnion(Self.names(inner).union([name]))
            }
        }
    }
}
