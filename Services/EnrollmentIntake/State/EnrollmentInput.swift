import PerisaiModels

/// The events that enrolment acts on.
public enum EnrollmentInput: Sendable {
    case permitApplied(PermitApplied)
    case permitWithdrawn(PermitWithdrawn)
    case agentApplied(AgentApplied)
    case agentTrained(AgentTrained)
    case agentExamined(AgentExamined)
    case agentSigned(AgentSigned)
    case participant(ParticipantSubmitted)
    case employer(EmployerSubmitted)
    /// An employer's first month is paid.
    case firstPayment(NPP, on: CivilDate)
    case agencyChanged(AgencyChanged)
    case businessDate(CivilDate)
}

/// What was handed in; kept as JSON while it waits.
public enum Submission: Sendable, Hashable {
    case participant(ParticipantSubmitted)
    case employer(EmployerSubmitted)

    var kind: SubmissionKind {
        switch self {
        case .participant: .participant
        case .employer: .employer
        }
    }
    var submissionID: SubmissionID {
        switch self {
        case .participant(let submitted): submitted.submissionID
        case .employer(let submitted): submitted.submissionID
        }
    }
    var agentID: AgentID? {
        switch self {
        case .participant(let submitted): submitted.agentID
        case .employer(let submitted): submitted.agentID
        }
    }
    var submittedOn: CivilDate {
        switch self {
        case .participant(let submitted): submitted.submittedOn
        case .employer(let submitted): submitted.submittedOn
        }
    }
    var nib: NIB? {
        switch self {
        case .participant: nil
        case .employer(let submitted): submitted.nib
        }
    }
    var niks: [NIK] {
        switch self {
        case .participant(let submitted): [submitted.nik]
        case .employer(let submitted): submitted.workers.map(\.nik)
        }
    }
    var json: [UInt8] {
        switch self {
        case .participant(let submitted): submitted.json
        case .employer(let submitted): submitted.json
        }
    }
    var key: SubmissionKey { SubmissionKey(agent: agentID?.text ?? "", submission: submissionID.text) }
}

/// A submission's number is its sender's own.
struct SubmissionKey: Hashable, Comparable {
    let agent: String
    let submission: String

    static func < (left: Self, right: Self) -> Bool {
        (left.agent, left.submission) < (right.agent, right.submission)
    }
}
