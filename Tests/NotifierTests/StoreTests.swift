import Foundation
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing
import Worker

@testable import Notifier

@Suite struct StoreTests {
    static let snapshot = """
        SELECT concat_ws('|', message_id, kind, recipient_kind, recipient_ref, state, waits_for, address, name, subject,
            reason, body) FROM message ORDER BY message_id
        """
    static let contacts = """
        SELECT concat_ws('|', ref, name, phone, zone, agent) FROM contact WHERE name IS NOT NULL ORDER BY ref
        """

    @Test func anyOrderAndRepetitionGiveTheSameMessages() throws {
        var generator = SeededGenerator("order")
        let events = try Scenario.events(&generator)
        var results: [[String]] = []
        for (index, batches) in Self.batchings(events, &generator).enumerated() {
            let connection = try Connection(try Database.make("order_\(index)"))
            let applier = try BatchApplier(service: try Database.service(), connection: connection)
            for batch in batches { _ = try applier.apply(batch) }
            let messages = try connection.texts(Self.snapshot)
            results.append(messages + (try connection.texts(Self.contacts)))
            #expect(!messages.contains { $0.contains(NIK.sample.text) })
        }
        #expect(results[0].count > 200)
        for (index, result) in results.enumerated() {
            let difference = Set(result).symmetricDifference(results[0]).map { $0.prefix(160) }
            #expect(difference.isEmpty, "batching \(index): \(difference.sorted().prefix(4))")
        }
        let states = ["queued", "waiting_contact", "undeliverable"]
        for state in states { #expect(results[0].contains { $0.contains("|\(state)|") }, "\(state)") }
    }

    /// One batch; one event a batch; shuffled in batches of seven; everything twice; everything once more under way.
    private static func batchings(
        _ events: [Event<NotifierInput>], _ generator: inout SeededGenerator
    ) -> [[[Event<NotifierInput>]]] {
        let shuffled = events.shuffled(using: &generator)
        let sevens = stride(from: 0, to: shuffled.count, by: 7).map {
            Array(shuffled[$0..<min($0 + 7, shuffled.count)])
        }
        return [
            [events], events.map { [$0] }, sevens, [events + events.reversed()], [events.reversed()] + sevens,
        ]
    }

    @Test func aContactIsNeverMissedByTwoWorkers() throws {
        let settings = try Database.make("gate")
        let count = 60
        let agent = try AgentID("PRS-1")
        var enrolled: [Event<NotifierInput>] = []
        var posted: [Event<NotifierInput>] = []
        for serial in 1...count {
            let person = try Scenario.participant(serial, phone: serial % 2 == 0, agent: agent)
            enrolled.append(Event(.participantEnrolled(person), id: "e\(serial)", partition: 0))
            posted.append(Event(.contributionPosted(Scenario.receipt(.participant(person.kpj))), id: "p\(serial)"))
        }
        enrolled.insert(Event(.agentActivated(Scenario.agent(agent)), id: "agent"), at: count / 2)
        _ = try BatchApplier(service: try Database.service(), connection: try Connection(settings))
        let streams = [enrolled, posted, posted.reversed()]
        let problems = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: streams.count) { index in
            do {
                let connection = try Connection(settings)
                let applier = try BatchApplier(service: try Database.service(), connection: connection)
                for event in streams[index] {
                    // Two streams bring the same events: the inbox refuses the second of two at the same moment.
                    do { _ = try applier.apply([event]) } catch let error as PostgresError where error.kind == .conflict
                    {
                        _ = try applier.apply([event])
                    }
                }
            } catch { problems.withLock { $0.append("\(error)") } }
        }
        #expect(problems.withLock { $0 } == [])
        let connection = try Connection(settings)
        let waiting = try connection.texts(
            "SELECT concat_ws(' ', kind, recipient_ref, waits_for) FROM message WHERE state NOT IN ('queued', 'held')")
        #expect(waiting.isEmpty, "\(waiting.prefix(4))")
        let rows = try connection.texts("SELECT message_id::text FROM message")
        #expect(rows.count == 2 * count + 1)
    }

