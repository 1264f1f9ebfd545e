import Foundation
import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

/// From a payment that nobody can place to the accounts that two persons have chosen.
@Suite(.serialized) struct ResolutionFlowTests {
    /// Money for a participant who is not enrolled, and another one who is.
    private func waiting() throws -> (Queue, payment: UUID, exception: UUID) {
        let queue = try Queue()
        _ = try queue.applier.apply([Make.enrolled(2), Make.paid(1, 16_800, "p")])
        let item = try #require(
            try ExceptionQueue.open(.init(), today: day(2), limit: 9, on: queue.connection).first)
        #expect(item.code == .unknownPayer)
        return (queue, item.paymentID, item.id)
    }

    private func settle(
        _ queue: Queue, _ action: ResolutionAction, _ target: ExceptionDesk.Target, payer: PayerNumber? = nil
    ) throws -> [PublishedEvent] {
        let proposal = try queue.desk.propose(
            action, for: target, payer: payer, reason: DeskReason("as the payer says"), by: person("Siti"))
        try queue.desk.approve(proposal, by: person("Budi"))
        return try queue.applier.work()
    }

    private func balances(_ queue: Queue) throws -> [String] {
        try queue.texts(
            "SELECT concat(account, ' ', sum(amount)) FROM ledger GROUP BY account HAVING sum(amount) <> 0 ORDER BY account"
        )
    }

    @Test func matchPostsAndUnmatchTakesBack() throws {
        let (queue, payment, id) = try waiting()
        let payer = PayerNumber.participant(try kpj(2))
        let events = try settle(queue, .match, .exception(id), payer: payer)
        #expect(events.kinds.filter { $0 == "exception-resolved" }.count == 1)
        let posted = try events.first(ContributionPosted.self)
        #expect(posted.payer == payer)
        #expect(posted.fromSuspense)
        let resolved = try events.first(ExceptionResolved.self)
        #expect(resolved.resolution == .matched)
        #expect(resolved.approvedBy == "Budi")
        #expect(try queue.texts("SELECT resolution FROM exception_case") == ["matched"])
        #expect(try queue.texts("SELECT outcome FROM exception_proposal") == ["applied"])

        let back = try settle(queue, .unmatch, .payment(payment))
        #expect(back.kinds.contains("contribution-reversed"))
        #expect(try balances(queue) == ["1 16800", "4 -16800"])
        #expect(
            try queue.texts("SELECT concat(code, ' ', resolution) FROM exception_case ORDER BY 1")
                == ["UNKNOWN_PAYER ", "UNKNOWN_PAYER matched"])
    }

    @Test func refundEmptiesSuspense() throws {
        let (queue, payment, id) = try waiting()
        let events = try settle(queue, .refund, .exception(id))
        #expect(events.kinds == ["exception-resolved"])
        #expect(try events.first(ExceptionResolved.self).resolution == .refunded)
        #expect(try balances(queue).allSatisfy { !$0.hasPrefix("4 ") })
        #expect(
            refusal {
                _ = try queue.desk.propose(
                    .unmatch, for: .payment(payment), reason: DeskReason("again"), by: person("Siti"))
            }.hasPrefix("the money of this payment was given back"))
    }

    /// The surplus of one who died was given back; the bank takes the payment back all the same, and that is refused.
    /// Later money, which would now suffice, does not change what was told.
    @Test func aRefusedReversalStaysRefused() throws {
        let queue = try Queue()
        let exit = ParticipantExited(kpj: try kpj(1), reason: .death, lastMonth: try month(1), exitedOn: try day(1, 20))
        _ = try queue.applier.apply([Make.enrolled(1)])
        _ = try queue.applier.apply([Make.event("exit", .ended(MembershipEnd(exit)))])
        _ = try queue.applier.apply([Make.paid(1, 2 * 16_800, "P-1")])
        let left = try #require(try ExceptionQueue.open(.init(), today: day(2), limit: 9, on: queue.connection).first)
        _ = try settle(queue, .refund, .exception(left.id))
        let back = try Make.reversed(1, 2 * 16_800, of: "P-1", "R-1", on: 2)
        #expect(try queue.applier.apply([back]).exceptions == [.reversalMismatch])
        _ = try queue.applier.apply([Make.paid(1, 2 * 16_800, "P-2", on: 2)])
        let before = try balances(queue)
        #expect(try queue.applier.apply([back]).isEmpty)
        #expect(try queue.texts("SELECT 1::text FROM reversal").isEmpty)
        #expect(try balances(queue) == before)
    }

    /// The payer appears between proposal and approval, or between approval and its turn.
    @Test func moneyThatPostedItselfIsLeftAlone() throws {
        let (queue, _, id) = try waiting()
        let proposal = try queue.desk.propose(
            .refund, for: .exception(id), reason: DeskReason("nobody known"), by: person("Siti"))
        try queue.desk.approve(proposal, by: person("Budi"))
        _ = try queue.applier.apply([Make.enrolled(1)])
        #expect(try queue.applier.work().kinds.filter { $0.hasPrefix("exception") }.isEmpty)
        #expect(try queue.texts("SELECT outcome FROM exception_proposal") == ["the case was settled before: posted"])
        #expect(try queue.texts("SELECT resolution FROM exception_case") == ["posted"])
    }
}
