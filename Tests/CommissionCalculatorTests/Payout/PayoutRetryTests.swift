import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

@Suite(.serialized) struct PayoutRetryTests {
    private static let month = Result { try #require(ContributionMonth(year: 2019, month: 5)) }
    private var month: ContributionMonth { get throws { try Self.month.get() } }
    private let owner = Owner.agent("PRS-1")

    /// One agent with one ordered payout of 500.000.
    private func ordered() throws -> (bench: PayoutBench, payout: UUID) {
        let bench = try PayoutBench(on: "2019-06-04")
        try bench.agent("PRS-1", name: "Siti Aminah")
        try bench.owe(owner, 500_000, month)
        try bench.close(month)
        try bench.decide(PayoutAction(month: month))
        return (bench, try #require(try bench.payouts().first).id)
    }

    private func retry(_ payout: UUID, _ remedy: PayoutRetryAction.Remedy = .again) -> PayoutRetryAction {
        PayoutRetryAction(payoutID: payout, remedy: remedy)
    }

    @Test func rejectedThenRepairedThenPaid() throws {
        let (bench, first) = try ordered()
        #expect(throws: DeskError.self) { try bench.decide(retry(first)) }
        try bench.report([(first, .rejected)])
        let foreign = try PayeeAccount(operatorBank: "009", number: "555666777", holder: "Budi Santoso")
        #expect(throws: DeskError.self) { try bench.decide(retry(first, .into(foreign))) }
        let elsewhere = try PayeeAccount(operatorBank: "002", number: "555666777", holder: "Siti Aminah")
        #expect(throws: DeskError.self) { try bench.decide(retry(first, .into(elsewhere))) }
        let own = try PayeeAccount(operatorBank: "022", number: "555666777", holder: "SITI AMINAH")
        let run = try bench.decide(retry(first, .into(own)))
        let payouts = try bench.payouts()
        #expect(payouts.map(\.state) == [.replaced, .ordered])
        let second = try #require(payouts.last)
        #expect(second.account == own)
        #expect(second.runID == run)
        #expect(try bench.balances(owner) == [.transit: 500_000])
        // The first attempt is over; nobody makes it a third time.
        #expect(throws: DeskError.self) { try bench.decide(retry(first)) }
        #expect(throws: DeskError.self) { try bench.decide(retry(second.id)) }
        try bench.report([(second.id, .paid)])
        #expect(try bench.balances(owner) == [.paid: 500_000])
        // The repaired account is the one for later payouts.
        try bench.owe(owner, 1_000, month.next)
        try bench.close(month.next)
        try bench.decide(PayoutAction(month: month.next))
        #expect(try bench.payouts().contains { $0.account == own && $0.gross.amount == 1_000 })
        try bench.prove()
    }

    /// Under B the wadah is paid for its agents: what was ordered before a dismissal is not ordered again after it.
    @Test func whatADismissedAgentWasToGetIsNotMadeAgain() throws {
        let month = try #require(ContributionMonth(year: 2022, month: 5))
        let bench = try PayoutBench(on: "2022-06-04")
        for agent in ["PRS-1", "PRS-2"] {
            try bench.agent(agent, name: "Agen \(agent)")
            try bench.owe(.agent(agent), 500_000, month)
        }
        try bench.wadah("W-1", name: "Koperasi Maju")
        try bench.close(month)
        try bench.decide(PayoutAction(month: month))
        let first = try #require(try bench.payouts().first)
        #expect(first.payee == .wadah("W-1") && first.gross.amount == 1_000_000)
        try bench.report([(first.id, .rejected)])
        let dismissal = DismissalAction(agent: try AgentID("PRS-1"), on: month.next.day(4))
        try bench.decide(dismissal)
        #expect(throws: DeskError.self) { try bench.decide(retry(first.id)) }
        try bench.decide(retry(first.id, .release))
        try bench.decide(PayoutAction(month: month))
        let second = try #require(try bench.payouts().last { $0.state == .ordered })
        #expect(try bench.register.items(of: second.id).map(\.owner) == [.agent("PRS-2")])
        #expect(try bench.balances(.agent("PRS-1"))[.transit] == nil)
    }

    @Test func returnedThenRetried() throws {
        let (bench, first) = try ordered()
        try bench.report([(first, .paid), (first, .returned)])
        try bench.decide(retry(first))
        let second = try #require(try bench.payouts().last)
        // News of the first attempt, however late, moves nothing.
        #expect(try bench.report([(first, .paid), (first, .returned), (first, .rejected)]).isEmpty)
        #expect(try bench.report([(second.id, .paid)]).map(\.state) == [.paid])
        #expect(try bench.balances(owner) == [.paid: 500_000])
        try bench.prove()
    }

    @Test func releasedIsOwedAgainAndPaidByALaterRun() throws {
        let (bench, first) = try ordered()
        try bench.report([(first, .rejected)])
        try bench.decide(retry(first, .release))
        #expect(try bench.balances(owner) == [.payable: 500_000])
        #expect(throws: DeskError.self) { try bench.decide(retry(first)) }
        try bench.decide(PayoutAction(month: month))
        let second = try #require(try bench.payouts().first { $0.state == .ordered })
        try bench.report([(second.id, .paid), (first, .paid)])
        #expect(try bench.balances(owner) == [.paid: 500_000])
        let flagged = try bench.register.reports()
        #expect(flagged.map(\.payout) == [first])
        #expect(flagged.first?.outcome == "conflict: paid after it was released, and perhaps paid again")
        try bench.prove()
    }

    @Test func whatABankSaysWasPaidIsNotPaidAgain() throws {
        let (bench, first) = try ordered()
        try bench.report([(first, .rejected)])
        try bench.decide(retry(first))
        let second = try #require(try bench.payouts().last).id
        try bench.report([(first, .paid)])
        #expect(try bench.register.reports().map(\.payout) == [first])
        #expect(try bench.balances(owner) == [.transit: 500_000])
        // The second is rejected: the first was the payment.
        let told = try bench.report([(second, .rejected)])
        #expect(told.map(\.state) == [.rejected, .paid])
        #expect(told.map(\.payoutID) == [second, first])
        #expect(try bench.balances(owner) == [.paid: 500_000])
        #expect(try bench.register.reports().isEmpty)
        #expect(throws: DeskError.self) { try bench.decide(retry(second)) }
        // Both paid: the money is booked once, and someone is told.
        try bench.report([(second, .paid)])
        #expect(try bench.balances(owner) == [.paid: 500_000])
        #expect(
            try bench.register.reports().map(\.outcome) == ["conflict: paid after it was rejected; attempt 1 is paid"])
        // The second comes back.
        try bench.report([(second, .returned)])
        #expect(try bench.register.reports().isEmpty)
        #expect(try bench.balances(owner) == [.paid: 500_000])
        try bench.prove()
    }

    @Test func rejectedAfterPaidAndOtherAmountsAreFlagged() throws {
        let (bench, first) = try ordered()
        try bench.report([(first, .paid)], amount: Rupiah(499_999))
        #expect(try bench.payouts().map(\.state) == [.ordered])
        try bench.report([(first, .paid)], amount: Rupiah(500_000))
        try bench.report([(first, .rejected)])
        #expect(try bench.payouts().map(\.state) == [.paid])
        #expect(
            try bench.register.reports().map(\.outcome) == [
                "conflict: amount: Rp499.999 is told, Rp500.000 was ordered", "conflict: rejected after it was paid",
            ])
        try bench.prove()
    }

