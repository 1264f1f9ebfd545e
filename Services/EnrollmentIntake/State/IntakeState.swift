import PerisaiModels

import struct Foundation.UUID

/// The rows that a batch touches, in memory. Whatever is changed is noted in a set beside it and saved at the end.
public struct IntakeState {
    struct Participant {
        var kpj: KPJ?
        var firstSeen: CivilDate?
        var bpuOn: CivilDate?
        var bpuAgent: String?
        var bpuBranch: String?
        var bpuSubmission: String?
        /// The first month of the BPU membership.
        var bpuMonth: ContributionMonth?
        var puOn: CivilDate?
        /// As the reconciler has told it last; nil before the first word.
        var cover: CoverStatus?
        var coverOn: CivilDate?
        /// The employer that enrolled the worker last.
        var puNPP: NPP?
        var exit: Exit?
        var staffSince: CivilDate?
        var staffUntil: CivilDate?

        /// The end of the BPU membership.
        struct Exit: Hashable {
            var reason: ExitReason
            var on: CivilDate
            var lastMonth: ContributionMonth
        }
    }

    enum AgentStage: Int16 {
        case waiting, active, refused

        /// As the gates leave the agent.
        init?(_ state: AgentMachine.State) {
            switch state {
            case .waiting: self = .waiting
            case .refused: self = .refused
            case .active: self = .active
            default: return nil
            }
        }

        var state: AgentMachine.State {
            switch self {
            case .waiting: .waiting
            case .active: .active
            case .refused: .refused
            }
        }
    }

    struct Agent {
        var file = AgentFile()
        var stage = AgentStage.waiting
        /// Codes of the last refusal, with commas between.
        var reasons = ""
        var decidedOn: CivilDate?
        var life = AgencyLife()
        var suspension: Suspension?
        var resumedOn: CivilDate?
        /// As told last.
        var standing = AgentStanding.active
        /// The latest day that the standing was judged for.
        var standingOn: CivilDate?
        /// Until when certificate, ID and assignment letter are valid.
        var credentialedUntil: CivilDate?
        /// Not saved: the only missing gate is the own registration.
        var waitsForRegistration = false
    }

    /// By the branch: no acquisitions from its first to its last day.
    struct Suspension: Hashable {
        var from: CivilDate
        var until: CivilDate?
        var reason: String
    }

    enum SubmissionOutcome: Int16 { case refused, enrolled, waiting }

    struct SubmissionRow {
        var kind: SubmissionKind
        var outcome: SubmissionOutcome
        var fingerprint: UUID
        var reasons: String
        var decidedOn: CivilDate
    }

    struct Parked {
        var position: Int64
        var submission: Submission
        var npp: NPP?
        /// One number for each NIK that had none when it came; in the order of the NIKs.
        var kpjs: [KPJ?]
        var isStored: Bool
    }

    struct Employer: Hashable {
        var npp: NPP
        var nib: NIB?
        var npwp: NPWP?
        var name: String
        var phone: PhoneNumber?
        var agentID: AgentID?
        var branch: BranchCode
        var size: EmployerSize
        var riskClass: RiskClass
        var kbli: KBLI?
        var labourIntensive = false
        /// Workers who have not left, and their wages a month.
        var workers: Int
        var wages: Rupiah
        var monthlyContribution: Rupiah
        var submissionID: SubmissionID
        var enrolledOn: CivilDate
        var firstMonth: ContributionMonth
        var firstPaidOn: CivilDate?
        var arrears = Arrears()
        var closedOn: CivilDate?
        var lastMonth: ContributionMonth?
        /// From which the newest list of workers counts; nil: the first one still does.
        var changedFrom: ContributionMonth?
        /// Changes so far.
        var revision = 0

        /// As the reconciler has told it last.
        struct Arrears: Hashable {
            var months = 0
            var amount = Rupiah.zero
            var lateFines = Rupiah.zero
            var on: CivilDate?
        }
    }

    struct Worker: Hashable {
        var kpj: KPJ
        var wage: Rupiah
        var leftOn: CivilDate?
    }

    struct PermitKey: Hashable {
        let nib: Int64
        let office: String
        let application: String
    }

    struct Permit {
        /// As it stands, amendments included; nil before it comes.
        var application: PermitApplied?
        /// What was amended before the application came.
        var amendment: PermitAmended?
        /// Of the application as it was handed in.
        var fingerprint: UUID?
        var stage: PermitStage
        /// "held:NOT_REGISTERED,…", "cleared:registered", "issued:held:…", "closed:withdrawn".
        var answer: String
        var decidedOn: CivilDate
        /// Last day of the deadline of a held application.
        var until: CivilDate?
        /// When to remind next.
        var nextOn: CivilDate?
        var validUntil: CivilDate?
        /// Its missed deadline has been handed to enforcement.
        var isEnforced = false
        /// Workers whose NIK was erased from the statement of readiness: they still count as listed.
        var erasedWorkers = 0
    }

