/// Any JSON value, kept as a tree: for tools that compare documents. Events are read by their own types.
public indirect enum JSONTree: Sendable, Hashable {
    case null
    case boolean(Bool)
    /// A number as it is written.
    case number(String)
    case string(String)
    case array([JSONTree])
    /// Members in their order.
    case object([JSONMember])

    /// Reads one whole text, within the limits of `JSONLimits`.
    public init(bytes: [UInt8]) throws(JSONFault) {
        let result: Result<JSONTree, JSONFault> = bytes.withUnsafeBytes { buffer in
            Result { () throws(JSONFault) in try JSONTree(JSONSlice(buffer)) }
        }
        self = try result.get()
    }

    public init(_ slice: JSONSlice) throws(JSONFault) {
        switch slice.first {
        case UInt8(ascii: "{"): self = .object(try Self.members(slice))
        case UInt8(ascii: "["):
            var elements: [JSONTree] = []
            try slice.forEachElement { (_, element) throws(JSONFault) in elements.append(try JSONTree(element)) }
            self = .array(elements)
        case UInt8(ascii: "\""): self = .string(try slice.string())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .boolean(try slice.boolean())
        case UInt8(ascii: "n"): self = .null
        default: self = .number(String(decoding: slice.raw, as: UTF8.self))
        }
    }

    private static func members(_ slice: JSONSlice) throws(JSONFault) -> [JSONMember] {
        var found: [JSONMember] = []
        var scanner = JSONScanner(base: slice.base, from: slice.start, to: slice.end)
        try scanner.members(depth: slice.depth) { (keyStart, keyEnd, valueStart, valueEnd) throws(JSONFault) in
            let name = String(
                decoding: UnsafeBufferPointer(start: slice.base + keyStart, count: keyEnd - keyStart), as: UTF8.self)
            let value = JSONSlice(base: slice.base, start: valueStart, end: valueEnd, depth: slice.depth + 1)
            found.append(JSONMember(name: name, value: try JSONTree(value)))
        }
        return found
    }

    /// The member of that name; nil when there is none, or when this is no object.
    public subscript(name: String) -> JSONTree? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    public var members: [JSONMember] {
        if case .object(let members) = self { return members }
        return []
    }

    public var elements: [JSONTree] {
        if case .array(let elements) = self { return elements }
        return []
    }

    public var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    public var integer: Int64? {
        if case .number(let text) = self { return Int64(text) }
        return nil
    }
}

/// A name and a value of a JSON object.
public struct JSONMember: Sendable, Hashable {
    public let name: String
    public let value: JSONTree

    public init(name: String, value: JSONTree) {
        self.name = name
        self.value = value
    }
}

/// Lays JSON text out over lines, two spaces a level, so that a comparison of files shows what has changed.
public enum JSONLayout {
    public static func lines(_ json: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(json.count * 2)
        var level = 0
        var index = 0
        while index < json.count {
            let byte = json[index]
            switch byte {
            case UInt8(ascii: "\""):
                let end = stringEnd(json, from: index)
                output.append(contentsOf: json[index..<end])
                index = end
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                output.append(byte)
                // An empty object or array stays on its line.
                if index + 1 < json.count, json[index + 1] == byte + 2 {
                    output.append(json[index + 1])
                    index += 2
                    continue
                }
                level += 1
                newLine(level, &output)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                level -= 1
                newLine(level, &output)
                output.append(byte)
            case UInt8(ascii: ","):
                output.append(byte)
                newLine(level, &output)
            case UInt8(ascii: ":"): output.append(contentsOf: [byte, UInt8(ascii: " ")])
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): break
            default: output.append(byte)
            }
            index += 1
        }
        output.append(UInt8(ascii: "\n"))
        return output
    }

    private static func newLine(_ level: Int, _ output: inout [UInt8]) {
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * max(0, level)))
    }

    private static func stringEnd(_ json: [UInt8], from start: Int) -> Int {
        var index = start + 1
        while index < json.count, json[index] != UInt8(ascii: "\"") {
            index += json[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(json.count, index + 1)
    }
}
