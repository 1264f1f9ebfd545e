import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import Notifier

/// Consent, order of channels and fallbacks, by recipient and purpose.
@Suite struct PreferenceTests {
    private let connection: Connection
    private let applier: BatchApplier<NotifierService>
    private let person: ParticipantEnrolled

    init() throws {
        connection = try Connection(try Database.make("prefer_\(UInt32.random(in: 0 ... .max))"))
        applier = try BatchApplier(service: try Database.service(), connection: connection)
        person = try Scenario.participant(1, phone: true, agent: nil)
    }

    private func stated(_ change: (inout ContactPreferenceStated) throws -> Void) rethrows -> NotifierInput {
        var event = ContactPreferenceStated(participant: person.kpj, recordedBy: "loket", statedOn: .sample)
        try change(&event)
        return .contactPreferenceStated(event)
    }

    private func reminder() -> NotifierInput {
        var event = ContributionReminded.sample
        event.payer = .participant(person.kpj)
        return .contributionReminded(event)
    }

    private var receipt: NotifierInput { .contributionPosted(Scenario.receipt(.participant(person.kpj))) }

    private func routes() throws -> [String] {
        try connection.texts(
            """
            SELECT concat_ws(' ', kind, state, channel, address, array_to_string(fallback, ' '), language, reason)
            FROM message ORDER BY created_at, kind
            """)
    }

