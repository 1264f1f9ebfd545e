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
            let body = templates.text(of: draft, in: .indonesian).body
            #expect((1...TemplateSet.maximumCharacters).contains(body.count), "\(draft.kind)")
            #expect(!body.contains("{{") && !body.contains("&#") && !body.contains("\n\n"), "\(draft.kind): \(body)")
            #expect(!body.contains("Optional("), "\(draft.kind)")
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
        let draft = try #require(NotifierInput.contributionPosted(event).drafts.first)
        #expect(
            try TemplateSet().text(of: draft, in: .indonesian).body == """
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
    }

    @Test func hostileNamesStayText() throws {
        let nik = NIK.sample
        let names = [
            "{{nik}}", "{{#reasons}}", "A\nB\r\n\tC", "\u{202E}drow\u{0}ssap", "<b>Budi</b> & \"Putri\"",
            "NIK \(nik.text)", "N \(nik.text.map(String.init).joined(separator: " "))",
            String(repeating: "x", count: 5_000),
            "klik https://contoh.test/a", "", "\u{200B}", String(repeating: "\n", count: 400),
            String(nik.text.unicodeScalars.map { Character(Unicode.Scalar($0.value - 0x30 + 0xFF10) ?? "x") }),
        ]
        let templates = try TemplateSet()
        for name in names {
            for input in Self.inputs(named: name, nik: nik) {
                for draft in input.drafts {
                    let body = templates.text(of: draft, in: .indonesian).body
                    #expect(body.count <= TemplateSet.maximumCharacters)
                    #expect(!Self.showsNIK(body, nik), "\(draft.kind): \(body)")
                    #expect(!body.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
                    #expect(!body.contains("://") && !body.contains("\u{202E}"))
                    #expect(body.filter { $0 == "\n" }.count <= 25, "\(draft.kind)")
                }
                for (_, contact) in input.contacts {
                    let text = MessageText.whole(
                        on: .email, name: contact.name, subject: contact.name, language: .indonesian, short: "x",
                        body: "x")
                    #expect(text.filter { $0 == "\n" }.count == 1 && contact.name.count <= 80)
                    #expect(!Self.showsNIK(text, nik))
                }
            }
        }
    }

    @Test func aTemplateThatDoesNotFitIsRefused() throws {
        let good: (MessageKind) -> String = { _ in "Tanggal." }
        #expect(throws: Never.self) { _ = try TemplateSet(reading: good) }
        let wrong = [
            "{{unknown}}", "{{> part}}", "{{{nib}}}", "{{=<% %>=}}", "{{nib", "{{#nib}}", "{{/nib}}", "{{npp}}", "",
            String(repeating: "x", count: 1_601),
        ]
        for text in wrong {
            #expect(throws: TemplateFault.self, "\(text.prefix(20))") {
                _ = try TemplateSet { $0 == .permitCleared ? text : "Tanggal." }
            }
        }
    }

    private static func showsNIK(_ text: String, _ nik: NIK) -> Bool {
        let digits = text.unicodeScalars.compactMap { scalar -> Character? in
            guard scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue else {
                return nil
            }
            return Character(String(Int(value)))
        }
        return String(digits).contains(nik.text)
    }

    /// The events that carry free text, with this text everywhere.
    private static func inputs(named name: String, nik: NIK) -> [NotifierInput] {
        var participant = ParticipantEnrolled.sample
        participant.name = name
        participant.nik = nik
        var employer = EmployerEnrolled.sample
        employer.name = name
        var worker = EnrolledWorker.sample
        worker.name = name
        worker.nik = nik
        worker.phone = .sample
        employer.workers = Array(repeating: worker, count: 30)
        var held = PermitHeld.sample
        held.employerName = name
        held.missing = Array(repeating: MissingCondition(code: .notRegistered, remedy: name), count: 9)
        var refused = SubmissionRefused.sample
        refused.agentID = .sample
        refused.reasons = Array(repeating: RefusalReason(code: "X", field: "nik", text: name), count: 50)
        var statement = StatementIssued.sample
        var line = StatementLine.sample
        line.label = name
        statement.lines = Array(repeating: line, count: 50)
        var posted = ContributionPosted.sample
        if let reference = try? PaymentReference(nik.text) { posted.reference = reference }
        return [
            .participantEnrolled(participant), .employerEnrolled(employer), .permitHeld(held),
            .submissionRefused(refused), .statementIssued(statement), .contributionPosted(posted),
        ]
    }
}
