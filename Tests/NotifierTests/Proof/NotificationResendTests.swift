import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import Notifier

@Suite struct NotificationResendTests {
    private func resend(acceptDouble: Bool = false, evenExpired: Bool = false) throws -> NotificationResend {
        NotificationResend(by: try OperatorName("Ani"), acceptDouble: acceptDouble, evenExpired: evenExpired)
    }

    private func complaint(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "none"
        } catch { return "\(error)" }
    }

    @Test func aFailedMessageGoesOutAgainUnderAnotherIdAndIsToldOfAgain() throws {
        let rig = try ProofRig("resend")
        defer { rig.close() }
        let person = try rig.enrol(1, phone: true, agent: nil)
        let id = try #require(try rig.records(person).first?.id)
        let fail = """
            UPDATE message SET state = 'failed', reason = '550 no such line', provider = 'satu', attempts = 8,
                finished_at = now(), dispatch_id = gen_random_uuid()
            """
        try rig.connection.execute(fail)
        let first = try rig.applier.work()
        #expect(first.map(\.type) == [NotificationFailed.type])
        try resend().resend(id, on: rig.connection)
        let again = try #require(try rig.records(person).first)
        #expect(again.state == .queued && again.resends == 1 && again.reason == nil && again.provider == nil)
        #expect(again.channel == "sms" && again.finishedAt == nil)
        let story = try NotificationStory.of(IdentifierPrefix(id.text), on: rig.connection)
        #expect(story.resends.map(\.by) == ["Ani"] && story.resends.first?.was == "failed 550 no such line")
        #expect(
            Dispatch.id(of: id, on: .sms, resends: 0) != Dispatch.id(of: id, on: .sms, resends: again.resends))
        #expect(try rig.applier.work().isEmpty)
        // It fails in the same way: that is another event.
        try rig.connection.execute(fail)
        let second = try rig.applier.work()
        #expect(second.map(\.type) == [NotificationFailed.type] && second.map(\.id) != first.map(\.id))
    }

    @Test func whatMayNotBeSentAgainIsRefused() throws {
        let rig = try ProofRig("resend_refused")
        defer { rig.close() }
        let person = try rig.enrol(1, phone: true, agent: nil)
        let id = try #require(try rig.records(person).first?.id)
        func set(_ sql: String) throws { try rig.connection.execute("UPDATE message SET \(sql)") }
        func refusal(acceptDouble: Bool = false, evenExpired: Bool = false) -> String {
            complaint {
                try resend(acceptDouble: acceptDouble, evenExpired: evenExpired).resend(id, on: rig.connection)
            }
        }
        for state in ["queued", "sent", "delivered", "held", "unknown", "digested"] {
            try set("state = '\(state)'")
            #expect(refusal(acceptDouble: true, evenExpired: true).contains("this one is \(state)"), "\(state)")
        }
        try set("state = 'failed', reason = 'OUTCOME_UNKNOWN'")
        #expect(refusal().contains("--accept-double"))
        #expect(refusal(acceptDouble: true) == "none")
        try rig.connection.execute("UPDATE business_date SET started_on = '2018-03-10'")
        try set("state = 'expired', reason = 'EXPIRED', expires_on = '2018-03-09'")
        #expect(refusal().contains("--even-expired"))
        #expect(refusal(evenExpired: true) == "none")
        #expect(try rig.records(person).first?.expiresOn == nil)
        // Not past yet: its end stays.
        try set("state = 'failed', reason = 'x', expires_on = '2018-03-10'")
        #expect(refusal() == "none")
        #expect(try rig.records(person).first?.expiresOn?.description == "2018-03-10")
        for erased in ["state = 'undeliverable', reason = 'ERASED'", "state = 'expired', body = '[dihapus]'"] {
            try set(erased + ", address = NULL")
            #expect(refusal(acceptDouble: true, evenExpired: true).hasPrefix("ERASED"))
        }
        #expect(try rig.connection.texts("SELECT count(*)::text FROM message_resend") == ["3"])
    }

    @Test func whoCouldNotBeReachedIsReachedOnceAnAddressIsKnown() throws {
        let rig = try ProofRig("resend_route")
        defer { rig.close() }
        let person = try rig.enrol(1, phone: false, agent: nil)
        let record = try #require(try rig.records(person).first)
        #expect(record.state == .undeliverable && record.reason == "NO_PHONE")
        #expect(complaint { try resend().resend(record.id, on: rig.connection) }.hasPrefix("NO_PHONE: no address"))
        let stated = ContactPreferenceStated(
            participant: person.kpj, whatsapp: .sample, email: .sample, zone: .wit, recordedBy: "loket",
            statedOn: .sample)
        try rig.apply(.contactPreferenceStated(stated), id: "stated", time: 2)
        let way = try resend().resend(record.id, on: rig.connection)
        #expect(way.channel == "whatsapp" && way.address == PhoneNumber.sample.description)
        let again = try #require(try rig.records(person).first)
        #expect(again.state == .queued && again.wave == "WIT" && again.fallback.map(\.channel) == ["email"])
        let lane = try rig.connection.texts("SELECT lane FROM message")
        #expect(lane == ["whatsapp:WIT"])
    }

    /// To the number that was put right since, at the hours that its messages have.
    @Test func aDigestGoesToItsReaderAsKnownNow() throws {
        let rig = try ProofRig("resend_digest")
        defer { rig.close() }
        let agent = try AgentID("PRS-1")
        try rig.apply(.agentActivated(Scenario.agent(agent)), id: "agent")
        for serial in 1...4 { _ = try rig.enrol(serial, phone: false, agent: agent) }
        try rig.connection.execute("UPDATE message SET queued_at = now() - interval '1 day' WHERE state = 'held'")
        _ = try rig.applier.work()
        try rig.connection.execute(
            "UPDATE message SET state = 'failed', reason = 'REFUSED (x)', wave = 'WIT' WHERE kind = 'digest'")
        var filter = NotificationFilter()
        filter.kind = "digest"
        let digest = try #require(try NotificationRecord.list(filter, limit: 1, on: rig.connection).first)
        let stated = ContactPreferenceStated(
            agentID: agent, phone: try PhoneNumber(code: 6_281_299_999_999), recordedBy: "loket", statedOn: .sample)
        try rig.apply(.contactPreferenceStated(stated), id: "stated", time: 2)
        try resend().resend(digest.id, on: rig.connection)
        let again = try #require(try NotificationRecord.list(filter, limit: 1, on: rig.connection).first)
        #expect(again.state == .queued && again.wave == "WIT" && again.address != digest.address)
        let lanes = try rig.connection.texts("SELECT concat(lane, ' ', address) FROM message WHERE kind = 'digest'")
        #expect(lanes == ["sms:WIT +6281299999999"])
    }

    @Test func manyAreCountedThenSentAgain() throws {
        let rig = try ProofRig("resend_many")
        defer { rig.close() }
        for serial in 1...6 { _ = try rig.enrol(serial, phone: true, agent: nil) }
        try rig.connection.execute(
            """
            UPDATE message SET state = 'failed', provider = 'satu', finished_at = '2018-03-10T00:00:00Z',
                reason = CASE WHEN recipient_ref LIKE '%1' THEN 'OUTCOME_UNKNOWN' ELSE 'NOT_TAKEN (HTTP 503)' END;
            UPDATE message SET provider = 'dua' WHERE recipient_ref LIKE '%2';
            UPDATE message SET finished_at = '2018-03-09T00:00:00Z' WHERE recipient_ref LIKE '%3';
            """)
        let since = try #require(Instant(parsing: "2018-03-10T00:00:00Z"))
        let failed = FailedNotifications(provider: "satu", reason: nil, since: since)
        let counts = try failed.counts(on: rig.connection).map { "\($0.provider) \($0.reason) \($0.count)" }
        #expect(counts == ["satu NOT_TAKEN (HTTP 503) 3", "satu OUTCOME_UNKNOWN 1"])
        #expect(try rig.connection.texts("SELECT count(*)::text FROM message_resend") == ["0"])
        let some = try failed.resend(resend(), limit: 2, on: rig.connection)
        let rest = try failed.resend(resend(), limit: 100, on: rig.connection)
        #expect(some.resent + rest.resent == 3)
        #expect(rest.refused.map { $0.key.hasPrefix("OUTCOME_UNKNOWN") ? $0.value : 0 } == [1])
        let busy = FailedNotifications(provider: nil, reason: "NOT_TAKEN", since: .earliest)
        #expect(try busy.counts(on: rig.connection).map(\.count).reduce(0, +) == 2)
    }
}
