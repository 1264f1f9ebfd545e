import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import Notifier

/// A dry run decides what the service decides, and leaves nothing behind.
@Suite struct DryRunTests {
    private static let counts = """
        SELECT concat_ws(' ', (SELECT count(*) FROM message), (SELECT count(*) FROM contact),
            (SELECT count(*) FROM webhook))
        """

    private func dryRun(
        _ events: [Event<NotifierInput>], batch: Int, limit: Int = 10_000, on connection: Connection
    ) throws -> DryRun {
        var run = DryRun(try Database.service(), limit: limit, on: connection)
        for start in stride(from: 0, to: events.count, by: batch) {
            try run.take(Array(events[start..<min(start + batch, events.count)]))
        }
        try run.finish()
        return run
    }

    private func lines(_ run: DryRun) -> [String] {
        run.messages.map { one in
            [
                one.id.text, one.kind, one.recipient, one.state.rawValue, one.reason ?? one.waitsFor ?? "",
                one.channel ?? "", one.readerRef ?? "", one.wave ?? "", one.expiresOn?.description ?? "", one.template,
                one.textHash,
            ].joined(separator: "|")
        }.sorted()
    }

    /// The same of the rows that the service has stored.
    private func stored(_ connection: Connection) throws -> [String] {
        let rows = try connection.query(
            Statement(
                "test_stored",
                """
                SELECT message_id, kind, recipient_ref, state, coalesce(reason, waits_for, ''), channel,
                    coalesce(reader_ref, ''), wave, expires_on, coalesce(template, ''), coalesce(name, ''), subject,
                    language, coalesce(short, body), body
                FROM message
                """))
        return try (0..<rows.rowCount).map { row in
            let channel = try rows.optionalText(row, 5).flatMap(MessageChannel.init(rawValue:))
            let text = try channel.map { channel in
                try MessageText.whole(
                    on: channel, name: rows.text(row, 10), subject: rows.optionalText(row, 11),
                    language: #require(MessageLanguage(rawValue: rows.text(row, 12))), short: rows.text(row, 13),
                    body: rows.text(row, 14))
            }
            let date = try rows.optionalDate(row, 8).flatMap { CivilDate(daysSince1970: $0) }
            return [
                try rows.uuid(row, 0).text, try rows.text(row, 1), try rows.text(row, 2), try rows.text(row, 3),
                try rows.text(row, 4), channel?.rawValue ?? "", try rows.text(row, 6),
                channel == nil ? "" : try rows.text(row, 7), date?.description ?? "", try rows.text(row, 9),
                PlannedMessage.hash(try text ?? rows.text(row, 14)),
            ].joined(separator: "|")
        }.sorted()
    }

    @Test(arguments: [1, 7, 10_000]) func decidesWhatTheServiceDecides(batch: Int) throws {
        var generator = SeededGenerator("dry-run")
        let events = try (Scenario.events(&generator) + Self.preferences()).shuffled(using: &generator)
        let connection = try Connection(try Database.make("dry_run_\(batch)"))
        defer { connection.close() }
        let applier = try BatchApplier(service: try Database.service(), connection: connection)
        let planned = try dryRun(events, batch: batch, on: connection)
        #expect(try connection.texts(Self.counts) == ["0 0 0"])
        #expect(planned.messages.allSatisfy { $0.stored == nil })
        #expect(planned.summary.events == events.count && planned.summary.messages == planned.messages.count)

        for start in stride(from: 0, to: events.count, by: batch) {
            _ = try applier.apply(Array(events[start..<min(start + batch, events.count)]))
        }
        let made = try stored(connection)
        let difference = Set(lines(planned)).symmetricDifference(made)
        #expect(difference.isEmpty, "\(difference.sorted().prefix(4))")
        #expect(made.count > 200)
        for word in ["|queued|", "|held|", "|waiting_contact|", "|undeliverable|NO_PHONE|", "|whatsapp|"] {
            #expect(made.contains { $0.contains(word) }, "\(word)")
        }
    }

