import Kafka
import PerisaiModels

/// The bytes of one fetch, shared by the records that were decoded from it.
final class RawChunk: Sendable {
    let batch: RecordBatch
    init(_ batch: RecordBatch) { self.batch = batch }
}

/// One record of a batch after decoding.
struct DecodedRecord<Input: Sendable>: Sendable {
    enum Outcome: Sendable {
        case event(Event<Input>)
        /// Cannot be read: a dead letter.
        case fault(RecordFault)
        /// A type that this service does not act on.
        case skipped
    }

    let partition: TopicPartition
    let offset: Int64
    /// Raw record, for a dead letter; nil in tests that start from events.
    let chunk: RawChunk?
    let index: Int
    let outcome: Outcome
}

/// What a transaction claims of one partition: it moves from `expected` to `next`, or nothing of it happens.
struct OffsetClaim: Sendable, Hashable {
    let partition: TopicPartition
    let expected: Int64
    let next: Int64
}

/// Names an outbox row.
struct OutboxKey: Sendable, Hashable {
    let topic: String
    let partition: Int32
    let position: Int64
}

/// An outbox row that is committed and not published yet.
struct OutboxRow: Sendable {
    let key: OutboxKey
    let payload: [UInt8]
    let records: Int
}

/// Why a batch could not be applied as a whole.
enum BatchFailure: Error {
    /// Another worker has moved the partitions on, or this one did before it lost its connection.
    case fenced
    /// One record cannot be applied.
    case record(Int, RecordFault)
}
