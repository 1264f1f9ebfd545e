import Foundation
import PerisaiModels
import Synchronization
import TestSupport
import Testing

@testable import Notifier

@Suite struct SMTPTests {
    static let address = "siti.aminah@example.com"
    static let password = "kata-sandi-rahasia"

    static func dispatch(
        _ number: UInt64 = 1, to address: String = address, title: String = "Bukti pembayaran", text: String = "Halo\n"
    ) -> Dispatch {
        Dispatch(
            id: UUID(0x0190_0000_0000_7000, 0x8000_0000_0000_0000 + number), messageID: .sample, kind: "receipt",
            channel: .email, address: address, title: title, text: text, language: .indonesian, reference: nil)
    }

    static func settings(
        _ server: FakeMailServer, timeout: Duration = .seconds(20), change: (inout SMTPSettings) -> Void = { _ in }
    ) -> SMTPSettings {
        var settings = SMTPSettings(
            host: "127.0.0.1", port: server.port, security: .none, from: "noreply@perisai.example.id",
            heloName: "mail.perisai.example.id", timeout: timeout, concurrency: 1)
        change(&settings)
        return settings
    }

    static func adapter(
        _ server: FakeMailServer, timeout: Duration = .seconds(20), change: (inout SMTPSettings) -> Void = { _ in }
    ) -> SMTPAdapter {
        SMTPAdapter(
            settings(server, timeout: timeout, change: change), now: { Date(timeIntervalSince1970: 1_533_081_600) })
    }

    @Test func aMailGoesOutByteForByte() async throws {
        let server = try FakeMailServer { command, _ in
            command == "." ? .say("250 2.0.0 Ok: queued as 4XkP1q2Z3r") : nil
        }
        defer { server.stop() }
        let adapter = Self.adapter(server) { $0.from = "Perisai, BPJS <noreply@perisai.example.id>" }
        defer { adapter.close() }
        let text = "Yth. Siti,\n.titik\r\n..\nRp16.800 \u{2013} lunas=ya \n" + String(repeating: "abcdefghi ", count: 9)
        let outcome = await adapter.send(Self.dispatch(title: "Iuran Anda \u{2013} Rp16.800", text: text))
        #expect(outcome == .accepted(reference: "4XkP1q2Z3r"))
        let mail = try #require(server.mails.first)
        #expect(mail.sender.hasPrefix("<noreply@perisai.example.id> SIZE="))
        #expect(mail.recipients == ["<siti.aminah@example.com>"])
        let expected = [
            "From: =?UTF-8?B?UGVyaXNhaSwgQlBKUw==?=\r\n <noreply@perisai.example.id>",
            "To: <siti.aminah@example.com>", "Subject: =?UTF-8?B?SXVyYW4gQW5kYSDigJMgUnAxNi44MDA=?=",
            "Date: Wed, 01 Aug 2018 00:00:00 +0000",
            "Message-ID: <01900000-0000-7000-8000-000000000001@perisai.example.id>",
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Language: id", "Content-Transfer-Encoding: quoted-printable", "", "Yth. Siti,", "..titik", "...",
            "Rp16.800 =E2=80=93 lunas=3Dya=20",
            "abcdefghi abcdefghi abcdefghi abcdefghi abcdefghi abcdefghi abcdefghi abcde=", "fghi abcdefghi=20",
        ]
        #expect(mail.wire == expected.map { $0 + "\r\n" }.joined())
        #expect(server.commands.first == "EHLO mail.perisai.example.id")
        #expect(await adapter.ask(Self.dispatch()) == .cannotBeAsked)
    }

    @Test func theServerIsToldUserAndPassword() async throws {
        let server = try FakeMailServer()
        defer { server.stop() }
        let adapter = Self.adapter(server) {
            $0.user = "perisai"
            $0.password = .text(Self.password)
        }
        defer { adapter.close() }
        let outcome = await adapter.send(Self.dispatch())
        #expect(outcome == .accepted(reference: nil))
        let token = Data("\0perisai\0\(Self.password)".utf8).base64EncodedString()
        let commands = server.commands.joined(separator: "|")
        #expect(commands.contains("AUTH PLAIN \(token)") || commands.contains("AUTH PLAIN|\(token)"))
    }