    @Test func whatCannotBeDeliveredIsAnnounced() throws {
        let connection = try Connection(try Database.make("undeliverable"))
        let applier = try BatchApplier(service: try Database.service(), connection: connection)
        let person = try Scenario.participant(1, phone: false, agent: nil)
        let published = try applier.apply([
            Event(.contributionPosted(Scenario.receipt(.participant(person.kpj))), id: "p"),
            Event(.participantEnrolled(person), id: "e"),
        ])
        #expect(published.isEmpty)
        let announced = try applier.work()
        #expect(announced.map(\.type) == [NotificationFailed.type, NotificationFailed.type])
        for event in announced {
            let data = try event.data.withUnsafeBytes { try NotificationFailed.read(bytes: $0) }
            #expect(data.reason == "NO_PHONE" && data.recipient == "participant:\(person.kpj.text)")
        }
        #expect(try applier.work().isEmpty)
    }
}

/// Events that belong together.
enum Scenario {
    static func participant(_ serial: Int, phone: Bool, agent: AgentID?) throws -> ParticipantEnrolled {
        var event = ParticipantEnrolled.sample
        event.submissionID = try SubmissionID("S\(serial)")
        event.kpj = try KPJ(month: event.firstMonth, serial: serial)
        event.name = "Peserta \(serial)"
        event.phone = phone ? try PhoneNumber(code: 6_281_200_000_000 + Int64(serial)) : nil
        event.agentID = agent
        return event
    }

    static func agent(_ id: AgentID) -> AgentActivated {
        var event = AgentActivated.sample
        event.agentID = id
        event.name = "Agen \(id.text)"
        return event
    }

    static func receipt(_ payer: PayerNumber) -> ContributionPosted {
        var event = ContributionPosted.sample
        event.payer = payer
        event.protectedFrom = event.bookedOn
        event.protectedUntil = event.bookedOn
        return event
    }

    /// Agents (one of them never heard of), participants with and without phone and agent, employers, payments of all of
    /// them and of payers that are never enrolled, statements, permits.
    static func events(_ generator: inout SeededGenerator) throws -> [Event<NotifierInput>] {
        let agents = try (1...4).map { try AgentID("PRS-\($0)") }
        var inputs: [NotifierInput] = agents.dropLast().map { .agentActivated(agent($0)) }
        for (index, id) in agents.enumerated() {
            var statement = StatementIssued.sample
            statement.agentID = id
            statement.sequence = index % 2
            inputs.append(.statementIssued(statement))
        }
        for serial in 1...60 {
            let agent = Int.random(in: 0...2, using: &generator) == 0 ? nil : agents.randomElement(using: &generator)
            let person = try participant(serial, phone: Bool.random(using: &generator), agent: agent)
            let payer = PayerNumber.participant(person.kpj)
            // Five are never enrolled: what they pay waits.
            if serial > 5 { inputs.append(.participantEnrolled(person)) }
            for _ in 0..<2 { inputs.append(.contributionPosted(receipt(payer))) }
            if serial % 5 == 0 {
                var reversed = ContributionReversed.sample
                reversed.payer = payer
                inputs.append(.contributionReversed(reversed))
            }
        }
        for serial in 1...10 {
            var employer = EmployerEnrolled.sample
            employer.npp = try NPP(number: Int64(10_000_000 + serial))
            employer.phone = serial % 3 == 0 ? nil : .sample
            employer.agentID = serial % 2 == 0 ? agents.randomElement(using: &generator) : nil
            inputs += [.employerEnrolled(employer), .contributionPosted(receipt(.employer(employer.npp)))]
        }
        inputs += Samples.inputs.prefix(6)
        return inputs.enumerated().map {
            Event($1, id: "event-\($0)", time: Int64($0), partition: Int32($0 % 3))
        }
    }
}
