import PerisaiModels

import struct Foundation.UUID

/// How somebody is reached, as the enrolment events say and as the person has asked.
public struct Contact: Sendable, Hashable {
    /// Cleaned for display (`IndonesianText.clean`).
    public var name: String
    /// For SMS.
    public var phone: PhoneNumber?
    public var zone: IndonesianZone?
    /// Who gets the messages where nobody can be reached: the agent that handed the person in.
    public var agent: AgentID?
    /// The branch that a payer belongs to: whose desk hears of its exceptions.
    public var branch: BranchCode?
    /// Of the enrolment (UU 27/2022): without it no reminders.
    public var consent: Bool?
    public var preference: ContactPreference?

    public init(
        name: String, phone: PhoneNumber?, zone: IndonesianZone? = nil, agent: AgentID? = nil,
        branch: BranchCode? = nil, consent: Bool? = nil, preference: ContactPreference? = nil
    ) {
        self.name = IndonesianText.clean(name, limit: IndonesianText.nameLimit)
        self.phone = phone
        self.zone = zone
        self.agent = agent
        self.branch = branch
        self.consent = consent
        self.preference = preference
    }

    public var language: MessageLanguage { preference?.language ?? .indonesian }
    public var readerZone: IndonesianZone? { preference?.zone ?? zone }
    public var readerName: String { name.isEmpty ? preference?.name ?? "" : name }

    /// Whether messages for this purpose may be sent.
    public func agrees(to purpose: MessagePurpose) -> Bool {
        guard purpose.mayBeRefused else { return true }
        return preference?.choices[purpose]?.consent ?? consent ?? true
    }

    /// Where messages for this purpose go, the preferred one first; empty when nobody can be reached.
    public func steps(for purpose: MessagePurpose) -> [RouteStep] {
        let order = preference?.choices[purpose]?.channels ?? Self.usualOrder
        return order.compactMap { channel in address(on: channel).map { RouteStep(channel: channel, address: $0) } }
    }

    /// By the own address for whatever purpose; nobody needs to pass messages on.
    var isReachable: Bool { MessagePurpose.allCases.allSatisfy { !steps(for: $0).isEmpty } }

    /// What costs least and is read soonest comes first; each only where its address is known.
    static let usualOrder: [MessageChannel] = [.push, .whatsapp, .sms, .email]

    private func address(on channel: MessageChannel) -> String? {
        switch channel {
        case .push: preference?.pushToken?.text
        case .whatsapp: preference?.whatsapp?.text
        case .sms: (preference?.phone ?? phone)?.text
        case .email: preference?.email?.text
        case .file: nil
        }
    }
}

/// A contact and the events that it was learned from.
public struct KnownContact: Sendable, Hashable {
    /// As the enrolment says; nothing before it.
    public private(set) var base: Contact
    /// Of the enrolment, or the newest correction; `.earliest` where only a preference is known.
    public private(set) var learnedAt: Instant
    public private(set) var learnedBy: UUID
    public private(set) var preference: ContactPreference?
    /// What was learned up to then was erased at the person's request.
    public private(set) var erasedAt: Instant?

    public init(
        _ contact: Contact, at time: Instant, by key: UUID, preference: ContactPreference? = nil,
        erasedAt: Instant? = nil
    ) {
        base = contact
        base.preference = nil
        learnedAt = time
        learnedBy = key
        self.preference = preference ?? contact.preference
        self.erasedAt = erasedAt
    }

    /// Nothing is known of somebody who has asked to be forgotten; whoever it was is no gate.
    public init(erasedAt time: Instant, by key: UUID) {
        self.init(Contact(name: "", phone: nil), at: time, by: key, erasedAt: time)
    }

    /// A statement of somebody whose enrolment may not have come yet.
    public init(_ preference: ContactPreference) {
        self.init(
            Contact(name: "", phone: nil), at: .earliest, by: UUID(0, 0), preference: preference)
    }

    /// Whether the enrolment has come, or an erasure.
    public var isEnrolled: Bool { learnedAt > .earliest }

    public var contact: Contact {
        var contact = base
        contact.preference = preference
        return contact
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
        result.preference = [preference, other.preference].compactMap { $0?.without(through: erased) }
            .reduce(nil) { $0?.merged(with: $1) ?? $1 }
        if result.isErased {
            result.base = Contact(name: "", phone: nil)
            return result
        }
        guard !earlier.isErased else { return result }
        if result.base.name.isEmpty { result.base.name = earlier.base.name }
        result.base.phone = result.base.phone ?? earlier.base.phone
        result.base.zone = result.base.zone ?? earlier.base.zone
        result.base.agent = result.base.agent ?? earlier.base.agent
        result.base.branch = result.base.branch ?? earlier.base.branch
        result.base.consent = result.base.consent ?? earlier.base.consent
        return result
    }
}