    @Test func aRefusedLoginTakesNothing() async throws {
        let server = try FakeMailServer { command, _ in
            command.hasPrefix("AUTH") ? .say("535 5.7.8 \(Self.password) is wrong for \(Self.address)") : nil
        }
        defer { server.stop() }
        let adapter = Self.adapter(server) {
            $0.user = "perisai"
            $0.password = .text(Self.password)
        }
        defer { adapter.close() }
        let outcome = await adapter.send(Self.dispatch())
        #expect(outcome == .lockedOut(reason: "login refused (SMTP 535)"))
        #expect(server.mails.isEmpty)
        let missing = Self.adapter(server) {
            $0.user = "perisai"
            $0.password = .file("/nowhere/password")
        }
        defer { missing.close() }
        #expect(await missing.send(Self.dispatch()) == .lockedOut(reason: "no password"))
    }

    @Test func withoutTLSNothingIsSaid() async throws {
        let unable = try FakeMailServer()
        let unwilling = try FakeMailServer { command, _ in
            switch command.prefix(4) {
            case "EHLO": .say("250-fake\n250 STARTTLS")
            case "STAR": .say("454 not now")
            default: nil
            }
        }
        for (server, security) in [
            (unable, SMTPSettings.Security.starttls), (unwilling, .starttls), (unable, .tls),
        ] {
            let adapter = Self.adapter(server, timeout: .seconds(5)) {
                $0.security = security
                $0.user = "perisai"
                $0.password = .text(Self.password)
            }
            defer { adapter.close() }
            guard case .notTaken(let reason, _) = await adapter.send(Self.dispatch()) else {
                Issue.record("must not be taken")
                continue
            }
            #expect(["no STARTTLS", "no STARTTLS (SMTP 454)", "no TLS", "time-out"].contains(reason), "\(reason)")
            #expect(!server.commands.contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") })
        }
        unable.stop()
        unwilling.stop()
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let command: String
        let reply: FakeMailServer.Reply
        let outcome: SendOutcome
        var testDescription: String { "\(command) \(reply)" }
    }

    static let cases = [
        Case(command: "CONNECT", reply: .say("554 no"), outcome: .notTaken(reason: "curl 8 (SMTP 554)", after: nil)),
        Case(command: "CONNECT", reply: .hangUp, outcome: .notTaken(reason: "connection broke", after: nil)),
        Case(command: "MAIL", reply: .say("451 later"), outcome: .notTaken(reason: "SMTP 451", after: nil)),
        Case(command: "MAIL", reply: .say("530 log in"), outcome: .lockedOut(reason: "SMTP 530")),
        Case(command: "MAIL", reply: .say("553 no"), outcome: .notTaken(reason: "SMTP 553", after: nil)),
        Case(command: "RCPT", reply: .say("550-5.1.1\n550 5.1.1 <\(address)>"), outcome: .refused(reason: "SMTP 550")),
        Case(command: "RCPT", reply: .say("450 greylisted"), outcome: .notTaken(reason: "SMTP 450", after: nil)),
        Case(command: "RCPT", reply: .sayAndHangUp("421 ends"), outcome: .notTaken(reason: "SMTP 421", after: nil)),
        Case(command: "RCPT", reply: .hangUp, outcome: .notTaken(reason: "connection broke", after: nil)),
        Case(command: "DATA", reply: .say("451 later"), outcome: .notTaken(reason: "SMTP 451", after: nil)),
        Case(command: "DATA", reply: .hangUp, outcome: .notTaken(reason: "connection broke", after: nil)),
        Case(
            command: ".", reply: .say("250-Ok\n250 OK id=1fkXyZ-0001Ab-2C"),
            outcome: .accepted(reference: "1fkXyZ-0001Ab-2C")),
        Case(command: ".", reply: .say("251 \(address)"), outcome: .accepted(reference: nil)),
        Case(command: ".", reply: .say("452 full"), outcome: .notTaken(reason: "SMTP 452", after: nil)),
        Case(command: ".", reply: .say("554 \(address) spam"), outcome: .refused(reason: "SMTP 554")),
        Case(command: ".", reply: .hangUp, outcome: .unknown(reason: "connection broke")),
        Case(command: ".", reply: .sayAndHangUp("250-half of a reply"), outcome: .unknown(reason: "connection broke")),
    ]

