import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

@Suite(.serialized) struct DisputeTests {
    /// Agent 1 with the closed month May 2022 under B: 25 new participants on three programmes who pay 36.800 each
    /// (domain.md 1.4): 375.000 + 138.000.
    private final class Desk {
        static let cluster = TestCluster()
        let connection: Connection
        let applier: BatchApplier<CommissionCalculatorService>
        private var serial: UInt64 = 0
        let ani: OperatorName
        let budi: OperatorName
        let reason: DeskReason

        init() throws {
            let service = CommissionCalculatorService()
            connection = try Connection(
                ConnectionSettings(url: Self.cluster.newDatabase(), schema: service.schema))
            applier = try BatchApplier(service: service, connection: connection)
            ani = try OperatorName("ani")
            budi = try OperatorName("budi")
            reason = try DeskReason("the agent's letter of 6 June")
            var activated = AgentActivated.sample
            activated.agentID = Branch.agent(1)
            activated.wadahID = try WadahID("W-1")
            activated.activatedOn = Self.date(1, 3)
            try apply(.agentActivated(activated))
            for number in 1...25 { try enrolAndPay(number) }
            try apply(.dateStarted(BusinessDateStarted(date: Self.date(6, 3))))
            _ = try work()
        }

        static func date(_ month: Int, _ day: Int) -> CivilDate { Branch.month(2022, month).day(day) }
        var month: ContributionMonth { Branch.month(2022, 5) }

        private func apply(_ input: CommissionInput) throws {
            serial += 1
            let time = try #require(Instant(microseconds: 1_652_000_000_000_000))
            #expect(try applier.apply([Event(key: UUID(1, serial), time: time, input: input)]).isEmpty)
        }

        private func enrolAndPay(_ number: Int) throws {
            var enrolled = ParticipantEnrolled.sample
            enrolled.kpj = Branch.kpj(number)
            enrolled.submissionID = try SubmissionID("S-\(number)")
            enrolled.agentID = Branch.agent(1)
            enrolled.programmes = [.jkk, .jkm, .jht]
            enrolled.newlyRegistered = true
            enrolled.enrolledOn = Self.date(5, 2)
            enrolled.firstMonth = month
            try apply(.participantEnrolled(enrolled))
            var posted = ContributionPosted.sample
            posted.paymentID = UUID(2, UInt64(number))
            posted.payer = .participant(enrolled.kpj)
            posted.allocations = [Allocation(month: month, amount: Rupiah(36_800), outstanding: .zero)]
            posted.bookedOn = Self.date(5, 3)
            try apply(.posted(posted))
        }

        func work() throws -> [DisputeChanged] {
            try applier.work().filter { $0.type == DisputeChanged.type }.map { event in
                try event.data.withUnsafeBytes { try DisputeChanged.read(bytes: $0) }
            }
        }

        func balances(_ owner: Owner = .agent("AG-1")) throws -> [TransferAccount: Int64] {
            try Balances.of(owner, on: connection).mapValues(\.amount)
        }

        func open(_ target: DisputeDesk.Target) throws -> UUID {
            try DisputeDesk(connection).open(
                target, agent: Branch.agent(1), month: month, reason: reason, by: ani)
        }

        func decide(_ dispute: UUID, _ verdict: DisputeVerdict, _ correction: Int64) throws {
            let desk = CommissionDesk(connection)
            let id = try desk.propose(
                DisputeAction(dispute: dispute, verdict: verdict, correction: Rupiah(correction)), reason: reason,
                by: ani)
            #expect(throws: DeskError.self) { try desk.approve(id, by: ani) }
            try desk.approve(id, by: budi)
        }

        /// The event of the first payment: it follows the first enrolment.
        var payment: UUID { UUID(1, 3) }
        var enrolment: UUID { UUID(1, 2) }
    }

