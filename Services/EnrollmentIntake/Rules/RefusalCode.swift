import PerisaiModels

/// Why an agent or a submission is refused. Every code stands in docs/refusal-codes.md with its remedy.
public enum RefusalCode: String, Sendable, CaseIterable {
    // Gates of an agent (domain.md 1.2).
    case bankNotDesignated = "BANK_NOT_DESIGNATED"
    case accountNotOwn = "ACCOUNT_NOT_OWN_NAME"
    case noDevice = "NO_DEVICE"
    case examFailed = "EXAM_FAILED"
    case wadahMismatch = "WADAH_MISMATCH"
    case contractPeriod = "CONTRACT_PERIOD"
    case agentDismissed = "AGENT_DISMISSED"
    case reentryTooEarly = "REENTRY_TOO_EARLY"
    case agentIsStaff = "AGENT_IS_STAFF"
    case contractTerm = "CONTRACT_TERM"
    case wadahMinimum = "WADAH_MINIMUM"
    // Submissions (domain.md 1.3, 1.4, 1.6, 2, 3).
    case agentNotActive = "AGENT_NOT_ACTIVE"
    case agentSuspended = "AGENT_SUSPENDED"
    case agentMembershipLapsed = "AGENT_MEMBERSHIP_LAPSED"
    case duplicateSubmission = "DUPLICATE_SUBMISSION"
    case nameMissing = "NAME_MISSING"
    case firstMonthPast = "FIRST_MONTH_PAST"
    case noRates = "NO_RATES"
    case birthDate = "BIRTH_DATE_IMPLAUSIBLE"
    case ageLimit = "AGE_LIMIT"
    case programmes = "PROGRAMMES_NOT_OFFERED"
    case alreadyEnrolled = "ALREADY_ENROLLED"
    case claimed = "CLAIMED_BY_ANOTHER_AGENT"
    case noWorkers = "NO_WORKERS"
    case workerTwice = "WORKER_TWICE"
    case wage = "WAGE_NOT_POSITIVE"
    case contributionLimit = "CONTRIBUTION_LIMIT"
    case employersNotByAgents = "EMPLOYERS_NOT_BY_AGENTS"
    case nibEnrolled = "NIB_ALREADY_ENROLLED"
    case jhtCompulsory = "JHT_COMPULSORY"
    case deceased = "PARTICIPANT_DECEASED"
    case sizeMismatch = "SIZE_MISMATCH"
    case constructionOutside = "CONSTRUCTION_OUTSIDE"
    // Reports (domain.md 2.4, 3).
    case notEnrolled = "NOT_ENROLLED"
    case exitedAlready = "EXITED_ALREADY"
    case exitMonth = "EXIT_MONTH"
    case changeMonth = "CHANGE_MONTH"
    case employerClosed = "EMPLOYER_CLOSED"
    case notYours = "NOT_YOURS"
    case nothingReported = "NOTHING_REPORTED"
    // Requests about personal data (UU 27/2022).
    case subjectNotKnown = "NOT_KNOWN"
    case membershipActive = "MEMBERSHIP_ACTIVE"
    case agencyActive = "AGENCY_ACTIVE"
    case staffListed = "STAFF_LISTED"
    case submissionWaiting = "SUBMISSION_WAITING"
    case retention = "RETENTION"
    case notApproved = "NOT_APPROVED"
    case erasureNotConfigured = "ERASURE_NOT_CONFIGURED"
    case nothingToCorrect = "NOTHING_TO_CORRECT"
    case dataErased = "DATA_ERASED"

    /// The reason for one field. The text is Indonesian and holds no personal data.
    func reason(_ field: String, _ text: String) -> RefusalReason {
        RefusalReason(code: rawValue, field: field, text: text)
    }
}
