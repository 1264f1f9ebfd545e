import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

private let monthly: Int64 = 16_800

/// Lines of statements: evidence, new money, reversals.
@Suite(.serialized)
struct EntryTests {
    private func entry(
        _ label: String, _ amount: Int64, on date: CivilDate, text: String? = nil, name: String? = nil,
        direction: EntryDirection = .credit, isReversal: Bool = false, interim: Bool = false,
        reference: String? = nil, account: VirtualAccount? = nil
    ) throws -> Event<ReconcilerInput> {
        let data = StatementEntryBooked(
            bank: .bni, account: try AccountNumber("1234567890"), statement: try PaymentReference("S1"), entry: 1,
            direction: direction, isReversal: isReversal, interim: interim, amount: Rupiah(amount), bookedOn: date,
            reference: try PaymentReference(reference ?? label), virtualAccount: account, payerName: name, text: text)
        return Make.event(label, .entry(try IncomingEntry(data)))
    }

    private func outcomes(_ ledger: Ledger) throws -> [String] {
        try ledger.rows("SELECT concat(outcome, ':', count(*)) FROM statement_entry GROUP BY outcome ORDER BY 1")
    }

    @Test func theSameMoneyInNoticeAndStatementIsOnePosting() throws {
        for noticeFirst in [true, false] {
            let ledger = try Ledger()
            try ledger.apply(Make.enrolled(1))
            let account = VirtualAccount(payer: .participant(try kpj(1)))
            let notice = try Make.paid(1, monthly, "callback")
            let line = try entry("line", monthly, on: day(1), text: "TRSF VA \(account.text)", account: account)
            let events = noticeFirst ? [notice, line] : [line, notice]
            var told: [PublishedEvent] = []
            for event in events + events { told += try ledger.applier.apply([event]) }
            #expect(told.kinds == ["contribution-posted", "cover-activated"])
            #expect(try ledger.dues(1) == ["1:16800/16800"])
            #expect(try ledger.rows("SELECT count(*)::text FROM payment_evidence") == ["1"])
            #expect(try ledger.rows("SELECT count(*)::text FROM unconfirmed") == ["0"])
            try ledger.audit()
        }
    }

