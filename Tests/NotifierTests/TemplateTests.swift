import PerisaiModels
import Testing

import struct Foundation.UUID

@testable import Notifier

@Suite struct TemplateTests {
    @Test func everyTemplateRendersItsSamples() throws {
        let templates = try TemplateSet()
        let drafts = Samples.drafts
        #expect(Set(drafts.map(\.kind)) == Set(MessageKind.allCases))
        for draft in drafts {
            for language in MessageLanguage.allCases {
                let text = templates.text(of: draft, in: language)
                #expect((1...TemplateSet.maximumCharacters).contains(text.body.count), "\(text.template)")
                #expect((1...TemplateSet.maximumTitle).contains(text.title.count), "\(text.template)")
                #expect(SMSText.segments(of: text.short) <= SMSText.mostSegments, "\(text.template)")
                #expect((text.line == nil) == !draft.kind.mayBeDigested, "\(text.template)")
                #expect(text.template.hasPrefix("\(draft.kind.rawValue)/\(language.rawValue)/"))
                for part in [text.title, text.short, text.body, text.line ?? ""] {
                    #expect(!part.contains("{{") && !part.contains("&#"), "\(text.template): \(part)")
                    #expect(!part.contains("\n\n") && !part.contains("Optional("), "\(text.template): \(part)")
                    #expect(!part.contains("  ") && !part.contains(" ."), "\(text.template): \(part)")
                }
            }
        }
    }

