import Foundation
import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import Notifier

@Suite struct WebhookBanksTests {
    private let secret = String(repeating: "rahasia-", count: 4)

    private func entry(_ bank: String, url: String = "https://api.bank.example.co.id/perisai", _ more: String = "")
        -> String
    {
        #"{"bank": "\#(bank)", "url": "\#(url)", "secrets": ["\#(secret)"]\#(more)}"#
    }

    private func read(_ entries: String) throws -> WebhookOffices {
        try WebhookOffices.read(Array(#"{"banks": [\#(entries)]}"#.utf8))
    }

    private func faults(_ entries: String) -> [String: String] {
        do {
            _ = try read(entries)
            return [:]
        } catch {
            let faults = (error as? SettingsError)?.faults ?? []
            return Dictionary(faults.map { ($0.key, $0.reason) }) { first, _ in first }
        }
    }

    @Test func aBanksPostsGoWhereItsEntrySays() throws {
        let more = #", "insecure": true, "deliver_to": "http://127.0.0.1:9999", "events": ["payment-exception"]"#
        let offices = try read([entry("008"), entry("009", more)].joined(separator: ","))
        let old = try CallbackURL("https://old.bank.example.co.id/x")
        func target(_ bank: String) throws -> WebhookTarget? { offices.target(of: old, for: .bank(try BankCode(bank))) }
        #expect(try target("008")?.url == "https://api.bank.example.co.id/perisai")
        #expect(try target("009")?.url == "http://127.0.0.1:9999/perisai" && target("014") == nil)
        #expect(offices.banks[try BankCode("008")]?.events.count == 3)
        #expect(offices.banks[try BankCode("009")]?.events == [.paymentException])
        #expect(offices.tries.map(\.subscriber) == ["bank:009"])
    }

    @Test func everyFaultNamesItsFieldAndNoSecret() {
        for bank in ["8", "0080", "", "abc", "999", "*"] {
            #expect(faults(entry(bank))["banks[0].bank"] != nil, "\(bank)")
        }
        #expect(faults(entry("008") + "," + entry("008"))["banks[1].bank"] == "stands twice")
        for url in [
            "http://api.bank.example.co.id/", "https://127.0.0.1/", "https://localhost/", "https://a@bank.co.id/", "",
            "https://bank.co.id/#x",
        ] {
            #expect(faults(entry("008", url: url))["banks[0].url"] != nil, "\(url)")
        }
        #expect(faults(entry("008", #", "events": []"#))["banks[0].events"] != nil)
        #expect(faults(entry("008", #", "events": ["payment-exception", "x"]"#))["banks[0].events[1]"] != nil)
        #expect(faults(entry("008", #", "insecure": true"#))["banks[0].insecure"] != nil)
        #expect(faults(entry("008", #", "deliver_to": "http://127.0.0.1:1""#))["banks[0].deliver_to"] != nil)
        #expect(faults("")["offices"] != nil)
        let short = faults(#"{"bank": "008", "url": "https://a.co.id/", "secrets": ["kunci-pendek"]}"#)
        #expect(short["banks[0].secrets[0]"]?.contains("32 to 256") == true && !"\(short)".contains("kunci-pendek"))
        #expect(!faults(#"{"bank": "008"}"#).isEmpty)
    }

    @Test func noSecretIsEverShown() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("offices.json", #"{"banks": [\#(entry("008"))]}"#)
        var reader = SettingsReader(environment: [
            "PERISAI_WEBHOOK_OFFICES_FILE": file, "PERISAI_WEBHOOK_PER_BANK": "16",
        ])
        let settings = NotifierSettings(reading: &reader)
        try reader.finish()
        let offices = try #require(settings.webhooks.offices)
        #expect(settings.webhooks.perBank == 16 && offices.banks.count == 1 && offices.offices.isEmpty)
        var dumped = ""
        dump(offices, to: &dumped)
        for text in ["\(settings)", "\(offices)", "\(offices.banks)", dumped, reader.report] {
            #expect(!text.contains(secret))
        }
    }
}
