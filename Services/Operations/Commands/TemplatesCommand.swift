import ArgumentParser
import Foundation
import Notifier
import PerisaiModels

struct TemplatesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "templates", abstract: "The words of the messages: what there is, and whether it can be used.",
        discussion: """
            Templates are checked against sample messages: every variable known and never empty, titles, SMS, digest \
            lines and bodies within their limits, no NIK in clear, and no words changed under their old version.
            """,
        subcommands: [List.self, Check.self, Versions.self, Document.self])

    struct Source: ParsableArguments {
        @Option(
            help: "Directory of edited templates, <language>/<kind>.mustache; what it lacks is the built-in one.",
            completion: .directory)
        var dir: String?

        func reports() throws -> [TemplateReport] {
            guard let dir else { return try TemplateSet().report() }
            do { return try TemplateSet.check(directory: dir).get() } catch {
                throw OperationsError(error.description)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Kind, language, version, segments of the SMS, longest title and body.")

        @OptionGroup var source: Source
        @Option(help: "Only this kind, such as receipt.") var kind: String?
        @Option(help: "Only this language: id or en.") var language: String?
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            if let kind, MessageKind(rawValue: kind) == nil {
                throw ValidationError(
                    "\(kind) is no kind; there are " + MessageKind.allCases.map(\.rawValue).joined(separator: ", "))
            }
            if let language, MessageLanguage(rawValue: language) == nil {
                throw ValidationError("--language must be id or en")
            }
        }

        func run() throws {
            var table = Table([
                .init("Kind"), .init("Language"), .init("Version", number: true),
                .init("SMS", "sms_from", number: true),
                .init("to", "sms_to", number: true), .init("Title", "title_characters", number: true),
                .init("Body", "body_characters", number: true), .init("Samples", number: true),
            ])
            for report in try source.reports()
            where (kind ?? report.kind.rawValue) == report.kind.rawValue
                && (language ?? report.language.rawValue) == report.language.rawValue
            {
                table.append([
                    report.kind.rawValue, report.language.rawValue, "\(report.version)",
                    "\(report.segments.lowerBound)", "\(report.segments.upperBound)", "\(report.titleCharacters)",
                    "\(report.bodyCharacters)", "\(report.samples)",
                ])
            }
            table.print(json: json)
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fails when a template cannot be used, and names everything that is wrong.")

        @OptionGroup var source: Source

        func run() throws {
            let reports = try source.reports()
            if source.dir == nil { _ = try TemplatesCommand.versions() }
            let most = reports.map(\.segments.upperBound).max() ?? 0
            let samples = reports.map(\.samples).reduce(0, +)
            Console.out(
                "\(reports.count) templates can be used: \(samples) sample messages, SMS of at most \(most) segments")
        }
    }

    struct Versions: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints Templates/versions.txt with the lines of new versions; fails for changed words.")

        func run() throws { for version in try TemplatesCommand.versions() { Console.out(version.line) } }
    }

    struct Document: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints \(MessageTable.document).")

        func run() throws { Console.raw(MessageTable.markdown(try TemplateSet())) }
    }

    private static func versions() throws -> [TemplateVersion] {
        do { return try TemplateSet().versionTable(known: TemplateSet.versions()) } catch let faults as TemplateFaults {
            throw OperationsError(faults.description)
        }
    }
}
