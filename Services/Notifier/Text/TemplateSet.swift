import Foundation
import Mustache
import PerisaiModels

/// A template that cannot be used.
public struct TemplateFault: Error, Sendable, Hashable, CustomStringConvertible {
    public let template: String
    public let reason: String
    public var description: String { "template \(template): \(reason)" }
}

/// The words of every kind of message, checked when they are loaded.
public struct TemplateSet: Sendable {
    /// Longest body in characters, the salutation not counted; what is longer is cut, with "…" at the end.
    public static let maximumCharacters = 1_600
    /// Longest template file in bytes.
    static let maximumFileBytes = 8_192

    private let templates: [MessageKind: MustacheTemplate]

    /// Reads `<kind>.mustache` for every kind from the module's own resources.
    public init() throws {
        try self.init { kind in
            guard
                let url = Bundle.module.url(
                    forResource: kind.rawValue, withExtension: "mustache", subdirectory: "Templates")
            else { throw TemplateFault(template: kind.rawValue, reason: "the file is missing") }
            let data = try Data(contentsOf: url)
            guard data.count <= Self.maximumFileBytes, let text = String(validating: data, as: UTF8.self) else {
                throw TemplateFault(template: kind.rawValue, reason: "must be UTF-8 of at most 8192 bytes")
            }
            return text
        }
    }

    /// Takes the texts from `read` and checks each against sample messages: every name known, nothing empty, not too
    /// long.
    public init(reading read: (MessageKind) throws -> String) throws {
        let samples = Samples.drafts
        var templates: [MessageKind: MustacheTemplate] = [:]
        for kind in MessageKind.allCases {
            guard let text = try? read(kind) else { continue }
            let ofKind = samples.filter { $0.kind == kind }
            let template = try Self.compile(text, kind)
            try Self.check(text, template, kind, ofKind)
            templates[kind] = template
        }
        self.templates = templates
    }

    /// Plain text: nothing is escaped, as no channel reads markup.
    private static func compile(_ text: String, _ kind: MessageKind) throws(TemplateFault) -> MustacheTemplate {
        do { return try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}" + text) } catch {
            throw TemplateFault(template: kind.rawValue, reason: "cannot be read")
        }
    }

    private static func check(
        _ text: String, _ template: MustacheTemplate, _ kind: MessageKind, _ samples: [Draft]
    ) throws(TemplateFault) {
        let tags = try TemplateTags(text, of: kind.rawValue)
        guard !samples.isEmpty else { throw TemplateFault(template: kind.rawValue, reason: "there is no sample") }
        let known = samples.reduce(into: Set<String>()) { $0.formUnion($1.names) }
        if let unknown = tags.names.subtracting(known).sorted().first {
            throw TemplateFault(template: kind.rawValue, reason: "\(unknown) is not known")
        }
        for sample in samples {
            if let name = tags.missing(in: sample.fields) {
                throw TemplateFault(template: kind.rawValue, reason: "\(name) can be empty")
            }
            let body = template.render(sample.fields.context)
            guard !body.isEmpty, body.count <= maximumCharacters else {
                throw TemplateFault(
                    template: kind.rawValue, reason: "gives \(body.count) characters (1 to 1600 allowed)")
            }
        }
    }

    /// The words of a message.
    public func text(of draft: Draft, in language: MessageLanguage) -> MessageText {
        guard let template = templates[draft.kind] else {
            return MessageText(title: draft.kind.rawValue, short: "-", body: "-", template: "none")
        }
        var body = template.render(draft.fields.context)
        while body.last?.isNewline == true { body.removeLast() }
        if body.count > Self.maximumCharacters { body = body.prefix(Self.maximumCharacters - 1) + "…" }
        return MessageText(
            title: draft.kind.rawValue, short: String(body.prefix(160)), body: body,
            line: draft.kind.mayBeDigested ? String(body.prefix(100)) : nil, template: "\(draft.kind.rawValue)/id/1")
    }
}

extension TemplateSet {
    func digest(
        lines: [(subject: String, line: String)], purpose: MessagePurpose, more: Int, language: MessageLanguage
    ) -> MessageText {
        let text = lines.map { "\($0.subject): \($0.line)" }.joined(separator: "\n")
        return MessageText(title: "Ringkasan", short: text, body: text, template: "digest/id/1")
    }
}

extension Draft {
    /// Every name that the values of this message know.
    var names: Set<String> {
        fields.reduce(into: []) { names, field in
            names.insert(field.key)
            if case .lines(let lines) = field.value { for line in lines { names.formUnion(line.keys) } }
        }
    }
}

extension Fields {
    /// What the renderer takes.
    var context: [String: Any] {
        mapValues { value in
            switch value {
            case .text(let text): text
            case .flag(let flag): flag
            case .lines(let lines): lines
            }
        }
    }
}
