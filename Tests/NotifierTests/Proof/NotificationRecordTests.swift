import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import Notifier

/// Histories and stories of messages that the service has made.
@Suite struct NotificationRecordTests {
    @Test func aHistoryShowsWhatAnAgentReads() throws {
        let rig = try ProofRig("history")
        defer { rig.close() }
        let agent = try AgentID("PRS-1")
        let own = try rig.enrol(1, phone: true, agent: agent)
        let through = try rig.enrol(2, phone: false, agent: agent)
        try rig.apply(.agentActivated(Scenario.agent(agent)), id: "agent")
        var filter = NotificationFilter()
        filter.recipients = NotificationFilter.recipients(of: through.kpj)
        let history = try NotificationRecord.list(filter, limit: 10, on: rig.connection)
        #expect(history.map(\.kind) == ["welcome-participant"])
        #expect(history.first?.readerRef == "agent:PRS-1")
        #expect(history.first?.address?.contains("*") == true)
        // What the agent reads for others belongs to the agent's history.
        filter.recipients = [Recipient.agent(agent).ref]
        let read = try NotificationRecord.list(filter, limit: 10, on: rig.connection)
        #expect(Set(read.map(\.kind)) == ["agent-activated", "welcome-participant"])
        filter.recipients = []
        filter.kind = "welcome-participant"
        filter.channel = .sms
        let all = try NotificationRecord.list(filter, limit: 10, on: rig.connection)
        #expect(Set(all.map(\.recipient)) == ["participant:\(own.kpj.text)", "participant:\(through.kpj.text)"])
        let phone = try #require(own.phone)
        for one in all { #expect(one.address != phone.text) }
        #expect(try NotificationRecord.list(filter, limit: 1, on: rig.connection).count == 1)
        filter.since = Instant(microseconds: 4_000_000_000_000_000)
        #expect(try NotificationRecord.list(filter, limit: 10, on: rig.connection).isEmpty)
    }

    @Test func aStoryHasAttemptsReceiptsAndText() throws {
        let rig = try ProofRig("story")
        defer { rig.close() }
        let person = try rig.enrol(1, phone: true, agent: nil)
        let record = try #require(try rig.records(person).first)
        let dispatch = Dispatch.id(of: record.id, on: .sms, resends: 0)
        try rig.connection.execute(
            """
            UPDATE message SET dispatch_id = '\(dispatch.text)', cost_milli = 350500;
            INSERT INTO attempt (dispatch_id, number, message_id, channel, provider, action, milliseconds, outcome, detail)
            VALUES ('\(dispatch.text)', 1, '\(record.id.text)', 'sms', 'satu', 'send', 12, 'unknown', 'timeout'),
                ('\(dispatch.text)', 2, '\(record.id.text)', 'sms', 'satu', 'ask', NULL, NULL, NULL);
            INSERT INTO receipt (provider, receipt_id, dispatch_id, status, reported_at, effect)
            VALUES ('satu', 'r1', '\(dispatch.text)', 'delivered', now(), 'moved'),
                ('satu', 'r2', gen_random_uuid(), 'failed', now(), 'unmatched');
            """)
        let story = try NotificationStory.of(IdentifierPrefix(String(record.id.text.prefix(13))), on: rig.connection)
        #expect(story.attempts.map(\.number) == [1, 2] && story.attempts.map(\.action) == ["send", "ask"])
        #expect(story.attempts.last?.outcome == nil && story.attempts.last?.milliseconds == nil)
        #expect(story.receipts.map(\.status) == ["delivered"])
        #expect(story.segments == SMSText.segments(of: story.text) && !story.text.isEmpty)
        #expect(story.record.costMilli == 350_500 && story.record.template != nil)
        #expect(throws: DeskError.self) {
            try NotificationStory.of(IdentifierPrefix("00000000"), on: rig.connection)
        }
    }

    @Test func aDigestAndItsMessagesKnowEachOther() throws {
        let rig = try ProofRig("digest_story")
        defer { rig.close() }
        let agent = try AgentID("PRS-1")
        try rig.apply(.agentActivated(Scenario.agent(agent)), id: "agent")
        for serial in 1...4 { _ = try rig.enrol(serial, phone: false, agent: agent) }
        try rig.connection.execute("UPDATE message SET queued_at = now() - interval '1 day' WHERE state = 'held'")
        _ = try rig.applier.work()
        var filter = NotificationFilter()
        filter.kind = "digest"
        let digest = try #require(try NotificationRecord.list(filter, limit: 2, on: rig.connection).first)
        let story = try NotificationStory.of(IdentifierPrefix(digest.id.text), on: rig.connection)
        #expect((3...4).contains(story.members.count))
        filter.kind = nil
        filter.state = .digested
        let members = try NotificationRecord.list(filter, limit: 10, on: rig.connection)
        #expect(Set(members.map(\.id)) == Set(story.members.map(\.id)) && members.allSatisfy { $0.digest == digest.id })
    }

    @Test func everyStateAndOwnReasonIsExplained() {
        #expect(NotificationState.allCases.allSatisfy { !$0.meaning.isEmpty })
        for reason in [
            Route.noPhone, Route.noConsent, Expiry.reason, SubjectStore.erasedReason, DispatchRule.outcomeUnknown,
            "REFUSED (no such number)", "NOT_TAKEN (HTTP 503)", "RECEIPT_FAILED", "RECEIPT_EXPIRED", "CHANNEL_AWAY",
        ] {
            #expect(NotificationReason.meaning(reason) != nil, "\(reason)")
        }
        #expect(NotificationReason.meaning("451 busy") == nil)
    }

    @Test func addressesAreMasked() {
        #expect(NotificationRecord.masked("office:DPS") == "office:DPS")
        #expect(NotificationRecord.masked("siti@contoh.id") == "s***@contoh.id")
        #expect(!NotificationRecord.masked("+6281234567890").contains("34567"))
        #expect(NotificationRecord.masked("token-perangkat-0001") == "toke***")
        #expect(NotificationRecord.masked("erased") == "***")
        let steps = NotificationRecord.steps("sms:+6281234567890 email:a@b.id")
        #expect(steps.map(\.channel) == ["sms", "email"] && steps.last?.address == "a@b.id")
    }
}

/// The service on a database of its own.
struct ProofRig {
    let connection: Connection
    let applier: BatchApplier<NotifierService>

    init(_ name: String) throws {
        connection = try Connection(try Database.make("proof_" + name))
        applier = try BatchApplier(service: try Database.service(), connection: connection)
    }

    func close() { connection.close() }

    func apply(_ input: NotifierInput, id: String, time: Int64 = 1) throws {
        _ = try applier.apply([Event(input, id: id, time: time)])
    }

    func enrol(_ serial: Int, phone: Bool, agent: AgentID?) throws -> ParticipantEnrolled {
        let person = try Scenario.participant(serial, phone: phone, agent: agent)
        try apply(.participantEnrolled(person), id: "enrol-\(serial)")
        return person
    }

    func records(_ person: ParticipantEnrolled) throws -> [NotificationRecord] {
        var filter = NotificationFilter()
        filter.recipients = NotificationFilter.recipients(of: person.kpj)
        return try NotificationRecord.list(filter, limit: 100, on: connection)
    }
}
