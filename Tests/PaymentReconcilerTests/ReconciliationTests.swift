import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

private let monthly: Int64 = 16_800

/// Lapse and return, fines, groups, corrections, exits.
@Suite(.serialized)
struct ReconciliationTests {
    /// T22: more than three months unpaid end the membership; the next payment begins it again, without arrears and
    /// without a fine.
    @Test func returnAfterALapseCollectsNoArrears() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        try ledger.apply(Make.paid(1, monthly, "first"))
        // Nobody has told the clock: the booking date alone decides.
        let back = try ledger.apply(Make.paid(1, monthly, "back", on: 6))
        #expect(back.kinds == ["cover-changed", "contribution-posted"])
        #expect(try back.first(CoverChanged.self).status == .returned)
        #expect(try back.first(ContributionPosted.self).allocations.map(\.month) == [month(6)])
        #expect(
            try ledger.dues(1) == ["1:16800/16800", "2:0/0", "3:0/0", "4:0/0", "5:0/0", "6:16800/16800"])
        #expect(try ledger.rows("SELECT reason::text FROM due_change").count == 4)
        try ledger.audit()
    }

    @Test func threeMonthsUnpaidAreCollected() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        try ledger.apply(Make.paid(1, monthly, "first"))
        // On 5 May the months February to April are past due: three, still in grace.
        try ledger.apply(Make.paid(1, monthly, "late", on: 5))
        #expect(try ledger.dues(1)[1] == "2:16800/16800")
        try ledger.audit()
    }

    /// The date of the last instalment settles the month; T25's rate: 2 % for each month late, simple.
    @Test func lateEmployerPaysAFineWithTheNextDeposit() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.employer(15_092_870, wages: [10_000_000]))
        let due: Int64 = 84_000  // JKK 0.54 % and JKM 0.30 % of 10,000,000
        // January is due on 15 February 2018.
        try ledger.apply(Make.employerPaid(15_092_870, 40_000, "a", on: day(2, 10)))
        let late = try ledger.apply(Make.employerPaid(15_092_870, due - 40_000, "b", on: day(3, 20)))
        let fine = try late.first(FineAssessed.self)
        #expect(fine.monthsLate == 2)
        #expect(fine.amount.amount == 3_360)
        let next = try ledger.apply(Make.employerPaid(15_092_870, 2 * due + 3_360, "c", on: day(3, 20)))
        #expect(try next.first(ContributionPosted.self).fines?.map(\.amount.amount) == [3_360])
        #expect(
            try ledger.rows("SELECT concat(amount, '/', paid) FROM fine ORDER BY month") == ["3360/3360", "1680/0"])
        try ledger.audit()
    }

    @Test func aReversalCancelsTheFine() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.employer(15_092_870, wages: [10_000_000]))
        let paid = try Make.employerPaid(15_092_870, 84_000, "a", on: day(3, 20))
        try ledger.apply(paid)
        let npp = try NPP(number: 15_092_870)
        let data = PaymentReversed(
            bank: .bni, reference: try PaymentReference("r"), originalReference: try PaymentReference("a"),
            virtualAccount: VirtualAccount(payer: .employer(npp)), amount: Rupiah(84_000), bookedOn: try day(3, 21))
        let back = try ledger.apply(Make.event("r", .reversal(IncomingReversal(data))))
        #expect(back.kinds == ["contribution-reversed", "fine-assessed", "arrears-changed"])
        // January is unpaid again, and February is past due by now: enforcement hears of both.
        let owed = try back.first(ArrearsChanged.self)
        #expect([owed.unpaidMonths, Int(owed.amount.amount), Int(owed.fines.amount)] == [2, 168_000, 0])
        #expect(try ledger.rows("SELECT concat(amount, '/', paid) FROM fine") == ["0/0"])
        try ledger.audit()
    }

    @Test func employerIsToldOfDifferences() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.employer(15_092_870, wages: [10_000_000]))
        let under = try ledger.apply(Make.employerPaid(15_092_870, 50_000, "a", on: day(1, 5)))
        let told = try under.first(PaymentDifferent.self)
        #expect(told.kind == .under)
        #expect(told.amount.amount == 34_000)
        // Friday 5 January 2018 and three working days.
        #expect(try told.notifyBy == day(1, 10))
        let over = try ledger.apply(Make.employerPaid(15_092_870, 40_000, "b", on: day(1, 5)))
        #expect(try over.first(PaymentDifferent.self).kind == .over)
    }

    @Test func groupPaymentIsPostedPartByPartAndTakenBackWhole() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        try ledger.apply(Make.enrolled(2))
        let members = try (1...3).map { PaymentMember(nik: try nik($0), months: 1, amount: Rupiah(monthly)) }
        let data = PaymentReceived(
            bank: .bni, reference: try PaymentReference("group"), amount: Rupiah(3 * monthly), members: members,
            bookedOn: try day(1))
        let group = Make.event("group", .payment(try IncomingPayment(data)))
        let posted = try ledger.apply(group)
        #expect(posted.kinds.filter { $0 == "contribution-posted" }.count == 2)
        #expect(posted.exceptions == [.unknownPayer])
        #expect(try ledger.apply(group).isEmpty)
        let again = Make.event("group again", .payment(try IncomingPayment(data)))
        #expect(try ledger.apply(again).exceptions == [.duplicate])
        try ledger.apply(Make.enrolled(3))
        #expect(try ledger.dues(3) == ["1:16800/16800"])
        let reversal = PaymentReversed(
            bank: .bni, reference: try PaymentReference("r"), originalReference: try PaymentReference("group"),
            amount: Rupiah(3 * monthly), bookedOn: try day(1))
        let back = try ledger.apply(Make.event("r", .reversal(IncomingReversal(reversal))))
        #expect(back.kinds.filter { $0 == "contribution-reversed" }.count == 3)
        for payer in 1...3 { #expect(try ledger.dues(payer) == ["1:16800/0"]) }
        try ledger.audit()
    }

    @Test func correctedReportUnderARefusedReferenceIsThePayment() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        let wrong = PaymentBreakdown(jkk: Rupiah(10_000), jkm: Rupiah(6_000))
        let right = PaymentBreakdown(jkk: Rupiah(10_000), jkm: Rupiah(6_800))
        let refused = try Make.paid(1, monthly, "a", reference: "ref", breakdown: wrong)
        #expect(try ledger.apply(refused).exceptions == [.breakdownMismatch])
        let corrected = try Make.paid(1, monthly, "b", reference: "ref", breakdown: right)
        #expect(try ledger.apply(corrected).kinds == ["contribution-posted", "cover-activated"])
        #expect(try ledger.apply(refused, corrected).isEmpty)
        let again = try Make.paid(1, monthly, "c", reference: "ref", breakdown: right)
        #expect(try ledger.apply(again).exceptions == [.duplicate])
        #expect(try ledger.apply(Make.reversed(1, monthly, of: "ref", "r")).kinds == ["contribution-reversed"])
        #expect(try ledger.dues(1) == ["1:16800/0"])
        try ledger.audit()
    }

    @Test func whatWasPaidBeyondAnExitBecomesCreditToRefund() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        try ledger.apply(Make.paid(1, 3 * monthly, "a", byNIK: 3))
        let exited = ParticipantExited(
            kpj: try kpj(1), reason: .death, lastMonth: try month(1), exitedOn: try day(2, 3))
        let told = try ledger.apply(Make.event("exit", .ended(MembershipEnd(exited))))
        #expect(told.kinds == ["contribution-released", "cover-changed", "payment-exception"])
        #expect(told.exceptions == [.creditLeft])
        #expect(try ledger.credit(1) == 2 * monthly)
        // What comes later is not owed either.
        #expect(try ledger.apply(Make.paid(1, monthly, "b", on: 3)).exceptions == [.payerEnded])
        #expect(try ledger.credit(1) == 3 * monthly)
        try ledger.audit()
    }

    @Test func whoeverClaimedMayComeBack() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        try ledger.apply(Make.paid(1, monthly, "a"))
        let exited = ParticipantExited(
            kpj: try kpj(1), reason: .jhtClaim, lastMonth: try month(1), exitedOn: try day(2, 3))
        try ledger.apply(Make.event("exit", .ended(MembershipEnd(exited))))
        let back = try ledger.apply(Make.paid(1, monthly, "b", on: 4))
        #expect(try back.first(CoverChanged.self).status == .returned)
        #expect(try ledger.dues(1).last == "4:16800/16800")
        try ledger.audit()
    }
}
