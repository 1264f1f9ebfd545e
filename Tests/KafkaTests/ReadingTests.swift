import Foundation
import Synchronization
import Testing

@testable import Kafka

extension BrokerTests {
    @Test func everyShapeOfRecordIsData() throws {
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: "shapes", partitions: 1)])
        defer { broker.stop() }
        let producer = try writer(broker)
        let broken: [UInt8] = [0xff, 0xfe, 0x00]
        let records = [
            OutgoingRecord(topic: "shapes", key: [1], value: nil),
            OutgoingRecord(topic: "shapes", key: [1], value: []),
            OutgoingRecord(topic: "shapes", key: nil, value: [2]),
            OutgoingRecord(topic: "shapes", key: [], value: [2]),
            OutgoingRecord(topic: "shapes", key: broken, value: broken),
            OutgoingRecord(
                topic: "shapes", key: [1], value: [3],
                headers: OutgoingHeaders([("a", nil), ("b", []), ("ce_id", Array("x1".utf8)), ("bad", broken)])),
            OutgoingRecord(
                topic: "shapes", key: [7], value: [UInt8](repeating: 9, count: 5000), headers: ["ce_id": "big"]),
        ]
        for record in records { try producer.send(record) }
        try producer.awaitAcknowledgements(within: .seconds(20))
        #expect(producer.counters.acknowledged == 7)

        let consumer = try reader(broker)
        defer { consumer.close() }
        try consumer.assign([(TopicPartition(topic: "shapes", partition: 0), .beginning)])
        let batch = try collect(consumer, 7)
        #expect(batch.records.map(\.offset) == Array(0..<7))
        try #require(batch.count == 7)
        #expect(batch[0].value == nil)
        #expect(batch[1].value?.isEmpty == true)
        #expect(batch[2].key == nil)
        #expect(batch[3].key?.isEmpty == true)
        #expect(batch[4].value.map { batch.bytes($0) } == broken)
        let headers = batch[5]
        #expect(batch.headers(of: headers).count == 4)
        let null = try #require(batch.header("a", of: headers))
        #expect(null.value == nil)
        #expect(batch.header("b", of: headers)?.value?.isEmpty == true)
        #expect(batch.headerText("ce_id", of: headers) == "x1")
        #expect(batch.headerText("bad", of: headers) == nil)
        #expect(batch.header("absent", of: headers) == nil)
        let big = batch[6]
        #expect(big.isOversize && big.valueLength == 5000)
        #expect(batch.headerText("ce_id", of: big) == "big")
        #expect((big.value?.count ?? 0) < 4096)
        #expect(batch[5].timestampMilliseconds > 1_500_000_000_000)
        #expect(consumer.counters.oversize == 1)
    }

    @Test func followingSeesWhatComesLaterAndEndsInTime() throws {
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: "later", partitions: 1)])
        defer { broker.stop() }
        let producer = try writer(broker)
        let reader = try TopicReader(
            configuration: KafkaConfiguration(
                role: .consumer, bootstrapServers: broker.bootstrapServers, profile: .embeddedBroker,
                overrides: ["log_level": "0"]))
        defer { reader.close() }
        let starts = [(TopicPartition(topic: "later", partition: 0), StartOffset.beginning)]
        var seen = 0
        try producer.send(OutgoingRecord(topic: "later", key: [1], value: [1]))
        try producer.awaitAcknowledgements(within: .seconds(20))
        // Each record is sent when the one before it was seen: they are not there when the reading begins.
        try reader.follow(from: starts, until: .now + .seconds(60)) { (batch) throws(KafkaError) in
            seen += batch.count
            if seen < 5 {
                try producer.send(OutgoingRecord(topic: "later", key: [1], value: [UInt8(seen)]))
                try producer.awaitAcknowledgements(within: .seconds(20))
            }
            return seen < 5
        }
        #expect(seen == 5)
        // Nothing more comes: the deadline ends it.
        try reader.follow(from: [(starts[0].0, .end)], until: .now + .milliseconds(300)) { _ in
            seen += 1
            return true
        }
        #expect(seen == 5)
    }

    @Test func batchesKeepOrderAndLimits() throws {
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: "many", partitions: 2)])
        defer { broker.stop() }
        let producer = try writer(broker)
        for value in 0..<3000 {
            try producer.send(
                OutgoingRecord(topic: "many", key: Array("k\(value % 50)".utf8), value: Array("\(value)".utf8)))
        }
        try producer.awaitAcknowledgements(within: .seconds(20))
        let consumer = try reader(broker)
        defer { consumer.close() }
        let partitions = (0..<2).map { TopicPartition(topic: "many", partition: Int32($0)) }
        try consumer.assign(partitions.map { ($0, .at(0)) })
        var next: [TopicPartition: Int64] = [:]
        var last: [String: Int] = [:]
        var batch = RecordBatch()
        var count = 0
        let deadline = ContinuousClock.now + .seconds(20)
        while count < 3000, ContinuousClock.now < deadline {
            try consumer.poll(into: &batch, maxRecords: 500, waitMilliseconds: 100, lingerMilliseconds: 20)
            #expect(batch.count <= 500)
            count += batch.count
            for record in batch.records {
                let partition = batch.partition(of: record)
                #expect(record.offset == next[partition, default: 0])
                next[partition] = record.offset + 1
                let key = try #require(text(batch, record.key))
                let value = try #require(Int(text(batch, record.value) ?? ""))
                #expect(value > last[key, default: -1])
                last[key] = value
            }
        }
        #expect(count == 3000)
        #expect(next.count == 2)
        #expect(consumer.positions == next)
    }

    @Test func offsetsGivenPauseResumeAndSeek() throws {
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: "steer", partitions: 1)])
        defer { broker.stop() }
        let producer = try writer(broker)
        try fill(producer, "steer", 0..<100)
        let consumer = try reader(broker)
        defer { consumer.close() }
        let partition = TopicPartition(topic: "steer", partition: 0)
        try consumer.assign([(partition, .at(40))])
        #expect(try collect(consumer, 10).records.map(\.offset) == Array(40..<50))
        try consumer.pause([partition])
        var batch = RecordBatch()
        try consumer.poll(into: &batch, waitMilliseconds: 300)
        #expect(batch.isEmpty)
        try consumer.resume([partition])
        #expect(try collect(consumer, 10).records.map(\.offset) == Array(50..<60))
        try consumer.seek([partition: .at(5)])
        try consumer.pause([partition])
        try consumer.resume([partition])
        #expect(try collect(consumer, 95).records.map(\.offset) == Array(5..<100))
        try consumer.seek([partition: .at(98)])
        #expect(try collect(consumer, 2).records.map(\.offset) == [98, 99])
    }

    @Test func lostOffsetIsLoudAndLosesNoGoodRecord() throws {
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: "gone", partitions: 2)])
        defer { broker.stop() }
        let consumer = try reader(broker)
        defer { consumer.close() }
        let bad = TopicPartition(topic: "gone", partition: 1)
        try consumer.assign([(bad, .at(5000))])
        let error = #expect(throws: KafkaError.self) { _ = try collect(consumer, 1) }
        #expect(error?.code == .offsetReset)
        #expect(error?.partition == bad)
    }

    @Test func wakeUpEndsAWait() throws {
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: "idle", partitions: 1)])
        defer { broker.stop() }
        let consumer = try reader(broker)
        try consumer.assign([(TopicPartition(topic: "idle", partition: 0), .beginning)])
        let handle = consumer.wakeUpHandle
        Thread.detachNewThread { handle.wakeUp() }
        var batch = RecordBatch()
        // Without the wake-up this would run into the time limit of the suite.
        try consumer.poll(into: &batch, waitMilliseconds: 300_000)
        #expect(batch.isEmpty)
        consumer.close()
        handle.wakeUp()
        #expect(throws: KafkaError.self) { try consumer.poll(into: &batch, waitMilliseconds: 0) }
    }

    @Test func readerGoesToTheEndAndStatisticsGiveLag() throws {
        let broker = try EmbeddedBroker(topics: [TopicSpecification(name: "dead_letters", partitions: 2)])
        defer { broker.stop() }
        let producer = try writer(broker)
        try fill(producer, "dead_letters", 0..<30)
        let tool = try TopicReader(
            configuration: KafkaConfiguration(
                role: .consumer, bootstrapServers: broker.bootstrapServers, profile: .embeddedBroker,
                overrides: ["log_level": "0"]))
        defer { tool.close() }
        let partitions = try tool.partitions(of: "dead_letters")
        #expect(partitions.count == 2)
        #expect(throws: KafkaError.self) { try tool.partitions(of: "unknown") }
        let ends = try partitions.map { try tool.watermarks($0).high }
        #expect(ends.reduce(0, +) == 30)
        var seen = 0
        let count = try tool.read(from: partitions.map { ($0, .beginning) }) { batch in
            seen += batch.count
            return true
        }
        #expect(count == 30 && seen == 30)
        #expect(try tool.read(from: partitions.map { ($0, .beginning) }, limit: 7) { _ in true } == 7)
        #expect(try tool.read(from: partitions.map { ($0, .end) }) { _ in true } == 0)
        #expect(try tool.committedOffsets(group: "nobody", partitions: partitions).isEmpty)
    }
}

