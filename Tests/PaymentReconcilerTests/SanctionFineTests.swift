import Foundation
import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import PaymentReconciler

/// The sanction fine of an employer's enforcement in the books (PP 86/2013 Art. 7, 10).
@Suite struct SanctionFineTests {
    private func day(_ text: String) throws -> CivilDate { try #require(CivilDate(parsing: text)) }

    private func npp() throws -> NPP { try NPP(number: 7) }

    private func caseID(_ number: UInt64) -> UUID { UUID(number, 1) }

    private func fine(_ amount: Int64, _ number: UInt64 = 1, month: Int = 8, on: String = "2026-07-01", label: String)
        throws -> Event<ReconcilerInput>
    {
        Make.event(
            label,
            .sanction(
                SanctionFineImposed(
                    caseID: caseID(number), npp: try npp(), month: try in2026(month), amount: Rupiah(amount),
                    imposedOn: try day(on))))
    }

    private func paid(_ amount: Int64, on: String, _ label: String) throws -> Event<ReconcilerInput> {
        let data = PaymentReceived(
            bank: .bni, reference: try PaymentReference(label),
            virtualAccount: VirtualAccount(payer: .employer(try npp())), amount: Rupiah(amount), bookedOn: try day(on))
        return Make.event(label, .payment(try IncomingPayment(data)))
    }

    private func reversed(_ amount: Int64, of label: String, on: String) throws -> Event<ReconcilerInput> {
        let data = PaymentReversed(
            bank: .bni, reference: try PaymentReference("R-\(label)"), originalReference: try PaymentReference(label),
            virtualAccount: VirtualAccount(payer: .employer(try npp())), amount: Rupiah(amount), bookedOn: try day(on))
        return Make.event("R-\(label)", .reversal(IncomingReversal(data)))
    }

    /// One worker of five million: 42,000 a month; months from January are unpaid through May on 20 June.
    private func bench() throws -> JobBench {
        let bench = try JobBench()
        try bench.start(day("2026-01-05"))
        var data = EmployerEnrolled.sample
        data.npp = try npp()
        data.programmes = [.jkk, .jkm]
        data.riskClass = .low
        data.firstMonth = try in2026(1)
        data.enrolledOn = try day("2026-01-05")
        var worker = EnrolledWorker.sample
        worker.wage = Rupiah(5_000_000)
        data.workers = [worker]
        try bench.ledger.apply(Make.event("employer", .employer(data)))
        try bench.start(day("2026-06-20"))
        return bench
    }

    private func told(_ events: [PublishedEvent]) throws -> [String] {
        try events.all(ArrearsChanged.self).map {
            "\($0.unpaidMonths) \($0.amount.amount) \($0.fines.amount) \($0.sanctionFines?.amount ?? -1)"
        }
    }

    private func table(_ bench: JobBench) throws -> [String] {
        try bench.rows(
            "SELECT concat(month % 12 + 1, ':', amount, '/', paid, '/', credited) FROM sanction_fine ORDER BY month")
    }

    private func prove(_ bench: JobBench) throws {
        try bench.ledger.audit()
        let faults = try LedgerVerification.run(on: bench.ledger.connection).faults
        #expect(faults.isEmpty, "\(faults)")
    }

    /// Months first, then late fines, then the sanction fine; one word at the end that nothing is owed.
    @Test func paymentsFillMonthsThenLateFinesThenTheSanction() throws {
        let bench = try bench()
        let imposed = try bench.ledger.apply(fine(210, label: "fine"))
        #expect(try told(imposed) == ["5 210000 210 210"])
        #expect(try imposed.first(ArrearsChanged.self).sanctionCase == caseID(1))
        // The same case again, in another event.
        #expect(try told(bench.ledger.apply(fine(210, label: "again"))) == ["5 210000 210 210"])
        #expect(try table(bench) == ["8:210/0/0"])

        var words: [String] = []
        words += try told(bench.ledger.apply(paid(84_000, on: "2026-06-22", "p1")))
        // January is 4 months late and February 3: 8 % and 6 % of 42,000.
        let late = try bench.rows("SELECT sum(amount - paid)::text FROM fine")
        let first = try #require(Int64(late.joined()))
        #expect(words == ["3 126000 \(first + 210) 210"])
        words += try told(bench.ledger.apply(paid(126_000, on: "2026-06-23", "p2")))
        let all = try #require(Int64(bench.rows("SELECT sum(amount - paid)::text FROM fine").joined()))
        #expect(words.last == "0 0 \(all + 210) 210")
        // June is open, and comes before fines; it is not past due.
        words = try told(bench.ledger.apply(paid(42_000 + all, on: "2026-06-24", "p3")))
        #expect(words == ["0 0 210 210"])
        words = try told(bench.ledger.apply(paid(100, on: "2026-06-25", "p4")))
        #expect(words == ["0 0 110 110"])
        let last = try bench.ledger.apply(paid(1_110, on: "2026-06-26", "p5"))
        #expect(try told(last) == ["0 0 0 0"])
        let posted = try last.first(ContributionPosted.self)
        #expect(posted.sanctionFines?.map(\.amount) == [Rupiah(110)])
        #expect(posted.credited == Rupiah(1_000))
        #expect(try table(bench) == ["8:210/210/0"])
        #expect(try bench.rows("SELECT sum(-amount)::text FROM ledger WHERE account = 9") == ["210"])
        try prove(bench)
        // Nothing is said twice.
        #expect(try told(bench.start(day("2026-07-01"))).isEmpty)
        #expect(try told(bench.ledger.apply(paid(42_000, on: "2026-07-02", "p6"))).isEmpty)
    }

    @Test func zeroCancelsWhatIsNotPaid() throws {
        let bench = try bench()
        try bench.ledger.apply(fine(210, label: "fine"), paid(210_000, on: "2026-06-22", "p1"))
        let cancelled = try bench.ledger.apply(fine(0, label: "cancel"))
        let late = try bench.rows("SELECT sum(amount - paid)::text FROM fine").joined()
        #expect(try told(cancelled) == ["0 0 \(late) 0"])
        #expect(try table(bench) == ["8:0/0/0"])
        // Part of it paid: that stays, for it was due then.
        try bench.ledger.apply(fine(300, 2, label: "second"))
        let owed = try #require(Int64(late)) + 42_000
        try bench.ledger.apply(paid(owed + 120, on: "2026-06-23", "p2"))
        try bench.ledger.apply(fine(0, 2, label: "cancel second"))
        // Another case of the same month takes the next one.
        #expect(try table(bench) == ["8:0/0/0", "9:120/120/0"])
        #expect(
            try PayerBill.of(.employer(npp()), month: nil, connection: bench.ledger.connection)?.sanctions.isEmpty
                == true)
        try prove(bench)
    }

