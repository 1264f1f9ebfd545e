import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

@Suite(.serialized) struct ResolutionJobTests {
    @Test func anApprovedNoteClosesItsCaseOnce() throws {
        let queue = try Queue()
        let id = try queue.open(.breakdownMismatch, on: "2018-06-14")
        let proposal = try queue.desk.propose(
            .note, for: .exception(id), reason: DeskReason("sent again by the bank"), by: person("Siti"))
        #expect(try queue.begin("2018-06-18").isEmpty, "not approved yet")
        try queue.desk.approve(proposal, by: person("Budi"))
        let resolved = try queue.begin("2018-06-19").first(ExceptionResolved.self)
        #expect(resolved.exceptionID == id)
        #expect(resolved.resolution == .noted)
        #expect(resolved.proposedBy == "Siti")
        #expect(resolved.approvedBy == "Budi")
        #expect(try resolved.resolvedOn == date("2018-06-19"))
        #expect(
            try queue.texts("SELECT concat(resolution, ' ', resolved_on) FROM exception_case") == ["noted 2018-06-19"])
        #expect(try queue.texts("SELECT outcome FROM exception_proposal") == ["applied"])
        #expect(try queue.applier.work().isEmpty, "once")
    }

    @Test func aCaseThatSettledItselfIsLeftAlone() throws {
        let queue = try Queue()
        let id = try queue.open(.reversalUnmatched, on: "2018-06-14")
        let proposal = try queue.desk.propose(
            .note, for: .exception(id), reason: DeskReason("bank will send it"), by: person("Siti"))
        try queue.desk.approve(proposal, by: person("Budi"))
        try queue.connection.execute("UPDATE exception_case SET resolution = 'reversed', resolved_on = '2018-06-15'")
        #expect(try queue.begin("2018-06-18").isEmpty)
        #expect(try queue.texts("SELECT outcome FROM exception_proposal") == ["the case was settled before: reversed"])
        #expect(try queue.texts("SELECT resolution FROM exception_case") == ["reversed"])
    }

    @Test func moreThanOneChunk() throws {
        let queue = try Queue()
        let count = ResolutionJob.chunk + 3
        for number in 0..<count { try queue.open(.breakdownMismatch, on: "2018-06-14", "n\(number)") }
        try queue.connection.execute(
            """
            INSERT INTO exception_proposal (proposal_id, exception_id, payment_id, action, reason, proposed_by,
                proposed_at, decision, decided_by, decided_at)
            SELECT gen_random_uuid(), exception_id, payment_id, 'note', 'all of them', 'Siti', now(), 'approved', 'Budi',
                now() FROM exception_case
            """)
        let kinds = try queue.begin("2018-06-18").kinds
        #expect(kinds == Array(repeating: "exception-resolved", count: count))
        #expect(try queue.texts("SELECT DISTINCT outcome FROM exception_proposal") == ["applied"])
    }
}
