import PerisaiModels

/// The events that make messages, webhooks or contacts.
public enum NotifierInput: Sendable, Hashable {
    case permitCleared(PermitCleared)
    case permitHeld(PermitHeld)
    case permitReminded(PermitReminded)
    case permitClosed(PermitClosed)
    case servicesWithheld(ServicesWithheld)
    case agentActivated(AgentActivated)
    case agentRefused(AgentRefused)
    case participantEnrolled(ParticipantEnrolled)
    case employerEnrolled(EmployerEnrolled)
    case submissionRefused(SubmissionRefused)
    case contributionPosted(ContributionPosted)
    case contributionReversed(ContributionReversed)
    case paymentException(PaymentException)
    case paymentDifferent(PaymentDifferent)
    case statementIssued(StatementIssued)
    case subjectErased(SubjectErased)
    case subjectCorrected(SubjectCorrected)

    public static let topics: [Topic] = [.clearances, .enrollment, .contributions, .commissions]

    /// Reads the data of one event; nil for a type that makes none.
    public static func decode(type: String, data: UnsafeRawBufferPointer) throws(JSONFault) -> NotifierInput? {
        switch type {
        case PermitCleared.type: .permitCleared(try .read(bytes: data))
        case PermitHeld.type: .permitHeld(try .read(bytes: data))
        case PermitReminded.type: .permitReminded(try .read(bytes: data))
        case PermitClosed.type: .permitClosed(try .read(bytes: data))
        case ServicesWithheld.type: .servicesWithheld(try .read(bytes: data))
        case AgentActivated.type: .agentActivated(try .read(bytes: data))
        case AgentRefused.type: .agentRefused(try .read(bytes: data))
        case ParticipantEnrolled.type: .participantEnrolled(try .read(bytes: data))
        case EmployerEnrolled.type: .employerEnrolled(try .read(bytes: data))
        case SubmissionRefused.type: .submissionRefused(try .read(bytes: data))
        case ContributionPosted.type: .contributionPosted(try .read(bytes: data))
        case ContributionReversed.type: .contributionReversed(try .read(bytes: data))
        case PaymentException.type: .paymentException(try .read(bytes: data))
        case PaymentDifferent.type: .paymentDifferent(try .read(bytes: data))
        case StatementIssued.type: .statementIssued(try .read(bytes: data))
        case SubjectErased.type: .subjectErased(try .read(bytes: data))
        case SubjectCorrected.type: .subjectCorrected(try .read(bytes: data))
        default: nil
        }
    }

    /// Contacts that the event makes known, by `Recipient.ref`.
    public var contacts: [(ref: String, contact: Contact)] {
        switch self {
        case .agentActivated(let event):
            [(Recipient.ref(of: event.agentID), Contact(name: event.name, phone: event.phone, zone: event.zone))]
        case .agentRefused(let event):
            [(Recipient.ref(of: event.agentID), Contact(name: event.name, phone: event.phone))]
        case .participantEnrolled(let event):
            [
                (
                    Recipient.participant(event.kpj).ref,
                    Contact(name: event.name, phone: event.phone, zone: event.zone, agent: event.agentID)
                )
            ]
        case .employerEnrolled(let event):
            [
                (
                    Recipient.employer(event.npp).ref,
                    Contact(name: event.name, phone: event.phone, zone: event.zone, agent: event.agentID)
                )
            ]
        default: []
        }
    }

    /// The `ref`s whose contacts decide where the event's messages go, as far as the event itself says.
    public var routeRefs: [String] {
        switch self {
        case .permitCleared, .permitHeld, .permitReminded, .permitClosed, .servicesWithheld: []
        case .agentActivated(let event): [Recipient.ref(of: event.agentID)]
        case .agentRefused(let event): [Recipient.ref(of: event.agentID)]
        case .participantEnrolled(let event):
            [Recipient.participant(event.kpj).ref] + (event.agentID.map { [Recipient.ref(of: $0)] } ?? [])
        case .employerEnrolled(let event):
            [Recipient.employer(event.npp).ref] + (event.agentID.map { [Recipient.ref(of: $0)] } ?? [])
        case .submissionRefused(let event): event.agentID.map { [Recipient.ref(of: $0)] } ?? []
        case .contributionPosted(let event): [Recipient(event.payer).ref]
        case .contributionReversed(let event): [Recipient(event.payer).ref]
        case .paymentException(let event): event.payer.map { [Recipient($0).ref] } ?? []
        case .paymentDifferent(let event): [Recipient(event.payer).ref]
        case .statementIssued(let event): [Recipient.ref(of: event.agentID)]
        case .subjectErased, .subjectCorrected: []
        }
    }

    /// The `ref`s whose contacts the event changes.
    var changedRefs: [String] {
        switch self {
        case .subjectErased(let event): event.refs
        case .subjectCorrected(let event): event.refs
        default: contacts.map(\.ref)
        }
    }

    /// The `ref`s of people who come with the event and are kept nowhere: whether they have asked to be forgotten.
    var passingRefs: [String] {
        guard case .employerEnrolled(let event) = self else { return [] }
        return event.workers.map { Recipient.worker($0.kpj).ref }
    }
}
