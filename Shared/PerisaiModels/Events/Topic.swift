/// The streams between the services; the only interface that they have.
public enum Topic: String, CaseIterable, Sendable {
    case employerEvents = "ptsp.employer-events.v1"
    case submissions = "agent.submissions.v1"
    case enrollment = "enrollment.events.v1"
    case clearances = "ptsp.clearances.v1"
    case payments = "bank.payments.v1"
    case contributions = "contribution.events.v1"
    case commissions = "commission.events.v1"
    case notifications = "notification.events.v1"
    case clock = "clock.events.v1"
    case preferences = "contact.preferences.v1"

    /// The name in Kafka.
    public var name: String { rawValue }

    /// What stands in the topic and who writes it.
    public var summary: String {
        switch self {
        case .employerEvents: "Permit applications of employers, written by PTSP permit offices"
        case .submissions: "What agents and wadah hand in: applications, participants, micro employers"
        case .enrollment: "Decisions on agents, participants and employers, written by enrollment-intake"
        case .clearances: "Answers to permit offices, written by enrollment-intake"
        case .payments: "Payments and reversals, written by banks"
        case .contributions: "Posted, reversed and unmatched contributions, written by payment-reconciler"
        case .commissions: "Statements, payouts and the life of agencies, written by commission-calculator"
        case .notifications: "Messages sent and failed, written by notifier"
        case .preferences: "How people, firms and desks want to be written to, written by branch desks and the app"
        case .clock: "Business dates; one partition, so that dates keep their order"
        }
    }

    /// Partitions when the topic is created: more than the workers of a peak, and one for the clock.
    public var partitions: Int32 { self == .clock ? 1 : 16 }

    /// The dead-letter topic of a consumer group.
    public static func deadLetters(of group: String) -> String { "\(group).dead-letter.v1" }
}
