import Foundation
import PerisaiModels
import TestSupport
import Testing

@testable import Notifier

/// Templates that somebody has edited, before they are used.
@Suite struct TemplateDirectoryTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ language: String, _ name: String, _ text: String) throws {
        let directory = folder.path + "/" + language
        if !FileManager.default.fileExists(atPath: directory) {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }
        try folder.write("\(language)/\(name)", text)
    }

    private func faults() -> [String] {
        switch TemplateSet.check(directory: folder.path) {
        case .success: []
        case .failure(let faults): faults.faults.map(\.description)
        }
    }

    @Test func anEmptyDirectoryIsTheBuiltInSet() throws {
        let reports = try TemplateSet.check(directory: folder.path).get()
        #expect(reports == (try TemplateSet().report()))
        #expect(reports.count == 2 * MessageKind.allCases.count)
        for report in reports {
            #expect(report.segments.upperBound <= SMSText.mostSegments && report.samples > 0)
            #expect(report.hash.utf8.count == 64 && report.bodyCharacters > 0)
        }
    }

    @Test func everyFaultIsNamed() throws {
        try write(
            "id", "receipt.mustache", TemplateTests.file(version: "2", line: "baris", body: "{{unknown}} {{kpj}}"))
        try write("en", "receipt.mustache", TemplateTests.file(version: "1", line: "line"))
        try write("en", "lapse.mustache", TemplateTests.file(version: "2", sms: "é ê"))
        try write("id", "reciept.mustache", TemplateTests.file())
        try write("id", "notes.txt", "x")
        #expect(
            faults() == [
                "template id/notes.txt: no message has this name",
                "template id/reciept.mustache: no message has this name",
                "template lapse/en: line: is missing", "template receipt/id: body: kpj is not known",
                "template receipt/en: version: 1 has other words; raise it",
            ])
        #expect(TemplateSet.check(directory: folder.path + "/nowhere").fails)
    }

    @Test func newWordsUnderANewVersionPass() throws {
        try write("id", "receipt.mustache", TemplateTests.file(version: "2", line: "baris", body: "{{amount}}"))
        #expect(faults().isEmpty)
        try write("id", "receipt.mustache", TemplateTests.file(version: "2", line: "baris", body: "\u{FFFE}{{amount"))
        #expect(faults() == ["template receipt/id: a tag is not closed"])
    }
}

extension Result {
    fileprivate var fails: Bool { if case .failure = self { true } else { false } }
}
