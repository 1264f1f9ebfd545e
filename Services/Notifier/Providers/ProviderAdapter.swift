import PerisaiModels

import struct Foundation.UUID

/// A message on its way to a provider.
public struct Dispatch: Sendable, Hashable, CustomStringConvertible {
    /// Follows from message, channel and resends: the provider's idempotency key.
    public let id: UUID
    public let messageID: UUID
    public let kind: String
    public let channel: MessageChannel
    public let address: String
    /// Subject of an e-mail, title of a push message.
    public let title: String
    /// As the reader gets it; short for SMS.
    public let text: String
    public let language: MessageLanguage
    /// What the provider has called it, where that is known.
    public let reference: String?
    /// Of an SMS; 1 elsewhere.
    public var segments = 1
    /// The text as an SMS takes it, where the whole is longer than a template of WhatsApp can hold.
    public var short: String?

    /// Without address and text: both are personal.
    public var description: String { "dispatch \(id.text) (\(kind), \(channel.rawValue))" }

    /// The same for the same message, channel and resend, always.
    public static func id(of message: UUID, on channel: MessageChannel, resends: Int) -> UUID {
        var hash = SipHash128(seed: 5)
        hash.combine(channel.rawValue)
        return EventKey.derived(from: message, ordinal: resends, purpose: hash.finish().0)
    }
}

/// What came of a post.
public enum SendOutcome: Sendable, Hashable {
    /// The provider has it, under its own reference.
    case accepted(reference: String?)
    /// The provider will never send it to this address: the next channel may.
    case refused(reason: String)
    /// The provider certainly does not have it: it may be sent again, also by another one.
    case notTaken(reason: String, after: Duration?)
    /// It does not let us in, with this token or password: it certainly does not have the message, and will not take
    /// the others either. Opens the provider's circuit breaker at once.
    case lockedOut(reason: String)
    /// It may have it. Never sent again blindly.
    case unknown(reason: String)
}

/// What a provider says of a message whose outcome is not known.
public enum AskOutcome: Sendable, Hashable {
    case accepted(reference: String?)
    case delivered(reference: String?)
    case failed(reason: String)
    /// It has given the reader up: nobody was there to take it.
    case expired
    /// The provider certainly does not have it, and will not.
    case notFound
    /// No answer now; ask again.
    case notAnswered(reason: String)
    /// This provider cannot be asked: only a receipt can tell.
    case cannotBeAsked
}

/// A way out to one provider. Safe to be called many times at once.
public protocol ProviderAdapter: Sendable {
    func send(_ dispatch: Dispatch) async -> SendOutcome
    func ask(_ dispatch: Dispatch) async -> AskOutcome
    func close()
}
