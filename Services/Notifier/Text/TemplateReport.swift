import Crypto
import Foundation
import PerisaiModels

/// What the samples make of one template.
public struct TemplateReport: Sendable, Hashable {
    public let kind: MessageKind
    public let language: MessageLanguage
    public let version: Int
    /// SHA-256 of the file, hexadecimal.
    public let hash: String
    public let samples: Int
    /// Fewest and most segments of the SMS, salutation not counted.
    public let segments: ClosedRange<Int>
    /// Longest title and body in characters.
    public let titleCharacters: Int
    public let bodyCharacters: Int
}

extension TemplateSet {
    /// Every kind in every language, as the samples make them.
    public func report() -> [TemplateReport] {
        let check = TemplateCheck()
        return MessageKind.allCases.flatMap { kind in
            MessageLanguage.allCases.map { language in
                let file = file(kind, language)
                let texts = check.samples(of: kind).map { file.text($0.fields, in: language) }
                let segments = texts.map { SMSText.segments(of: $0.short) }
                return TemplateReport(
                    kind: kind, language: language, version: file.version, hash: file.hash, samples: texts.count,
                    segments: (segments.min() ?? 1)...(segments.max() ?? 1),
                    titleCharacters: texts.map(\.title.count).max() ?? 0,
                    bodyCharacters: texts.map(\.body.count).max() ?? 0)
            }
        }
    }

    /// Checks templates in a directory, `<language>/<kind>.mustache`, in place of the module's own; what the directory
    /// does not have is taken from those.
    /// - Returns: the report, or every fault: of words, of files that are no template, and of words that have changed
    ///   under their old version.
    public static func check(directory: String) -> Result<[TemplateReport], TemplateFaults> {
        var faults = strangers(directory)
        let known = Set((try? versions()) ?? [])
        let check = TemplateCheck()
        func read(_ kind: MessageKind, _ language: MessageLanguage) throws -> String {
            let name = TemplateFile.name(kind, language)
            let path = "\(directory)/\(language.rawValue)/\(kind.rawValue).mustache"
            guard FileManager.default.fileExists(atPath: path) else { return try builtInText(kind, language) }
            return try text(of: URL(fileURLWithPath: path), name)
        }
        for kind in MessageKind.allCases {
            for language in MessageLanguage.allCases {
                do {
                    let file = try TemplateFile(read(kind, language), kind, language)
                    faults += check.faults(file, kind, language)
                    if known.contains(where: { $0.template == file.template && $0.hash != file.hash }) {
                        faults.append(
                            TemplateFault(
                                template: file.name, reason: "version: \(file.version) has other words; raise it"))
                    }
                } catch let fault as TemplateFault {
                    faults.append(fault)
                } catch {
                    faults.append(
                        TemplateFault(template: TemplateFile.name(kind, language), reason: "cannot be read"))
                }
            }
        }
        guard faults.isEmpty else { return .failure(TemplateFaults(faults: faults)) }
        do { return .success(try TemplateSet(reading: read).report()) } catch {
            return .failure(TemplateFaults(faults: [TemplateFault(template: directory, reason: "\(error)")]))
        }
    }

    /// Files in the directories of the languages that no kind has.
    private static func strangers(_ directory: String) -> [TemplateFault] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue else {
            return [TemplateFault(template: directory, reason: "is no directory")]
        }
        return MessageLanguage.allCases.flatMap { language in
            let names =
                (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(language.rawValue)")) ?? []
            let known = Set(MessageKind.allCases.map { $0.rawValue + ".mustache" })
            return names.filter { !known.contains($0) }.sorted().map {
                TemplateFault(template: "\(language.rawValue)/\($0)", reason: "no message has this name")
            }
        }
    }
}

/// Everything that is wrong with a directory of templates.
public struct TemplateFaults: Error, Sendable, CustomStringConvertible {
    public let faults: [TemplateFault]
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// Words that were in use: what a message says is known by its template for as long as it is kept.
public struct TemplateVersion: Sendable, Hashable {
    /// `receipt/id/1`.
    public let template: String
    /// SHA-256 of the file, hexadecimal.
    public let hash: String
    public var line: String { "\(template) \(hash)" }
}

extension TemplateSet {
    /// Every version there has been, from `Templates/versions.txt`.
    public static func versions() throws -> [TemplateVersion] {
        let name = "versions.txt"
        guard let url = Bundle.module.url(forResource: "versions", withExtension: "txt", subdirectory: "Templates")
        else { throw TemplateFault(template: name, reason: "the file is missing") }
        guard let text = String(validating: try Data(contentsOf: url), as: UTF8.self) else {
            throw TemplateFault(template: name, reason: "must be UTF-8")
        }
        return try text.split(separator: "\n").map { line in
            let parts = line.split(separator: " ")
            guard parts.count == 2, parts[1].utf8.count == 64 else {
                throw TemplateFault(template: name, reason: "a line is not written \"kind/language/version hash\"")
            }
            return TemplateVersion(template: String(parts[0]), hash: String(parts[1]))
        }
    }

    /// What `Templates/versions.txt` has to hold: the lines that it has, and those of new versions.
    /// - Throws: `TemplateFaults` where words have changed under their old version.
    public func versionTable(known: [TemplateVersion]) throws -> [TemplateVersion] {
        let hashes = Dictionary(known.map { ($0.template, $0.hash) }) { first, _ in first }
        var table = known
        var faults: [TemplateFault] = []
        for kind in MessageKind.allCases {
            for language in MessageLanguage.allCases {
                let file = file(kind, language)
                switch hashes[file.template] {
                case nil: table.append(TemplateVersion(template: file.template, hash: file.hash))
                case file.hash: break
                default:
                    faults.append(
                        TemplateFault(
                            template: file.name, reason: "version: \(file.version) has other words; raise it"))
                }
            }
        }
        guard faults.isEmpty else { throw TemplateFaults(faults: faults) }
        return table
    }
}
