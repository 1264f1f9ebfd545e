import Foundation
import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import Notifier

@Suite struct WebhookOfficesTests {
    private let secret = String(repeating: "rahasia-", count: 4)

    private func read(_ json: String) throws -> WebhookOffices { try WebhookOffices.read(Array(json.utf8)) }

    private func entry(_ office: String, _ more: String = "", hosts: String = #"["ptsp.example.go.id"]"#) -> String {
        #"{"office": "\#(office)", "hosts": \#(hosts), "secrets": ["\#(secret)"]\#(more)}"#
    }

    private func faults(_ entries: String) -> [String: String] {
        do {
            _ = try read(#"{"offices": [\#(entries)]}"#)
            return [:]
        } catch {
            let faults = (error as? SettingsError)?.faults ?? []
            return Dictionary(faults.map { ($0.key, $0.reason) }) { first, _ in first }
        }
    }

    @Test func theMostExactEntryCounts() throws {
        let offices = try read(
            """
            {"offices": [\(entry("PTSP-*")), \(entry("PTSP-5*", hosts: #"["lima.example.go.id"]"#)),
              \(entry("PTSP-51", hosts: #"["satu.example.go.id:8443"]"#))]}
            """)
        func target(_ url: String, _ office: String) throws -> String? {
            offices.target(of: try CallbackURL(url), for: try OfficeCode(office))?.url
        }
        #expect(try target("https://ptsp.example.go.id/a?b=1", "PTSP-DPS") == "https://ptsp.example.go.id/a?b=1")
        #expect(try target("https://PTSP.example.go.id:443/a", "PTSP-DPS") == "https://PTSP.example.go.id:443/a")
        #expect(try target("https://lima.example.go.id/a", "PTSP-52") != nil)
        #expect(try target("https://ptsp.example.go.id/a", "PTSP-52") == nil)
        #expect(try target("https://satu.example.go.id:8443/a", "PTSP-51") != nil)
        #expect(try target("https://satu.example.go.id/a", "PTSP-51") == nil)
        #expect(try target("https://lima.example.go.id/a", "PTSP-51") == nil)
        #expect(try target("https://ptsp.example.go.id:22/a", "PTSP-DPS") == nil)
        #expect(try target("https://ptsp.example.go.id/a", "KPP-1") == nil)
        #expect(try target("https://x.ptsp.example.go.id/a", "PTSP-DPS") == nil)
    }

    @Test func postsOfATryGoElsewhereWithTheirPath() throws {
        let more = #", "insecure": true, "deliver_to": "http://127.0.0.1:9999""#
        let offices = try read(#"{"offices": [\#(entry("PTSP-DPS", more))]}"#)
        func target(_ url: String) throws -> String? {
            offices.target(of: try CallbackURL(url), for: try OfficeCode("PTSP-DPS"))?.url
        }
        #expect(try target("https://ptsp.example.go.id/perisai?x=1") == "http://127.0.0.1:9999/perisai?x=1")
        #expect(try target("https://ptsp.example.go.id?x=1") == "http://127.0.0.1:9999/?x=1")
        #expect(try target("https://other.example.go.id/perisai") == nil)
    }

    @Test func everyFaultNamesItsFieldAndNoSecret() {
        #expect(faults("")["offices"] != nil)
        #expect(faults(entry("ptsp"))["offices[0].office"] != nil)
        #expect(faults(entry("*"))["offices[0].office"] != nil)
        #expect(faults(entry("P") + "," + entry("P"))["offices[1].office"] == "stands twice")
        for host in [
            "127.0.0.1", "localhost", "ptsp", "https://ptsp.go.id", "ptsp.go.id/a", "a@ptsp.go.id", "PTSP.go.id", "",
        ] {
            #expect(faults(entry("P", hosts: #"["\#(host)"]"#))["offices[0].hosts[0]"] != nil, "\(host)")
        }
        #expect(faults(entry("P", hosts: "[]"))["offices[0].hosts"] != nil)
        #expect(faults(entry("P", #", "deliver_to": "http://127.0.0.1:1""#))["offices[0].deliver_to"] != nil)
        #expect(faults(entry("P", #", "insecure": true"#))["offices[0].insecure"] != nil)
        for address in [
            "http://10.0.0.1:80", "https://127.0.0.1:80", "http://127.0.0.1:80/a", "http://127.0.0.1:0",
            "http://localhost",
        ] {
            let more = #", "insecure": true, "deliver_to": "\#(address)""#
            #expect(faults(entry("P", more))["offices[0].deliver_to"] != nil, "\(address)")
        }
        func secrets(_ list: String) -> [String: String] {
            faults(#"{"office": "P", "hosts": ["a.go.id"], "secrets": [\#(list)]}"#)
        }
        #expect(secrets("")["offices[0].secrets"] != nil)
        #expect(secrets(#""\#(secret)", "\#(secret)""#)["offices[0].secrets"] == "holds a secret twice")
        let short = secrets(#""kunci-pendek""#)
        #expect(short["offices[0].secrets[0]"]?.contains("32 to 256") == true)
        #expect(!"\(short)".contains("kunci-pendek"))
        #expect(faults(#"{"office": "P", "hosts": ["a.go.id"]}"#).keys.contains { $0.hasSuffix("secrets") })
    }

    @Test func settingsReadTheFileAndNeverShowASecret() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = try folder.write("offices.json", #"{"offices": [\#(entry("PTSP-DPS"))]}"#)
        var reader = SettingsReader(environment: [
            "PERISAI_WEBHOOK_OFFICES_FILE": file, "PERISAI_WEBHOOK_TIMEOUT": "3s", "PERISAI_WEBHOOK_RETRY_FOR": "2h",
        ])
        let settings = NotifierSettings(reading: &reader)
        try reader.finish()
        #expect(settings.webhooks.timeout == .seconds(3) && settings.webhooks.retryFor == .seconds(7_200))
        let offices = try #require(settings.webhooks.offices)
        #expect(offices.offices.count == 1)
        var dumped = ""
        dump(offices, to: &dumped)
        for text in ["\(settings)", "\(offices)", "\(offices.offices)", dumped, reader.report] {
            #expect(!text.contains(secret))
        }
        try folder.write("offices.json", #"{"offices": [{"office": "P"}]}"#)
        var wrong = SettingsReader(environment: ["PERISAI_WEBHOOK_OFFICES_FILE": file])
        _ = NotifierSettings(reading: &wrong)
        #expect(throws: SettingsError.self) { try wrong.finish() }
        var missing = SettingsReader(environment: ["PERISAI_WEBHOOK_OFFICES_FILE": folder.path + "/none"])
        _ = NotifierSettings(reading: &missing)
        #expect(throws: SettingsError.self) { try missing.finish() }
        var none = SettingsReader(environment: [:])
        #expect(NotifierSettings(reading: &none).webhooks.offices == nil)
    }
}
