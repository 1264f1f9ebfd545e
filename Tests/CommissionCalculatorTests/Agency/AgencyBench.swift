import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

/// The service on a database of its own, with what it tells of agencies.
final class AgencyBench {
    private static let cluster = TestCluster()

    private(set) var connection: Connection
    private(set) var applier: BatchApplier<CommissionCalculatorService>
    private let service: CommissionCalculatorService
    private var serial: UInt64 = 0
    private(set) var changes: [AgencyChanged] = []
    private(set) var wadahChanges: [WadahChanged] = []
    private(set) var passed: [PortfolioPassed] = []
    private(set) var issued: [StatementIssued] = []
    private(set) var ids: [String] = []

    init(
        idle: CommissionSettings.IdleMonth = .neither, portfolio: CommissionSettings.Portfolio = .branch,
        chunk: Int = 3
    ) throws {
        service = CommissionCalculatorService(
            settings: CommissionSettings(agentsPerChunk: chunk, idleMonth: idle, portfolio: portfolio))
        connection = try Connection(
            ConnectionSettings(url: Self.cluster.newDatabase(), schema: service.schema))
        applier = try BatchApplier(service: service, connection: connection)
    }

    /// Another process takes over.
    func restart() throws {
        let settings = connection.settings
        connection.close()
        connection = try Connection(settings)
        applier = try BatchApplier(service: service, connection: connection)
    }

    static func date(_ text: String) -> CivilDate { CivilDate(parsing: text) ?? .earliest }
    static func agent(_ number: Int) -> AgentID { Branch.agent(number) }
    static func kpj(_ number: Int) throws -> KPJ { try KPJ(code: 25_120_000_000 + Int64(number)) }

    func apply(_ inputs: CommissionInput...) throws {
        let time = try #require(Instant(microseconds: 1_767_225_600_000_000))
        let events = inputs.map { input in
            serial += 1
            return Event(key: UUID(serial, 77), time: time, input: input)
        }
        #expect(try applier.apply(events).isEmpty)
    }

    /// A business date and all that it brings.
    func start(_ text: String) throws {
        try apply(.dateStarted(BusinessDateStarted(date: Self.date(text))))
        try work()
    }

    func work() throws { try take(applier.work()) }

    private func take(_ events: [PublishedEvent]) throws {
        for event in events {
            #expect(event.topic == Topic.commissions.name)
            ids.append(event.id)
            func read<Data: EventData>(_ type: Data.Type) throws -> Data {
                try event.data.withUnsafeBytes { try Data.read(bytes: $0) }
            }
            switch event.type {
            case AgencyChanged.type: changes.append(try read(AgencyChanged.self))
            case WadahChanged.type: wadahChanges.append(try read(WadahChanged.self))
            case PortfolioPassed.type: passed.append(try read(PortfolioPassed.self))
            case StatementIssued.type: issued.append(try read(StatementIssued.self))
            default: break
            }
        }
    }

    func activate(_ number: Int, _ on: String, wadah: String = "W-1", branch: String = "DPS") throws {
        var data = AgentActivated.sample
        data.agentID = Self.agent(number)
        data.wadahID = try WadahID(wadah)
        data.branch = try BranchCode(branch)
        data.activatedOn = Self.date(on)
        try apply(.agentActivated(data))
    }

    func enrol(_ number: Int, agent: Int?, _ on: String, new: Bool = true, submission: String? = nil) throws {
        var data = ParticipantEnrolled.sample
        data.kpj = try Self.kpj(number)
        data.submissionID = try SubmissionID(submission ?? "S-\(number)")
        data.agentID = agent.map(Self.agent)
        data.programmes = [.jkk, .jkm, .jht]
        data.newlyRegistered = new
        data.enrolledOn = Self.date(on)
        data.firstMonth = data.enrolledOn.contributionMonth
        try apply(.participantEnrolled(data))
    }

    func posted(_ number: Int, _ on: String, payment: UInt64 = 0) throws -> ContributionPosted {
        var data = ContributionPosted.sample
        data.paymentID = UUID(UInt64(number), payment)
        data.payer = .participant(try Self.kpj(number))
        data.bookedOn = Self.date(on)
        data.allocations = [
            Allocation(month: data.bookedOn.contributionMonth, amount: Rupiah(36_800), outstanding: .zero)
        ]
        return data
    }

    func pay(_ number: Int, _ on: String, payment: UInt64 = 0) throws {
        try apply(.posted(posted(number, on, payment: payment)))
    }

    func reverse(_ data: ContributionPosted, _ on: String) throws {
        try apply(
            .reversed(
                ContributionReversed(
                    paymentID: data.paymentID, bank: data.bank, reference: data.reference, payer: data.payer,
                    amount: data.amount, allocations: data.allocations, credited: data.credited,
                    bookedOn: Self.date(on))))
    }

    /// Proposed by one, approved by another, applied.
    @discardableResult
    func decide(_ action: some ProposalAction) throws -> String {
        let desk = CommissionDesk(connection)
        let id = try desk.propose(action, reason: DeskReason("surat kantor cabang"), by: OperatorName("ani"))
        try desk.approve(id, by: OperatorName("budi"))
        try work()
        return try ProposalSummary.list(all: true, on: connection).first { $0.id == id }?.outcome ?? ""
    }

    /// Why a proposal is refused.
    func refusal(_ action: some ProposalAction) throws -> String {
        do {
            _ = try CommissionDesk(connection).propose(
                action, reason: DeskReason("surat kantor cabang"), by: OperatorName("ani"))
            return ""
        } catch let error as DeskError { return error.description }
    }

    func contract(
        _ wadah: String = "W-1", _ from: String, _ until: String, branch: String = "DPS",
        name: String = "Koperasi Maju",
        holder: String? = nil
    ) throws -> WadahAction {
        WadahAction(
            wadah: try WadahID(wadah), name: name, branch: try BranchCode(branch), isLegalEntity: true, bank: .bni,
            account: try AccountNumber("0123456789"), holder: holder ?? name.uppercased(), from: Self.date(from),
            until: Self.date(until))
    }

    /// "idle-1 2026-01-31".
    var story: [String] { changes.map { "\($0.agentID) \($0.change.rawValue) \($0.changedOn)" } }

    func balances(_ number: Int) throws -> [TransferAccount: Int64] {
        try Balances.of(.agent(Self.agent(number).text), on: connection).mapValues(\.amount)
    }

    func number(_ sql: String) throws -> Int64 {
        try connection.query(Statement("agency test \(sql)", sql)).int64(0, 0)
    }

    /// What an agent's contributions of all months come to, taken-back ones netted.
    func base(of agent: Int) throws -> Int64 {
        try number("SELECT coalesce(sum(base), 0)::int8 FROM accrual WHERE agent_id = 'AG-\(agent)'")
    }
}
