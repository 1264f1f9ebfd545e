import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

enum CloseCluster {
    static let shared = TestCluster()
}

/// The service on a database of its own, closing by two persons, and events that count up.
final class CloseBench {
    let connection: Connection
    let applier: BatchApplier<CommissionCalculatorService>
    let desk: CommissionDesk
    private var serial: UInt64 = 0
    private(set) var issued: [StatementIssued] = []
    private(set) var closed: [MonthClosed] = []

    init(chunk: Int = 2, closing: CommissionSettings.Closing = .approved) throws {
        let service = CommissionCalculatorService(
            settings: CommissionSettings(closing: closing, agentsPerChunk: chunk))
        let url = try CloseCluster.shared.newDatabase()
        connection = try Connection(ConnectionSettings(url: url, schema: service.schema))
        applier = try BatchApplier(service: service, connection: connection)
        desk = CommissionDesk(connection)
    }

    static func day(_ text: String) throws -> CivilDate { try #require(CivilDate(parsing: text)) }
    static func month(_ text: String) throws -> ContributionMonth { try #require(ContributionMonth(parsing: text)) }
    static func agent(_ number: Int) throws -> AgentID { try AgentID("PRS-\(number)") }

    /// Ids that count up, so that texts with them can be compared.
    func event(_ input: CommissionInput) throws -> Event<CommissionInput> {
        serial += 1
        return Event(
            key: UUID(0x0190_0000_0000_7000, serial), time: try #require(Instant(microseconds: 0)), input: input)
    }

    func apply(_ inputs: [CommissionInput]) throws {
        #expect(try applier.apply(inputs.map { try event($0) }).isEmpty)
    }

    func start(_ date: String) throws {
        try apply([.dateStarted(BusinessDateStarted(date: try Self.day(date)))])
        try work()
    }

    func work() throws {
        for event in try applier.work() {
            if event.type == MonthClosed.type {
                closed.append(try event.data.withUnsafeBytes { try MonthClosed.read(bytes: $0) })
            } else if event.type == StatementIssued.type {
                issued.append(try event.data.withUnsafeBytes { try StatementIssued.read(bytes: $0) })
            }
        }
    }

    /// Proposed by one and approved by another; the work is not done yet.
    func approve(_ month: String) throws {
        let id = try desk.propose(
            CloseAction(month: Self.month(month)), reason: DeskReason("month over"), by: OperatorName("Siti"))
        try desk.approve(id, by: OperatorName("Budi"))
    }

    func close(_ month: String) throws {
        try approve(month)
        try work()
    }

    func refusal(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return "none"
    }

    func number(_ sql: String) throws -> Int64 {
        try connection.query(Statement("close test \(sql)", sql)).int64(0, 0)
    }

    func activated(_ number: Int, wadah: String = "W-1", branch: String = "DPS", on date: String = "2018-01-02")
        throws -> CommissionInput
    {
        var agent = AgentActivated.sample
        agent.agentID = try Self.agent(number)
        agent.wadahID = try WadahID(wadah)
        agent.branch = try BranchCode(branch)
        agent.name = number == 1 ? "Made <Wira> & \"Co\"" : "Agen \(number)"
        agent.activatedOn = try Self.day(date)
        return .agentActivated(agent)
    }

    func enrolled(_ member: Int, agent: Int, on date: String, new: Bool = true, savings: Bool = true)
        throws -> CommissionInput
    {
        var data = ParticipantEnrolled.sample
        data.kpj = Branch.kpj(member)
        data.submissionID = try SubmissionID("S-\(member)-\(agent)")
        data.agentID = try Self.agent(agent)
        data.programmes = savings ? [.jkk, .jkm, .jht] : [.jkk, .jkm]
        data.newlyRegistered = new
        data.enrolledOn = try Self.day(date)
        data.firstMonth = data.enrolledOn.contributionMonth
        return .participantEnrolled(data)
    }

    func payment(_ member: Int, on date: String, _ amount: Int64 = 36_800) throws -> ContributionPosted {
        var data = ContributionPosted.sample
        data.bookedOn = try Self.day(date)
        data.paymentID = UUID(UInt64(data.bookedOn.daysSince1970), UInt64(member))
        data.payer = .participant(Branch.kpj(member))
        data.allocations = [
            Allocation(month: data.bookedOn.contributionMonth, amount: Rupiah(amount), outstanding: .zero)
        ]
        data.credited = .zero
        return data
    }

    func reversal(of data: ContributionPosted, on date: String) throws -> CommissionInput {
        .reversed(
            ContributionReversed(
                paymentID: data.paymentID, bank: data.bank, reference: data.reference, payer: data.payer,
                amount: data.amount, allocations: data.allocations, credited: data.credited,
                bookedOn: try Self.day(date)))
    }

    /// New members who pay 36.800 for their first month, as in domain.md T6 to T11.
    func members(_ numbers: ClosedRange<Int>, agent: Int, on date: String) throws -> [CommissionInput] {
        try numbers.flatMap { [try enrolled($0, agent: agent, on: date), .posted(try payment($0, on: date))] }
    }
}
