import PerisaiModels

import struct Foundation.UUID

/// A message that would go out, or would not.
public struct PlannedMessage: Sendable {
    public let id: UUID
    public let eventKey: UUID?
    public let kind: String
    public let recipient: String
    /// `queued`, `held` for a digest, `waiting_contact`, or `undeliverable` with its reason.
    public let state: NotificationState
    public let reason: String?
    public let waitsFor: String?
    public let channel: String?
    /// Masked, as are those of the fallbacks.
    public let address: String?
    public let fallback: [(channel: String, address: String)]
    /// Read by somebody else on the recipient's behalf: an agent.
    public let readerRef: String?
    public let wave: String?
    public let expiresOn: CivilDate?
    public let template: String
    /// Of an SMS.
    public let segments: Int?
    /// Of the text as the reader gets it; the body alone where nobody does.
    public let textHash: String
    /// Where the message stands that the service has made of the same event; nil: it has made none.
    public let stored: NotificationState?

    init(_ row: MessageRow, holds: Bool, stored: NotificationState?) {
        id = row.id
        eventKey = row.text?.eventKey
        kind = row.kind.rawValue
        recipient = row.recipientRef
        template = row.text?.text.template ?? ""
        expiresOn = row.text?.expiresOn
        self.stored = stored
        let words = row.text?.text
        guard case .to(let step, let rest, let reader) = row.route else {
            (channel, address, readerRef, wave, segments, fallback) = (nil, nil, nil, nil, nil, [])
            textHash = Self.hash(words?.body ?? "")
            waitsFor = row.waitsFor
            if case .undeliverable(let code) = row.route {
                (state, reason) = (.undeliverable, code)
            } else {
                (state, reason) = (.waitingContact, nil)
            }
            return
        }
        (reason, waitsFor) = (nil, nil)
        state = holds && row.isHeld(reader) ? .held : .queued
        channel = step.channel.rawValue
        address = NotificationRecord.masked(step.address)
        fallback = rest.map { ($0.channel.rawValue, NotificationRecord.masked($0.address)) }
        readerRef = reader.ref
        wave = Wave.of(row.kind, to: step.channel, in: reader.zone).rawValue
        let text = MessageText.whole(
            on: step.channel, name: reader.name, subject: reader.subject, language: reader.language,
            short: words?.short ?? "", body: words?.body ?? "")
        segments = step.channel == .sms ? SMSText.segments(of: text) : nil
        textHash = Self.hash(text)
    }

    /// 32 hexadecimal digits.
    static func hash(_ text: String) -> String {
        var hash = SipHash128(seed: 6)
        hash.combine(text)
        let (high, low) = hash.finish()
        return UUID(high, low).text.replacing("-", with: "")
    }
}

/// All messages of a dry run, counted.
public struct PlannedSummary: Sendable {
    public struct Key: Hashable, Sendable {
        public let kind: String
        /// `none` where nothing goes out.
        public let channel: String
        public let state: NotificationState
        public let reason: String?
    }

    public struct Count: Sendable {
        public var messages = 0
        public var segments = 0
        /// The service has made them already.
        public var stored = 0
    }

    /// Events that were decided, each once.
    public var events = 0
    /// Answers that are posted to permit offices beside the messages.
    public var webhooks = 0
    public private(set) var counts: [Key: Count] = [:]

    public var messages: Int { counts.values.reduce(0) { $0 + $1.messages } }

    mutating func add(_ message: PlannedMessage) {
        let key = Key(
            kind: message.kind, channel: message.channel ?? "none", state: message.state, reason: message.reason)
        counts[key, default: Count()].messages += 1
        counts[key, default: Count()].segments += message.segments ?? 0
        if message.stored != nil { counts[key, default: Count()].stored += 1 }
    }
}
