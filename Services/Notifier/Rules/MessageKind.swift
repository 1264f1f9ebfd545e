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
    /// An employer has paid less, or more, than was due: told within 3 working days of the receipt (S03c 4).
    case paymentUnder = "payment-under"
    case paymentOver = "payment-over"
    case statement
    case statementCorrection = "statement-correction"
}
