import PerisaiModels

import struct Foundation.UUID

/// A decoded event on its way through a batch.
public struct Event<Input: Sendable>: Sendable {
    /// From CloudEvents `source` and `id`; the same whenever the event comes again.
    public let key: UUID
    /// CloudEvents `id`, where it is a UUID: all of ours are.
    public let id: UUID?
    /// CloudEvents `time`, or the record's own where the sender gave none.
    public let time: Instant
    /// W3C trace context, carried to every event that follows from this one.
    public let traceparent: String?
    /// The Kafka partition that it came from: spreads number ranges over workers.
    public let partition: Int32
    public let input: Input

    public init(
        key: UUID, id: UUID? = nil, time: Instant, traceparent: String? = nil, partition: Int32 = 0, input: Input
    ) {
        self.key = key
        self.id = id
        self.time = time
        self.traceparent = traceparent
        self.partition = partition
        self.input = input
    }
}

/// A record that cannot be applied, whatever the state: it goes to the dead-letter topic and the rest goes on.
public struct RecordFault: Error, Sendable, CustomStringConvertible {
    /// Stable word for tools: `not-json`, `unknown-type`, …
    public let cause: String
    /// The field and the reason; holds no input value.
    public let reason: String

    public init(cause: String, reason: String) {
        self.cause = cause
        self.reason = reason
    }

    public var description: String { "\(cause): \(reason)" }

    static func tooLarge(_ type: String) -> RecordFault {
        RecordFault(
            cause: "event-too-large", reason: "\(type): would have more than \(Outgoing.mostDataBytes) bytes of data")
    }
}
