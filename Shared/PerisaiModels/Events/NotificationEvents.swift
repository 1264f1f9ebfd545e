import struct Foundation.UUID

/// A message was handed to its channel.
public struct NotificationSent: EventData, Hashable {
    public var messageID: UUID
    public var kind: String
    public var channel: String
    public var recipient: String
    public var provider: String

    public static let type = "id.perisai.notification-sent.v1"
    public static let topic = Topic.notifications
    public static let summary = "A message was handed to its channel"
    public var partitionKey: String { messageID.text }

    public init(messageID: UUID, kind: String, channel: String, recipient: String, provider: String) {
        self.messageID = messageID
        self.kind = kind
        self.channel = channel
        self.recipient = recipient
        self.provider = provider
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        messageID = try reader.required("message_id")
        kind = try reader.required("kind", "Template")
        channel = try reader.required("channel")
        recipient = try reader.required("recipient", "Masked")
        provider = try reader.required("provider")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("message_id", messageID)
        writer.field("kind", kind)
        writer.field("channel", channel)
        writer.field("recipient", recipient)
        writer.field("provider", provider)
    }
}

/// A provider has reported that a message was delivered.
public struct NotificationDelivered: EventData, Hashable {
    public var messageID: UUID
    public var kind: String
    public var channel: String
    public var recipient: String
    public var provider: String
    public var sentAt: Instant
    public var deliveredAt: Instant

    public static let type = "id.perisai.notification-delivered.v1"
    public static let topic = Topic.notifications
    public static let summary = "A provider has reported that a message was delivered"
    public var partitionKey: String { messageID.text }

    public init(
        messageID: UUID, kind: String, channel: String, recipient: String, provider: String, sentAt: Instant,
        deliveredAt: Instant
    ) {
        self.messageID = messageID
        self.kind = kind
        self.channel = channel
        self.recipient = recipient
        self.provider = provider
        self.sentAt = sentAt
        self.deliveredAt = deliveredAt
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        messageID = try reader.required("message_id")
        kind = try reader.required("kind", "Template")
        channel = try reader.required("channel")
        recipient = try reader.required("recipient", "Masked")
        provider = try reader.required("provider")
        sentAt = try reader.required("sent_at", "When the provider took it")
        deliveredAt = try reader.required("delivered_at", "As the provider's receipt says")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("message_id", messageID)
        writer.field("kind", kind)
        writer.field("channel", channel)
        writer.field("recipient", recipient)
        writer.field("provider", provider)
        writer.field("sent_at", sentAt)
        writer.field("delivered_at", deliveredAt)
    }
}

/// A message could not be delivered.
public struct NotificationFailed: EventData, Hashable {
    public var messageID: UUID
    public var kind: String
    public var channel: String
    public var recipient: String
    public var reason: String
    public var attempts: Int
    public var about: String?

    public static let type = "id.perisai.notification-failed.v1"
    public static let topic = Topic.notifications
    public static let summary = "A message could not be delivered"
    public var partitionKey: String { messageID.text }

    public init(
        messageID: UUID, kind: String, channel: String, recipient: String, reason: String, attempts: Int,
        about: String? = nil
    ) {
        self.messageID = messageID
        self.kind = kind
        self.channel = channel
        self.recipient = recipient
        self.reason = reason
        self.attempts = attempts
        self.about = about
    }

    public init(fields reader: inout FieldReader) throws(JSONFault) {
        messageID = try reader.required("message_id")
        kind = try reader.required("kind")
        channel = try reader.required("channel")
        recipient = try reader.required("recipient", "Masked")
        reason = try reader.required("reason")
        attempts = try reader.required("attempts")
        about = try reader.optional("about", "Of a webhook: permit:… with the office's number, or case:…")
    }

    public func write(fields writer: inout JSONWriter) {
        writer.field("message_id", messageID)
        writer.field("kind", kind)
        writer.field("channel", channel)
        writer.field("recipient", recipient)
        writer.field("reason", reason)
        writer.field("attempts", attempts)
        writer.field("about", about)
    }
}