    @Test func aReceiptShowsMonthsAndProtectionDates() throws {
        var event = ContributionPosted.sample
        let month = try #require(ContributionMonth(year: 2018, month: 1))
        event.payer = .participant(try KPJ(month: month, serial: 17))
        event.bank = .bni
        event.reference = try PaymentReference("BNI-77")
        event.amount = Rupiah(1_016_800)
        event.allocations = [
            Allocation(month: month, amount: Rupiah(16_800), outstanding: .zero),
            Allocation(month: month.next, amount: Rupiah(10_000), outstanding: Rupiah(6_800)),
        ]
        event.credited = Rupiah(990_000)
        event.protectedFrom = month.day(15)
        event.protectedUntil = month.lastDay
        event.fromSuspense = false
        event.bookedOn = month.day(15)
        event.fines = nil
        event.sanctionFines = nil
        let draft = try #require(NotifierInput.contributionPosted(event).drafts.first)
        let templates = try TemplateSet()
        #expect(
            templates.text(of: draft, in: .indonesian).body == """
                Iuran Anda telah diterima.
                KPJ: 18010000017
                Jumlah: Rp1.016.800
                Tanggal pembukuan: 15 Januari 2018
                Bank: BNI, referensi BNI-77
                - Januari 2018: Rp16.800
                - Februari 2018: Rp10.000, kurang Rp6.800
                Kelebihan Rp990.000 disimpan untuk bulan berikutnya.
                Masa perlindungan: 15 Januari 2018 sampai 31 Januari 2018.
                """)
        #expect(
            templates.text(of: draft, in: .english).body == """
                Your contribution was received.
                KPJ: 18010000017
                Amount: Rp1.016.800
                Booked on: 15 January 2018
                Bank: BNI, reference BNI-77
                - January 2018: Rp16.800
                - February 2018: Rp10.000, still due Rp6.800
                The surplus Rp990.000 is kept for the next month.
                Cover: 15 January 2018 to 31 January 2018.
                """)
    }

    @Test func hostileNamesStayText() throws {
        let nik = NIK.sample
        let names = [
            "{{nik}}", "{{#reasons}}", "A\nB\r\n\tC", "\u{202E}drow\u{0}ssap", "<b>Budi</b> & \"Putri\"",
            "NIK \(nik.text)", "N \(nik.text.map(String.init).joined(separator: " "))",
            String(repeating: "x", count: 5_000), "ñandú 😀 日本 “kutipan”…",
            "klik https://contoh.test/a", "", "\u{200B}", String(repeating: "\n", count: 400),
            String(nik.text.unicodeScalars.map { Character(Unicode.Scalar($0.value - 0x30 + 0xFF10) ?? "x") }),
        ]
        let templates = try TemplateSet()
        for name in names {
            for input in try HostileEvents.named(name, nik: nik) {
                for draft in input.drafts {
                    for language in MessageLanguage.allCases {
                        Self.check(templates.text(of: draft, in: language), nik)
                    }
                }
                for (_, contact) in input.contacts {
                    let text = MessageText.whole(
                        on: .email, name: contact.name, subject: contact.name, language: .indonesian, short: "x",
                        body: "x")
                    #expect(text.filter { $0 == "\n" }.count == 1 && contact.name.count <= 80)
                    #expect(!HostileEvents.showsNIK(text, nik))
                }
            }
        }
    }

    private static func check(_ text: MessageText, _ nik: NIK) {
        #expect(text.body.count <= TemplateSet.maximumCharacters && text.title.count <= TemplateSet.maximumTitle)
        #expect(text.body.filter { $0 == "\n" }.count <= 25, "\(text.template)")
        #expect((text.line?.count ?? 0) <= TemplateSet.maximumLine)
        for part in [text.title, text.short, text.body, text.line ?? "-"] {
            #expect(!part.isEmpty && !HostileEvents.showsNIK(part, nik), "\(text.template): \(part)")
            #expect(!part.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
            #expect(!part.contains("://") && !part.contains("\u{202E}"))
        }
        #expect(!text.title.contains("\n") && !text.short.contains("\n") && text.line?.contains("\n") != true)
        for subject in [nil, "", String(repeating: "Ñ😀", count: 40)] {
            let whole = MessageText.whole(
                on: .sms, name: "A", subject: subject, language: .indonesian, short: text.short, body: text.body)
            let count = SMSText.count(whole)
            #expect(count.encoding == .gsm7 && count.segments <= SMSText.mostSegments, "\(text.template): \(whole)")
        }
    }

    @Test func aTemplateThatDoesNotFitIsRefused() throws {
        func set(_ text: String?) throws {
            _ = try TemplateSet { kind, language in
                if kind == .permitCleared, language == .english, let text { return text }
                return Self.file(line: kind.mayBeDigested ? "baris" : nil)
            }
        }
        #expect(throws: Never.self) { try set(nil) }
        let wrong = [
            "{{unknown}}", "{{> part}}", "{{{nib}}}", "{{=<% %>=}}", "{{nib", "{{#nib}}", "{{/nib}}", "{{npp}}", "",
            String(repeating: "x", count: 1_601), "A\n\nB",
        ]
        for text in wrong {
            #expect(throws: TemplateFault.self, "\(text.prefix(20))") { try set(Self.file(body: text)) }
        }
        let headers = [
            Self.file(version: "0"), Self.file(version: "x"), Self.file(title: ""),
            Self.file(title: String(repeating: "x", count: 121)), Self.file(title: "{{unknown}}"),
            Self.file(sms: "a … b"), Self.file(sms: String(repeating: "x", count: 460)), Self.file(sms: "{{npp}}"),
            Self.file(sms: "3602041211870001"), Self.file(line: "baris"), "tanpa kepala", "version: 1\n---\nA",
            Self.file() + String(repeating: "x", count: 8_192), "extra: 1\n" + Self.file(), "title: A\n" + Self.file(),
        ]
        for text in headers {
            #expect(throws: TemplateFault.self, "\(text.prefix(60))") { try set(text) }
        }
    }

    static func file(
        version: String = "1", title: String = "Judul", sms: String = "Tanggal.", line: String? = nil,
        body: String = "Tanggal."
    ) -> String {
        "version: \(version)\ntitle: \(title)\nsms: \(sms)\n" + (line.map { "line: \($0)\n" } ?? "") + "---\n\(body)\n"
    }
}