    /// Surplus that is there pays the fine at once; a bank that takes the payment back gets it out of there again.
    @Test func creditPaysTheFineAndIsTakenBack() throws {
        let bench = try bench()
        try bench.ledger.apply(paid(300_000, on: "2026-06-22", "p1"))
        let credit = try #require(Int64(bench.rows("SELECT credit::text FROM payer").joined()))
        #expect(credit > 1_000)
        let imposed = try bench.ledger.apply(fine(500, label: "fine"))
        #expect(try told(imposed) == ["0 0 0 0"])
        #expect(try table(bench) == ["8:500/500/500"])
        try prove(bench)
        let back = try bench.ledger.apply(reversed(300_000, of: "p1", on: "2026-06-23"))
        #expect(back.exceptions.isEmpty)
        #expect(try back.first(ContributionReversed.self).sanctionFines?.map(\.amount) == [Rupiah(500)])
        #expect(try told(back) == ["5 210000 500 500"])
        #expect(try table(bench) == ["8:500/0/0"])
        try prove(bench)
    }

    @Test func aReversalTakesTheFineBack() throws {
        let bench = try bench()
        try bench.ledger.apply(fine(210, label: "fine"), paid(210_000, on: "2026-06-22", "p1"))
        let late = try #require(Int64(bench.rows("SELECT sum(amount - paid)::text FROM fine").joined()))
        try bench.ledger.apply(paid(42_000 + late + 210, on: "2026-06-23", "p2"))
        #expect(try table(bench) == ["8:210/210/0"])
        let back = try bench.ledger.apply(reversed(42_000 + late + 210, of: "p2", on: "2026-06-24"))
        #expect(try told(back) == ["0 0 \(late + 210) 210"])
        #expect(try table(bench) == ["8:210/0/0"])
        try prove(bench)
        let bill = try #require(try PayerBill.of(.employer(npp()), month: nil, connection: bench.ledger.connection))
        #expect(bill.sanctions.map(\.outstanding) == [210])
        let report = try #require(try ArrearsReport.make(bench.ledger.connection, limit: 5))
        #expect(report.employers.map(\.fines) == [late + 210])
    }

    /// Whatever comes in whatever parts, the books agree, and the last word says what is owed.
    @Test(arguments: [UInt64(3), 86_2013])
    func anyPartsEndWithNothingOwed(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let bench = try bench()
        var words: [String] = []
        for round in 0..<40 {
            let amount = Int64.random(in: 1...30_000, using: &generator)
            let label = "p-\(round)"
            switch Int.random(in: 0..<8, using: &generator) {
            case 0:
                let imposed = try fine(
                    amount / 10, UInt64.random(in: 1...3, using: &generator), label: "fine-\(round)")
                words += try told(bench.ledger.apply(imposed))
            case 1 where round > 3:
                words += try told(bench.ledger.apply(paid(amount, on: "2026-07-01", label)))
                words += try told(bench.ledger.apply(reversed(amount, of: label, on: "2026-07-02")))
            default: words += try told(bench.ledger.apply(paid(amount, on: "2026-07-01", label)))
            }
            try bench.ledger.audit("seed \(seed), round \(round)")
        }
        words += try told(bench.ledger.apply(paid(5_000_000, on: "2026-07-03", "all")))
        #expect(words.last?.hasPrefix("0 0 0") == true)
        #expect(try told(bench.ledger.apply(paid(1_000, on: "2026-07-04", "more"))).isEmpty)
        try prove(bench)
    }
}
