import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import Notifier

/// What is held for one reader is joined, expires, or is sent one by one.
@Suite struct DigestTests {
    private let connection: Connection
    private let applier: BatchApplier<NotifierService>
    private let agent: AgentID

    init() throws {
        agent = try AgentID("PRS-1")
        connection = try Connection(try Database.make("digest_\(UInt32.random(in: 0 ... .max))"))
        var settings = NotifierSettings()
        settings.digestAfter = .seconds(3_600)
        let service = NotifierService(templates: try TemplateSet(), settings: settings)
        applier = try BatchApplier(service: service, connection: connection)
        _ = try applier.apply([Event(.agentActivated(Scenario.agent(agent)), id: "agent")])
    }

    /// People without a phone, who are written to through their agent.
    private func enrol(_ serials: ClosedRange<Int>) throws {
        _ = try applier.apply(
            serials.map {
                Event(.participantEnrolled(try Scenario.participant($0, phone: false, agent: agent)), id: "e\($0)")
            })
    }

    private func becomeOld() throws {
        try connection.execute("UPDATE message SET queued_at = now() - interval '2 hours' WHERE state = 'held'")
    }

    private func states() throws -> [String: Int] {
        let rows = try connection.texts("SELECT concat(kind, ' ', state) FROM message")
        return Dictionary(rows.map { ($0, 1) }, uniquingKeysWith: +)
    }

    @Test func manyBecomeDigestsWithEveryLine() throws {
        try enrol(1...40)
        #expect(try states()["welcome-participant held"] == 40)
        _ = try applier.work()
        #expect(try states()["welcome-participant held"] == 40, "not before its time")
        try becomeOld()
        _ = try applier.work()
        let after = try states()
        // What is left over and too little for a digest of its own is sent by itself.
        let alone = after["welcome-participant queued", default: 0]
        #expect(after["welcome-participant digested", default: 0] + alone == 40 && alone < 3)
        #expect(try #require(after["digest queued"]) > 1)
        // Each message stands in one digest, by the name of whom it is about, and to the agent.
        let lost = try connection.texts(
            """
            SELECT m.subject FROM message AS m LEFT JOIN message AS d ON d.message_id = m.digest_id
            WHERE m.state = 'digested'
                AND (d.message_id IS NULL OR position(m.subject IN d.body) = 0 OR d.recipient_ref <> 'agent:PRS-1'
                    OR d.address <> m.address)
            """)
        #expect(lost.isEmpty, "\(lost)")
        let long = try connection.texts("SELECT short FROM message WHERE kind = 'digest'")
        #expect(long.allSatisfy { $0.count <= 459 })
    }

    @Test func fewAreSentOneByOne() throws {
        try enrol(1...2)
        try becomeOld()
        _ = try applier.work()
        #expect(try states()["welcome-participant queued"] == 2)
        #expect(try states()["digest queued"] == nil)
    }

    @Test func workThatRunsAgainJoinsNothingTwice() throws {
        try enrol(1...5)
        try becomeOld()
        _ = try applier.work()
        let once = try connection.texts("SELECT message_id::text FROM message ORDER BY 1")
        try becomeOld()
        _ = try applier.work()
        #expect(try connection.texts("SELECT message_id::text FROM message ORDER BY 1") == once)
    }

    @Test func namesLeaveTheDigestWithThePerson() throws {
        try enrol(1...4)
        try becomeOld()
        _ = try applier.work()
        let person = try Scenario.participant(2, phone: false, agent: agent)
        let erased = SubjectErased(
            requestID: try SubmissionID("R-1"), kpj: person.kpj, agentIDs: [], erasedOn: .sample)
        _ = try applier.apply([Event(.subjectErased(erased), id: "x", time: 99)])
        let texts = try connection.texts("SELECT concat(short, body, title, line, subject, name) FROM message")
        #expect(!texts.contains { $0.contains(person.name) })
        let other = try Scenario.participant(3, phone: false, agent: agent)
        #expect(texts.contains { $0.contains(other.name) })
    }

    @Test func twoPersonsLeaveOneDigestInOneBatch() throws {
        try enrol(1...4)
        try becomeOld()
        _ = try applier.work()
        let people = try (1...2).map { try Scenario.participant($0, phone: false, agent: agent) }
        _ = try applier.apply(
            people.enumerated().map { index, person in
                Event(
                    .subjectErased(
                        SubjectErased(
                            requestID: try SubmissionID("R-\(index)"), kpj: person.kpj, agentIDs: [], erasedOn: .sample)
                    ),
                    id: "x\(index)", time: 99)
            })
        let texts = try connection.texts("SELECT concat(short, body, title, line, subject, name) FROM message")
        for person in people { #expect(!texts.contains { $0.contains(person.name) }) }
    }

    @Test func whatComesTooLateIsNotSent() throws {
        let person = try Scenario.participant(7, phone: true, agent: nil)
        let due = try #require(CivilDate(year: 2018, month: 1, day: 15))
        var reminded = ContributionReminded.sample
        reminded.payer = .participant(person.kpj)
        reminded.dueOn = due
        let reminder = Event(NotifierInput.contributionReminded(reminded), id: "r")
        _ = try applier.apply([Event(.participantEnrolled(person), id: "e7"), reminder])
        func start(_ date: CivilDate) throws {
            _ = try applier.apply([Event(.businessDateStarted(BusinessDateStarted(date: date)), id: "\(date)")])
        }
        try start(due)
        _ = try applier.work()
        #expect(try states()["reminder-participant queued"] == 1)
        try start(due.adding(days: 1))
        let failed = try applier.work().filter { $0.type == NotificationFailed.type }
        #expect(try states()["reminder-participant expired"] == 1)
        #expect(failed.count == 1)
    }
}
