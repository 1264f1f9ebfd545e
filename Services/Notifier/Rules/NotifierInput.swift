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
    case employerChanged(EmployerChanged)
    case employerClosed(EmployerClosed)
    case participantExited(ParticipantExited)
    case enforcementStepped(EnforcementStepped)
    case agentStandingChanged(AgentStandingChanged)
    case agentCredentialed(AgentCredentialed)
    case coverChanged(CoverChanged)
    case arrearsChanged(ArrearsChanged)
    case fineAssessed(FineAssessed)
    case contributionReminded(ContributionReminded)
    case exceptionEscalated(ExceptionEscalated)
    case agencyChanged(AgencyChanged)
    case wadahChanged(WadahChanged)
    case disputeChanged(DisputeChanged)
    case payoutChanged(PayoutChanged)
    case contactPreferenceStated(ContactPreferenceStated)
    case businessDateStarted(BusinessDateStarted)
    case subjectErased(SubjectErased)
    case subjectCorrected(SubjectCorrected)

    public static let topics: [Topic] = [.clearances, .enrollment, .contributions, .commissions, .preferences, .clock]

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
        case EmployerChanged.type: .employerChanged(try .read(bytes: data))
        case EmployerClosed.type: .employerClosed(try .read(bytes: data))
        case ParticipantExited.type: .participantExited(try .read(bytes: data))
        case EnforcementStepped.type: .enforcementStepped(try .read(bytes: data))
        case AgentStandingChanged.type: .agentStandingChanged(try .read(bytes: data))
        case AgentCredentialed.type: .agentCredentialed(try .read(bytes: data))
        case CoverChanged.type: .coverChanged(try .read(bytes: data))
        case ArrearsChanged.type: .arrearsChanged(try .read(bytes: data))
        case FineAssessed.type: .fineAssessed(try .read(bytes: data))
        case ContributionReminded.type: .contributionReminded(try .read(bytes: data))
        case ExceptionEscalated.type: .exceptionEscalated(try .read(bytes: data))
        case AgencyChanged.type: .agencyChanged(try .read(bytes: data))
        case WadahChanged.type: .wadahChanged(try .read(bytes: data))
        case DisputeChanged.type: .disputeChanged(try .read(bytes: data))
        case PayoutChanged.type: .payoutChanged(try .read(bytes: data))
        case ContactPreferenceStated.type: .contactPreferenceStated(try .read(bytes: data))
        case BusinessDateStarted.type: .businessDateStarted(try .read(bytes: data))
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
                    Contact(
                        name: event.name, phone: event.phone, zone: event.zone, agent: event.agentID,
                        branch: event.branch, consent: event.consent)
                )
            ]
        case .employerEnrolled(let event):
            [
                (
                    Recipient.employer(event.npp).ref,
                    Contact(
                        name: event.name, phone: event.phone, zone: event.zone, agent: event.agentID,
                        branch: event.branch)
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
        case .employerChanged(let event): [Recipient.employer(event.npp).ref]
        case .employerClosed(let event): [Recipient.employer(event.npp).ref]
        case .participantExited(let event): [Recipient.participant(event.kpj).ref]
        case .enforcementStepped(let event): event.npp.map { [Recipient.employer($0).ref] } ?? []
        case .agentStandingChanged(let event): [Recipient.ref(of: event.agentID)]
        case .agentCredentialed(let event): [Recipient.ref(of: event.agentID)]
        case .coverChanged(let event): [Recipient(event.payer).ref]
        case .arrearsChanged(let event): [Recipient(event.payer).ref]
        case .fineAssessed(let event): [Recipient(event.payer).ref]
        case .contributionReminded(let event): [Recipient(event.payer).ref]
        case .agencyChanged(let event): [Recipient.ref(of: event.agentID)]
        case .disputeChanged(let event): [Recipient.ref(of: event.agentID)]
        case .payoutChanged(let event): event.agentID.map { [Recipient.ref(of: $0)] } ?? []
        case .exceptionEscalated, .wadahChanged, .contactPreferenceStated, .businessDateStarted, .subjectErased,
            .subjectCorrected:
            []
        }
    }

    /// The `ref`s whose contacts the event changes.
    var changedRefs: [String] {
        switch self {
        case .subjectErased(let event): event.refs
        case .subjectCorrected(let event): event.refs
        case .contactPreferenceStated(let event): event.refs
        default: contacts.map(\.ref)
        }
    }

    /// The `ref`s of contacts that are looked at as they stand: of people who come with the event and are kept nowhere,
    /// of institutions, which need no contact, and of a payer whose branch is asked for.
    var passingRefs: [String] {
        switch self {
        case .employerEnrolled(let event): event.workers.map { Recipient.worker($0.kpj).ref }
        case .employerChanged(let event): event.joined.map { Recipient.worker($0.kpj).ref }
        case .exceptionEscalated(let event): event.payer.map { [Recipient($0).ref] } ?? []
        default: []
        }
    }

    /// The institutions that read the event's messages.
    var institutionRefs: [String] {
        switch self {
        case .permitCleared(let event): [Recipient.office(event.office).ref]
        case .permitHeld(let event): [Recipient.office(event.office).ref]
        case .permitReminded(let event): [Recipient.office(event.office).ref]
        case .permitClosed(let event): [Recipient.office(event.office).ref]
        case .servicesWithheld(let event): [Recipient.office(event.office).ref]
        case .wadahChanged(let event): [Recipient.wadah(event.wadahID).ref]
        case .payoutChanged(let event): event.wadahID.map { [Recipient.wadah($0).ref] } ?? []
        default: []
        }
    }
}

extension PayoutChanged {
    var agentID: AgentID? { payeeKind == .agent ? try? AgentID(payeeID) : nil }
    var wadahID: WadahID? { payeeKind == .wadah ? try? WadahID(payeeID) : nil }
}

extension ContactPreferenceStated {
    /// Whose contacts it changes: a person is written to as a participant and as a worker.
    var refs: [String] {
        if let participant { return [Recipient.participant(participant).ref, Recipient.worker(participant).ref] }
        let recipient: Recipient? =
            employer.map { .employer($0) } ?? agentID.map { .agent($0) } ?? wadahID.map { .wadah($0) }
            ?? branch.map { .branch($0) } ?? office.map { .office($0) }
        return recipient.map { [$0.ref] } ?? []
    }
}