@Test func statisticsAreParsedWithOwnPositionWhereNothingIsCommitted() throws {
    let json = """
        {"topics":{"a_b":{"partitions":{"0":{"partition":0,"fetch_state":"active","lo_offset":0,"hi_offset":90,
        "ls_offset":-1001,"app_offset":-1001,"stored_offset":-1001,"committed_offset":-1001,"fetchq_cnt":3,
        "fetchq_size":300},"1":{"partition":1,"fetch_state":"active","hi_offset":50,"ls_offset":50,
        "committed_offset":20},"2":{"partition":2,"fetch_state":"none","hi_offset":50},
        "-1":{"partition":-1,"fetch_state":"active"}}}},"cgrp":{"state":"up","rebalance_cnt":2},
        "brokers":{"b:1":{"name":"b:1","nodeid":1,"state":"UP","rtt":{"avg":250}}}}
        """
    let own = [TopicPartition(topic: "a_b", partition: 0): Int64(60)]
    let parsed = Array(json.utf8).withUnsafeBytes { ConsumerStatistics(json: $0, positions: own) }
    let statistics = try #require(parsed)
    #expect(statistics.partitions.map(\.lag) == [30, 30])
    #expect(statistics.lag == 60)
    #expect(statistics.queuedRecords == 3 && statistics.queuedBytes == 300)
    #expect(statistics.rebalances == 2 && statistics.brokers.first?.state == "UP")
    #expect(Array("[1]".utf8).withUnsafeBytes { ConsumerStatistics(json: $0) } == nil)
}