    struct MonthLane: Hashable {
        let month: ContributionMonth
        let lane: Int
    }

    let settings: EnrollmentSettings

    var participants: [NIK: Participant] = [:]
    var changedParticipants: Set<NIK> = []
    /// Of those in `participants` that have one.
    var niksByKPJ: [KPJ: NIK] = [:]

    var agents: [String: Agent] = [:]
    var agentsByNIK: [NIK: Set<String>] = [:]
    var changedAgents: Set<String> = []

    var submissions: [SubmissionKey: SubmissionRow] = [:]
    var changedSubmissions: Set<SubmissionKey> = []

    /// In order of arrival.
    var parked: [String: [Parked]] = [:]
    var released: [(agent: String, position: Int64)] = []
    /// Stored ones whose content has changed.
    var changedParked: [String: Set<Int64>] = [:]

    var employers: [NPP: Employer] = [:]
    /// Closed ones are left out: their NIB may be enrolled again.
    var employersByNIB: [NIB: NPP] = [:]
    /// More than one where a firm has several registrations under its tax number.
    var employersByNPWP: [NPWP: Set<NPP>] = [:]
    var changedEmployers: Set<NPP> = []
    /// Of employers that a report names or that are new: all workers, also those who have left.
    var workers: [NPP: [NIK: Worker]] = [:]
    var changedWorkers: [NPP: Set<NIK>] = [:]
    /// Of workers that a report names: where they work.
    var employments: [NIK: Set<NPP>] = [:]

    var enforcement: [EnforcementSubject: EnforcementCase] = [:]
    var changedEnforcement: Set<EnforcementSubject> = []
    var newSteps: [EnforcementRecord] = []

    /// Keyed hashes of NIKs whose data were erased, with what the registry keeps.
    var erased: [NIK: ErasedSubject] = [:]
    var newErased: [ErasedSubject] = []
    var erasedNIKs: Set<NIK> = []
    var newRequests: [SubjectRequest] = []
    var knownRequests: Set<String> = []

    var permits: [PermitKey: Permit] = [:]
    var permitsByNIB: [Int64: Set<PermitKey>] = [:]
    var permitsByNPP: [NPP: Set<PermitKey>] = [:]
    var permitsByNPWP: [NPWP: Set<PermitKey>] = [:]
    var changedPermits: Set<PermitKey> = []

    var kpjCounts: [MonthLane: Int] = [:]
    var nppCounts: [Int: Int] = [:]
    var changedKPJCounts: Set<MonthLane> = []
    var changedNPPCounts: Set<Int> = []

    var businessDate: CivilDate?
    /// The newest business date of earlier batches, where a firm is touched.
    var knownDate: CivilDate?
    /// Each has its run of enforcement.
    var newDates: [CivilDate] = []

    /// NIKs that the current event has registered; their agents are looked at afterwards.
    var justRegistered: [NIK] = []

    init(settings: EnrollmentSettings) { self.settings = settings }

    // MARK: Numbers

    /// A new KPJ of the lane for a month.
    mutating func takeKPJ(_ month: ContributionMonth, lane: Int) throws -> KPJ {
        let key = MonthLane(month: month, lane: lane)
        let count = kpjCounts[key, default: 0] + 1
        let kpj = try numbered { () throws(IdentifierFault) in
            try NumberRange.kpj(month: month, lane: lane, count: count)
        }
        kpjCounts[key] = count
        changedKPJCounts.insert(key)
        return kpj
    }

    /// Throws when the lane has fewer than `needed` numbers left for the month.
    func checkKPJs(_ needed: Int, _ month: ContributionMonth, lane: Int) throws {
        guard needed > 0 else { return }
        let last = kpjCounts[MonthLane(month: month, lane: lane), default: 0] + needed
        _ = try numbered { () throws(IdentifierFault) in
            try NumberRange.kpj(month: month, lane: lane, count: last)
        }
    }

    mutating func takeNPP(lane: Int) throws -> NPP {
        let count = nppCounts[lane, default: 0] + 1
        let npp = try numbered { () throws(IdentifierFault) in try NumberRange.npp(lane: lane, count: count) }
        nppCounts[lane] = count
        changedNPPCounts.insert(lane)
        return npp
    }
}
