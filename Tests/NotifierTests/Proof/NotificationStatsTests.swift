import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import Notifier

@Suite struct NotificationStatsTests {
    @Test func ratesTimesAndCosts() throws {
        let rig = try ProofRig("stats")
        defer { rig.close() }
        for serial in 1...9 { _ = try rig.enrol(serial, phone: serial < 9, agent: nil) }
        try rig.apply(.permitHeld(.sample), id: "held")
        // 1 to 4 delivered, 5 sent, 6 failed, 7 expired after being sent, 8 expired before, 9 undeliverable.
        try rig.connection.execute(
            """
            UPDATE message SET created_at = '2018-03-05T02:00:00Z';
            WITH numbered AS (
                SELECT message_id, right(recipient_ref, 1)::int AS n FROM message WHERE recipient_kind = 'participant')
            UPDATE message AS m SET provider = 'satu', segments = 2, cost_milli = 350500, queued_at = created_at,
                state = CASE WHEN n <= 4 THEN 'delivered' WHEN n = 5 THEN 'sent' WHEN n = 6 THEN 'failed' ELSE 'expired' END,
                sent_at = CASE WHEN n IN (1, 2, 3, 4, 5, 7) THEN created_at + n * interval '1 second' END,
                delivered_at = CASE WHEN n <= 4 THEN created_at + 3 * n * interval '1 second' END
            FROM numbered WHERE numbered.message_id = m.message_id AND n <= 8;
            UPDATE message SET state = 'sent', provider = 'file-outbox', sent_at = created_at WHERE channel = 'file';
            """)
        func stats(_ group: NotificationStats.Group, _ from: String, _ until: String) throws -> NotificationStats {
            try NotificationStats.read(
                from: #require(Instant(parsing: from)), until: #require(Instant(parsing: until)), by: group,
                on: rig.connection)
        }
        let day = try stats(.channel, "2018-03-05T00:00:00Z", "2018-03-06T00:00:00Z")
        #expect(day.lines.map(\.name) == ["sms", "file", "none"])
        let sms = try #require(day.lines.first)
        #expect(sms.total == 8 && sms.delivered == 4 && sms.handedOver == 7 && sms.rate == 5_714)
        #expect(sms.toSent == .init(median: 3_000, p95: 7_000))
        #expect(sms.toDelivered == .init(median: 4_000, p95: 8_000))
        #expect(sms.segments == 16 && sms.costMilli == 8 * 350_500)
        #expect(day.lines[1].rate == nil && day.lines[1].states == [.sent: 1])
        #expect(day.lines[2].states == [.undeliverable: 1])
        #expect(day.total?.total == 10 && day.total?.handedOver == 7)
        for group in NotificationStats.Group.allCases {
            let grouped = try stats(group, "2018-03-05T00:00:00Z", "2018-03-06T00:00:00Z")
            #expect(grouped.lines.map(\.total).reduce(0, +) == 10, "\(group)")
        }
        #expect(
            try stats(.day, "2018-03-05T00:00:00Z", "2018-03-06T00:00:00Z").lines.map(\.name) == ["2018-03-05"])
        let none = try stats(.kind, "2018-03-06T00:00:00Z", "2018-03-07T00:00:00Z")
        #expect(none.lines.isEmpty && none.total?.total == 0)
    }

    @Test func whatWaitsAndHowProvidersDo() throws {
        let rig = try ProofRig("queue")
        defer { rig.close() }
        for serial in 1...3 { _ = try rig.enrol(serial, phone: true, agent: nil) }
        _ = try rig.enrol(4, phone: false, agent: try AgentID("PRS-9"))
        try rig.apply(.permitHeld(.sample), id: "held")
        let queue = try WaitingNotifications.read(on: rig.connection)
        let counts = queue.map { "\($0.state.rawValue) \($0.lane) \($0.count)" }.sorted()
        #expect(counts.contains("waiting_contact  1") && counts.contains("queued file:now 1"))
        #expect(queue.filter { $0.lane.hasPrefix("sms:") }.map(\.count) == [3])
        try rig.connection.execute(
            """
            INSERT INTO provider (name, failures, open_until, latency_ms, failure_rate) VALUES
                ('dua', 0, NULL, 12.5, 0.05), ('satu', 5, now() + interval '1 hour', 900, 1),
                ('tiga', 5, now() - interval '1 second', 900, 1)
            """)
        let providers = try ProviderCondition.read(on: rig.connection)
        #expect(providers.map(\.name) == ["dua", "satu", "tiga"])
        #expect(providers.map(\.breaker) == [.closed, .open, .trying])
        #expect(providers.first?.latency == 12.5)
    }

    @Test func aContactShowsWhereMessagesGo() throws {
        let rig = try ProofRig("contact")
        defer { rig.close() }
        let person = try rig.enrol(1, phone: true, agent: nil)
        let stated = ContactPreferenceStated(
            participant: person.kpj, email: .sample, language: .english,
            choices: [
                PurposeChoice(purpose: .reminders, consent: false),
                PurposeChoice(purpose: .payments, channels: [.email, .sms]),
            ], recordedBy: "loket", statedOn: .sample)
        try rig.apply(.contactPreferenceStated(stated), id: "stated", time: 2)
        let record = try #require(try ContactRecord.read(.participant(person.kpj), on: rig.connection))
        #expect(record.isEnrolled && record.fields.allSatisfy { $0.since != nil })
        let fields = record.fields.map { "\($0.source) \($0.name) \($0.value)" }
        #expect(fields.contains("stated email s***@contoh.id") && fields.contains("stated language en"))
        #expect(fields.contains("stated consent.reminders no") && fields.contains("stated channels.payments email,sms"))
        #expect(!fields.joined().contains(person.name))
        let ways = Dictionary(uniqueKeysWithValues: record.ways.map { ($0.purpose, $0) })
        #expect(ways[.payments]?.steps.map(\.channel) == ["email", "sms"])
        #expect(ways[.reminders]?.reason == "NO_CONSENT" && ways[.reminders]?.consent == false)
        #expect(ways[.membership]?.steps.map(\.channel) == ["sms", "email"])
        let nobody = try Scenario.participant(77, phone: true, agent: nil)
        #expect(try ContactRecord.read(.participant(nobody.kpj), on: rig.connection) == nil)
        let office = try #require(try ContactRecord.read(.office(OfficeCode("DPS")), on: rig.connection))
        #expect(office.ways.first?.steps.map(\.channel) == ["file"])
    }
}
