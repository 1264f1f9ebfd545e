import PerisaiModels

/// The events that enrolment acts on.
public enum EnrollmentInput: Sendable {
    case permitApplied(PermitApplied)
    case permitAmended(PermitAmended)
    case permitWithdrawn(PermitWithdrawn)
    case permitIssued(PermitIssued)
    case agentApplied(AgentApplied)
    case agentDocumented(AgentDocumented)
    case agentTrained(AgentTrained)
    case agentExamined(AgentExamined)
    case agentSigned(AgentSigned)
    case agentSuspended(AgentSuspended)
    case agentResumed(AgentResumed)
    case staffListed(StaffListed)
    case participant(ParticipantSubmitted)
    case employer(EmployerSubmitted)
    case report(Report)
    case correctionAsked(SubjectCorrectionAsked)
    case erasureAsked(SubjectErasureAsked)
    /// An employer's first month is paid.
    case firstPayment(NPP, on: CivilDate)
    /// Of an employer.
    case arrears(NPP, ArrearsChanged)
    /// Of a participant.
    case cover(KPJ, CoverChanged)
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

/// What is reported of a membership that exists; its number is looked at once, as a submission's.
public enum Report: Sendable, Hashable {
    case exit(ExitReported)
    case change(EmployerChangeReported)
    case closure(EmployerClosureReported)

    var kind: SubmissionKind {
        switch self {
        case .exit: .exit
        case .change: .employerChange
        case .closure: .employerClosure
        }
    }
    var submissionID: SubmissionID {
        switch self {
        case .exit(let report): report.submissionID
        case .change(let report): report.submissionID
        case .closure(let report): report.submissionID
        }
    }
    var agentID: AgentID? {
        switch self {
        case .exit(let report): report.agentID
        case .change(let report): report.agentID
        case .closure(let report): report.agentID
        }
    }
    var reportedOn: CivilDate {
        switch self {
        case .exit(let report): report.reportedOn
        case .change(let report): report.reportedOn
        case .closure(let report): report.reportedOn
        }
    }
    /// Employers whose workers are needed.
    var npps: [NPP] {
        switch self {
        case .exit(let report): report.npp.map { [$0] } ?? []
        case .change(let report): [report.npp] + (report.movedFrom.map { [$0] } ?? [])
        case .closure(let report): [report.npp]
        }
    }
    var niks: [NIK] {
        switch self {
        case .exit(let report): [report.nik]
        case .change(let report):
            report.joining.map(\.nik) + report.leaving.map(\.nik) + report.wages.map(\.nik)
        case .closure: []
        }
    }
    /// Who has died: every employer of theirs is needed.
    var deaths: [NIK] {
        switch self {
        case .exit(let report): report.reason == .death ? [report.nik] : []
        case .change(let report): report.leaving.filter { $0.reason == .death }.map(\.nik)
        case .closure: []
        }
    }
    var json: [UInt8] {
        switch self {
        case .exit(let report): report.json
        case .change(let report): report.json
        case .closure(let report): report.json
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
