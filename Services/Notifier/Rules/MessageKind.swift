import PerisaiModels

/// What a message says; each has templates of the same name in `Templates/id` and `Templates/en` (domain.md 8).
public enum MessageKind: String, CaseIterable, Sendable {
    // Answers to permit offices (domain.md 4.2).
    case permitCleared = "permit-cleared"
    /// A permit that was held is cleared.
    case permitReleased = "permit-released"
    case permitHeld = "permit-held"
    /// A held application whose deadline is near, or has passed.
    case permitReminder = "permit-reminder"
    case permitClosed = "permit-closed"
    /// TMP2T asked of an office, and taken back (PP 86/2013 Art. 8).
    case officeWithhold = "office-withhold"
    case officeRestore = "office-restore"

    // Membership.
    case welcomeParticipant = "welcome-participant"
    case welcomeEmployer = "welcome-employer"
    case welcomeWorker = "welcome-worker"
    case employerChanged = "employer-changed"
    case employerClosed = "employer-closed"
    case participantExited = "participant-exited"
    case submissionRefused = "submission-refused"
    /// Cover has ended after more than three months unpaid (Perdir 22/PERDIR.02/072022).
    case lapse
    /// Active again after a lapse.
    case coverReturned = "return"

    // Payments.
    case receipt
    case reversal
    case paymentUnposted = "payment-unposted"
    /// An employer has paid less, or more, than was due: told within 3 working days of the receipt (S03c 4).
    case paymentUnder = "payment-under"
    case paymentOver = "payment-over"
    /// 2 % of the contributions for each month late (PP 44/2015).
    case lateFine = "late-fine"

    // Reminders.
    /// BPU, before the 15th.
    case reminderParticipant = "reminder-participant"
    /// PU, with the kode iuran, between the 5th and the 7th (Payment Reminder System, S68).
    case reminderBill = "reminder-bill"
    /// PU, before the 15th.
    case reminderEmployer = "reminder-employer"
    /// Months 1, 2 and 3 of a participant's arrears.
    case arrears1 = "arrears-1"
    case arrears2 = "arrears-2"
    case arrears3 = "arrears-3"
    /// Months 1, 2 and 3 of an employer's arrears; from the fourth on warnings speak.
    case arrearsEmployer = "arrears-employer"

    // Enforcement (PP 86/2013; domain.md 4.1).
    case warning1 = "warning-1"
    case warning2 = "warning-2"
    case sanctionFine = "sanction-fine"
    case servicesWithheld = "services-withheld"
    case handedToInspector = "handed-to-inspector"
    case handedToProsecutor = "handed-to-prosecutor"
    case enforcementLifted = "enforcement-lifted"

    // Agents and wadah (domain.md 1.2, 1.5).
    case agentActivated = "agent-activated"
    case agentRefused = "agent-refused"
    case agentCredentialed = "agent-credentialed"
    /// May acquire no longer, or may again.
    case agentStanding = "agent-standing"
    case idle1 = "idle-1"
    case idle2 = "idle-2"
    case agencyEnded = "agency-ended"
    case agencyDismissed = "agency-dismissed"
    case agencyReactivated = "agency-reactivated"
    case wadahNotice = "wadah-notice"
    case statement
    case statementCorrection = "statement-correction"
    case dispute
    case payoutPaid = "payout-paid"
    case payoutRejected = "payout-rejected"

    /// An exception that nobody has settled in time, to the staff of the branch.
    case exceptionEscalated = "exception-escalated"
    /// Several messages to one reader in one.
    case digest
}

extension MessageKind {
    public var purpose: MessagePurpose {
        switch self {
        case .permitCleared, .permitReleased, .permitHeld, .permitReminder, .permitClosed, .officeWithhold,
            .officeRestore:
            .permits
        case .welcomeParticipant, .welcomeEmployer, .welcomeWorker, .employerChanged, .employerClosed,
            .participantExited, .lapse, .coverReturned:
            .membership
        case .receipt, .reversal, .paymentUnposted, .paymentUnder, .paymentOver, .lateFine: .payments
        case .reminderParticipant, .reminderBill, .reminderEmployer, .arrears1, .arrears2, .arrears3,
            .arrearsEmployer:
            .reminders
        case .warning1, .warning2, .sanctionFine, .servicesWithheld, .handedToInspector, .handedToProsecutor,
            .enforcementLifted:
            .enforcement
        case .submissionRefused, .agentActivated, .agentRefused, .agentCredentialed, .agentStanding, .idle1, .idle2,
            .agencyEnded, .agencyDismissed, .agencyReactivated, .wadahNotice, .statement, .statementCorrection,
            .dispute, .payoutPaid, .payoutRejected, .digest:
            .agency
        case .exceptionEscalated: .desk
        }
    }

    /// Leaves at any hour: answers to offices and desks, and proof of what somebody has just done. The others keep to
    /// the daytime of the reader (POJK 22/2023 Art. 62 as the nearest norm; domain.md 8 [I]).
    public var isUrgent: Bool {
        switch self {
        case .receipt, .reversal, .paymentUnposted: true
        default: purpose == .permits || purpose == .desk
        }
    }

    /// May be joined with others of its purpose to one reader: an agent that reads for many, an employer with many
    /// workers. What has a legal effect or a deadline of its own never is.
    public var mayBeDigested: Bool {
        switch self {
        case .welcomeParticipant, .welcomeWorker, .employerChanged, .participantExited, .receipt, .reversal,
            .reminderParticipant, .arrears1, .arrears2, .arrears3, .lapse, .coverReturned, .submissionRefused,
            .paymentOver:
            true
        default: false
        }
    }
}
