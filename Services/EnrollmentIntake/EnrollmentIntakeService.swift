import Foundation
import PerisaiModels
import Postgres
import Worker

/// Decides on agents, participants, employers and permits.
public struct EnrollmentIntakeService: WorkerService {
    public let settings: EnrollmentSettings

    public init(settings: EnrollmentSettings = .init()) { self.settings = settings }

    public var name: String { "enrollment-intake" }
    public var inputs: [Topic] { [.employerEvents, .submissions, .contributions, .commissions, .clock] }
    public var migrations: Migrations { get throws { try Migrations(track: "main", bundle: .module) } }

    public func decode(type: String, data: UnsafeRawBufferPointer) throws(JSONFault) -> EnrollmentInput? {
        switch type {
        case PermitApplied.type: return .permitApplied(try PermitApplied.read(bytes: data))
        case PermitAmended.type: return .permitAmended(try PermitAmended.read(bytes: data))
        case PermitIssued.type: return .permitIssued(try PermitIssued.read(bytes: data))
        case PermitWithdrawn.type: return .permitWithdrawn(try PermitWithdrawn.read(bytes: data))
        case AgentApplied.type: return .agentApplied(try AgentApplied.read(bytes: data))
        case AgentDocumented.type: return .agentDocumented(try AgentDocumented.read(bytes: data))
        case AgentSuspended.type: return .agentSuspended(try AgentSuspended.read(bytes: data))
        case AgentResumed.type: return .agentResumed(try AgentResumed.read(bytes: data))
        case StaffListed.type: return .staffListed(try StaffListed.read(bytes: data))
        case AgentTrained.type: return .agentTrained(try AgentTrained.read(bytes: data))
        case AgentExamined.type: return .agentExamined(try AgentExamined.read(bytes: data))
        case AgentSigned.type: return .agentSigned(try AgentSigned.read(bytes: data))
        case ParticipantSubmitted.type: return .participant(try ParticipantSubmitted.read(bytes: data))
        case EmployerSubmitted.type: return .employer(try EmployerSubmitted.read(bytes: data))
        case ExitReported.type: return .report(.exit(try ExitReported.read(bytes: data)))
        case EmployerChangeReported.type: return .report(.change(try EmployerChangeReported.read(bytes: data)))
        case EmployerClosureReported.type: return .report(.closure(try EmployerClosureReported.read(bytes: data)))
        case SubjectCorrectionAsked.type: return .correctionAsked(try SubjectCorrectionAsked.read(bytes: data))
        case SubjectErasureAsked.type: return .erasureAsked(try SubjectErasureAsked.read(bytes: data))
        case ArrearsChanged.type:
            let changed = try ArrearsChanged.read(bytes: data)
            return changed.payer.npp.map { .arrears($0, changed) }
        case CoverChanged.type:
            let changed = try CoverChanged.read(bytes: data)
            return changed.payer.kpj.map { .cover($0, changed) }
        case CoverActivated.type:
            // Permits wait for employers only.
            let activated = try CoverActivated.read(bytes: data)
            return activated.payer.npp.map { .firstPayment($0, on: activated.activatedOn) }
        case AgencyChanged.type: return .agencyChanged(try AgencyChanged.read(bytes: data))
        case BusinessDateStarted.type: return .businessDate(try BusinessDateStarted.read(bytes: data).date)
        default: return nil
        }
    }

    public func load(_ events: [Event<EnrollmentInput>], from connection: Connection) throws -> IntakeState {
        try IntakeLoader(connection: connection, settings: settings).load(events)
    }

    public func decide(
        _ event: Event<EnrollmentInput>, _ state: inout IntakeState, _ outgoing: inout Outgoing
    ) throws {
        let lane = NumberRange.lane(of: event.partition)
        switch event.input {
        case .permitApplied(let applied): state.apply(applied, &outgoing)
        case .permitAmended(let amended): state.apply(amended, &outgoing)
        case .permitWithdrawn(let withdrawn): state.apply(withdrawn, &outgoing)
        case .permitIssued(let issued): state.apply(issued, &outgoing)
        case .agentApplied(let applied):
            state.apply(applied, &outgoing)
            state.release(applied.agentID.text, &outgoing)
        case .agentDocumented(let documented):
            state.apply(documented, &outgoing)
            state.release(documented.agentID.text, &outgoing)
        case .agentSuspended(let suspended): try state.apply(suspended, &outgoing)
        case .agentResumed(let resumed): state.apply(resumed, &outgoing)
        case .staffListed(let listed): try state.apply(listed, &outgoing)
        case .agentTrained(let trained):
            state.apply(trained, &outgoing)
            state.release(trained.agentID.text, &outgoing)
        case .agentExamined(let examined):
            state.apply(examined, &outgoing)
            state.release(examined.agentID.text, &outgoing)
        case .agentSigned(let signed):
            state.apply(signed, &outgoing)
            state.release(signed.agentID.text, &outgoing)
        case .participant(let submitted): try state.apply(.participant(submitted), lane: lane, &outgoing)
        case .employer(let submitted):
            try state.apply(.employer(submitted), lane: lane, &outgoing)
            state.reviewEmployment(of: submitted.workers.map(\.nik), on: submitted.submittedOn, &outgoing)
        case .report(let report):
            try state.apply(report, lane: lane, &outgoing)
            state.reviewEmployment(of: state.workers(in: report), on: report.reportedOn, &outgoing)
        case .correctionAsked(let asked): state.apply(asked, &outgoing)
        case .erasureAsked(let asked): state.apply(asked, &outgoing)
        case .firstPayment(let npp, let date): state.applyFirstPayment(npp, on: date, &outgoing)
        case .arrears(let npp, let changed): state.apply(changed, of: npp, &outgoing)
        case .cover(let kpj, let changed): state.apply(changed, of: kpj, &outgoing)
        case .agencyChanged(let changed): state.apply(changed, &outgoing)
        case .businessDate(let date):
            state.businessDate = max(state.businessDate ?? date, date)
            state.newDates.append(date)
        }
        state.reviewRegistered(&outgoing)
    }

    public func save(_ state: inout IntakeState, to writer: inout BatchWriter) throws { state.save(to: &writer) }

    public func work(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> Bool {
        let days = Int32(clamping: max(0, min(3_650, settings.registrationWaitDays)))
        if try ExpiredSubmissions(days: days).run(connection, &outgoing, &writer) { return true }
        if try StandingRun(settings: settings).run(connection, &outgoing, &writer) { return true }
        if try PermitDeadlines(settings: settings).run(connection, &outgoing, &writer) { return true }
        return try EnforcementRun(settings: settings).run(connection, &outgoing, &writer)
    }
}
