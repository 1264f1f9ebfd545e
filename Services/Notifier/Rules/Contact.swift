import PerisaiModels

import struct Foundation.UUID

/// How somebody is reached, as the enrolment events say.
public struct Contact: Sendable, Hashable {
    /// Cleaned for display (`IndonesianText.clean`).
    public var name: String
    public var phone: PhoneNumber?
    public var zone: IndonesianZone?
    /// Who gets the messages where there is no phone number: the agent that handed the person in.
    public var agent: AgentID?

    public init(name: String, phone: PhoneNumber?, zone: IndonesianZone? = nil, agent: AgentID? = nil) {
        self.name = IndonesianText.clean(name, limit: IndonesianText.nameLimit)
        self.phone = phone
        self.zone = zone
        self.agent = agent
    }
}

/// A contact and the event that it was learned from.
public struct KnownContact: Sendable, Hashable {
    public private(set) var contact: Contact
    public private(set) var learnedAt: Instant
    public private(set) var learnedBy: UUID
    /// What was learned up to then was erased at the person's request.
    public private(set) var erasedAt: Instant?

    public init(_ contact: Contact, at time: Instant, by key: UUID, erasedAt: Instant? = nil) {
        self.contact = contact
        learnedAt = time
        learnedBy = key
        self.erasedAt = erasedAt
    }

    /// Nothing is known of somebody who has asked to be forgotten; whoever it was is no gate.
    public init(erasedAt time: Instant, by key: UUID) {
        self.init(Contact(name: "", phone: nil), at: time, by: key, erasedAt: time)
    }

    private var isErased: Bool { erasedAt.map { learnedAt <= $0 } ?? false }

    /// The later event counts, whichever comes first; what it does not say stays.
    public func merged(with other: KnownContact) -> KnownContact {
        let otherIsLater =
            (learnedAt, learnedBy.halves.0, learnedBy.halves.1)
            < (other.learnedAt, other.learnedBy.halves.0, other.learnedBy.halves.1)
        var (result, earlier) = otherIsLater ? (other, self) : (self, other)
        let erased = [erasedAt, other.erasedAt].compactMap(\.self).max()
        result.erasedAt = erased
        earlier.erasedAt = erased
        if result.isErased {
            result.contact = Contact(name: "", phone: nil)
            return result
        }
        guard !earlier.isErased else { return result }
        result.contact.phone = result.contact.phone ?? earlier.contact.phone
        result.contact.zone = result.contact.zone ?? earlier.contact.zone
        result.contact.agent = result.contact.agent ?? earlier.contact.agent
        return result
    }
}

/// Where a message goes.
public enum Route: Sendable, Hashable {
    /// - Parameters:
    ///   - address: `+62…`, or `office:CODE`.
    ///   - name: of who reads it.
    ///   - subject: whom it is about, where an agent reads it for somebody.
    case address(_ address: String, name: String, subject: String?)
    /// Until the contact with this `ref` is known.
    case waits(for: String)
    /// Nobody can be reached; a stable reason code.
    case undeliverable(String)

    /// No phone number, and no agent that could pass the message on.
    public static let noPhone = "NO_PHONE"

    /// Decides where a message to `recipient` goes.
    /// - Parameter own: a contact that comes with the event itself.
    public static func of(
        ref: String, own: Contact? = nil, known: (String) -> Contact?
    ) -> Route {
        guard let contact = own ?? known(ref) else {
            guard ref.hasPrefix("office:") else { return .waits(for: ref) }
            return .address(ref, name: "Kantor PTSP " + ref.dropFirst("office:".count), subject: nil)
        }
        if let phone = contact.phone { return .address(phone.text, name: contact.name, subject: nil) }
        guard let agent = contact.agent, !Recipient.isAgent(ref) else { return .undeliverable(noPhone) }
        let agentRef = Recipient.ref(of: agent)
        guard let agentContact = known(agentRef) else { return .waits(for: agentRef) }
        guard let phone = agentContact.phone else { return .undeliverable(noPhone) }
        return .address(phone.text, name: agentContact.name, subject: contact.name)
    }
}
