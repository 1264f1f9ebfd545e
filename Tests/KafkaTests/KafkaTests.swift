import Foundation
import Testing

@testable import Kafka

/// All suites that start brokers run one after the other: two cores, and groups that wait seconds.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct BrokerTests {}

func reader(_ broker: EmbeddedBroker, _ overrides: [String: String] = [:]) throws(KafkaError) -> Consumer {
    try Consumer(
        manual: KafkaConfiguration(
            role: .consumer, bootstrapServers: broker.bootstrapServers, profile: .embeddedBroker,
            overrides: ["log_level": "0"].merging(overrides) { $1 }), maxRecordBytes: 4096)
}

func writer(_ broker: EmbeddedBroker, _ overrides: [String: String] = [:]) throws(KafkaError) -> Producer {
    try Producer(
        configuration: .producer(
            bootstrapServers: broker.bootstrapServers, profile: .embeddedBroker,
            overrides: ["log_level": "0"].merging(overrides) { $1 }))
}

/// Polls until `count` records are there or twenty seconds are over.
func collect(_ consumer: Consumer, _ count: Int) throws(KafkaError) -> RecordBatch {
    var batch = RecordBatch()
    let deadline = ContinuousClock.now + .seconds(20)
    while batch.count < count, ContinuousClock.now < deadline {
        try consumer.poll(into: &batch, maxRecords: count, waitMilliseconds: 200, appending: true)
    }
    return batch
}

func text(_ batch: RecordBatch, _ range: Range<Int>?) -> String? {
    range.map { String(decoding: batch.bytes($0), as: UTF8.self) }
}

func fill(_ producer: Producer, _ topic: String, _ values: Range<Int>) throws(KafkaError) {
    for value in values {
        try producer.send(OutgoingRecord(topic: topic, key: [1], value: Array("\(value)".utf8)))
    }
    try producer.awaitAcknowledgements(within: .seconds(20))
}
