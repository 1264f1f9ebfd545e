import PerisaiModels

import struct Foundation.UUID

/// A message on its way out.
public struct Outbound: Sendable, Hashable, CustomStringConvertible {
    public let id: UUID
    public let kind: String
    public let recipientKind: String
    /// `+62…`, or `office:CODE`.
    public let address: String
    public let text: String
    /// Attempts begun, this one counted.
    public let attempts: Int

    /// The message as JSON, on one line; always the same bytes for the same message.
    public var json: [UInt8] {
        var writer = JSONWriter(capacity: 512 + text.utf8.count)
        writer.beginObject()
        for (name, value) in [
            ("message_id", id.text), ("kind", kind), ("recipient", recipientKind), ("to", address), ("text", text),
        ] {
            writer.name(name)
            writer.string(value)
        }
        writer.endObject()
        return writer.bytes
    }

    /// Without address and text: both are personal.
    public var description: String { "message \(id.text) (\(kind))" }
}

/// What became of one attempt.
public enum Outcome: Sendable, Hashable {
    case sent
    /// Try again, not before `after` has passed; fails once the attempts are used up.
    case retry(reason: String, after: Duration?)
    case failed(reason: String)
}

/// A way out. Called from one thread at a time, and may block it.
public protocol DeliveryChannel: Sendable {
    /// `file`, `http`.
    var name: String { get }
    /// Who takes the messages, without credentials.
    var provider: String { get }
    /// One outcome for each message, in their order.
    ///
    /// The same batch may come again, after a crash, with the same messages.
    /// - Throws: when the batch as a whole must be tried again under the same id.
    func deliver(_ messages: [Outbound], batch: UUID) throws -> [Outcome]
    func close()
}

/// Why a batch could not leave; names no message.
public struct DeliveryError: Error, Sendable, CustomStringConvertible {
    public let reason: String
    public var description: String { "delivery: \(reason)" }
}
