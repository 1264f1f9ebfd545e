import PerisaiModels

import struct Foundation.UUID

/// A message before it has words: its template, its recipient and its values.
public struct Draft: Sendable, Hashable {
    public var kind: MessageKind
    public var recipient: Recipient
    /// A contact that comes with the event and is kept nowhere else (workers of an employer).
    public var contact: Contact?
    public var fields: Fields
    /// The last business date on which the message makes sense: a reminder ends with its due date.
    public var expiresOn: CivilDate?

    public init(
        _ kind: MessageKind, to recipient: Recipient, contact: Contact? = nil, expiresOn: CivilDate? = nil,
        _ fields: Fields
    ) {
        self.kind = kind
        self.recipient = recipient
        self.contact = contact
        self.expiresOn = expiresOn
        self.fields = fields
    }

    /// The same for the same event, recipient and template, always: the key that keeps a message from being made twice.
    ///
    /// The channel has no part in it: a change from files to a gateway must not send anything again.
    public func messageID(event key: UUID) -> UUID {
        var hash = SipHash128(seed: 4)
        hash.combine(kind.rawValue)
        hash.combine(recipient.ref)
        return EventKey.derived(from: key, ordinal: 0, purpose: hash.finish().0)
    }
}
