import Kafka
import Testing

@testable import Worker

@Suite struct ExchangeTests {
    private static func batch(_ offsets: Range<Int64>) -> FetchedBatch<Int> {
        let partition = TopicPartition(topic: "t", partition: 0)
        return FetchedBatch(
            records: offsets.map {
                DecodedRecord(partition: partition, offset: $0, chunk: nil, index: 0, outcome: .skipped)
            }, bytes: offsets.count * 10)
    }

    private static func offsets(_ message: FetchMessage<Int>?) -> [Int64] {
        guard case .batch(let batch)? = message else { return [] }
        #expect(batch.bytes == batch.records.count * 10)
        return batch.records.map(\.offset)
    }

    @Test func whatComesJoinsTheBatchThatWaits() {
        let exchange = Exchange<Int>()
        #expect(exchange.offer(Self.batch(0..<3), mostRecords: 5, mostBytes: 1_000))
        #expect(exchange.offer(Self.batch(3..<5), mostRecords: 5, mostBytes: 1_000))
        #expect(!exchange.offer(Self.batch(5..<6), mostRecords: 5, mostBytes: 1_000))
        #expect(!exchange.offer(Self.batch(5..<6), mostRecords: 50, mostBytes: 59))
        #expect(Self.offsets(exchange.next(within: 0)) == [0, 1, 2, 3, 4])
        // One is at work, none waits.
        #expect(exchange.offer(Self.batch(5..<6), mostRecords: 5, mostBytes: 1_000))
        exchange.finished()
        #expect(Self.offsets(exchange.next(within: 0)) == [5])
    }

    @Test func nothingJoinsWhatIsNoBatch() {
        let exchange = Exchange<Int>()
        exchange.hand(over: .assigned([TopicPartition(topic: "t", partition: 0): 0]))
        #expect(!exchange.offer(Self.batch(0..<1), mostRecords: 5, mostBytes: 1_000))
        _ = exchange.next(within: 0)
        exchange.finished()
        #expect(exchange.offer(Self.batch(0..<1), mostRecords: 5, mostBytes: 1_000))
    }
}