    @Test func twoEqualPaymentsAndTwoLinesAreTwoPostings() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        let account = VirtualAccount(payer: .participant(try kpj(1)))
        try ledger.apply(Make.paid(1, monthly, "one"))
        try ledger.apply(Make.paid(1, monthly, "two"))
        for label in ["l1", "l2"] { try ledger.apply(entry(label, monthly, on: day(1), account: account)) }
        #expect(try outcomes(ledger) == ["1:2"])
        #expect(try ledger.rows("SELECT count(DISTINCT payment_id)::text FROM payment_evidence") == ["2"])
        // A third line is money that no notice has told of.
        try ledger.apply(entry("l3", monthly, on: day(1), account: account))
        #expect(try outcomes(ledger) == ["1:2", "2:1"])
        #expect(try ledger.credit(1) == 2 * monthly)
        try ledger.audit()
    }

    @Test func theStatementsBookingDateDecides() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.employer(15_092_870, wages: [10_000_000]))
        let account = VirtualAccount(payer: .employer(try NPP(number: 15_092_870)))
        // The notice says 15 February, the last day in time; the bank has booked it on the 16th.
        try ledger.apply(Make.employerPaid(15_092_870, 84_000, "a", on: day(2, 15)))
        let told = try ledger.apply(entry("line", 84_000, on: day(2, 16), account: account))
        #expect(told.exceptions == [.dateDiffers])
        #expect(try told.first(FineAssessed.self).amount.amount == 1_680)
        try ledger.audit()
    }

    @Test func moneyFindsItsPayerByTextAndByName() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.employer(15_092_870, wages: [10_000_000]))
        let byNumber = try ledger.apply(entry("n", 84_000, on: day(1, 8), text: "IURAN NPP 15092870 JAN"))
        #expect(byNumber.kinds.contains("contribution-posted"))
        let name = EmployerEnrolled.sample.name
        let byName = try ledger.apply(entry("m", 84_000, on: day(3, 14), text: "SETORAN", name: name))
        #expect(byName.kinds.contains("contribution-posted"))
        #expect(try ledger.rows("SELECT rule::text FROM match_decision ORDER BY 1") == ["10", "8"])
        let nobody = try ledger.apply(entry("o", 12_345, on: day(3, 14), text: "SETORAN", name: "Siapa Saja"))
        #expect(nobody.exceptions == [.unknownPayer])
        try ledger.audit()
    }

    @Test func moneyOfALineWaitsForItsPayer() throws {
        let ledger = try Ledger()
        let account = VirtualAccount(payer: .participant(try kpj(1)))
        #expect(try ledger.apply(entry("l", monthly, on: day(1), account: account)).exceptions == [.unknownPayer])
        let told = try ledger.apply(Make.enrolled(1))
        #expect(told.kinds == ["contribution-posted", "cover-activated", "exception-resolved"])
        #expect(try ledger.rows("SELECT resolution FROM exception_case") == ["posted"])
        try ledger.audit()
    }

    @Test func severalTransfersOfOneNameAreOneMonth() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.employer(15_092_870, wages: [10_000_000]))
        let name = EmployerEnrolled.sample.name
        #expect(
            try ledger.apply(entry("a", 50_000, on: day(2, 12), text: "SETORAN 1", name: name)).exceptions
                == [.unknownPayer])
        let both = try ledger.apply(entry("b", 34_000, on: day(2, 13), text: "SETORAN 2", name: name))
        #expect(both.kinds.filter { $0 == "contribution-posted" }.count == 2)
        #expect(try ledger.rows("SELECT concat(amount, '/', paid) FROM due ORDER BY month LIMIT 1") == ["84000/84000"])
        try ledger.audit()
    }

    @Test func aReversalInTheStatementTakesThePaymentBack() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        let account = VirtualAccount(payer: .participant(try kpj(1)))
        try ledger.apply(Make.paid(1, monthly, "a"))
        try ledger.apply(entry("l", monthly, on: day(1), account: account))
        let back = try ledger.apply(
            entry("k", monthly, on: day(1, 6), text: "KOREKSI", direction: .debit, isReversal: true, account: account))
        #expect(back.kinds == ["contribution-reversed"])
        #expect(try ledger.dues(1) == ["1:16800/0"])
        #expect(try outcomes(ledger) == ["1:1", "4:1"])
        // A fee is no contribution.
        #expect(try ledger.apply(entry("f", 6_500, on: day(1, 6), direction: .debit)).isEmpty)
        try ledger.audit()
    }

    /// A bank that sends statements only: the month that was paid last is taken back, and none of months ago, whatever
    /// else is in the batch.
    @Test func aReversalOfAPayerTakesTheNewestPaymentBack() throws {
        for besides in [false, true] {
            let ledger = try Ledger()
            try ledger.apply(Make.enrolled(1))
            let account = VirtualAccount(payer: .participant(try kpj(1)))
            for number in 1...3 {
                try ledger.apply(entry("l\(number)", monthly, on: day(number), text: "\(number)", account: account))
            }
            #expect(try ledger.rows("SELECT count(*)::text FROM unconfirmed") == ["3"])
            let back = try entry(
                "k", monthly, on: day(3, 6), text: "KOREKSI", direction: .debit, isReversal: true, account: account)
            // A notice and its reversal load what the statements have shown of their payer.
            let others = [
                try Make.reversed(1, monthly, of: "P-9", "R-9", on: 4), try Make.paid(1, monthly, "P-9", on: 4),
            ]
            _ = try ledger.applier.apply(besides ? [back] + others : [back])
            #expect(try ledger.dues(1).prefix(3) == ["1:16800/16800", "2:16800/16800", "3:16800/0"])
            // Nothing that is near is left, but for what the notice has taken back: an older one is not guessed at.
            let more = try entry(
                "k2", monthly, on: day(4, 6), text: "KOREKSI 2", direction: .debit, isReversal: true, account: account)
            #expect(try ledger.apply(more).exceptions == (besides ? [] : [.reversalUnmatched]))
            #expect(try ledger.dues(1).prefix(3) == ["1:16800/16800", "2:16800/16800", "3:16800/0"])
            try ledger.audit()
        }
    }

    @Test func aStatementShowsAPaymentThatWasTakenBackAlready() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        let account = VirtualAccount(payer: .participant(try kpj(1)))
        let events = [
            try Make.paid(1, monthly, "P-1"), try Make.reversed(1, monthly, of: "P-1", "R-1", second: 1),
            try entry("c", monthly, on: day(1), account: account),
            try entry("d", monthly, on: day(1), direction: .debit, isReversal: true, account: account),
        ]
        var told: [PublishedEvent] = []
        for event in events { told += try ledger.applier.apply([event]) }
        #expect(told.kinds == ["contribution-posted", "cover-activated", "contribution-reversed"])
        #expect(try ledger.dues(1) == ["1:16800/0"])
        #expect(try outcomes(ledger) == ["1:1", "4:1"])
        try ledger.audit()
    }

    @Test func aReversalInNoticeAndStatementIsOneReversal() throws {
        for noticeFirst in [true, false] {
            let ledger = try Ledger()
            try ledger.apply(Make.enrolled(1))
            let account = VirtualAccount(payer: .participant(try kpj(1)))
            // Two equal payments: the line of the one reversal must not take the other back too.
            try ledger.apply(Make.paid(1, monthly, "P-1"))
            try ledger.apply(Make.paid(1, monthly, "P-2"))
            let notice = try Make.reversed(1, monthly, of: "P-1", "R-1", on: 1, second: 9)
            let line = try entry(
                "k", monthly, on: day(1, 6), text: "KOREKSI P-1", direction: .debit, isReversal: true,
                reference: noticeFirst ? nil : "P-1", account: account)
            var told: [PublishedEvent] = []
            for event in noticeFirst ? [notice, line] : [line, notice] { told += try ledger.applier.apply([event]) }
            #expect(told.kinds.filter { $0 == "contribution-reversed" }.count == 1)
            #expect(told.exceptions == [])
            #expect(try ledger.rows("SELECT count(*)::text FROM reversal") == ["1"])
            try ledger.audit()
        }
    }

    /// The notice is further evidence of a line's money; its reversal comes with it, or has waited for it.
    @Test func theReversalOfANoticeTakesBackWhatTheStatementBrought() throws {
        for together in [true, false] {
            let ledger = try Ledger()
            try ledger.apply(Make.enrolled(1))
            let account = VirtualAccount(payer: .participant(try kpj(1)))
            try ledger.apply(entry("l", monthly, on: day(1), account: account))
            let notice = try Make.paid(1, monthly, "callback")
            let back = try Make.reversed(1, monthly, of: "callback", "R-1", second: 1)
            var told: [PublishedEvent] = []
            if together {
                told += try ledger.apply(notice, back)
            } else {
                for event in [back, notice] { told += try ledger.applier.apply([event]) }
            }
            #expect(told.kinds.filter { $0 == "contribution-reversed" }.count == 1)
            #expect(try ledger.dues(1) == ["1:16800/0"])
            #expect(try ledger.rows("SELECT count(*)::text FROM reversal") == ["1"])
            #expect(try ledger.rows("SELECT count(*)::text FROM pending_reversal") == ["0"])
            #expect(try ledger.apply(notice, back).isEmpty)
            try ledger.audit()
        }
    }

    @Test func aNoticeNamesThePayerOfALineOfItsOwnBatch() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        let line = try entry("l", monthly, on: day(1), text: "SETORAN", reference: "P-1")
        let told = try ledger.apply(line, Make.paid(1, monthly, "P-1"))
        #expect(told.kinds.contains("contribution-posted"))
        #expect(told.exceptions == [.unknownPayer])
        #expect(try ledger.dues(1) == ["1:16800/16800"])
        #expect(try ledger.rows("SELECT resolution FROM exception_case") == ["posted"])
        try ledger.audit()
    }

    @Test func newsOfTheDayAndTheStatementAreTwoEvidencesOfOnePayment() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        let account = VirtualAccount(payer: .participant(try kpj(1)))
        for (label, interim) in [("h0", true), ("h1", false)] {
            try ledger.apply(entry(label, monthly, on: day(1), interim: interim, account: account))
        }
        try ledger.apply(Make.paid(1, monthly, "callback"))
        #expect(try ledger.dues(1) == ["1:16800/16800"])
        #expect(try ledger.credit(1) == 0)
        #expect(try ledger.rows("SELECT count(*)::text FROM payment_evidence") == ["2"])
        try ledger.audit()
    }

    @Test func aGroupPaymentIsOneLineOfTheStatement() throws {
        let ledger = try Ledger()
        for payer in 1...2 { try ledger.apply(Make.enrolled(payer)) }
        let members = try (1...2).map { PaymentMember(nik: try nik($0), months: 1, amount: Rupiah(monthly)) }
        let data = PaymentReceived(
            bank: .bni, reference: try PaymentReference("GROUP-1"), amount: Rupiah(2 * monthly), members: members,
            bookedOn: try day(1))
        try ledger.apply(Make.event("group", .payment(try IncomingPayment(data))))
        #expect(try ledger.apply(entry("line", 2 * monthly, on: day(1), reference: "GROUP-1")).isEmpty)
        #expect(try outcomes(ledger) == ["1:1"])
        try ledger.audit()
    }

    @Test func oneTransferForSeveralPayersIsSharedOut() throws {
        let ledger = try Ledger()
        for payer in 1...2 { try ledger.apply(Make.enrolled(payer)) }
        let text = try "IURAN \(nik(1).text) DAN \(nik(2).text)"
        let told = try ledger.apply(entry("line", 2 * monthly, on: day(1), text: text))
        #expect(told.kinds.filter { $0 == "contribution-posted" }.count == 2)
        // The notices of the parts, by NIK, are evidence.
        for payer in 1...2 {
            #expect(try ledger.apply(Make.paid(payer, monthly, "n\(payer)", byNIK: 1)).isEmpty)
        }
        try ledger.audit()
    }

    @Test func noticesThatTheStatementDoesNotShowAreReported() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        try ledger.apply(Make.enrolled(2))
        try ledger.apply(Make.paid(1, monthly, "shown"))
        try ledger.apply(Make.paid(2, monthly, "hidden"))
        let account = VirtualAccount(payer: .participant(try kpj(1)))
        try ledger.apply(entry("l", monthly, on: day(1), account: account))
        try ledger.connection.execute(
            """
            INSERT INTO statement_file VALUES ('\\x00', 9, '1234567890', 'S1', 'mt940', 'f', 0, 0, '2018-01-01',
                '2018-01-31', 1, 0, 0, 'test', now(), true)
            """)
        try ledger.apply(Make.date(2, 2))
        #expect(try ledger.applier.work().exceptions.isEmpty)
        try ledger.apply(Make.date(2, 5))
        #expect(try ledger.applier.work().exceptions == [.notInStatement])
        #expect(try ledger.applier.work().isEmpty)
    }
}
