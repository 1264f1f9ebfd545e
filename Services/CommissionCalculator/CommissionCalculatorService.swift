import Foundation
import PerisaiModels
import Postgres
import Worker

/// What the commission calculator acts on.
public enum CommissionInput: Sendable {
    case agentActivated(AgentActivated)
    case participantEnrolled(ParticipantEnrolled)
    case employerEnrolled(EmployerEnrolled)
    case employerChanged(EmployerChanged)
    case posted(ContributionPosted)
    case reversed(ContributionReversed)
    case creditApplied(CreditApplied)
    case released(ContributionReleased)
    case dateStarted(BusinessDateStarted)
    case subjectErased(SubjectErased)
    case subjectCorrected(SubjectCorrected)

    /// The payer whose state it touches.
    var payer: PayerNumber? {
        switch self {
        case .agentActivated, .dateStarted, .subjectErased, .subjectCorrected: nil
        case .participantEnrolled(let data): .participant(data.kpj)
        case .employerEnrolled(let data): .employer(data.npp)
        case .employerChanged(let data): .employer(data.npp)
        case .posted(let data): data.payer
        case .reversed(let data): data.payer
        case .creditApplied(let data): data.payer
        case .released(let data): data.payer
        }
    }

    /// Whether it can change what was attributed before.
    var revises: Bool {
        switch self {
        case .participantEnrolled, .employerEnrolled, .employerChanged, .reversed, .released: true
        default: false
        }
    }
}

/// Incentives of agents (domain.md 1.3, 1.4): accrues as contributions come, closes months, issues statements and the
/// corrections of what came late.
///
/// For every agent and month the sum of the issued statements is one function of the month's accruals and new
/// participants, whatever the order in which events came.
public struct CommissionCalculatorService: WorkerService {
    public typealias Input = CommissionInput

    let settings: CommissionSettings

    public init(settings: CommissionSettings = .init()) { self.settings = settings }

    public var name: String { "commission-calculator" }
    public var inputs: [Topic] { [.enrollment, .contributions, .clock] }
    public var migrations: Migrations { get throws { try Migrations(bundle: Bundle.module) } }

    public func decode(type: String, data: UnsafeRawBufferPointer) throws(JSONFault) -> CommissionInput? {
        switch type {
        case ContributionPosted.type: .posted(try .read(bytes: data))
        case ContributionReversed.type: .reversed(try .read(bytes: data))
        case CreditApplied.type: .creditApplied(try .read(bytes: data))
        case ContributionReleased.type: .released(try .read(bytes: data))
        case ParticipantEnrolled.type: .participantEnrolled(try .read(bytes: data))
        case EmployerEnrolled.type: .employerEnrolled(try .read(bytes: data))
        case EmployerChanged.type: .employerChanged(try .read(bytes: data))
        case AgentActivated.type: .agentActivated(try .read(bytes: data))
        case BusinessDateStarted.type: .dateStarted(try .read(bytes: data))
        case SubjectErased.type: .subjectErased(try .read(bytes: data))
        case SubjectCorrected.type: .subjectCorrected(try .read(bytes: data))
        default: nil
        }
    }

    public func load(_ events: [Event<CommissionInput>], from connection: Connection) throws -> CommissionState {
        var state = CommissionState(schemes: Scheme.published, closing: settings.closing)
        try CommissionStore.load(events, into: &state, from: connection)
        return state
    }

    public func decide(
        _ event: Event<CommissionInput>, _ state: inout CommissionState, _ outgoing: inout Outgoing
    ) throws {
        switch event.input {
        case .agentActivated(let data): state.activate(data, event.key)
        case .participantEnrolled, .employerEnrolled:
            if let facts = event.input.enrolment { state.enrol(facts, event.key) }
        case .employerChanged(let data): state.change(.employer(data.npp), ContributionChange(data), event.key)
        case .posted, .creditApplied, .reversed, .released:
            if let payer = event.input.payer {
                state.add(try event.input.movements(event.key), of: payer, event.key)
            }
        case .dateStarted(let data): state.start(data.date, event.key, event.time)
        case .subjectErased(let data): state.erasures.append(data)
        case .subjectCorrected(let data): state.corrections.append(data)
        }
    }

    public func save(_ state: inout CommissionState, to writer: inout BatchWriter) throws {
        CommissionStore.save(&state, to: &writer)
    }

    /// Decisions of persons first, for they may start the rest.
    public func work(_ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter) throws -> Bool {
        if try ProposalJob.run(self, connection, &outgoing) { return true }
        if try DisputeJob.run(connection, &outgoing, &writer) { return true }
        if try PayoutReportJob.run(connection, &outgoing) { return true }
        if try SubjectErasureJob.run(connection, &writer) { return true }
        if try AgencyJob.run(settings, connection, &outgoing, &writer) { return true }
        if try MonthClose(settings: settings).run(connection, &outgoing, &writer) { return true }
        return try AgencySettlement.run(connection, &outgoing, &writer)
    }
}
