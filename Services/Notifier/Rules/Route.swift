import PerisaiModels

/// One way to a reader.
public struct RouteStep: Sendable, Hashable {
    public let channel: MessageChannel
    /// `+62…`, an e-mail address, a push token, or `office:CODE` and the like for files.
    public let address: String

    /// As it is stored among the fallbacks.
    var stored: String { "\(channel.rawValue):\(address)" }
}

/// Who reads a message.
public struct Reader: Sendable, Hashable {
    public var name: String
    /// Who it is, where that is not the recipient: an agent that reads for somebody.
    public var ref: String?
    /// Whom it is about, where an agent reads it for somebody.
    public var subject: String?
    public var zone: IndonesianZone?
    public var language: MessageLanguage = .indonesian
}

/// Where a message goes.
public enum Route: Sendable, Hashable {
    /// The preferred way and its fallbacks.
    case to(RouteStep, fallback: [RouteStep], Reader)
    /// Until the contact with this `ref` is known.
    case waits(for: String)
    /// Nobody can be reached, or wants to be; a stable reason code.
    case undeliverable(String)

    /// No address, and no agent that could pass the message on.
    public static let noPhone = "NO_PHONE"
    /// The reader has refused messages for this purpose.
    public static let noConsent = "NO_CONSENT"

    /// Decides where a message to `ref` goes.
    /// - Parameters:
    ///   - own: a contact that comes with the event itself.
    ///   - known: contacts whose enrolment has come, or institutions that have stated an address.
    public static func of(
        ref: String, for purpose: MessagePurpose, own: Contact? = nil, known: (String) -> Contact?
    ) -> Route {
        guard let contact = own ?? known(ref) else {
            guard let name = Recipient.institution(ref) else { return .waits(for: ref) }
            return .to(RouteStep(channel: .file, address: ref), fallback: [], Reader(name: name))
        }
        guard contact.agrees(to: purpose) else { return .undeliverable(noConsent) }
        if let route = route(contact, for: purpose) { return route }
        if let name = Recipient.institution(ref) {
            return .to(
                RouteStep(channel: .file, address: ref), fallback: [],
                Reader(name: contact.readerName.isEmpty ? name : contact.readerName))
        }
        guard let agent = contact.agent, !Recipient.isAgent(ref) else { return .undeliverable(noPhone) }
        let agentRef = Recipient.ref(of: agent)
        guard let agentContact = known(agentRef) else { return .waits(for: agentRef) }
        guard case .to(let step, let fallback, var reader)? = route(agentContact, for: purpose) else {
            return .undeliverable(noPhone)
        }
        reader.ref = agentRef
        reader.subject = contact.readerName
        return .to(step, fallback: fallback, reader)
    }

    private static func route(_ contact: Contact, for purpose: MessagePurpose) -> Route? {
        let steps = contact.steps(for: purpose)
        guard let first = steps.first else { return nil }
        return .to(
            first, fallback: Array(steps.dropFirst()),
            Reader(name: contact.readerName, zone: contact.readerZone, language: contact.language))
    }
}