    @Test func channelsInTheOrderOfThePreference() throws {
        let email = try EmailAddress("siti@contoh.id")
        let whatsapp = try PhoneNumber("081234567890")
        _ = try applier.apply([
            Event(.participantEnrolled(person), id: "e"),
            Event(
                stated {
                    $0.email = email
                    $0.whatsapp = whatsapp
                    $0.language = .english
                    $0.choices = [PurposeChoice(purpose: .payments, channels: [.email, .sms])]
                }, id: "s", time: 2), Event(receipt, id: "p", time: 3), Event(reminder(), id: "r", time: 3),
        ])
        let routes = try routes()
        let sms = try #require(person.phone).text
        #expect(routes.contains("receipt queued email siti@contoh.id sms:\(sms) en"))
        // Without a choice for its purpose: WhatsApp, where somebody has agreed to it, before SMS and e-mail.
        #expect(
            routes.contains("reminder-participant queued whatsapp \(whatsapp.text) sms:\(sms) email:siti@contoh.id en"))
        #expect(routes.contains { $0.hasPrefix("welcome-participant queued sms") })
    }

    @Test func remindersCanBeRefusedAndNothingElse() throws {
        let no = stated { $0.choices = [PurposeChoice(purpose: .reminders, consent: false)] }
        _ = try applier.apply([
            Event(.participantEnrolled(person), id: "e"), Event(no, id: "s", time: 2),
            Event(reminder(), id: "r", time: 3), Event(receipt, id: "p", time: 3),
        ])
        #expect(try routes().contains("reminder-participant undeliverable  id NO_CONSENT"))
        #expect(try routes().contains { $0.hasPrefix("receipt queued sms") })
        let yes = stated { $0.choices = [PurposeChoice(purpose: .reminders, consent: true)] }
        _ = try applier.apply([Event(yes, id: "t", time: 4), Event(reminder(), id: "q", time: 5)])
        #expect(try routes().contains { $0.hasPrefix("reminder-participant queued sms") })
        // Refused once more while it waits for its hours: it is not sent. A late copy of an older word changes nothing.
        _ = try applier.apply([Event(no, id: "u", time: 6), Event(yes, id: "v", time: 5)])
        #expect(try !routes().contains { $0.hasPrefix("reminder-participant queued") })
        #expect(try routes().contains { $0.hasPrefix("receipt queued sms") })
        // The law or the contract asks for the others.
        let wrong = Array(
            #"{"participant":"\#(person.kpj.text)","choices":[{"purpose":"payments","consent":false}],"recorded_by":"x","stated_on":"2026-01-02"}"#
                .utf8)
        #expect(throws: JSONFault.self) {
            try wrong.withUnsafeBytes { try ContactPreferenceStated.read(bytes: $0) }
        }
    }

    @Test func withoutConsentOfTheEnrolmentNoReminders() throws {
        var silent = person
        silent.consent = false
        _ = try applier.apply([
            Event(.participantEnrolled(silent), id: "e"), Event(reminder(), id: "r", time: 2),
            Event(receipt, id: "p", time: 2),
        ])
        #expect(try routes().contains("reminder-participant undeliverable  id NO_CONSENT"))
        #expect(try routes().contains { $0.hasPrefix("receipt queued sms") })
    }

    @Test func anAddressMakesTheAgentUnnecessary() throws {
        let agent = try AgentID("PRS-1")
        let mute = try Scenario.participant(2, phone: false, agent: agent)
        let email = try EmailAddress("budi@contoh.id")
        _ = try applier.apply([
            Event(
                .contactPreferenceStated(
                    ContactPreferenceStated(
                        participant: mute.kpj, email: email, recordedBy: "aplikasi", statedOn: .sample)), id: "s"),
            Event(.participantEnrolled(mute), id: "e", time: 2),
        ])
        #expect(try routes() == ["welcome-participant queued email budi@contoh.id  id"])
    }

    @Test func institutionsReadFilesUntilTheyStateAnAddress() throws {
        let branch = try BranchCode("K09")
        var escalated = ExceptionEscalated.sample
        escalated.payer = .participant(person.kpj)
        escalated.level = 1
        var enrolled = person
        enrolled.branch = branch
        _ = try applier.apply([
            Event(.participantEnrolled(enrolled), id: "e"), Event(.exceptionEscalated(escalated), id: "x", time: 2),
        ])
        #expect(try routes().contains("exception-escalated queued file branch:K09  id"))
        let desk = ContactPreferenceStated(
            branch: branch, name: "Cabang Denpasar", email: try EmailAddress("denpasar@contoh.go.id"),
            recordedBy: "pusat", statedOn: .sample)
        escalated.level = 3
        _ = try applier.apply([
            Event(.contactPreferenceStated(desk), id: "s", time: 3),
            Event(.exceptionEscalated(ExceptionEscalated.at(level: 1, escalated)), id: "y", time: 4),
            Event(.exceptionEscalated(escalated), id: "z", time: 4),
        ])
        #expect(try routes().contains("exception-escalated queued email denpasar@contoh.go.id  id"))
        #expect(try routes().contains("exception-escalated queued file branch:PUSAT  id"))
    }

    /// Statements and enrolments in any order, in any batches, once or twice: the same contact.
    @Test func anyOrderGivesTheSameContact() throws {
        var generator = SeededGenerator("preferences")
        var events = [Event(NotifierInput.participantEnrolled(person), id: "e", time: 40)]
        for index in 0..<12 {
            let event = try stated {
                switch Int.random(in: 0...4, using: &generator) {
                case 0: $0.email = try EmailAddress("a\(index)@contoh.id")
                case 1: $0.whatsapp = try PhoneNumber(code: 62_812_345_600 + Int64(index))
                case 2: $0.language = index % 2 == 0 ? .english : .indonesian
                case 3: $0.choices = [PurposeChoice(purpose: .reminders, consent: index % 2 == 0)]
                default: $0.choices = [PurposeChoice(purpose: .reminders, channels: index % 2 == 0 ? [.sms] : [.email])]
                }
            }
            // One field a statement is merged as it stands; the times differ.
            events.append(Event(event, id: "s\(index)", time: Int64(10 + index)))
        }
        var results: Set<[String]> = []
        for round in 0..<4 {
            let connection = try Connection(try Database.make("prefer_order_\(round)_\(UInt32.random(in: 0 ... .max))"))
            let applier = try BatchApplier(service: try Database.service(), connection: connection)
            let order = round == 0 ? events : events.shuffled(using: &generator)
            for event in order + (round == 3 ? order : []) { _ = try applier.apply([event]) }
            results.insert(
                try connection.texts(
                    "SELECT concat_ws('|', ref, name, phone, email, whatsapp, language, choices) FROM contact ORDER BY ref"
                ))
        }
        #expect(results.count == 1, "\(results)")
    }
}

extension ExceptionEscalated {
    fileprivate static func at(level: Int, _ event: ExceptionEscalated) -> ExceptionEscalated {
        var event = event
        event.level = level
        return event
    }
}
