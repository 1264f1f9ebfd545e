import Logging
import PerisaiModels

/// One log line as JSON, at most `maxBytes` long with its line end.
struct LogLine {
    static let maxBytes = 8_192
    /// Longest text that is looked at; the rest is cut before redaction.
    private static let maxInput = 16_384
    private static let maxMembers = 32

    let level: Logger.Level
    let service: String
    let label: String
    let message: String
    let metadata: [(name: String, value: String)]

    /// Redacts the texts once. Metadata is sorted by name.
    init(level: Logger.Level, service: String, label: String, message: String, metadata: Logger.Metadata) {
        self.level = level
        self.service = service
        self.label = label
        self.message = Self.clean(message)
        self.metadata = metadata.sorted { $0.key < $1.key }.prefix(Self.maxMembers).map { key, value in
            (Self.clean(key), Redaction.isSecret(key: key) ? Redaction.mask : Self.text(value, depth: 0))
        }
    }

    /// What makes two lines identical.
    var identity: Int {
        var hasher = Hasher()
        hasher.combine(level)
        hasher.combine(label)
        hasher.combine(message)
        for (name, value) in metadata {
            hasher.combine(name)
            hasher.combine(value)
        }
        return hasher.finalize()
    }

    /// The line with its line end. Texts are cut further and further until it fits.
    func bytes(at milliseconds: Int64, suppressed: Int = 0) -> [UInt8] {
        for limit in [4_096, 1_024, 256, 64] {
            let line = render(milliseconds, suppressed, limit, isCut: limit < 4_096, members: metadata)
            if line.count <= Self.maxBytes { return line }
        }
        return render(milliseconds, suppressed, 512, isCut: true, members: [])
    }

    private func render(
        _ milliseconds: Int64, _ suppressed: Int, _ limit: Int, isCut: Bool, members: [(name: String, value: String)]
    ) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        Self.append("{\"time\":", "\(Self.time(milliseconds))", 64, to: &line)
        Self.append(",\"level\":", level.rawValue, 16, to: &line)
        Self.append(",\"service\":", service, 128, to: &line)
        if label != service { Self.append(",\"label\":", label, 128, to: &line) }
        Self.append(",\"message\":", message, limit, to: &line)
        if suppressed > 0 { line.append(contentsOf: ",\"suppressed\":\(suppressed)".utf8) }
        if isCut || message.utf8.count > limit { line.append(contentsOf: ",\"truncated\":true".utf8) }
        if !members.isEmpty {
            line.append(contentsOf: ",\"metadata\":{".utf8)
            for (index, (name, value)) in members.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                Self.appendText(name, 64, to: &line)
                Self.append(":", value, min(limit, 1_024), to: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
        line.append(contentsOf: "}\n".utf8)
        return line
    }

    /// RFC 3339 in UTC, always with milliseconds.
    private static func time(_ milliseconds: Int64) -> String {
        let seconds = Int64((Double(milliseconds) / 1_000).rounded(.down))
        let whole = Instant(microseconds: seconds * 1_000_000)?.description ?? "1970-01-01T00:00:00Z"
        let fraction = String(milliseconds - seconds * 1_000)
        return whole.dropLast() + "." + String(repeating: "0", count: max(0, 3 - fraction.count)) + fraction + "Z"
    }

    /// Cut to a sane length, then redacted.
    private static func clean(_ text: String, limit: Int = maxInput) -> String {
        guard text.utf8.count > limit else { return Redaction.redact(text) }
        // What was cut through may be the half of a NIK: the last 64 bytes go too.
        let redacted = Redaction.redact(String(decoding: text.utf8.prefix(limit), as: UTF8.self))
        return String(decoding: redacted.utf8.dropLast(64), as: UTF8.self)
    }

    /// Nested metadata as `{a=1, b=2}`, each text redacted; secret names lose their values down to the second level, where nesting ends.
    private static func text(_ value: Logger.MetadataValue, depth: Int) -> String {
        let limit = maxInput >> (depth * 3)
        switch value {
        case .string(let text): return clean(text, limit: limit)
        case .stringConvertible(let value): return clean(value.description, limit: limit)
        case _ where depth >= 2: return "…"
        case .array(let values):
            return "[" + values.prefix(maxMembers).map { text($0, depth: depth + 1) }.joined(separator: ", ") + "]"
        case .dictionary(let members):
            let texts = members.sorted { $0.key < $1.key }.prefix(maxMembers).map { key, value in
                let shown = Redaction.isSecret(key: key) ? Redaction.mask : text(value, depth: depth + 1)
                return clean(key, limit: 256) + "=" + shown
            }
            return "{" + texts.joined(separator: ", ") + "}"
        default: return "…"
        }
    }

    private static func append(_ name: StaticString, _ text: String, _ limit: Int, to line: inout [UInt8]) {
        line.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        appendText(text, limit, to: &line)
    }

    /// A JSON string of at most `limit` bytes of the text; control characters (C0, DEL, C1, line and paragraph
    /// separators) are escaped, so that no text can forge a line or steer a terminal.
    private static func appendText(_ text: String, _ limit: Int, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        var used = 0
        for scalar in text.unicodeScalars {
            used += UTF8.width(scalar)
            guard used <= limit else {
                line.append(contentsOf: "…".utf8)
                break
            }
            switch scalar.value {
            case 0x22, 0x5C:
                line.append(0x5C)
                line.append(UInt8(scalar.value))
            case 0x0A: line.append(contentsOf: "\\n".utf8)
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029:
                let digits = String(scalar.value, radix: 16)
                line.append(contentsOf: "\\u".utf8)
                line.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.count))
                line.append(contentsOf: digits.utf8)
            default: line.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        line.append(UInt8(ascii: "\""))
    }
}
