import Foundation
import Mustache
import PerisaiModels

/// The words of every kind of message in both languages, checked when they are loaded.
public struct TemplateSet: Sendable {
    /// Longest body in characters, the salutation not counted; what is longer is cut, with "…" at the end.
    public static let maximumCharacters = 1_600
    public static let maximumTitle = 120
    public static let maximumLine = 160

    private let indonesian: [MessageKind: TemplateFile]
    private let english: [MessageKind: TemplateFile]

    /// The module's own templates; read and checked once in a process.
    public init() throws { self = try Self.builtIn.get() }

    private static let builtIn = Result { try TemplateSet(reading: TemplateSet.builtInText) }

    /// Takes the texts from `read` and checks each against sample messages: every name known, nothing empty, nothing too
    /// long, no NIK in clear.
    /// - Throws: the first `TemplateFault`, or what `read` throws.
    public init(reading read: (MessageKind, MessageLanguage) throws -> String) throws {
        let check = TemplateCheck()
        var files: [MessageLanguage: [MessageKind: TemplateFile]] = [:]
        for language in MessageLanguage.allCases {
            for kind in MessageKind.allCases {
                let file = try TemplateFile(read(kind, language), kind, language)
                if let fault = check.faults(file, kind, language).first { throw fault }
                files[language, default: [:]][kind] = file
            }
        }
        indonesian = files[.indonesian] ?? [:]
        english = files[.english] ?? [:]
    }

    /// A file of the module's own: `Templates/<language>/<kind>.mustache`.
    static func builtInText(_ kind: MessageKind, _ language: MessageLanguage) throws -> String {
        let name = TemplateFile.name(kind, language)
        guard
            let url = Bundle.module.url(
                forResource: kind.rawValue, withExtension: "mustache", subdirectory: "Templates/\(language.rawValue)")
        else { throw TemplateFault(template: name, reason: "the file is missing") }
        return try text(of: url, name)
    }

    static func text(of url: URL, _ name: String) throws -> String {
        let handle = try FileHandle(forReadingFrom: url)
        defer { try? handle.close() }
        let data = try handle.read(upToCount: TemplateFile.maximumBytes + 1) ?? Data()
        guard data.count <= TemplateFile.maximumBytes, let text = String(validating: data, as: UTF8.self) else {
            throw TemplateFault(template: name, reason: "must be UTF-8 of at most \(TemplateFile.maximumBytes) bytes")
        }
        return text
    }

    func file(_ kind: MessageKind, _ language: MessageLanguage) -> TemplateFile {
        guard let file = (language == .indonesian ? indonesian : english)[kind] else {
            preconditionFailure("the set was made with every kind")
        }
        return file
    }

    /// The words of a message.
    public func text(of draft: Draft, in language: MessageLanguage) -> MessageText {
        file(draft.kind, language).text(draft.fields, in: language)
    }
}

extension TemplateFile {
    func text(_ fields: Fields, in language: MessageLanguage) -> MessageText {
        let values = TemplateValues(fields: fields, language: language)
        return MessageText(
            title: Self.cut(title.render(values), to: TemplateSet.maximumTitle),
            short: SMSText.fit(short.render(values)),
            body: Self.cut(Self.trimmed(body.render(values)), to: TemplateSet.maximumCharacters),
            line: line.map { Self.cut($0.render(values), to: TemplateSet.maximumLine) }, template: template)
    }

    static func trimmed(_ text: String) -> String {
        var text = text
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }

    private static func cut(_ text: String, to limit: Int) -> String {
        text.utf8.count <= limit || text.count <= limit ? text : text.prefix(limit - 1) + "…"
    }
}