    @Test func nothingThatABankSaysIsLost() throws {
        let (bench, first) = try ordered()
        let lines = [
            PayoutReportLine(line: 2, reference: "NOT-OURS", bankStatus: "ACSC", status: .paid),
            PayoutReportLine(
                line: 3, reference: PayoutReference.endToEnd(UUID(1, 2)), bankStatus: "ACSC", status: .paid),
            PayoutReportLine(line: 4, reference: PayoutReference.endToEnd(first), bankStatus: "XXXX", status: nil),
            PayoutReportLine(
                line: 5, reference: PayoutReference.endToEnd(first).uppercased(), bankStatus: "ACSP", status: nil,
                isPending: true),
            PayoutReportLine(line: 6, reference: PayoutReference.endToEnd(first), bankStatus: "ACSC", status: .paid),
        ]
        let reports = PayoutReports(bench.connection)
        let dry = try reports.take(lines, file: "f", sha256: "f", by: PayoutBench.ani.get(), dryRun: true)
        #expect(try bench.number("SELECT count(*) FROM payout_report") == 0)
        let summary = try reports.take(lines, file: "f", sha256: "f", by: PayoutBench.ani.get())
        for one in [dry, summary] {
            #expect(one.unknown.map(\.line) == [2, 3, 4])
            #expect(one.waiting == [.paid: 1])
            #expect(one.pending == 1)
        }
        _ = try bench.applier.work()
        let again = try reports.take(lines, file: "g", sha256: "f", by: PayoutBench.ani.get())
        #expect(again.takenBefore == 2)
        #expect(again.waiting.isEmpty)
        #expect(try bench.applier.work().isEmpty)
        #expect(
            try bench.register.reports().compactMap(\.outcome) == [
                "unknown reference", "unknown reference", "unknown status",
            ])
        #expect(try bench.payouts().map(\.state) == [.paid])
    }

    /// A run, a retry or a report that is cut off leaves nothing, and is applied once when it comes again.
    @Test func cutOffInTheMiddle() throws {
        let bench = try PayoutBench(on: "2019-06-04")
        try bench.agent("PRS-1", name: "Siti Aminah")
        try bench.owe(owner, 500_000, month)
        try bench.close(month)
        func cutOff() throws {
            try bench.execute("CREATE TRIGGER cut BEFORE INSERT ON outbox EXECUTE FUNCTION transfer_stands()")
            #expect(throws: (any Error).self) { try bench.applier.work() }
            try bench.execute("DROP TRIGGER cut ON outbox")
            try bench.prove()
        }
        let run = try bench.decide(PayoutAction(month: month), works: false)
        try cutOff()
        #expect(try bench.payouts().isEmpty)
        _ = try bench.applier.work()
        #expect(try bench.outcome(run) == "applied")
        let first = try #require(try bench.payouts().first).id
        try bench.report([(first, .rejected)], works: false)
        try cutOff()
        #expect(try bench.payouts().map(\.state) == [.ordered])
        _ = try bench.applier.work()
        let retry = try bench.decide(retry(first), works: false)
        try cutOff()
        #expect(try bench.payouts().map(\.state) == [.rejected])
        _ = try bench.applier.work()
        #expect(try bench.outcome(retry) == "applied")
        #expect(try bench.payouts().map(\.state) == [.replaced, .ordered])
        #expect(try bench.number("SELECT count(*) FROM transfer WHERE source = 'payout'") == 1)
    }

    /// The schema itself: no second living attempt, no second booking of the same step.
    @Test func theSchemaRefusesASecondPayment() throws {
        let (bench, first) = try ordered()
        let copy = """
            INSERT INTO payout SELECT gen_random_uuid(), run_id, 2, first_id, payee_kind, payee_id, bank, account_number,
                account_holder, gross, tax, tax_kind, through_month, created_on, 'ordered', state_on
            FROM payout WHERE payout_id = '\(first.text)'
            """
        #expect(throws: PostgresError.self) { try bench.execute(copy) }
        try bench.report([(first, .paid)])
        #expect(throws: PostgresError.self) { try bench.execute(copy) }
        try bench.execute("UPDATE payout SET state = 'ordered' WHERE payout_id = '\(first.text)'")
        try bench.execute("DELETE FROM payout_report")
        // A worker that has forgotten that it was paid cannot book it again.
        #expect(throws: (any Error).self) { try bench.report([(first, .paid)]) }
        #expect(try bench.balances(owner) == [.paid: 500_000])
    }

    /// Runs, reports in any order and again, retries and releases, cut off at times.
    @Test func whateverHappensMoneyIsPaidOnce() throws {
        var generator = SeededGenerator("whateverHappensMoneyIsPaidOnce")
        for _ in 0..<3 {
            let bench = try PayoutBench(on: "2019-06-04")
            try bench.tax(#"{"kind": "pph21"}"#)
            var current = try month
            for number in 1...4 { try bench.agent("PRS-\(number)", name: "Siti Aminah") }
            var owed: Int64 = 0
            for step in 0..<60 {
                switch Int.random(in: 0..<10, using: &generator) {
                case 0...1:
                    current = current.next
                    try bench.today("\(current.next.day(4))")
                    for number in 1...4 {
                        let amount = Int64.random(in: -50_000...300_000, using: &generator)
                        guard amount != 0 else { continue }
                        try bench.owe(.agent("PRS-\(number)"), amount, current)
                        owed += max(0, amount)
                    }
                    try bench.close(current)
                    attempt { try bench.decide(PayoutAction(month: current), works: false) }
                case 2...6:
                    let payouts = try bench.payouts()
                    let lines = (0..<5).compactMap { _ in payouts.randomElement(using: &generator) }.map { payout in
                        (payout.id, PayoutReportStatus.allCases.randomElement(using: &generator) ?? .paid)
                    }
                    try bench.report(lines, works: false)
                default:
                    let failed = try bench.payouts().filter { $0.state == .rejected || $0.state == .returned }
                    guard let payout = failed.randomElement(using: &generator) else { continue }
                    let remedy: PayoutRetryAction.Remedy =
                        Int.random(in: 0..<5, using: &generator) == 0 ? .release : .again
                    attempt { try bench.decide(retry(payout.id, remedy), works: false) }
                }
                if Int.random(in: 0..<3, using: &generator) > 0 { _ = try bench.applier.work() }
                try bench.prove("step \(step)")
            }
            _ = try bench.applier.work()
            try bench.prove()
            #expect(try bench.number("SELECT sum(amount)::int8 FROM balance WHERE account IN ('paid', 'tax')") <= owed)
            #expect(try bench.number("SELECT count(*) FROM payout_report WHERE outcome IS NULL") == 0)
        }
    }

    /// What is refused is refused: another step follows.
    private func attempt(_ body: () throws -> Void) { do { try body() } catch { #expect(error is DeskError) } }
}
