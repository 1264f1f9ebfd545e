import Foundation
import PerisaiModels
import TestSupport
import Testing

@testable import Notifier

@Suite struct SMTPMailTests {
    private func mail(_ dispatch: Dispatch) throws -> String {
        let sender = try #require(SMTPSender("noreply@perisai.example.id"))
        return String(
            decoding: try SMTPMail(dispatch, from: sender, at: Date(timeIntervalSince1970: 0)).bytes, as: UTF8.self)
    }

    @Test func nothingOfAMessageBecomesAHeader() throws {
        for evil in [
            "Halo\r\nBcc: all@example.com", "Halo\nBcc: all@example.com", "Halo\rBcc: x", "Halo\r\n\r\nBcc: isi",
            "=?UTF-8?Q?=0D=0ABcc:_x?=", "\u{0}\u{7F}\u{85}\u{2028}Bcc: x",
            String(repeating: "Sangat panjang \r\nBcc: x ", count: 20),
        ] {
            let head = try mail(SMTPTests.dispatch(title: evil)).components(separatedBy: "\r\n\r\n")[0]
            let lines = head.components(separatedBy: "\r\n")
            #expect(lines.filter { !$0.hasPrefix(" ") }.count == 10)
            #expect(!lines.contains { $0.hasPrefix("Bcc") })
            #expect(lines.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
            #expect(!head.contains("?Q?"))
        }
    }

    @Test func anAddressThatIsNoneIsRefused() {
        for evil in [
            "siti@example.com>\r\nRCPT TO:<all@example.com", "siti@example.com\r\nBcc: x@example.com", "siti", "",
            "siti@example.com, ani@example.com", "<siti@example.com>", "sit\u{ed}@example.com", "a b@example.com",
        ] {
            #expect(throws: SMTPMail.Fault.address) { try mail(SMTPTests.dispatch(to: evil)) }
        }
        let long = String(repeating: "x", count: SMTPMail.mostTextBytes + 1)
        #expect(throws: SMTPMail.Fault.tooLong) { try mail(SMTPTests.dispatch(text: long)) }
        for evil in ["noreply", "A <b>", "A <b@c.id> x", "a@b.id\r\nBcc: x", "A <a@b.id\r\n>"] {
            #expect(SMTPSender(evil) == nil, "\(evil)")
        }
        #expect(SMTPSender("Perisai <a@b.id>")?.header == "Perisai <a@b.id>")
        #expect(SMTPSender("P\r\nBcc: x <a@b.id>")?.header.contains("\r\nBcc") == false)
    }

    /// Whatever the words are, they come back as they were, in short lines of ASCII.
    @Test func wordsComeBackAsTheyWere() throws {
        var random = SeededGenerator("words of mails")
        let alphabet: [Character] = ["a", "=", ".", " ", "\t", "\n", "\u{e9}", "\u{2013}", "\u{1F600}", "?", "_", "Z"]
        for _ in 0..<400 {
            let text = String(
                (0..<Int.random(in: 0...300, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" }
            )
            let encoded = String(decoding: MailText.quotedPrintable(text), as: UTF8.self)
            let lines = encoded.components(separatedBy: "\r\n")
            #expect(lines.allSatisfy { $0.utf8.count <= 76 && !$0.hasSuffix(" ") && !$0.hasSuffix("\t") })
            #expect(try unquoted(encoded) == (text.hasSuffix("\n") || text.isEmpty ? text : text + "\n"))
            let title = text.replacing("\n", with: " ").replacing("\t", with: " ").trimmingCharacters(in: .whitespaces)
            #expect(try decoded(MailText.header(title, after: 9)) == title)
        }
    }

    private func unquoted(_ encoded: String) throws -> String {
        var bytes: [UInt8] = []
        var rest = Array(encoded.replacing("=\r\n", with: "").replacing("\r\n", with: "\n").utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                bytes.append(byte)
                continue
            }
            bytes.append(try #require(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)))
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func decoded(_ header: String) throws -> String {
        guard header.hasPrefix("=?") else { return header }
        let words = header.components(separatedBy: "\r\n ")
        #expect(words.allSatisfy { $0.utf8.count <= 75 })
        return try words.map { word in
            let base64 = String(word.dropFirst("=?UTF-8?B?".count).dropLast(2))
            return String(decoding: try #require(Data(base64Encoded: base64)), as: UTF8.self)
        }.joined()
    }
}
