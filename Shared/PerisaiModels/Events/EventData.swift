/// The data of one event type.
///
/// A field may be added when it is optional; anything else is a new type with a new version.
public protocol EventData: JSONObject {
    /// CloudEvents `type`, ending in its version: `id.perisai.payment-received.v1`.
    static var type: String { get }
    static var topic: Topic { get }
    /// Key in Kafka: events of one aggregate keep their order.
    var partitionKey: String { get }
}

/// Every event type there is.
public enum EventCatalog {
    public static let all: [any EventData.Type] = [
        PermitApplied.self, PermitAmended.self, PermitWithdrawn.self, PermitIssued.self,
        AgentApplied.self, AgentDocumented.self, AgentTrained.self, AgentExamined.self, AgentSigned.self,
        AgentSuspended.self, AgentResumed.self, StaffListed.self,
        ParticipantSubmitted.self, EmployerSubmitted.self, ExitReported.self, EmployerChangeReported.self,
        EmployerClosureReported.self, SubjectCorrectionAsked.self, SubjectErasureAsked.self,
        AgentActivated.self, AgentRefused.self, ParticipantEnrolled.self, EmployerEnrolled.self, SubmissionRefused.self,
        ParticipantExited.self, EmployerClosed.self, EmployerChanged.self, AgentStandingChanged.self,
        AgentCredentialed.self,
        EnforcementStepped.self, SanctionFineImposed.self,
        SubjectCorrected.self, SubjectErased.self, SubjectRequestRefused.self,
        PermitCleared.self, PermitHeld.self, PermitReminded.self, PermitClosed.self, ServicesWithheld.self,
        PaymentReceived.self, PaymentReversed.self, StatementEntryBooked.self,
        ContributionPosted.self, ContributionReversed.self, CreditApplied.self, CoverActivated.self,
        ContributionReleased.self, CoverChanged.self, ArrearsChanged.self, PaymentDifferent.self, FineAssessed.self,
        ContributionReminded.self,
        PaymentException.self, ExceptionEscalated.self, ExceptionResolved.self,
        StatementIssued.self, MonthClosed.self, SchemeApproved.self, DisputeChanged.self, PayoutChanged.self,
        AgencyChanged.self, WadahChanged.self, PortfolioPassed.self,
        NotificationSent.self, NotificationDelivered.self, NotificationFailed.self, ContactPreferenceStated.self,
        BusinessDateStarted.self,
    ]

    /// The type with this CloudEvents `type`.
    public static func type(named name: String) -> (any EventData.Type)? { byName[name] }

    private static let byName: [String: any EventData.Type] = Dictionary(
        uniqueKeysWithValues: all.map { ($0.type, $0) })
}

/// CloudEvents 1.0 attributes of one event.
public struct EventAttributes: Sendable, Hashable {
    /// Unique within `source`: 1 to 128 bytes.
    public var id: String
    /// URI reference of the sender: 1 to 256 bytes.
    public var source: String
    public var type: String
    public var subject: String?
    public var time: Instant
    /// W3C trace context, where the sender gave one.
    public var traceparent: String?

    public init(
        id: String, source: String, type: String, subject: String? = nil, time: Instant, traceparent: String? = nil
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.subject = subject
        self.time = time
        self.traceparent = traceparent
    }
}
