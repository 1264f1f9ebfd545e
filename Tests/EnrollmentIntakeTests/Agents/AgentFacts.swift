import PerisaiModels
import Worker

@testable import EnrollmentIntake

/// Facts about the agent A-1, whose NIK is the first.
enum AgentFacts {
    static func suspended(_ on: String, until: String? = nil, reason: String = "Keluhan peserta") throws
        -> EnrollmentInput
    {
        .agentSuspended(
            AgentSuspended(
                agentID: try AgentID("A-1"), reason: reason, suspendedOn: Make.date(on),
                suspendedUntil: until.map(Make.date)))
    }
    static func resumed(_ on: String) throws -> EnrollmentInput {
        .agentResumed(AgentResumed(agentID: try AgentID("A-1"), resumedOn: Make.date(on)))
    }
    static func documented(_ documents: [AgentDocument], _ on: String) throws -> EnrollmentInput {
        .agentDocumented(
            AgentDocumented(agentID: try AgentID("A-1"), documents: documents, receivedOn: Make.date(on)))
    }
    static func listed(_ since: String, until: String? = nil) throws -> EnrollmentInput {
        .staffListed(StaffListed(nik: try Make.nik(1), since: Make.date(since), until: until.map(Make.date)))
    }
    static func changed(_ change: AgencyChange, _ on: String, reentry: String? = nil, until: String? = nil) throws
        -> EnrollmentInput
    {
        .agencyChanged(
            AgencyChanged(
                agentID: try AgentID("A-1"), wadahID: try WadahID("W-1"), branch: try BranchCode("DPS"), change: change,
                reason: "Tiga bulan", changedOn: Make.date(on), reentryFrom: reentry.map(Make.date),
                contractUntil: until.map(Make.date)))
    }
    static func signed(_ on: String, until: String, listed: Int? = nil, wadah: String = "W-1") throws -> EnrollmentInput
    {
        .agentSigned(
            AgentSigned(
                agentID: try AgentID("A-1"), wadahID: try WadahID(wadah), signedOn: Make.date(on),
                contractUntil: Make.date(until), agentsListed: listed))
    }
    static func cover(_ kpj: KPJ, _ status: CoverStatus, _ on: String) -> EnrollmentInput {
        .cover(
            kpj,
            CoverChanged(
                payer: .participant(kpj), status: status, unpaidMonths: status == .lapsed ? 4 : 0,
                changedOn: Make.date(on)))
    }
}

extension Bench {
    /// With the agent A-1, active since 2018-02-09, and its own number.
    static func withAgent(_ settings: EnrollmentSettings = .init()) throws -> (Bench, KPJ) {
        let bench = try Bench(settings)
        let published = try bench.applier.apply(try Make.activeAgent().map { Make.event($0) })
        guard let own = published.first(where: { $0.kind == "participant-enrolled" }) else { throw NoEnrolment() }
        return (bench, try own.read(ParticipantEnrolled.self).kpj)
    }

    struct NoEnrolment: Error {}

    /// "participant-enrolled", or the codes of the refusal, of a submission by A-1.
    func handIn(_ number: Int, on: String) throws -> String {
        let submitted = try Make.participant("h-\(number)", nik: try Make.nik(500 + number), agent: "A-1", on: on)
        guard let event = try apply(.participant(submitted)).first else { return "" }
        return event.kind == "submission-refused" ? try event.codes().joined(separator: ",") : event.kind
    }

    /// What came out, in short: the standing with its day, a credential with its last day, codes of a refusal.
    func told(_ input: EnrollmentInput) throws -> [String] { try Self.short(apply(input)) }

    static func short(_ published: [PublishedEvent]) throws -> [String] {
        try published.map { event in
            switch event.kind {
            case "agent-standing-changed":
                let changed = try event.read(AgentStandingChanged.self)
                return "\(changed.standing.rawValue) \(changed.changedOn)"
            case "agent-credentialed":
                let credential = try event.read(AgentCredentialed.self)
                return "papers \(credential.issuedOn) \(credential.validUntil)"
            case "agent-refused": return try event.codes().joined(separator: ",")
            default: return event.kind
            }
        }
    }
}
