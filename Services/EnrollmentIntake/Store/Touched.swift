import PerisaiModels
import Postgres
import Worker

/// What a batch touches: the keys of the rows to lock.
struct Touched {
    var niks: Set<NIK> = []
    var agents: Set<String> = []
    var submissions: Set<SubmissionKey> = []
    var nibs: Set<NIB> = []
    var npps: Set<NPP> = []
    var npwps: Set<NPWP> = []
    var kpjs: Set<KPJ> = []
    /// Employers whose workers are read too.
    var staffed: Set<NPP> = []
    /// Of these every worker is touched.
    var closing: Set<NPP> = []
    /// Whose employments are read.
    var leaving: Set<NIK> = []
    /// Who leaves every employer.
    var dead: Set<NIK> = []
    var requests: Set<String> = []
    /// Persons who ask: all that holds their NIK is touched.
    var subjects: Set<NIK> = []
    var counters: Set<IntakeState.MonthLane> = []
    var employerLanes: Set<Int> = []

    init(_ events: [Event<EnrollmentInput>]) {
        for event in events { add(event) }
    }

    /// Applications by their NIBs.
    init(permitsOf nibs: Set<NIB>) { self.nibs = nibs }

    private mutating func add(_ event: Event<EnrollmentInput>) {
        switch event.input {
        case .permitApplied(let applied):
            nibs.insert(applied.nib)
            if let npp = applied.npp { npps.insert(npp) }
            if let npwp = applied.npwp { npwps.insert(npwp) }
        case .permitAmended(let amended):
            nibs.insert(amended.nib)
            if let npp = amended.npp { npps.insert(npp) }
            if let npwp = amended.npwp { npwps.insert(npwp) }
        case .permitWithdrawn(let withdrawn): nibs.insert(withdrawn.nib)
        case .permitIssued(let issued): nibs.insert(issued.nib)
        case .agentApplied(let applied):
            agents.insert(applied.agentID.text)
            niks.insert(applied.nik)
        case .agentDocumented(let documented): agents.insert(documented.agentID.text)
        case .agentSuspended(let suspended): agents.insert(suspended.agentID.text)
        case .agentResumed(let resumed): agents.insert(resumed.agentID.text)
        case .staffListed(let listed): niks.insert(listed.nik)
        case .agentTrained(let trained): agents.insert(trained.agentID.text)
        case .agentExamined(let examined): agents.insert(examined.agentID.text)
        case .agentSigned(let signed): agents.insert(signed.agentID.text)
        case .agencyChanged(let changed): agents.insert(changed.agentID.text)
        case .participant(let submitted): add(.participant(submitted), event.partition)
        case .employer(let submitted): add(.employer(submitted), event.partition)
        case .report(let report): add(report, event.partition)
        case .correctionAsked(let asked): add(subject: asked.nik, asked.requestID)
        case .erasureAsked(let asked): add(subject: asked.nik, asked.requestID)
        case .firstPayment(let npp, _): npps.insert(npp)
        case .arrears(let npp, _): npps.insert(npp)
        case .cover(let kpj, _): kpjs.insert(kpj)
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

    private mutating func add(_ report: Report, _ partition: Int32) {
        submissions.insert(report.key)
        niks.formUnion(report.niks)
        npps.formUnion(report.npps)
        staffed.formUnion(report.npps)
        leaving.formUnion(report.niks)
        dead.formUnion(report.deaths)
        if case .closure(let closure) = report { closing.insert(closure.npp) }
        if case .change(let change) = report, !change.joining.isEmpty {
            let lane = NumberRange.lane(of: partition)
            counters.insert(IntakeState.MonthLane(month: change.reportedOn.contributionMonth, lane: lane))
        }
        if let agent = report.agentID { agents.insert(agent.text) }
    }

    /// Whoever asks about the own data.
    private mutating func add(subject nik: NIK, _ request: SubmissionID) {
        niks.insert(nik)
        subjects.insert(nik)
        requests.insert(request.text)
        // The tax number of an individual is the NIK (PMK 112/2022).
        if let npwp = try? NPWP(code: nik.code) { npwps.insert(npwp) }
    }

    /// A submission that waits has its numbers already.
    mutating func addParked(_ submission: Submission) {
        submissions.insert(submission.key)
        niks.formUnion(submission.niks)
        if let nib = submission.nib { nibs.insert(nib) }
        if case .employer(let submitted) = submission, let npwp = submitted.npwp { npwps.insert(npwp) }
    }

    /// The rows of `LoadStatements.employments`.
    mutating func addEmployers(ofDead rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            niks.insert(try NIK(code: rows.int64(row, 0)))
            guard try rows.bool(row, 2) else { continue }
            let npp = try NPP(code: rows.int64(row, 1))
            npps.insert(npp)
            staffed.insert(npp)
        }
    }

    /// How much there is; grows with every key.
    var size: Int { niks.count + agents.count + submissions.count + nibs.count + npps.count + npwps.count }
}
