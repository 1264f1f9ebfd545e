import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import Notifier

/// Persons who ask that the own data be erased or corrected (UU 27/2022).
@Suite struct SubjectTests {
    private let connection: Connection
    private let applier: BatchApplier<NotifierService>
    private let agent: AgentID
    private let name = "Ni Kadek Rahasia"
    private let phone = "81299990001"

    init() throws {
        connection = try Connection(try Database.make("subject_\(UUID().uuidString.prefix(8).lowercased())"))
        applier = try BatchApplier(service: try Database.service(), connection: connection)
        agent = try AgentID("PRS-9")
    }

    private func person(agent: AgentID? = nil, hasPhone: Bool = true) throws -> ParticipantEnrolled {
        var event = try Scenario.participant(7, phone: false, agent: agent)
        event.name = name
        event.phone = hasPhone ? try PhoneNumber("0\(phone)") : nil
        return event
    }

    private func employer() throws -> EmployerEnrolled {
        var event = EmployerEnrolled.sample
        var (one, other) = (EnrolledWorker.sample, EnrolledWorker.sample)
        one.kpj = try person().kpj
        one.name = name
        one.phone = try PhoneNumber("0\(phone)")
        other.kpj = try KPJ(code: one.kpj.code + 1)
        other.name = "Pekerja Lain"
        other.phone = nil
        event.workers = [one, other]
        event.agentID = nil
        event.phone = try PhoneNumber("081200000001")
        return event
    }

    private func erased(_ id: String = "R-1", agents: [AgentID] = []) throws -> SubjectErased {
        SubjectErased(
            requestID: try SubmissionID(id), kpj: try person().kpj, agentIDs: agents,
            erasedOn: try #require(CivilDate(parsing: "2031-01-01")), npps: [try employer().npp])
    }

    private func scan() throws -> [String] {
        try PersonalDataScan.places(
            of: [NIK.sample.text, name, phone, "Agen PRS-9"], schema: "notifier", on: connection)
    }

    private func apply(_ input: NotifierInput, _ id: String, at time: Int64) throws {
        _ = try applier.apply([Event(input, id: id, time: time)])
    }

    private func tellAll() throws {
        let kpj = try person().kpj
        try apply(.participantEnrolled(person()), "e", at: 10)
        try apply(.employerEnrolled(employer()), "f", at: 11)
        try apply(.contributionPosted(Scenario.receipt(.participant(kpj))), "p", at: 12)
        var activated = Scenario.agent(agent)
        activated.phone = try PhoneNumber("0\(phone)")
        try apply(.agentActivated(activated), "a", at: 13)
        // Somebody else is reached through the agent.
        try apply(.participantEnrolled(Scenario.participant(8, phone: false, agent: agent)), "o", at: 14)
    }

    @Test func nothingIsLeftAndNothingMoreIsSent() throws {
        try tellAll()
        try connection.execute(
            "UPDATE message SET state = 'sent', finished_at = now() WHERE kind = 'receipt'")
        #expect(try !scan().isEmpty)
        let count = try connection.texts("SELECT count(*)::text FROM message")
        try apply(.subjectErased(erased(agents: [agent])), "x", at: 20)
        #expect(try scan() == [])
        #expect(try connection.texts("SELECT count(*)::text FROM message") == count)
        // Only what went to others is still in the queue; the employer still reads of the other worker.
        let queued = try connection.texts("SELECT concat(kind, ' ', body) FROM message WHERE state = 'queued'")
        #expect(queued.count == 1)
        #expect(try #require(queued.first).contains("Pekerja Lain") && queued.joined().contains("- (dihapus)"))
        #expect(
            try connection.texts("SELECT DISTINCT reason FROM message WHERE state = 'undeliverable'") == ["ERASED"])
        #expect(try connection.texts("SELECT concat(request_id, ' ', agents) FROM subject_erasure") == ["R-1 PRS-9"])
        // What could not be delivered is told, without an address.
        for event in try applier.work() {
            #expect(!String(decoding: event.data, as: UTF8.self).contains(phone))
        }
        // Money that comes later makes a message to nobody.
        try apply(.contributionPosted(Scenario.receipt(.participant(person().kpj))), "q", at: 30)
        #expect(try scan() == [])
        #expect(try connection.texts("SELECT count(*)::text FROM message WHERE state = 'waiting_contact'") == ["0"])
    }

    @Test func whatComesLateBringsNothingBack() throws {
        try apply(.subjectErased(erased(agents: [agent])), "x", at: 20)
        try tellAll()
        #expect(try scan() == [])
        // A later enrolment is another matter.
        try apply(.participantEnrolled(person()), "again", at: 40)
        #expect(
            try connection.texts("SELECT name FROM contact WHERE phone IS NOT NULL AND ref LIKE 'participant:%'") == [
                name
            ])
        // And the first one, told again, adds nothing to it.
        var first = try person()
        first.agentID = agent
        try apply(.participantEnrolled(first), "once more", at: 9)
        #expect(try connection.texts("SELECT count(*)::text FROM contact WHERE agent = 'PRS-9'") == ["1"])
    }

    @Test func everyOrderGivesTheSameContact() throws {
        let known = KnownContact(
            Contact(name: "A", phone: nil), at: Instant(microseconds: 30) ?? .earliest, by: UUID(0, 3))
        let old = KnownContact(
            Contact(name: "B", phone: try PhoneNumber("0\(phone)")), at: Instant(microseconds: 10) ?? .earliest,
            by: UUID(0, 1))
        let gone = KnownContact(erasedAt: Instant(microseconds: 20) ?? .earliest, by: UUID(0, 2))
        let all = [known, old, gone]
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let merged = order.dropFirst().reduce(all[order[0]]) { $0.merged(with: all[$1]) }
            #expect(merged.contact.name == "A", "\(order)")
            // A phone of before the erasure is filled in only while nobody has heard of it.
            if order != [0, 1, 2], order != [1, 0, 2] { #expect(merged.contact.phone == nil, "\(order)") }
        }
        #expect(old.merged(with: gone).contact.name.isEmpty && gone.merged(with: old).contact.phone == nil)
    }

    @Test func aCorrectionReachesContactsAndWhatWaits() throws {
        try tellAll()
        let corrected = SubjectCorrected(
            requestID: try SubmissionID("C-1"), kpj: try person().kpj, name: "Ni Kadek Benar",
            phone: try PhoneNumber("081299990002"),
            correctedOn: try #require(CivilDate(parsing: "2018-03-01")))
        try apply(.subjectCorrected(corrected), "c", at: 20)
        #expect(
            try connection.texts("SELECT concat(name, ' ', phone) FROM contact WHERE ref LIKE 'participant:%7'")
                == ["Ni Kadek Benar 6281299990002"])
        #expect(
            try connection.texts(
                "SELECT DISTINCT concat(name, ' ', address) FROM message WHERE recipient_ref LIKE 'participant:%7'")
                == ["Ni Kadek Benar +6281299990002"])
        // Only the phone.
        var phoneOnly = corrected
        phoneOnly.name = nil
        phoneOnly.phone = try PhoneNumber("081299990003")
        try apply(.subjectCorrected(phoneOnly), "d", at: 21)
        #expect(
            try connection.texts("SELECT concat(name, ' ', phone) FROM contact WHERE ref LIKE 'participant:%7'")
                == ["Ni Kadek Benar 6281299990003"])
    }
}