    @Test(arguments: cases) func everyReplyHasItsOutcome(_ one: Case) async throws {
        let server = try FakeMailServer { command, _ in command.hasPrefix(one.command) ? one.reply : nil }
        defer { server.stop() }
        let adapter = Self.adapter(server)
        defer { adapter.close() }
        let outcome = await adapter.send(Self.dispatch())
        #expect(outcome == one.outcome)
        // Whoever refuses DATA gets no mail behind it.
        #expect(server.mails.count == (one.command == "." ? 1 : 0))
    }

    @Test func silenceBehindTheMailLeavesItUnknown() async throws {
        for (command, outcome) in [
            (".", SendOutcome.unknown(reason: "time-out")), ("RCPT", .notTaken(reason: "time-out", after: nil)),
            ("CONNECT", .notTaken(reason: "time-out", after: nil)),
        ] {
            let server = try FakeMailServer { given, _ in given.hasPrefix(command) ? .silence : nil }
            let adapter = Self.adapter(server, timeout: .seconds(2))
            #expect(await adapter.send(Self.dispatch()) == outcome)
            #expect(server.connections == 1)
            adapter.close()
            server.stop()
        }
    }

    @Test func aServerThatIsAwayTakesNothing() async throws {
        let server = try FakeMailServer()
        let adapter = Self.adapter(server)
        defer { adapter.close() }
        server.stop()
        #expect(await adapter.send(Self.dispatch()) == .notTaken(reason: "no connection", after: nil))
        adapter.close()
        #expect(await adapter.send(Self.dispatch()) == .notTaken(reason: "closed", after: nil))
    }

    @Test func oneConnectionServesMailAfterMailAndIsOpenedAgain() async throws {
        let server = try FakeMailServer { command, _ in
            command.contains("refused@") ? .say("550 no") : nil
        }
        defer { server.stop() }
        let adapter = Self.adapter(server)
        defer { adapter.close() }
        for number in 1...5 { #expect(await adapter.send(Self.dispatch(UInt64(number))) == .accepted(reference: nil)) }
        #expect(server.connections < 5)
        #expect(await adapter.send(Self.dispatch(to: "refused@example.com")) == .refused(reason: "SMTP 550"))
        #expect(await adapter.send(Self.dispatch(6)) == .accepted(reference: nil))
        // What the server closes while nothing is sent is opened again.
        server.hangUp()
        #expect(await adapter.send(Self.dispatch(7)) == .accepted(reference: nil))
        #expect(server.mails.compactMap { $0.header("Message-ID") }.count == 7 && server.connections >= 3)
    }

    @Test func manyMailsGoOverFourConnectionsEachOnce() async throws {
        let server = try FakeMailServer()
        defer { server.stop() }
        let adapter = Self.adapter(server) { $0.concurrency = 4 }
        defer { adapter.close() }
        let outcomes = await withTaskGroup(of: SendOutcome.self) { group in
            for number in 1...200 {
                group.addTask { await adapter.send(Self.dispatch(UInt64(number), to: "p\(number)@example.com")) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count == 200 && outcomes.allSatisfy { $0 == .accepted(reference: nil) })
        let mails = server.mails
        #expect(mails.count == 200 && Set(mails.compactMap { $0.header("Message-ID") }).count == 200)
        #expect(mails.allSatisfy { $0.header("To") == $0.recipients.first && $0.recipients.count == 1 })
        #expect((1...4).contains(server.connections))
    }
}