    /// Some who have stated how they want to be written to, before and after their messages.
    private static func preferences() throws -> [Event<NotifierInput>] {
        try (10...20).map { serial in
            let person = try Scenario.participant(serial, phone: true, agent: nil)
            let stated = ContactPreferenceStated(
                participant: person.kpj, whatsapp: .sample, language: .english,
                choices: [PurposeChoice(purpose: .reminders, consent: false)], recordedBy: "loket",
                statedOn: .sample)
            return Event(.contactPreferenceStated(stated), id: "stated-\(serial)", time: 10_000)
        }
    }

    @Test func earlierMessagesThatWaitAreToldOfAndMadeOnesShowTheirState() throws {
        let connection = try Connection(try Database.make("dry_run_waiting"))
        defer { connection.close() }
        let applier = try BatchApplier(service: try Database.service(), connection: connection)
        let person = try Scenario.participant(1, phone: true, agent: nil)
        let paid = Event<NotifierInput>(
            .contributionPosted(Scenario.receipt(.participant(person.kpj))), id: "paid")
        let enrolled = Event<NotifierInput>(.participantEnrolled(person), id: "enrolled")
        _ = try applier.apply([paid])
        let before = try dryRun([enrolled], batch: 1, on: connection)
        #expect(
            before.messages.map { "\($0.kind) \($0.state.rawValue) \($0.stored?.rawValue ?? "new")" }.sorted()
                == ["receipt queued waiting_contact", "welcome-participant queued new"])
        #expect(before.messages.allSatisfy { $0.channel == "sms" && ($0.segments ?? 0) > 0 })
        let phone = try #require(person.phone)
        #expect(before.messages.allSatisfy { $0.address == phone.description })
        _ = try applier.apply([enrolled])
        let after = try dryRun([enrolled, paid, enrolled], batch: 1, on: connection)
        #expect(after.summary.events == 2)
        #expect(lines(after) == lines(before) && after.messages.allSatisfy { $0.stored == .queued })
        #expect(after.summary.counts.values.allSatisfy { $0.stored == $0.messages })
    }

    @Test func onlySoManyAreListedAndAllAreCounted() throws {
        let connection = try Connection(try Database.make("dry_run_limit"))
        defer { connection.close() }
        _ = try BatchApplier(service: try Database.service(), connection: connection)
        let events = try (1...20).map { serial in
            Event<NotifierInput>(
                .participantEnrolled(try Scenario.participant(serial, phone: serial > 5, agent: nil)), id: "e\(serial)")
        }
        let run = try dryRun(events, batch: 6, limit: 3, on: connection)
        #expect(run.messages.count == 3 && run.summary.messages == 20)
        let counts = run.summary.counts.map { "\($0.key.state.rawValue) \($0.key.reason ?? "-") \($0.value.messages)" }
        #expect(counts.sorted() == ["queued - 15", "undeliverable NO_PHONE 5"])
    }

    @Test func whoAskedToBeForgottenGetsNothing() throws {
        let connection = try Connection(try Database.make("dry_run_erased"))
        defer { connection.close() }
        _ = try BatchApplier(service: try Database.service(), connection: connection)
        let person = try Scenario.participant(1, phone: true, agent: nil)
        var erased = SubjectErased.sample
        erased.kpj = person.kpj
        let events: [Event<NotifierInput>] = [
            Event(.contributionPosted(Scenario.receipt(.participant(person.kpj))), id: "paid", time: 1),
            Event(.participantEnrolled(person), id: "enrolled", time: 2),
            Event(.subjectErased(erased), id: "erased", time: 3),
        ]
        let run = try dryRun(events, batch: 10, on: connection)
        #expect(run.messages.count == 2)
        #expect(run.messages.allSatisfy { $0.state == .undeliverable && $0.reason == "ERASED" && $0.address == nil })
    }
}
