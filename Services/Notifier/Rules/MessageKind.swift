/// What a message says; each has a template of the same name in `Templates/` (domain.md 8).
public enum MessageKind: String, CaseIterable, Sendable {
    case permitCleared = "permit-cleared"
    /// A permit that was held is cleared.
    case permitReleased = "permit-released"
    case permitHeld = "permit-held"
    case permitClosed = "permit-closed"
    case welcomeParticipant = "welcome-participant"
    case welcomeEmployer = "welcome-employer"
    case welcomeWorker = "welcome-worker"
    case agentActivated = "agent-activated"
    case agentRefused = "agent-refused"
    case submissionRefused = "submission-refused"
    case receipt
    case reversal
    case paymentUnposted = "payment-unposted"
    case statement
    case statementCorrection = "statement-correction"
}
