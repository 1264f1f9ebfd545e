import PerisaiModels

import struct Foundation.UUID

/// A message on its way into a file.
public struct Outbound: Sendable, Hashable, CustomStringConvertible {
    public let id: UUID
    public let kind: String
    public let channel: String
    public let recipientKind: String
    /// `+62…`, an e-mail address, or `office:CODE` and the like.
    public let address: String
    public let title: String
    public let text: String

    /// The message as JSON, on one line; always the same bytes for the same message.
    public var json: [UInt8] {
        var writer = JSONWriter(capacity: 512 + text.utf8.count)
        writer.beginObject()
        for (name, value) in [
            ("message_id", id.text), ("kind", kind), ("channel", channel), ("recipient", recipientKind),
            ("to", address), ("title", title), ("text", text),
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

/// Why messages could not leave; names no person.
public struct DeliveryError: Error, Sendable, CustomStringConvertible {
    public let reason: String
    public var description: String { "delivery: \(reason)" }
}
