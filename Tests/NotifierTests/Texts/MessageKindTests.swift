import Crypto
import Foundation
import PerisaiModels
import TestSupport
import Testing

@testable import Notifier

/// Every kind has its templates, its trigger and its words.
@Suite struct MessageKindTests {
    @Test func everyKindHasItsTrigger() {
        var found: [MessageKind: Set<String>] = [:]
        for input in Samples.inputs {
            for draft in input.drafts { found[draft.kind, default: []].insert(input.encoded.type) }
        }
        for kind in MessageKind.allCases {
            let triggers = Set(MessageTable.triggers(of: kind).map { $0.type })
            #expect(found[kind, default: []] == triggers, "\(kind.rawValue)")
            #expect(!triggers.isEmpty || kind == .digest, "\(kind.rawValue)")
            #expect(
                triggers.allSatisfy { type in
                    NotifierInput.topics.contains { $0 == EventCatalog.type(named: type)?.topic }
                })
        }
    }

    /// What has a legal effect, or a deadline, goes out as a message of its own.
    @Test func kindsThatAreNeverJoinedOrGivenUp() {
        for kind in MessageKind.allCases {
            let mayWait = kind.mayBeDigested
            let isStern = kind.purpose == .enforcement || kind.purpose == .permits || kind.purpose == .desk
            #expect(!(mayWait && isStern), "\(kind.rawValue)")
            let expires = Samples.drafts.contains { $0.kind == kind && $0.expiresOn != nil }
            #expect(!expires || kind.purpose == .reminders, "\(kind.rawValue)")
        }
        for draft in Samples.drafts where [.reminderBill, .reminderEmployer, .reminderParticipant].contains(draft.kind)
        {
            #expect(draft.expiresOn != nil)
        }
    }

    /// Words change under a new version only: a message says for years by which words it was made.
    @Test func everyVersionHasItsWords() throws {
        let known = try TemplateSet.versions()
        #expect(Set(known.map(\.template)).count == known.count)
        let table = try TemplateSet().versionTable(known: known)
        #expect(table == known, "add the lines of `perisai templates versions` to Templates/versions.txt")
        let path = repositoryFile("Services/Notifier/Templates/id/receipt.mustache")
        let hash = SHA256.hash(data: try Data(contentsOf: path)).map { String(format: "%02x", $0) }.joined()
        #expect(known.contains { $0.template.hasPrefix("receipt/id/") && $0.hash == hash })
        var changed = known
        changed[0] = TemplateVersion(template: known[0].template, hash: String(repeating: "0", count: 64))
        #expect(throws: TemplateFaults.self) { try TemplateSet().versionTable(known: changed) }
        #expect(try TemplateSet().versionTable(known: Array(known.dropLast())).count == known.count)
    }

    @Test func documentIsCurrent() throws {
        let text = try String(contentsOf: repositoryFile(MessageTable.document), encoding: .utf8)
        #expect(text == MessageTable.markdown(try TemplateSet()), "run `make messages`")
    }

    @Test func eachLanguageHasItsOwnWords() throws {
        let templates = try TemplateSet()
        let indonesian = [
            "Januari", "Februari", "Maret", "Mei ", "Juni", "Juli", "Agustus", "Oktober", "Desember", " dan ",
            "iuran diterima",
        ]
        let english = [
            "January", "February", "March", "May ", "June", "July", "October", "December", " and ", "received",
        ]
        // Sentences of events stay Indonesian; the samples' have none of these words.
        #expect(!indonesian.dropLast(2).contains { Samples.longSentence.contains($0) })
        for draft in Samples.drafts where draft.kind != .digest {
            for (language, others) in [(MessageLanguage.english, indonesian), (.indonesian, english)] {
                var plain = draft
                plain.fields = plain.fields.mapValues { Self.withoutSentences($0) }
                let text = templates.text(of: plain, in: language)
                for part in [text.title, text.short, text.body, text.line ?? ""] {
                    for word in others { #expect(!part.contains(word), "\(text.template): \(part)") }
                }
            }
            let both = MessageLanguage.allCases.map { templates.text(of: draft, in: $0) }
            #expect(both[0].body != both[1].body && both[0].short != both[1].short, "\(draft.kind.rawValue)")
        }
    }

    private static func withoutSentences(_ value: FieldValue) -> FieldValue {
        switch value {
        case .text(let text) where text == Samples.longSentence || text == Samples.shortSentence: .text("-")
        case .lines(let lines): .lines(lines.map { $0.mapValues(withoutSentences) })
        default: value
        }
    }

    /// Every value of an event that templates know is used by at least one of them: nothing is made for nobody.
    @Test func everyValueIsUsed() throws {
        let templates = try TemplateSet()
        for kind in MessageKind.allCases where kind != .digest {
            let known = Samples.drafts.filter { $0.kind == kind }.reduce(into: Set<String>()) { $0.formUnion($1.names) }
            let used = MessageLanguage.allCases.reduce(into: Set<String>()) { names, language in
                for (_, part) in templates.file(kind, language).parts { names.formUnion(part.tags.names) }
            }
            #expect(used.isSubset(of: known), "\(kind.rawValue)")
            for language in MessageLanguage.allCases {
                let names = templates.file(kind, language).parts.reduce(into: Set<String>()) {
                    $0.formUnion($1.part.tags.names)
                }
                #expect(names == used, "\(kind.rawValue)/\(language.rawValue): \(used.symmetricDifference(names))")
            }
        }
    }
}
