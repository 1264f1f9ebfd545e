import PerisaiModels
import Worker

/// What a batch touches: the keys of the rows to lock.
struct Touched {
    var niks: Set<NIK> = []
    var agents: Set<String> = []
    var submissions: Set<SubmissionKey> = []
    var nibs: Set<NIB> = []
    var npps: Set<NPP> = []
    var counters: Set<IntakeState.MonthLane> = []
    var employerLanes: Set<Int> = []

    init(_ events: [Event<EnrollmentInput>]) {
        for event in events { add(event) }
    }

    private mutating func add(_ event: Event<EnrollmentInput>) {
        switch event.input {
        case .permitApplied(let applied):
            nibs.insert(applied.nib)
            if let npp = applied.npp { npps.insert(npp) }
        case .permitWithdrawn(let withdrawn): nibs.insert(withdrawn.nib)
        case .agentApplied(let applied):
            agents.insert(applied.agentID.text)
            niks.insert(applied.nik)
        case .agentTrained(let trained): agents.insert(trained.agentID.text)
        case .agentExamined(let examined): agents.insert(examined.agentID.text)
        case .agentSigned(let signed): agents.insert(signed.agentID.text)
        case .agencyChanged(let changed): agents.insert(changed.agentID.text)
        case .participant(let submitted): add(.participant(submitted), event.partition)
        case .employer(let submitted): add(.employer(submitted), event.partition)
        case .firstPayment(let npp, _): npps.insert(npp)
        case .businessDate: break
        }
    }

    private mutating func add(_ submission: Submission, _ partition: Int32) {
        let lane = NumberRange.lane(of: partition)
        addParked(submission)
        counters.insert(IntakeState.MonthLane(month: submission.submittedOn.contributionMonth, lane: lane))
        if submission.kind == .employer { employerLanes.insert(lane) }
        if let agent = submission.agentID { agents.insert(agent.text) }
    }

    /// A submission that waits has its numbers already.
    mutating func addParked(_ submission: Submission) {
        submissions.insert(submission.key)
        niks.formUnion(submission.niks)
        if let nib = submission.nib { nibs.insert(nib) }
    }

    /// How much there is; grows with every key.
    var size: Int { niks.count + agents.count + submissions.count + nibs.count + npps.count }
}
