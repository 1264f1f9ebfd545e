import CommissionCalculator
import Kafka
import PerisaiModels
import Testing
import Worker

@testable import Operations

/// The log of the commission-calculator's topics, read again.
@Suite(.serialized) struct CommissionLogTests {
    private func record<Data: EventData>(_ data: Data, _ id: String) -> OutgoingRecord {
        EventRecord.make(EventAttributes(id: id, source: "/perisai/test", type: Data.type, time: .earliest), data)
    }

    /// Events up to where the worker is, repeats dropped, what it does not act on left out, what cannot be read counted.
    @Test func eventsUpToTheWorker() throws {
        let topics = [Topic.enrollment, .contributions]
        let broker = try EmbeddedBroker(topics: topics.map { TopicSpecification(name: $0.name, partitions: 1) })
        defer { broker.stop() }
        let profile = KafkaConfiguration.Profile.embeddedBroker
        let consumer = KafkaConfiguration(role: .consumer, bootstrapServers: broker.bootstrapServers, profile: profile)
        let sender = try Producer(
            configuration: .producer(bootstrapServers: broker.bootstrapServers, profile: profile))
        defer { sender.close() }
        var enrolled = ParticipantEnrolled.sample
        enrolled.agentID = try AgentID("AG-1")
        var posted = ContributionPosted.sample
        posted.payer = .participant(enrolled.kpj)
        posted.bookedOn = enrolled.enrolledOn
        for one in [
            record(AgentActivated.sample, "a"), record(enrolled, "e"), record(enrolled, "e"), record(posted, "p"),
            record(posted, "p"), record(posted, "q"),
            OutgoingRecord(
                topic: Topic.contributions.name, key: nil, value: Array("{}".utf8),
                headers: record(posted, "bad").headers),
            record(posted, "later"),
        ] { try sender.send(one) }
        try sender.awaitAcknowledgements(within: .seconds(20))

        func read(_ contributions: Int64, limit: Int = 100) throws -> CommissionLog {
            try CommissionLog.read(
                consumer,
                applied: [
                    AppliedOffset(topic: Topic.enrollment.name, partition: 0, next: 3),
                    AppliedOffset(topic: Topic.contributions.name, partition: 0, next: contributions),
                ], limit: limit)
        }
        let log = try read(4)
        #expect(log.facts.count == 3 && log.unreadable == 1 && log.notApplied == 1)
        #expect(try read(5).facts.count == 4)
        #expect(throws: ReplayRefusal.self) { try read(5, limit: 2) }
        // Nothing is applied of what the worker has never claimed.
        #expect(try CommissionLog.read(consumer, applied: [], limit: 100).notApplied == 8)

        // The event that a statement names is found in its topic; one that is not there is an error.
        let key = EventKey.of(source: "/perisai/test", id: "q")
        let found = try TailCommand.find(key, in: Topic.contributions.name, consumer)
        #expect(found.count == 1 && found[0].contains("\"id\":\"q\",") && found[0].contains(key.text))
        #expect(throws: OperationsError.self) { try TailCommand.find(key, in: Topic.enrollment.name, consumer) }

        #expect(
            TailCommand.masked(#"{"account_number":"0701000026","nik":"5171014101560001","n":"0701000026"}"#)
                == #"{"account_number":"******0026","nik":"5171**********01","n":"0701000026"}"#)

        let month = enrolled.enrolledOn.contributionMonth
        let figures = try log.facts.figures(month, Scheme.published)
        let agent = try #require(enrolled.agentID)
        #expect(Array(figures.keys) == [agent.text])
        let amount = try Rupiah.sum(of: posted.allocations.map(\.amount))
        #expect(try figures[agent.text]?.contributions == amount.multiplied(by: 2))
    }
}
