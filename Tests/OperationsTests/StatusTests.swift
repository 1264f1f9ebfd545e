import Kafka
import PerisaiModels
import Postgres
import Testing

@testable import Operations

@Suite struct StatusTests {
    @Test func lagIsCountedFromTheDatabase() throws {
        let database = try PrivatePostgres()
        defer { database.stop() }
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: Topic.payments.name, partitions: 1)])
        defer { broker.stop() }
        let profile = KafkaConfiguration.Profile.embeddedBroker
        let sender = try Producer(
            configuration: .producer(bootstrapServers: broker.bootstrapServers, profile: profile))
        defer { sender.close() }
        for _ in 0..<3 { try sender.send(OutgoingRecord(topic: Topic.payments.name, key: nil, value: [1])) }
        try sender.awaitAcknowledgements(within: .seconds(20))
        let configuration = KafkaConfiguration(
            role: .consumer, bootstrapServers: broker.bootstrapServers, profile: profile)
        let reader = try TopicReader(configuration: configuration)
        defer { reader.close() }
        let entry = try #require(ServiceEntry.named(["payment-reconciler"]).first)
        let connection = try Connection(ConnectionSettings(url: database.url(), schema: entry.schema))
        defer { connection.close() }

        var before = StatusReport()
        try before.add(entry, connection, reader)
        #expect(before.services.rows.first?[1] == "no schema: run `perisai migrate`")

        _ = try entry.migrate(connection)
        #expect(try entry.migrate(connection).isEmpty)
        try connection.execute(
            """
            INSERT INTO worker_offset VALUES ('\(Topic.payments.name)', 0, 1);
            INSERT INTO outbox (topic, partition, position, records, payload) VALUES ('x', 0, 1, 7, '\\x00')
            """)
        var after = StatusReport()
        try after.add(entry, connection, reader)
        let row = try #require(after.services.rows.first)
        #expect(Array(row[..<5]) == [entry.name, "behind", "2", "1", "7"])
        #expect(after.partitions.rows.contains([entry.name, Topic.payments.name, "0", "1", "3", "2"]))
        #expect(after.partitions.rows.contains { $0[1] == "\(Topic.clock.name) (does not exist)" })
        #expect(throws: JSONFault.self) { try JSONTree(bytes: Array("{".utf8)) }
        #expect(try JSONTree(bytes: Array(after.json.utf8))["services"]?.elements.count == 1)
        #expect(throws: OperationsError.self) { try ServiceEntry.named(["nobody"]) }
    }
}
