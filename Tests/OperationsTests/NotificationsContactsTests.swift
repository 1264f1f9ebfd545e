import ArgumentParser
import PerisaiModels
import Testing

@testable import Operations

/// What `perisai contacts state` takes down.
@Suite struct NotificationsContactsTests {
    private func event(_ words: String..., input: [String] = []) throws -> ContactPreferenceStated {
        let parsed = try ContactsCommand.parseAsRoot(["state"] + words + ["--by", "Ani"])
        let command = try #require(parsed as? ContactsCommand.State)
        var lines = input
        return try command.event { lines.isEmpty ? nil : lines.removeFirst() }
    }

    private func complaint(_ words: String...) -> String {
        do {
            _ = try ContactsCommand.parseAsRoot(words + ["--by", "Ani"])
            return "none"
        } catch { return ContactsCommand.message(for: error) }
    }

    private let kpj = "18020000017"

    @Test func everythingThatCanBeStated() throws {
        let stated = try event(
            "--participant", kpj, "--phone", "0812 3456 7890", "--whatsapp", "+6281234567891", "--email",
            "siti@contoh.id", "--push-token", "token-perangkat-0001", "--language", "en", "--zone", "WITA", "--refuse",
            "reminders", "--channels", "payments=whatsapp,sms", "--channels", "reminders=email", "--on", "2018-02-05")
        #expect(stated.participant?.text == kpj && stated.recordedBy == "Ani")
        #expect(stated.phone?.code == 6_281_234_567_890 && stated.whatsapp?.code == 6_281_234_567_891)
        #expect(stated.email?.text == "siti@contoh.id" && stated.pushToken?.text == "token-perangkat-0001")
        #expect(stated.language == .english && stated.zone == .wita && stated.statedOn.description == "2018-02-05")
        #expect(
            stated.choices == [
                PurposeChoice(purpose: .payments, channels: [.whatsapp, .sms]),
                PurposeChoice(purpose: .reminders, consent: false, channels: [.email]),
            ])
        #expect(stated.partitionKey == kpj)
        let read = try stated.json.withUnsafeBytes { try ContactPreferenceStated.read(bytes: $0) }
        #expect(read == stated)
    }

    @Test func whoeverStatesIt() throws {
        #expect(try event("--employer", "12345678", "--language", "id").employer != nil)
        #expect(try event("--agent", "PRS-1", "--language", "id").agentID?.text == "PRS-1")
        #expect(try event("--wadah", "W-1", "--email", "a@contoh.id").wadahID?.text == "W-1")
        #expect(try event("--branch", "DPS", "--email", "a@contoh.id").branch?.text == "DPS")
        #expect(try event("--office", "DPS", "--name", "DPMPTSP Denpasar").name == "DPMPTSP Denpasar")
        #expect(try event("--participant", kpj, "--accept", "reminders").choices?.first?.consent == true)
        #expect(try event("--participant", kpj, "--email", "-", input: [" a@contoh.id "]).email?.text == "a@contoh.id")
        #expect(throws: ValidationError.self) { try event("--participant", kpj, "--email", "-") }
        #expect(throws: ValidationError.self) { try event("--participant", kpj, "--email", "-", input: ["x"]) }
    }

    @Test func faultsNameTheOptionAndTheReason() {
        let who = ["--participant", kpj]
        func fault(_ words: String...) -> String {
            do {
                _ = try ContactsCommand.parseAsRoot(["state"] + who + words + ["--by", "Ani"])
                return "none"
            } catch { return ContactsCommand.message(for: error) }
        }
        #expect(complaint("state", "--language", "id").hasPrefix("say who: one of"))
        #expect(fault() == "say what was stated: an address, --language, --zone, --refuse, --accept or --channels")
        #expect(fault("--phone", "12").hasPrefix("--phone: phone number: "))
        #expect(fault("--whatsapp", "abc") == "--whatsapp: phone number: has a character that is not a digit")
        #expect(fault("--email", "siti").hasPrefix("--email: e-mail address: must have"))
        #expect(fault("--push-token", "x").hasPrefix("--push-token: push token: must have 16"))
        #expect(fault("--language", "fr") == "--language: must be one of id, en")
        #expect(fault("--zone", "GMT") == "--zone: must be one of WIB, WITA, WIT")
        #expect(fault("--refuse", "payments") == "--refuse: payments cannot be refused, only reminders can")
        #expect(fault("--refuse", "all").hasPrefix("--refuse: must be one of permits"))
        #expect(fault("--refuse", "reminders", "--accept", "reminders") == "--accept: reminders is given twice")
        #expect(fault("--channels", "reminders") == "--channels: must be PURPOSE=CHANNEL,…")
        #expect(fault("--channels", "reminders=fax").hasPrefix("--channels: must be one of push"))
        #expect(fault("--channels", "reminders=").contains("must not be empty"))
        #expect(fault("--channels", "reminders=file").contains("file is not for people"))
        #expect(fault("--channels", "reminders=sms,sms").contains("twice"))
        #expect(fault("--name", "Siti").hasPrefix("--name: is for a wadah"))
        #expect(fault("--phone", "-", "--email", "-") == "only one option may be read from standard input")
        let number = "5171010101800001"
        #expect(!fault("--phone", number).contains(number))
    }
}
