import Kafka
import PerisaiModels
import Testing
import Worker

@testable import Operations

@Suite(.serialized) struct DeadLetterTests {
    private static let group = "payment-reconciler"

    private func headers(_ more: [(String, [UInt8]?)]) -> OutgoingHeaders {
        OutgoingHeaders(
            [
                ("perisai_cause", Array("bad-data".utf8)), ("perisai_reason", Array("amount: is missing".utf8)),
                ("perisai_group", Array(Self.group.utf8)), ("ce_id", Array("1".utf8)), ("ce_nothing", nil),
            ] + more)
    }

    /// A letter goes back with key, value and headers as they came, and one more attempt.
    @Test func redriveIsARoundTrip() throws {
        let broker = try EmbeddedBroker(topics: [
            TopicSpecification(name: Topic.payments.name, partitions: 2),
            TopicSpecification(name: Topic.deadLetters(of: Self.group), partitions: 1),
        ])
        defer { broker.stop() }
        let profile = KafkaConfiguration.Profile.embeddedBroker
        let consumer = KafkaConfiguration(role: .consumer, bootstrapServers: broker.bootstrapServers, profile: profile)
        let producer = KafkaConfiguration.producer(bootstrapServers: broker.bootstrapServers, profile: profile)
        let origin: [(String, [UInt8]?)] = [
            ("perisai_origin_topic", Array(Topic.payments.name.utf8)), ("perisai_origin_partition", Array("1".utf8)),
            ("perisai_origin_offset", Array("42".utf8)),
        ]
        let value = Array(#"{"nik":"5171014101560001"}"#.utf8)
        let sender = try Producer(configuration: producer)
        defer { sender.close() }
        let topic = Topic.deadLetters(of: Self.group)
        try sender.send(OutgoingRecord(topic: topic, key: [1, 2], value: value, headers: headers(origin)))
        try sender.send(
            OutgoingRecord(
                topic: topic, key: nil, value: nil,
                headers: headers(origin + [("perisai_attempts", Array("10".utf8))])))
        try sender.send(OutgoingRecord(topic: topic, key: nil, value: [0xFF], headers: headers([])))
        try sender.awaitAcknowledgements(within: .seconds(20))

        let reader = DeadLetterReader(configuration: consumer)
        var letters: [StoredDeadLetter] = []
        try reader.read(group: Self.group) { letters.append($0) }
        #expect(letters.map(\.attempts) == [0, 10, 0])
        #expect(letters[0].origin == "bank.payments.v1[1]@42")
        #expect(!letters[0].shownValue(raw: false).contains("5171014101560001"))
        #expect(letters[0].shownValue(raw: true).contains("5171014101560001"))
        #expect(try reader.read(group: Self.group, filter: DeadLetterFilter(cause: "other")) { _ in } == 0)
        #expect(try reader.read(group: Self.group, filter: DeadLetterFilter(positions: ["0:1"])) { _ in } == 1)
        #expect(try reader.read(group: "notifier") { _ in } == 0)

        let redrive = Redrive(reader: reader, producer: producer)
        let result = try redrive.run(groups: [Self.group], filter: DeadLetterFilter(), dryRun: false)
        #expect(result == Redrive.Result(sent: 1, impossible: 1, tooOften: 1))

        let back = try TopicReader(configuration: consumer)
        defer { back.close() }
        var records: [StoredDeadLetter] = []
        try back.read(from: back.partitions(of: Topic.payments.name).map { ($0, .beginning) }) { batch in
            records += batch.records.map { StoredDeadLetter($0, in: batch, group: Self.group) }
            return true
        }
        let record = try #require(records.first)
        #expect(records.count == 1)
        #expect(record.key == [1, 2])
        #expect(record.value == value)
        #expect(record.attempts == 1)
        #expect(record.text("perisai_cause") == nil)
        #expect(record.text("perisai_origin_offset") == "42")
        #expect(record.text("ce_id") == "1")
        #expect(record.headers.contains { $0.name == "ce_nothing" && $0.value == nil })
    }
}
