import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

private let monthly: Int64 = 16_800

/// What random streams have found: the books stand, and nothing counts twice.
@Suite(.serialized)
struct BooksTests {
    private func check(_ ledger: Ledger) throws {
        try ledger.audit()
        #expect(try LedgerVerification.run(on: ledger.connection).faults.map(\.description) == [])
    }

    private func line(
        _ label: String, _ amount: Int64, reference: String? = nil, nik number: Int? = nil, text: String? = nil,
        account: VirtualAccount? = nil
    ) throws -> Event<ReconcilerInput> {
        let data = StatementEntryBooked(
            bank: .bni, account: try AccountNumber("1234567890"), statement: try PaymentReference(label), entry: 1,
            direction: .credit, isReversal: false, amount: Rupiah(amount), bookedOn: try day(1),
            reference: try PaymentReference(reference ?? label), virtualAccount: account,
            nik: try number.map { try nik($0) }, text: text)
        return Make.event(label, .entry(try IncomingEntry(data)))
    }

    private func group(_ label: String, _ members: [Int]) throws -> Event<ReconcilerInput> {
        let parts = try members.map { PaymentMember(nik: try nik($0), months: 1, amount: Rupiah(monthly)) }
        let data = PaymentReceived(
            bank: .bni, reference: try PaymentReference(label), amount: Rupiah(monthly * Int64(members.count)),
            members: parts, bookedOn: try day(1))
        return Make.event(label, .payment(try IncomingPayment(data)))
    }

    /// Two persons have decided about the money of a case.
    private func decide(_ ledger: Ledger, _ action: String) throws -> [String] {
        try ledger.connection.execute(
            """
            INSERT INTO exception_proposal (proposal_id, exception_id, payment_id, action, reason, proposed_by,
                proposed_at, decision, decided_by, decided_at)
            SELECT gen_random_uuid(), exception_id, payment_id, '\(action)', 'a reason', 'ani', '2018-01-01', 'approved',
                'budi', '2018-01-01' FROM exception_case WHERE resolution IS NULL
            """)
        _ = try ledger.applier.work()
        return try ledger.rows("SELECT outcome FROM exception_proposal ORDER BY 1")
    }

    @Test func aGroupIsTakenBackWithThePartThatWasEvidence() throws {
        let ledger = try Ledger()
        for payer in 1...2 { try ledger.apply(Make.enrolled(payer)) }
        try ledger.apply(line("L1", monthly, nik: 1))
        try ledger.apply(group("G1", [1, 2]))
        #expect(try ledger.dues(1) == ["1:16800/16800"])
        try ledger.apply(Make.reversed(1, 2 * monthly, of: "G1", "r"))
        #expect(try ledger.dues(1) == ["1:16800/0"])
        #expect(try ledger.dues(2) == ["1:16800/0"])
        try check(ledger)
    }

    @Test func theNumberOfAGroupIsNoOtherPayment() throws {
        let ledger = try Ledger()
        for payer in 1...2 { try ledger.apply(Make.enrolled(payer)) }
        try ledger.apply(group("G1", [1, 2]))
        let other = try Make.paid(1, 7, "other", reference: "G1")
        #expect(try ledger.apply(other).exceptions == [.conflictingReference])
        #expect(try ledger.apply(other).isEmpty)
        try check(ledger)
    }

    @Test func moneyThatWasGivenUpAndThatTheBankTakesBack() throws {
        for action in ["refund", "write-off"] {
            let ledger = try Ledger()
            try ledger.apply(Make.date(1))
            try ledger.apply(Make.paid(1, monthly, "a"))
            #expect(try decide(ledger, action) == ["applied"])
            try ledger.apply(Make.reversed(1, monthly, of: "a", "r"))
            #expect(
                try ledger.rows("SELECT sum(amount)::text FROM ledger WHERE account IN (1, 6, 7) GROUP BY account")
                    == ["0", "0"])
            try check(ledger)
        }
    }

    @Test func linesWithoutANumberAreSeveralPayments() throws {
        let ledger = try Ledger()
        try ledger.apply(line("L1", monthly, reference: "NONREF", text: "SETORAN 1"))
        try ledger.apply(line("L2", 5, reference: "NONREF", text: "SETORAN 2"))
        #expect(try ledger.rows("SELECT amount::text FROM payment ORDER BY 1") == ["16800", "5"])
        try check(ledger)
    }

    @Test func aLineAndItsNoticeWaitAsOne() throws {
        let account = VirtualAccount(payer: .participant(try kpj(1)))
        for byNIK in [false, true] {
            let ledger = try Ledger()
            try ledger.apply(line("L1", monthly, nik: byNIK ? 1 : nil, account: byNIK ? nil : account))
            try ledger.apply(Make.paid(1, monthly, "callback", byNIK: byNIK ? 1 : nil))
            try ledger.apply(Make.enrolled(1))
            #expect(try ledger.dues(1) == ["1:16800/16800"])
            #expect(try ledger.credit(1) == 0)
            try check(ledger)
        }
    }

    @Test func aNoticeWithTheNumberOfItsLineIsEvidence() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        let account = VirtualAccount(payer: .participant(try kpj(1)))
        try ledger.apply(line("R1", monthly, account: account))
        let notice = try Make.paid(1, monthly, "notice", reference: "R1")
        for _ in 0..<2 { #expect(try ledger.apply(notice).isEmpty) }
        #expect(try ledger.rows("SELECT count(*)::text FROM payment_evidence") == ["1"])
        // The line no longer waits for a notice: the next one is money.
        #expect(try ledger.apply(Make.paid(1, monthly, "next")).kinds == ["contribution-posted"])
        try check(ledger)
    }
}
