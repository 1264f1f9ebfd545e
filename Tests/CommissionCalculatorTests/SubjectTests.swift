import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import CommissionCalculator

/// Agents who ask that the own data be erased or corrected (UU 27/2022).
@Suite(.serialized) struct SubjectTests {
    private let name = "I Made Rahasia"
    private let account = "0987654321"

    private func activated(on date: String = "2018-02-05", number: String? = nil) throws -> Event<CommissionInput> {
        var data = AgentActivated.sample
        data.agentID = try AgentID("AG-1")
        data.name = name
        data.bank = .bni
        data.accountNumber = try AccountNumber(number ?? account)
        data.accountHolder = name.uppercased()
        data.activatedOn = try #require(CivilDate(parsing: date))
        return event(.agentActivated(data))
    }

    private func event(_ input: CommissionInput) -> Event<CommissionInput> {
        Event(key: UUID(), time: .earliest, input: input)
    }

    private func erased(on date: String = "2031-01-01") throws -> Event<CommissionInput> {
        event(
            .subjectErased(
                SubjectErased(
                    requestID: try SubmissionID("R-\(date)"), agentIDs: [try AgentID("AG-1")],
                    erasedOn: try #require(CivilDate(parsing: date)))))
    }

    private func scan(_ bench: PayoutBench) throws -> [String] {
        try PersonalDataScan.places(
            of: [name, account, "0911111111"], schema: "commission_calculator", on: bench.connection)
    }

    private func work(_ bench: PayoutBench) throws { for _ in 1...5 { _ = try bench.applier.work() } }

    private func setUp() throws -> PayoutBench {
        let bench = try PayoutBench(on: "2031-01-01")
        _ = try bench.applier.apply([try activated()])
        try bench.wadah("W-1", name: "Koperasi Sanur")
        let action = PayeeAccountAction(
            owner: Owner(.agent, "AG-1"),
            account: try PayeeAccount(operatorBank: "009", number: "0911111111", holder: name))
        let proposal = try bench.decide(action)
        #expect(try bench.outcome(proposal) == "applied")
        let payout = UUID()
        try bench.execute(
            """
            INSERT INTO payout VALUES ('\(payout)', '\(payout)', 1, '\(payout)', 'agent', 'AG-1', '009', '\(account)',
                '\(name)', 1000, 0, 'none', 24216, '2018-03-05', 'paid', '2018-03-06', '')
            """)
        return bench
    }

    @Test func nothingIsLeftOnceNothingIsOwed() throws {
        let bench = try setUp()
        #expect(try !scan(bench).isEmpty)
        try bench.owe(Owner(.agent, "AG-1"), 1_000, try #require(ContributionMonth(parsing: "2018-02")))
        let postings = try bench.connection.texts("SELECT row_to_json(t)::text FROM transfer AS t")
        _ = try bench.applier.apply([try erased()])
        _ = try bench.applier.work()
        // Money is owed still: it needs the account.
        #expect(try !scan(bench).isEmpty)
        #expect(
            try bench.connection.texts("SELECT count(*)::text FROM subject_erasure WHERE applied_at IS NULL") == ["1"])
        try bench.execute(
            """
            INSERT INTO transfer SELECT owner_kind, owner_id, gen_random_uuid(), 'payable', 'paid', amount, month,
                booked_on, 'payout', 'test' FROM transfer WHERE source = 'statement'
            """)
        _ = try bench.applier.work()
        #expect(try scan(bench) == [])
        #expect(
            try bench.connection.texts("SELECT count(*)::text FROM subject_erasure WHERE applied_at IS NULL") == ["0"])
        #expect(
            try bench.connection.texts("SELECT row_to_json(t)::text FROM transfer AS t WHERE source = 'statement'")
                == postings)
        #expect(try bench.connection.texts("SELECT concat(state, ' ', gross) FROM payout") == ["paid 1000"])
    }

    @Test func anActivationThatComesLateIsErasedToo() throws {
        let bench = try PayoutBench(on: "2031-01-01")
        _ = try bench.applier.apply([try erased()])
        try work(bench)
        _ = try bench.applier.apply([try activated()])
        try work(bench)
        #expect(try scan(bench) == [])
        // One that is activated anew is another matter.
        _ = try bench.applier.apply([try activated(on: "2031-02-01")])
        try work(bench)
        #expect(try scan(bench) == ["agent.account_holder", "agent.account_number", "agent.name"])
    }

    @Test func aProposalStandsButForAnErasedAccount() throws {
        let bench = try setUp()
        for change in [
            "payload = payload || '{\"account_number\": \"123456789\"}'",
            "payload = '{}'",
            "payload = payload || '{\"account_number\": \"000000\", \"account_holder\": \"DIHAPUS\"}', reason = 'other'",
        ] {
            #expect(throws: PostgresError.self) { try bench.execute("UPDATE proposal SET \(change)") }
        }
        try bench.execute(
            "UPDATE proposal SET payload = payload || '{\"account_number\": \"000000\", \"account_holder\": \"DIHAPUS\"}'"
        )
    }

    @Test func aCorrectionReachesTheName() throws {
        let bench = try setUp()
        let corrected = SubjectCorrected(
            requestID: try SubmissionID("C-1"), agentID: try AgentID("AG-1"), name: "I Made Benar",
            correctedOn: try #require(CivilDate(parsing: "2031-01-01")))
        _ = try bench.applier.apply([event(.subjectCorrected(corrected))])
        #expect(try bench.connection.texts("SELECT name FROM agent") == ["I Made Benar"])
    }
}
