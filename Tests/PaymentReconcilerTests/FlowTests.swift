import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

/// BPU with two programmes and the lowest band: 16,800 a month (domain.md T18).
private let monthly: Int64 = 16_800

@Suite(.serialized)
struct FlowTests {
    @Test func exactPaymentStartsCoverOnce() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1, on: 2))
        #expect(try ledger.dues(1) == ["1:16800/0", "2:16800/0"])
        let first = try ledger.apply(Make.paid(1, monthly, "a", on: 2))
        #expect(first.kinds == ["contribution-posted", "cover-activated"])
        let posted = try first.first(ContributionPosted.self)
        #expect(posted.allocations.map(\.amount.amount) == [monthly])
        #expect(try posted.protectedFrom == month(1).firstDay)
        #expect(try posted.protectedUntil == month(1).lastDay)
        #expect(try first.first(CoverActivated.self).month == month(1))
        #expect(try ledger.apply(Make.paid(1, monthly, "b", on: 2)).kinds == ["contribution-posted"])
        #expect(try ledger.dues(1) == ["1:16800/16800", "2:16800/16800"])
        try ledger.audit()
    }

    @Test func partialFillsTheOldestFirstAndSurplusBecomesCredit() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1, on: 2))
        #expect(try ledger.apply(Make.paid(1, 10_000, "a")).kinds == ["contribution-posted"])
        #expect(try ledger.dues(1) == ["1:16800/10000", "2:16800/0"])
        let over = try ledger.apply(Make.paid(1, 30_000, "b", on: 2))
        #expect(over.kinds == ["contribution-posted", "cover-activated"])
        #expect(try over.first(ContributionPosted.self).credited.amount == 6_400)
        #expect(try ledger.credit(1) == 6_400)
        // The next month opens with the next booking date, before the clock says so, and takes the credit.
        let next = try ledger.apply(Make.paid(1, 10_400, "c", on: 3))
        #expect(next.kinds == ["credit-applied", "contribution-posted"])
        #expect(try ledger.dues(1).last == "3:16800/16800")
        try ledger.audit()
    }

    @Test func paymentByNIKGoesMonthsAhead() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        let ahead = try ledger.apply(Make.paid(1, 3 * monthly + 100, "a", byNIK: 3))
        #expect(try ahead.first(ContributionPosted.self).allocations.count == 3)
        #expect(try ahead.first(ContributionPosted.self).protectedUntil == month(3).lastDay)
        #expect(try ledger.credit(1) == 100)
        #expect(try ledger.dues(1).count == 3)
        try ledger.audit()
    }

    @Test func employerPaysForItsWorkers() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.employer(15_092_870, wages: [2_000_000, 3_000_000]))
        // JKK 0.54 % and JKM 0.30 % of 5,000,000 (domain.md 3).
        let npp = PayerNumber.employer(try NPP(number: 15_092_870))
        let data = PaymentReceived(
            bank: .bni, reference: try PaymentReference("e"), virtualAccount: VirtualAccount(payer: npp),
            amount: Rupiah(42_000), bookedOn: try day(1))
        let events = try ledger.apply(Make.event("e", .payment(IncomingPayment(data))))
        #expect(try events.first(ContributionPosted.self).allocations.first?.isSettled == true)
        // Another month is computed from the stored wages.
        try ledger.apply(Make.date(2))
        _ = try ledger.applier.work()
        #expect(try ledger.rows("SELECT amount::text FROM due ORDER BY month") == ["42000", "42000"])
        try ledger.audit()
    }

    @Test func repeatedPayments() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        try ledger.apply(Make.paid(1, monthly, "a"))
        #expect(try ledger.apply(Make.paid(1, monthly, "a")).isEmpty)
        let duplicate = try Make.paid(1, monthly, "a2", reference: "a")
        #expect(try ledger.apply(duplicate).exceptions == [.duplicate])
        #expect(try ledger.apply(duplicate).isEmpty)
        #expect(try ledger.apply(Make.paid(1, 99, "a3", reference: "a")).exceptions == [.conflictingReference])
        #expect(try ledger.apply(Make.paid(2, monthly, "a4", reference: "a")).exceptions == [.conflictingReference])
        let wrong = PaymentBreakdown(jkk: Rupiah(10_000), jkm: Rupiah(6_799))
        #expect(try ledger.apply(Make.paid(1, monthly, "x", breakdown: wrong)).exceptions == [.breakdownMismatch])
        #expect(try ledger.rows("SELECT sum(amount)::text FROM ledger WHERE account = 1") == ["16800"])
        try ledger.audit()
    }

    @Test func unknownPayerWaitsAndPostsItself() throws {
        let ledger = try Ledger()
        let early = try ledger.apply(
            Make.paid(1, monthly, "a", second: 1), Make.paid(1, monthly, "b", on: 2, byNIK: 1, second: 2))
        #expect(early.exceptions == [.unknownPayer, .unknownPayer])
        try ledger.audit()
        let events = try ledger.apply(Make.enrolled(1))
        #expect(
            events.kinds == [
                "contribution-posted", "cover-activated", "exception-resolved", "contribution-posted",
                "exception-resolved",
            ])
        let posted = try events.first(ContributionPosted.self)
        #expect(posted.fromSuspense && posted.reference.text == "a")
        #expect(try posted.bookedOn == day(1))
        #expect(try ledger.dues(1) == ["1:16800/16800", "2:16800/16800"])
        #expect(try ledger.apply(Make.paid(1, monthly, "a")).isEmpty)
        try ledger.audit()
        // Taken back after it was posted out of suspense.
        #expect(try ledger.apply(Make.reversed(1, monthly, of: "a", "r")).kinds == ["contribution-reversed"])
        #expect(try ledger.dues(1) == ["1:16800/0", "2:16800/16800"])
        try ledger.audit()
    }

    @Test func reversals() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        try ledger.apply(Make.paid(1, monthly + 20_000, "a"))
        try ledger.apply(Make.date(2))
        #expect(try ledger.applier.work().kinds == ["credit-applied"])
        #expect(try ledger.credit(1) == 3_200)
        #expect(try ledger.apply(Make.reversed(1, 1, of: "a", "r0")).exceptions == [.reversalMismatch])
        let back = try ledger.apply(Make.reversed(1, monthly + 20_000, of: "a", "r"))
        #expect(back.kinds == ["contribution-reversed"])
        let reversed = try back.first(ContributionReversed.self)
        #expect(reversed.allocations.map(\.amount.amount) == [monthly, monthly])
        #expect(reversed.credited.amount == 3_200)
        #expect(try ledger.apply(Make.reversed(1, monthly + 20_000, of: "a", "r")).isEmpty)
        #expect(try ledger.apply(Make.reversed(1, monthly + 20_000, of: "a", "r2")).exceptions == [.reversalMismatch])
        #expect(try ledger.dues(1) == ["1:16800/0", "2:16800/0"])
        try ledger.audit()
        // Paid anew: cover has started before, so it is not told again.
        #expect(try ledger.apply(Make.paid(1, monthly, "b", on: 2)).kinds == ["contribution-posted"])
    }

    @Test func creditOfOthersFillsWhatAReversalOpens() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        try ledger.apply(Make.paid(1, monthly, "a"), Make.paid(1, 5_000, "b"))
        let back = try ledger.apply(Make.reversed(1, monthly, of: "a", "r"))
        #expect(back.kinds == ["contribution-reversed", "credit-applied"])
        #expect(try ledger.dues(1) == ["1:16800/5000"])
        #expect(try ledger.credit(1) == 0)
        try ledger.audit()
    }

    @Test func reversalBeforeItsPayment() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        let early = try Make.reversed(1, monthly, of: "a", "r")
        #expect(try ledger.apply(early).exceptions == [.reversalUnmatched])
        #expect(try ledger.apply(early).isEmpty)
        let events = try ledger.apply(Make.paid(1, monthly, "a"))
        #expect(
            events.kinds == ["contribution-posted", "cover-activated", "contribution-reversed", "exception-resolved"])
        #expect(try ledger.apply(early).isEmpty)
        #expect(try ledger.rows("SELECT reference FROM pending_reversal") == [])
        #expect(try ledger.dues(1) == ["1:16800/0"])
        try ledger.audit()
    }

    @Test func reversalOfASuspendedPayment() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.paid(1, monthly, "a"))
        #expect(try ledger.apply(Make.reversed(1, monthly, of: "a", "r")).kinds == ["exception-resolved"])
        try ledger.audit()
        #expect(try ledger.apply(Make.enrolled(1)).isEmpty)
        #expect(try ledger.dues(1) == ["1:16800/0"])
        try ledger.audit()
    }

    @Test func sweepFindsAReversalThatMissedItsPayment() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1), Make.paid(1, monthly, "a"))
        let reversal = try Make.reversed(1, monthly, of: "a", "r")
        guard case .reversal(let input) = reversal.input else { return }
        // As two workers leave it that have decided both at the same moment.
        var rows = NewRows()
        rows.add(PendingReversal(eventKey: reversal.key, time: reversal.time, reversal: input))
        _ = try ledger.connection.copy(&rows.pending)
        try ledger.apply(Make.date(1, 2))
        #expect(try ledger.applier.work().kinds == ["contribution-reversed", "exception-resolved"])
        #expect(try ledger.rows("SELECT reference FROM pending_reversal") == [])
        #expect(try ledger.dues(1) == ["1:16800/0"])
        try ledger.audit()
    }

    @Test func sweepFindsAReversalThatMissedItsGroup() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1), Make.enrolled(2))
        let members = try (1...2).map { PaymentMember(nik: try nik($0), months: 1, amount: Rupiah(monthly)) }
        let group = PaymentReceived(
            bank: .bni, reference: try PaymentReference("G"), amount: Rupiah(2 * monthly), members: members,
            bookedOn: try day(1))
        try ledger.apply(Make.event("group", .payment(try IncomingPayment(group))))
        let reversal = try Make.reversed(1, 2 * monthly, of: "G", "r")
        guard case .reversal(let input) = reversal.input else { return }
        var rows = NewRows()
        rows.add(PendingReversal(eventKey: reversal.key, time: reversal.time, reversal: input))
        _ = try ledger.connection.copy(&rows.pending)
        try ledger.apply(Make.date(1, 2))
        let told = try ledger.applier.work()
        #expect(told.kinds.filter { $0 == "contribution-reversed" }.count == 2)
        #expect(try ledger.rows("SELECT reference FROM pending_reversal") == [])
        #expect(try ledger.dues(1) == ["1:16800/0"])
        try ledger.audit()
    }

    @Test func hostilePaymentIsRefusedAloneAndChangesNothing() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        let before = try ledger.dump()
        #expect(throws: RecordFault.self) { try ledger.apply(Make.paid(1, monthly * 2, "far", on: 1_200)) }
        #expect(try ledger.dump() == before)
    }
}
