import Foundation
import PerisaiModels
import Postgres
import Testing
import Worker

@testable import PaymentReconciler

@Suite(.serialized) struct ExceptionDeskTests {
    private func why() throws -> DeskReason { try DeskReason("seen in the statement") }

    @Test func theOneWhoProposesNeverApproves() throws {
        let queue = try Queue()
        let id = try queue.open(.breakdownMismatch, on: "2018-06-14")
        let proposal = try queue.desk.propose(.note, for: .exception(id), reason: why(), by: person("Siti Aminah"))
        for name in ["Siti Aminah", " siti  aminah ", "SITI AMINAH", "sitiaminah"] {
            #expect(refusal { try queue.desk.approve(proposal, by: person(name)) } == DeskError.samePerson.description)
            #expect(
                refusal { try queue.desk.reject(proposal, by: person(name), reason: why()) }
                    == DeskError.samePerson.description)
        }
        try queue.desk.approve(proposal, by: person("Budi"))
        #expect(
            refusal { try queue.desk.approve(proposal, by: person("Tini")) }
                == "this proposal is approved already, by Budi")
    }

    /// Whoever writes to the table by hand meets the same rule.
    @Test func theSchemaRefusesTheSamePerson() throws {
        let queue = try Queue()
        let id = try queue.open(.breakdownMismatch, on: "2018-06-14")
        let proposal = try queue.desk.propose(.note, for: .exception(id), reason: why(), by: person("Siti Aminah"))
        for name in ["Siti Aminah", "siti aminah", " SITI AMINAH ", "Siti  Aminah"] {
            let error = #expect(throws: PostgresError.self) {
                try queue.connection.execute(
                    """
                    UPDATE exception_proposal SET decision = 'approved', decided_by = '\(name)', decided_at = now()
                    WHERE proposal_id = '\(proposal.text)'
                    """)
            }
            #expect(error?.sqlState == "23514", "\(name)")
        }
        #expect(throws: PostgresError.self, "no decision without a person") {
            try queue.connection.execute("UPDATE exception_proposal SET decision = 'approved', decided_at = now()")
        }
        #expect(throws: PostgresError.self, "no outcome without a decision") {
            try queue.connection.execute("UPDATE exception_proposal SET outcome = 'applied'")
        }
    }

    @Test func whatWasProposedAndDecidedStands() throws {
        let queue = try Queue()
        let id = try queue.open(.breakdownMismatch, on: "2018-06-14")
        let proposal = try queue.desk.propose(.note, for: .exception(id), reason: why(), by: person("Siti"))
        func refused(_ sql: String) { #expect(throws: PostgresError.self) { try queue.connection.execute(sql) } }
        refused("UPDATE exception_proposal SET proposed_by = 'Tini'")
        refused("UPDATE exception_proposal SET action = 'refund'")
        refused("UPDATE exception_proposal SET reason = 'another'")
        refused("DELETE FROM exception_proposal")
        try queue.desk.approve(proposal, by: person("Budi"))
        refused("UPDATE exception_proposal SET decision = NULL, decided_by = NULL, decided_at = NULL")
        refused("UPDATE exception_proposal SET decided_by = 'Tini'")
    }

    @Test func oneProposalAtATime() throws {
        let queue = try Queue()
        let id = try queue.open(.notInStatement, on: "2018-06-14", payment: queue.payment("P", waits: false))
        let first = try queue.desk.propose(.note, for: .exception(id), reason: why(), by: person("Siti"))
        #expect(
            refusal { _ = try queue.desk.propose(.unmatch, for: .exception(id), reason: why(), by: person("Budi")) }
                .hasPrefix("a proposal waits already"))
        try queue.desk.reject(first, by: person("Budi"), reason: why())
        #expect(
            try queue.texts("SELECT concat(decision, ' ', outcome, ' ', decision_reason) FROM exception_proposal")
                == ["rejected rejected seen in the statement"])
        _ = try queue.desk.propose(.unmatch, for: .exception(id), reason: why(), by: person("Budi"))
    }

    @Test func whatCannotBeProposed() throws {
        let queue = try Queue()
        let waiting = try queue.payment("P")
        let unknown = try queue.open(.unknownPayer, on: "2018-06-14", "u", payment: waiting)
        let refused = try queue.open(.breakdownMismatch, on: "2018-06-14", "b")
        let settled = try queue.open(.ambiguous, on: "2018-06-14", "s")
        try queue.connection.execute(
            "UPDATE exception_case SET resolution = 'posted', resolved_on = '2018-06-19' WHERE code = 'AMBIGUOUS'")
        func sentence(_ action: ResolutionAction, _ target: ExceptionDesk.Target, _ payer: PayerNumber? = nil) -> String
        {
            refusal { _ = try queue.desk.propose(action, for: target, payer: payer, reason: why(), by: person("Siti")) }
        }
        let stranger = PayerNumber.participant(try kpj(9))
        #expect(sentence(.note, .exception(settled)) == "this exception is settled: posted on 2018-06-19")
        #expect(sentence(.refund, .exception(refused)) == "refund is not for BREAKDOWN_MISMATCH; there is note")
        #expect(sentence(.match, .exception(unknown)) == "a match needs its payer: --payer")
        #expect(
            sentence(.match, .exception(unknown), stranger).hasSuffix("is not enrolled: nothing can be matched to it"))
        #expect(sentence(.refund, .exception(unknown), stranger) == "--payer is for a match alone")
        #expect(sentence(.refund, .payment(waiting)) == "a payment without its exception can be unmatched alone")
        #expect(sentence(.unmatch, .payment(waiting)).hasPrefix("this payment waits in suspense"))
        #expect(sentence(.unmatch, .payment(UUID(0, 1))).hasPrefix("there is no payment"))
        #expect(sentence(.note, .exception(UUID(0, 1))).hasPrefix("there is no exception"))
        let back = try queue.payment("Q", waits: false, reversed: true)
        #expect(sentence(.unmatch, .payment(back)) == "the bank has taken this payment back")
        #expect(try queue.texts("SELECT proposal_id::text FROM exception_proposal").isEmpty)
        #expect(try queue.texts("SELECT detail FROM audit_log").isEmpty)
    }

    /// What has changed between proposal and approval is seen again.
    @Test func approvalLooksAgain() throws {
        let queue = try Queue()
        let id = try queue.open(.unknownPayer, on: "2018-06-14", payment: queue.payment("P"))
        let payer = try queue.enrol(1)
        let proposal = try queue.desk.propose(
            .match, for: .exception(id), payer: payer, reason: why(), by: person("Siti"))
        try queue.connection.execute("UPDATE exception_case SET resolution = 'posted', resolved_on = '2018-06-19'")
        #expect(
            refusal { try queue.desk.approve(proposal, by: person("Budi")) }
                == "this exception is settled: posted on 2018-06-19")
    }

    @Test func aPaymentIsUnmatchedByItsOwnID() throws {
        let queue = try Queue()
        let payment = try queue.payment("P", waits: false)
        let found = try ExceptionQueue.paymentID(
            IdentifierPrefix(String(payment.text.prefix(13))), on: queue.connection)
        let proposal = try queue.desk.propose(.unmatch, for: .payment(found), reason: why(), by: person("Siti"))
        #expect(
            refusal { _ = try queue.desk.propose(.unmatch, for: .payment(found), reason: why(), by: person("Budi")) }
                .hasPrefix("a proposal waits already"))
        try queue.desk.approve(proposal, by: person("Budi"))
        #expect(
            try queue.texts("SELECT concat(exception_id, '|', action, '|', decision) FROM exception_proposal")
                == ["|unmatch|approved"])
    }

    @Test func everyStepIsAudited() throws {
        let queue = try Queue()
        let id = try queue.open(.breakdownMismatch, on: "2018-06-14")
        try queue.desk.assign(id, to: person("Budi"), by: person("Siti"))
        let first = try queue.desk.propose(.note, for: .exception(id), reason: why(), by: person("Budi"))
        try queue.desk.reject(first, by: person("Siti"), reason: why())
        let second = try queue.desk.propose(.note, for: .exception(id), reason: why(), by: person("Budi"))
        try queue.desk.approve(second, by: person("Siti"))
        let details = try queue.texts("SELECT detail::json ->> 'what' FROM audit_log WHERE chain = -2 ORDER BY seq")
        #expect(
            details == [
                "exception-assigned", "exception-proposed", "exception-rejected", "exception-proposed",
                "exception-approved",
            ])
        #expect(try queue.texts("SELECT owner FROM exception_case") == ["Budi"])
    }
}
