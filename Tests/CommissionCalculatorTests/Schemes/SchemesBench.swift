import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

/// The service on a database of its own, with what the tests of effective-dated rows do.
final class SchemesBench {
    static let cluster = TestCluster()

    let url: String
    let connection: Connection
    let applier: BatchApplier<CommissionCalculatorService>
    private var serial: UInt64 = 0

    init(lockTimeoutMilliseconds: Int = 10_000) throws {
        url = try Self.cluster.newDatabase()
        let service = CommissionCalculatorService()
        connection = try Connection(
            ConnectionSettings(
                url: url, schema: service.schema, lockTimeoutMilliseconds: lockTimeoutMilliseconds))
        applier = try BatchApplier(service: service, connection: connection)
    }

    /// Another connection to the same tables.
    func another() throws -> Connection {
        try Connection(ConnectionSettings(url: url, schema: CommissionCalculatorService().schema))
    }

    func apply(_ inputs: CommissionInput...) throws {
        let events = try inputs.map { input in
            serial += 1
            return Event(key: UUID(serial, 4), time: try #require(Instant(microseconds: 0)), input: input)
        }
        #expect(try applier.apply(events).isEmpty)
    }

    func start(_ date: CivilDate) throws {
        try apply(.dateStarted(BusinessDateStarted(date: date)))
        _ = try applier.work()
    }

    /// An agent's participant who pays on a day.
    func pay(_ number: Int, enrolled: CivilDate, on date: CivilDate) throws {
        var agent = AgentActivated.sample
        agent.agentID = Branch.agent(1)
        var data = ParticipantEnrolled.sample
        data.kpj = Branch.kpj(number)
        data.submissionID = try SubmissionID("S-\(number)")
        data.agentID = Branch.agent(1)
        data.enrolledOn = enrolled
        data.firstMonth = enrolled.contributionMonth
        var money = ContributionPosted.sample
        money.paymentID = UUID(UInt64(number), UInt64(date.daysSince1970))
        money.payer = .participant(data.kpj)
        money.allocations = [Allocation(month: date.contributionMonth, amount: Rupiah(36_800), outstanding: .zero)]
        money.credited = .zero
        money.bookedOn = date
        try apply(.agentActivated(agent), .participantEnrolled(data), .posted(money))
    }

    func propose(_ action: EffectiveRowAction) throws -> UUID {
        try CommissionDesk(connection).propose(
            action, reason: DeskReason("a test"), by: OperatorName("Sri Wahyuni"))
    }

    func approve(_ id: UUID) throws { try CommissionDesk(connection).approve(id, by: OperatorName("Putu Arta")) }

    /// Proposed, approved and applied; the outcome.
    @discardableResult
    func adopt(_ action: EffectiveRowAction) throws -> (outcome: String, events: [PublishedEvent]) {
        let id = try propose(action)
        try approve(id)
        let events = try applier.work()
        return (try outcome(id), events)
    }

    func outcome(_ id: UUID) throws -> String {
        try ProposalSummary.list(all: true, on: connection).first { $0.id == id }?.outcome ?? ""
    }

    /// Why it cannot be proposed; empty when it can.
    func refusal(_ action: EffectiveRowAction) throws -> String {
        do {
            _ = try propose(action)
            return ""
        } catch let error as DeskError { return error.description }
    }

    func execute(_ sql: String) throws { _ = try connection.execute(sql) }

    /// The SQL state and text of a statement that the schema refuses.
    func sqlRefusal(_ sql: String) -> String {
        do {
            _ = try connection.execute(sql)
            return ""
        } catch { return "\(error.sqlState ?? "") \(error.constraint ?? "") \(error.debugText)" }
    }
}

/// Short words for dates and rows in these tests.
enum SchemesSample {
    static func date(_ year: Int, _ month: Int, _ day: Int) -> CivilDate { Branch.month(year, month).day(day) }

    static func scheme(_ code: String) -> SchemeDefinition {
        SchemeDefinition(
            Scheme(
                code: code,
                tiers: [
                    .init(from: 25, reward: .each(threeProgrammes: Rupiah(15_000), twoProgrammes: Rupiah(10_000))),
                    .init(from: 100, reward: .each(threeProgrammes: Rupiah(20_000), twoProgrammes: Rupiah(12_500))),
                ], countsWorkers: false,
                steps: [
                    .init(through: 12, rate: Rate(partsPerMillion: 175_000), rule: .contributionStep),
                    .init(through: 60, rate: .percent(6), rule: .contributionStep),
                ], employer: .init(rate: .zero), share: .onTop(wadah: .percent(12)), payee: .wadah,
                wadahMinimumAgents: 5, contractYears: 1))
    }

    static func row(
        _ code: String, _ from: CivilDate, until: CivilDate? = nil, ends: String? = nil
    ) -> EffectiveRowAction {
        EffectiveRowAction(
            .scheme, code: code, from: from, until: until, ends: ends, regulation: "a test", scheme: scheme(code))
    }

    static func tax(_ code: String, _ from: CivilDate, ends: String? = nil) -> EffectiveRowAction {
        EffectiveRowAction(
            .tax, code: code, from: from, ends: ends, regulation: "PMK 168/2023", tax: TaxDefinition(TaxRule(.byPayee)))
    }

    static func policy(_ code: String, _ from: CivilDate, ends: String? = nil) -> EffectiveRowAction {
        let policy = PayoutPolicy(
            partnerBanks: [.bni],
            debtor: .init(name: "BPJS KETENAGAKERJAAN", bank: .bni, account: .sample, bic: "BNINIDJA"),
            minimum: Rupiah(10_000))
        return EffectiveRowAction(
            .payout, code: code, from: from, ends: ends, regulation: "a test", payout: PayoutPolicyDefinition(policy))
    }
}
