import Crypto
import Foundation
import Mustache
import PerisaiModels

/// A template that cannot be used.
public struct TemplateFault: Error, Sendable, Hashable, CustomStringConvertible {
    public let template: String
    public let reason: String
    public var description: String { "template \(template): \(reason)" }
}

/// The words of one kind in one language, read from a file:
///
///     version: 1
///     title: Iuran {{amount}} diterima
///     sms: Iuran {{amount}} ({{payer_label}} {{payer}}) diterima.
///     line: iuran {{amount}} diterima {{booked_on}}
///     ---
///     Iuran Anda telah diterima.
///
/// `line` stands only where the kind may go into a digest. All parts are Mustache and plain text: nothing is escaped,
/// as no channel reads markup.
struct TemplateFile: Sendable {
    /// Longest file in bytes.
    static let maximumBytes = 8_192
    static let versions = 1...9_999

    /// `receipt/id`.
    let name: String
    let version: Int
    let title: Part
    let short: Part
    let line: Part?
    let body: Part
    /// SHA-256 of the file, hexadecimal: words do not change under one version.
    let hash: String

    /// `receipt/id/1`, as it is stored with a message.
    var template: String { "\(name)/\(version)" }

    var parts: [(label: String, part: Part)] {
        [("title", title), ("sms", short)] + (line.map { [("line", $0)] } ?? []) + [("body", body)]
    }

    static func name(_ kind: MessageKind, _ language: MessageLanguage) -> String {
        "\(kind.rawValue)/\(language.rawValue)"
    }

    init(_ text: String, _ kind: MessageKind, _ language: MessageLanguage) throws(TemplateFault) {
        let name = Self.name(kind, language)
        guard text.utf8.count <= Self.maximumBytes else {
            throw TemplateFault(template: name, reason: "has more than \(Self.maximumBytes) bytes")
        }
        let (header, body) = try Self.split(text, name)
        func part(_ key: String) throws(TemplateFault) -> Part {
            guard let words = header[key] else { throw TemplateFault(template: name, reason: "\(key): is missing") }
            return try Part(words, name)
        }
        guard let version = header["version"].flatMap({ Int($0) }), Self.versions.contains(version) else {
            throw TemplateFault(template: name, reason: "version: must be a number from 1 to 9999")
        }
        self.name = name
        self.version = version
        title = try part("title")
        short = try part("sms")
        line = kind.mayBeDigested ? try part("line") : nil
        if !kind.mayBeDigested, header["line"] != nil {
            throw TemplateFault(template: name, reason: "line: the kind never goes into a digest")
        }
        self.body = try Part(body, name)
        hash = SHA256.hash(data: Data(text.utf8)).map { String(format: "%02x", $0) }.joined()
    }

    private static func split(
        _ text: String, _ name: String
    ) throws(TemplateFault) -> (header: [String: String], body: String) {
        var header: [String: String] = [:]
        var rest = Substring(text)
        while true {
            guard let end = rest.firstIndex(of: "\n") else {
                throw TemplateFault(template: name, reason: "the header does not end with a line ---")
            }
            let line = rest[..<end]
            rest = rest[rest.index(after: end)...]
            if line == "---" { break }
            guard let colon = line.firstRange(of: ": ") else {
                throw TemplateFault(template: name, reason: "a line of the header is not written \"name: text\"")
            }
            let key = String(line[..<colon.lowerBound])
            guard ["version", "title", "sms", "line"].contains(key) else {
                throw TemplateFault(template: name, reason: "\(key.prefix(40)): is not known in the header")
            }
            guard header.updateValue(String(line[colon.upperBound...]), forKey: key) == nil else {
                throw TemplateFault(template: name, reason: "\(key): stands twice")
            }
        }
        return (header, String(rest))
    }

    /// One part of a file: words alone, or words with values.
    struct Part: Sendable {
        let source: String
        let tags: TemplateTags
        private let template: MustacheTemplate?

        init(_ source: String, _ name: String) throws(TemplateFault) {
            self.source = source
            tags = try TemplateTags(source, of: name)
            // Three braces: the renderer escapes nothing.
            let plain = source.replacing(#/{{([a-z_]+)}}/#) { "{{{\($0.output.1)}}}" }
            do { template = tags.isEmpty ? nil : try MustacheTemplate(string: plain) } catch {
                throw TemplateFault(template: name, reason: "cannot be read")
            }
        }

        func render(_ values: TemplateValues) -> String { template?.render(values) ?? source }
    }
}

/// What the renderer asks for values: each gets its words in the reader's language when it is asked for.
struct TemplateValues: MustacheParent {
    let fields: Fields
    let language: MessageLanguage

    func child(named name: String) -> Any? {
        guard let value = fields[name] else { return nil }
        switch value {
        case .flag(let flag): return flag
        case .lines(let lines): return lines.map { TemplateValues(fields: $0, language: language) }
        default: return value.text(in: language).map { Words(renderText: $0) }
        }
    }

    /// A text that knows no names: the renderer need not look into it.
    private struct Words: MustacheCustomRenderable, MustacheParent {
        let renderText: String
        let isNull = false
        func child(named: String) -> Any? { nil }
    }
}
