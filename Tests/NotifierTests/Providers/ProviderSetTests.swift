import Foundation
import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import Notifier

@Suite struct ProviderSetTests {
    private func read(_ text: String) throws -> ProviderSet { try ProviderSet.read(Array(text.utf8)) }

    private func faults(_ text: String) -> [String] {
        do throws(SettingsError) {
            _ = try ProviderSet.read(Array(text.utf8))
            return []
        } catch { return error.faults.map(\.description) }
    }

    private static let gateway = """
        "name": "a", "channel": "sms", "kind": "gateway", "url": "https://sms.example.com/v1", "token": "geheim-1"
        """

    @Test func theExampleIsRead() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().path + "/../../../deploy/providers.example.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let folder = try TemporaryFolder()
        for name in ["wa", "fcm", "mail"] {
            try "geheim-token".write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
        }
        let set = try read(text.replacingOccurrences(of: "/run/secrets", with: folder.path))
        #expect(set.providers.map(\.name) == ["sms-a", "sms-b", "whatsapp", "push", "mail"])
        let first = try #require(set.providers.first)
        #expect(first.costMilli == 350_500 && first.ratePerSecond == 50 && first.concurrency == 32)
        #expect(first.timeout == .seconds(10) && first.settle == .seconds(60) && first.repeats == .sameKey)
        #expect(set.fileChannels == [.file] && set.breaker.failures == 5 && set.patience == .seconds(21_600))
        #expect(set.providers.map { $0.adapter() != nil }.allSatisfy { $0 })
        #expect(!"\(set) \(set.providers) \(String(reflecting: first))".contains("contoh-token"))
        var dumped = ""
        dump(set.providers, to: &dumped)
        #expect(!dumped.contains("contoh") && !dumped.contains("geheim"))
    }

    @Test func defaultsDoForAGateway() throws {
        let provider = try #require(try read("{\"providers\": [{\(Self.gateway)}]}").providers.first)
        #expect(provider.costMilli == 0 && provider.ratePerSecond == nil && provider.concurrency == 16)
        #expect(provider.settle == provider.timeout * 2 && provider.repeats == .never && !provider.mayLookAgain)
        #expect(provider.token?.read() == "geheim-1")
    }

    @Test func aTokenFileIsReadAgain() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/token"
        try "one\n".write(toFile: path, atomically: true, encoding: .utf8)
        let secret = ProviderSecret.file(path)
        #expect(secret.read() == "one")
        try "two".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(secret.read() == "two")
        for wrong in ["", "two\nlines", "a blank", String(repeating: "x", count: 9_000)] {
            try wrong.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(secret.read() == nil)
        }
    }

    @Test func everyFaultIsToldAtOnceAndNoSecretWithIt() {
        let text = """
            {"breaker_failures": 0, "channel_patience_seconds": 99999999, "providers": [
              {"name": "A B", "channel": "file", "kind": "gateway", "url": "http://sms.example.com/", "token": "geheim-1",
               "concurrency": 257, "timeout_ms": 5, "rate_per_second": 0, "receipt_secrets": ["geheim-2"]},
              {"name": "wa", "channel": "sms", "kind": "whatsapp-cloud", "url": "https://user:geheim-3@x.example.com/",
               "token": "geheim-4", "token_file": "/nowhere", "repeats": "same-key", "status_url": "https://x.example.com"},
              {"name": "wa", "channel": "push", "kind": "fcm", "token_file": "/nowhere/geheim-5", "template": {"name": "t"}},
              {"name": "mail", "channel": "email", "kind": "smtp", "url": "https://x.example.com", "token": "geheim-6"},
              {"name": "mail2", "channel": "email", "kind": "smtp", "smtp": {"host": "mail.example.com", "port": 0,
               "security": "none", "user": "u", "from": "nobody", "helo_name": "two words"}},
              {"name": "soon", "channel": "sms", "kind": "gateway", "url": "https://x.example.com", "token": "geheim-7",
               "timeout_ms": 1001, "settle_seconds": 1}
            ]}
            """
        let told = faults(text)
        let keys = Set(told.map { String($0.prefix { $0 != ":" }) })
        #expect(
            keys == [
                "breaker_failures", "channel_patience_seconds", "providers[0].name", "providers[0].channel",
                "providers[0].url", "providers[0].concurrency", "providers[0].timeout_ms",
                "providers[0].rate_per_second", "providers[0].receipt_secrets[0]", "providers[1].channel",
                "providers[1].url", "providers[1].token", "providers[1].repeats", "providers[1].status_url",
                "providers[2].name", "providers[2].url", "providers[2].token_file", "providers[2].template",
                "providers[3].url", "providers[3].token", "providers[3].smtp", "providers[4].smtp.port",
                "providers[4].smtp.security", "providers[4].smtp.user",
                "providers[4].smtp.from", "providers[4].smtp.helo_name", "providers[5].settle_seconds",
            ])
        #expect(!told.contains { $0.contains("geheim") })
    }

    @Test func costsHaveThreeDecimals() throws {
        func cost(_ text: String) throws -> Int64? {
            try read("{\"providers\": [{\(Self.gateway), \"cost\": \(text)}]}").providers.first?.costMilli
        }
        #expect(try cost("350") == 350_000 && cost("0.5") == 500 && cost("12.345") == 12_345)
        for wrong in ["1.2345", "-1", "1e3", "\"5\"", "1000000"] {
            #expect(throws: SettingsError.self) { try cost(wrong) }
        }
    }

    @Test func addressesAreHttpsUnlessSaidOtherwise() {
        func isFine(_ url: String, insecure: Bool = false) -> Bool {
            faults(
                """
                {"providers": [{"name": "a", "channel": "sms", "kind": "gateway", "url": "\(url)", "token": "t",
                "insecure": \(insecure)}]}
                """
            ).isEmpty
        }
        #expect(
            isFine("https://a.example.com/x?y=1") && isFine("http://127.0.0.1:8080/") && isFine("http://localhost/x"))
        #expect(!isFine("http://a.example.com/") && isFine("http://a.example.com/", insecure: true))
        for wrong in ["ftp://a.example.com", "https://", "a.example.com", "https://a.example.com/#x", "https://a b/"] {
            #expect(!isFine(wrong))
        }
    }
}