    @Test func aHeldLineIsReleasedWhenItIsUpheld() throws {
        let desk = try Desk()
        #expect(try desk.balances() == [.expense: -513_000, .payable: 513_000])
        #expect(try desk.balances(.wadah("W-1")) == [.expense: -51_300, .payable: 51_300])
        let id = try desk.open(.contribution(event: desk.payment, line: 0))
        let held = try #require(try desk.work().first)
        // 15 % of 36.800, and 10 % of that for the wadah.
        #expect(held.state == .held && held.held.rupiah.amount == 5_520)
        #expect(try desk.balances() == [.expense: -513_000, .payable: 507_480, .held: 5_520])
        #expect(try desk.balances(.wadah("W-1"))[.held] == 552)
        #expect(throws: DeskError.self) { try desk.open(.contribution(event: desk.payment, line: 0)) }
        try desk.decide(id, .upheld, 0)
        #expect(try desk.work().map(\.state) == [.upheld])
        #expect(try desk.balances() == [.expense: -513_000, .payable: 513_000])
        #expect(try desk.balances(.wadah("W-1")) == [.expense: -51_300, .payable: 51_300])
        #expect(throws: DeskError.self) { try desk.decide(id, .upheld, 0) }
    }

    @Test func aCorrectionIsAPosting() throws {
        let desk = try Desk()
        let id = try desk.open(.newcomer(event: desk.enrolment))
        #expect(try desk.work().first?.held.rupiah.amount == 15_000)
        try desk.decide(id, .corrected, -15_000)
        let decided = try #require(try desk.work().first)
        #expect(decided.state == .corrected && decided.correction.rupiah.amount == -15_000)
        #expect(try desk.balances() == [.expense: -498_000, .payable: 498_000])
        #expect(try desk.balances(.wadah("W-1")) == [.expense: -49_800, .payable: 49_800])
        let listed = try #require(
            try DisputeSummary.list(agent: Branch.agent(1), all: true, on: desk.connection).first)
        #expect(listed.state == "corrected" && listed.correction.amount == -15_000)
        #expect(try DisputeSummary.list(agent: nil, all: false, on: desk.connection).isEmpty)
    }

    /// What was held is forfeited: nothing is left to release.
    @Test func aDismissalTakesWhatIsHeld() throws {
        let desk = try Desk()
        let id = try desk.open(.contribution(event: desk.payment, line: 0))
        _ = try desk.work()
        let decisions = CommissionDesk(desk.connection)
        let dismissal = try decisions.propose(
            DismissalAction(agent: Branch.agent(1), on: Desk.date(6, 3)), reason: desk.reason, by: desk.ani)
        try decisions.approve(dismissal, by: desk.budi)
        _ = try desk.work()
        #expect(try desk.balances() == [.expense: -513_000, .forfeited: 513_000])
        try desk.decide(id, .upheld, 0)
        #expect(try desk.work().map(\.state) == [.upheld])
        #expect(try desk.balances() == [.expense: -513_000, .forfeited: 513_000])
        #expect(try desk.balances(.wadah("W-1")) == [.expense: -51_300, .payable: 51_300])
    }

    @Test func whatIsMissingIsAdded() throws {
        let desk = try Desk()
        let id = try desk.open(.missing)
        #expect(try desk.work().first?.held.rupiah.amount == 0)
        try desk.decide(id, .corrected, 5_520)
        _ = try desk.work()
        #expect(try desk.balances() == [.expense: -518_520, .payable: 518_520])
    }

    @Test func whatCannotBeDisputedIsRefused() throws {
        let desk = try Desk()
        for target in [
            DisputeDesk.Target.contribution(event: UUID(9, 9), line: 0), .contribution(event: desk.payment, line: 7),
            .newcomer(event: desk.payment),
        ] {
            #expect(throws: DeskError.self) { try desk.open(target) }
        }
        #expect(throws: DeskError.self) {
            try DisputeDesk(desk.connection).open(
                .missing, agent: Branch.agent(2), month: desk.month, reason: desk.reason, by: desk.ani)
        }
        let action = DisputeAction(dispute: UUID(9, 9), verdict: .upheld, correction: .zero)
        #expect(throws: DeskError.self) {
            try CommissionDesk(desk.connection).propose(action, reason: desk.reason, by: desk.ani)
        }
        let id = try desk.open(.missing)
        for (verdict, amount) in [(DisputeVerdict.upheld, Int64(1)), (.corrected, 0), (.corrected, 2_000_000_000)] {
            #expect(throws: DeskError.self) { try desk.decide(id, verdict, amount) }
        }
        // Every account of every owner together is nothing.
        #expect(try desk.connection.texts("SELECT coalesce(sum(amount), 0)::text FROM balance") == ["0"])
    }
}
