import Foundation
import Synchronization
import Testing

@testable import Kafka

extension BrokerTests {
    @Test func brokerDownAndUpLosesNothing() throws {
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: "outage", partitions: 1)])
        defer { broker.stop() }
        let producer = try writer(broker)
        try fill(producer, "outage", 0..<10)
        try broker.setDown(1)
        for value in 10..<20 {
            try producer.send(OutgoingRecord(topic: "outage", key: [1], value: Array("\(value)".utf8)))
        }
        let error = #expect(throws: KafkaError.self) { try producer.awaitAcknowledgements(within: .seconds(1)) }
        #expect(error?.unacknowledged == 10)
        #expect(error?.isRetriable == true)
        try broker.setUp(1)
        // The caller's duty after a failed round: all of it again.
        try fill(producer, "outage", 10..<20)
        #expect(producer.counters.rebuilds == 1)
        let consumer = try reader(broker)
        defer { consumer.close() }
        try consumer.assign([(TopicPartition(topic: "outage", partition: 0), .beginning)])
        let batch = try collect(consumer, 20)
        #expect(batch.records.map { text(batch, $0.value) } == (0..<20).map { "\($0)" })
        // The consumer, too, comes back by itself.
        try broker.setDown(1)
        try broker.setUp(1)
        try fill(producer, "outage", 20..<25)
        #expect(try collect(consumer, 5).count == 5)
    }

    @Test func injectedErrorsAreRetriedInOrder() throws {
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: "errors", partitions: 1)])
        defer { broker.stop() }
        let producer = try writer(broker)
        // Produce (0): NOT_LEADER (6), three times.
        try broker.failRequests(apiKey: 0, code: 6, count: 3)
        try fill(producer, "errors", 0..<50)
        let consumer = try reader(broker)
        defer { consumer.close() }
        // Fetch (1): the same.
        try broker.failRequests(apiKey: 1, code: 6, count: 2)
        try consumer.assign([(TopicPartition(topic: "errors", partition: 0), .beginning)])
        let batch = try collect(consumer, 50)
        #expect(batch.records.map { text(batch, $0.value) } == (0..<50).map { "\($0)" })
    }

    @Test func producerIsMadeAnewAfterAFatalError() throws {
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: "fatal", partitions: 1)])
        defer { broker.stop() }
        let producer = try writer(broker)
        try fill(producer, "fatal", 0..<5)
        try producer.send(OutgoingRecord(topic: "fatal", key: [1], value: [1]))
        producer.provokeFatalError()
        #expect(throws: KafkaError.self) {
            try producer.send(OutgoingRecord(topic: "fatal", key: [1], value: [1]))
            try producer.awaitAcknowledgements(within: .seconds(5))
        }
        try fill(producer, "fatal", 5..<10)
        #expect(producer.counters.rebuilds == 1)
        #expect(producer.fatalError == nil)
    }

    @Test func publisherAnswersOnlyOnceAcknowledged() async throws {
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: "intake", partitions: 2)])
        defer { broker.stop() }
        let publisher = try AcknowledgedPublisher(
            configuration: .producer(
                bootstrapServers: broker.bootstrapServers, profile: .embeddedBroker, overrides: ["log_level": "0"]),
            limits: .init(records: 100, bytes: 10_000))
        let record = OutgoingRecord(topic: "intake", key: [1], value: [1, 2], headers: ["ce_id": "1"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask { try await publisher.publish([record, record], timeout: .seconds(20)) }
            }
            try await group.waitForAll()
        }
        #expect(publisher.waiting.records == 0)
        let tooMany = [OutgoingRecord](repeating: record, count: 101)
        var error = await #expect(throws: KafkaError.self) { try await publisher.publish(tooMany) }
        #expect(error?.code == .queueFull)
        let tooLong = OutgoingRecord(topic: "intake", key: nil, value: [UInt8](repeating: 0, count: 10_001))
        error = await #expect(throws: KafkaError.self) { try await publisher.publish([tooLong]) }
        #expect(error?.code == .queueFull)
        try broker.setDown(1)
        error = await #expect(throws: KafkaError.self) {
            try await publisher.publish([record], timeout: .milliseconds(300))
        }
        #expect(error?.code == .timedOut)
        try broker.setUp(1)
        try await publisher.publish([record], timeout: .seconds(20))
        await publisher.stop()
        error = await #expect(throws: KafkaError.self) { try await publisher.publish([record]) }
        #expect(error?.code == .closed)
        await publisher.stop()
    }

    @Test func adminSaysWhatExistsAndTimesOutClearly() throws {
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: "there", partitions: 3)])
        defer { broker.stop() }
        let admin = try TopicAdmin(
            configuration: .admin(
                bootstrapServers: broker.bootstrapServers, profile: .embeddedBroker, overrides: ["log_level": "0"]))
        let topics = try admin.topics()
        #expect(topics == [TopicDescription(name: "there", partitions: 3, replication: 1)])
        let outcomes = try admin.create([TopicSpecification(name: "there", partitions: 6)])
        guard case .existed(3) = outcomes["there"] else {
            Issue.record("not reported as existing: \(outcomes)")
            return
        }
        let error = #expect(throws: KafkaError.self) {
            try admin.create([TopicSpecification(name: "new", partitions: 1)], within: .seconds(2))
        }
        #expect(error?.reason.contains("not answered") == true)
    }

    @Test func controlChannelCarriesFaultsAndRefusesNonsense() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "kafka-\(UUID().uuidString).sock").path
        let broker = try EmbeddedBroker(topics: [])
        defer { broker.stop() }
        let stopped = DispatchSemaphore(value: 0)
        let server = try EmbeddedBrokerControlServer(socketPath: path, broker: broker) { stopped.signal() }
        let control = EmbeddedBrokerControl(socketPath: path)
        try control.send(.ping)
        try control.send(.topic("made", partitions: 2))
        try control.send(.delay(broker: 1, milliseconds: 5))
        try control.send(.errors(apiKey: 0, code: 6, count: 1))
        try control.send(.brokerDown(1))
        try control.send(.brokerUp(1))
        let producer = try writer(broker)
        try fill(producer, "made", 0..<5)
        for line in ["broker-down 9", "broker-down x", "fly", "", "errors 0 6 99999", "topic t 0", "ping ping"] {
            let error = #expect(throws: KafkaError.self) { try control.send(line: line) }
            #expect(error?.reason.hasPrefix("error: ") == true)
        }
        let long = #expect(throws: KafkaError.self) {
            try control.send(line: String(repeating: "x", count: 1030))
        }
        #expect(long?.reason.contains("1024") == true)
        try control.send(.stop)
        stopped.wait()
        server.stop()
        #expect(throws: KafkaError.self) { try control.send(.ping) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func brokerProcessWritesItsAddressAndEndsOnStop() async throws {
        let folder = FileManager.default.temporaryDirectory
        let name = UUID().uuidString
        let file = folder.appending(path: "\(name).bootstrap").path
        let options = EmbeddedBroker.Options(
            bootstrapFile: file, controlSocket: folder.appending(path: "\(name).sock").path,
            topics: [TopicSpecification(name: "t", partitions: 2)])
        await withCheckedContinuation { done in
            Thread.detachNewThread {
                // The control socket answers before the file is there; `stop` is kept until the run waits for it.
                Thread.detachNewThread {
                    let control = EmbeddedBrokerControl(socketPath: options.controlSocket ?? "")
                    while (try? control.send(.ping)) == nil { sched_yield() }
                    while !FileManager.default.fileExists(atPath: file) { sched_yield() }
                    try? control.send(.stop)
                }
                do { try EmbeddedBroker.run(options) } catch { Issue.record(error) }
                done.resume()
            }
        }
        #expect(!FileManager.default.fileExists(atPath: file))
    }
}
