import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

private let full: Int64 = 16_800  // two programmes, lowest band
private let half: Int64 = 8_400  // from April to December 2026 (PP 50/2025; domain.md 2.5)

@Suite(.serialized)
struct RepricingTests {
    private func account(through last: Int, paidThrough paid: Int, occupation: OccupationGroup = .other) throws
        -> PayerAccount
    {
        var account = PayerAccount(payer: .participant(try kpj(1)))
        account.isLocked = true
        account.enrol(
            .participant(income: Rupiah(1_000_000), programmes: .basic, occupation: occupation),
            firstMonth: try in2026(1))
        for number in 1...last {
            account.dues.append(
                Due(
                    month: try in2026(number), amount: full, paid: number <= paid ? full : 0,
                    cover: number > 1 ? .laterMonth : paid > 0 ? .started : .awaited))
        }
        account.openedThrough = try in2026(last)
        return account
    }

    private func figures(_ account: PayerAccount) -> [String] {
        account.dues.map { "\($0.month.month) \($0.amount)/\($0.paid)/\($0.credited)" }
    }

    /// Paid from January to June at the full rate; cut by half from April: three halves go to July, August, September.
    @Test func surplusOfMonthsPaidFillsTheNext() throws {
        var account = try account(through: 9, paidThrough: 6)
        let repriced = try account.reprice(from: in2026(1), on: in2026(9).firstDay)
        #expect(
            figures(account) == [
                "1 16800/16800/0", "2 16800/16800/0", "3 16800/16800/0", "4 8400/8400/0", "5 8400/8400/0",
                "6 8400/8400/0", "7 8400/8400/8400", "8 8400/8400/8400", "9 8400/8400/8400",
            ])
        #expect(repriced.released.map(\.amount) == [half, half, half])
        #expect(repriced.released.map(\.month.month) == [4, 5, 6])
        #expect(repriced.creditApplied?.parts.map(\.month.month) == [7, 8, 9])
        #expect(account.changes.map(\.month.month) == [4, 5, 6, 7, 8, 9])
        #expect(account.credit == 0)
        // Again: nothing differs.
        account.changes = []
        #expect(try !account.reprice(from: in2026(1), on: in2026(9).firstDay).hasChanged)
        #expect(account.changes.isEmpty)
    }

    @Test func whatNoMonthTakesStaysCredit() throws {
        var account = try account(through: 7, paidThrough: 6)
        _ = try account.reprice(from: in2026(4), on: in2026(7).firstDay)
        #expect(account.credit == 2 * half)
        let later = try account.open(through: in2026(9))
        #expect(later.map { $0.parts.first?.amount } == [half, half])
        #expect(account.credit == 0)
        #expect(account.dues.allSatisfy { $0.outstanding == 0 })
    }

    @Test func monthsBeforeAreLeftAlone() throws {
        var account = try account(through: 9, paidThrough: 6)
        let repriced = try account.reprice(from: in2026(7), on: in2026(7).firstDay)
        #expect(repriced.released.isEmpty)
        #expect(account.dues[3].amount == full)
        #expect(account.dues[6].amount == half)
        #expect(account.credit == 0)
    }

    /// A first month that was paid in part is settled by its lower amount: cover starts.
    @Test func lowerAmountMaySettleAMonth() throws {
        var account = try account(through: 1, paidThrough: 0, occupation: .transport)
        account.dues[0].paid = 10_000
        let repriced = try account.reprice(from: in2026(1), on: in2026(1).firstDay)
        #expect(try repriced.coverStarted == in2026(1))
        #expect(account.credit == 1_600)
    }

    @Test func higherAmountsAreDueAgain() throws {
        var account = try account(through: 4, paidThrough: 4)
        _ = try account.reprice(from: in2026(1), on: in2026(4).firstDay)
        #expect(account.credit == half)
        // One income band more, from April: JKK 1 % of the band's base and JKM 6,800, half of both.
        account.terms = .participant(income: Rupiah(2_700_000), programmes: .basic, occupation: .other)
        _ = try account.reprice(from: in2026(4), on: in2026(4).firstDay)
        let due = try #require(account.dues.last)
        #expect(due.amount == 18_150)  // half of 36,300 (T18)
        #expect(due.outstanding == 18_150 - full)
        #expect(due.credited == half)
        #expect(account.credit == 0)
        #expect(account.dues[2].amount == full)
    }

    @Test func waivedArrearsStayWaived() throws {
        var account = try account(through: 5, paidThrough: 0)
        for index in account.dues.indices { account.waive(index, .lapse, on: try in2026(6).firstDay) }
        account.changes = []
        #expect(try !account.reprice(from: in2026(1), on: in2026(6).firstDay).hasChanged)
    }

    /// The job: in chunks of one, another worker in between; rows, ledger and events agree.
    @Test func theJobCarriesTheCutIntoStoredMonths() throws {
        let bench = try JobBench(chunk: 1)
        try bench.start(in2026(1).day(5))
        for number in 1...4 { try bench.enrol(number, first: in2026(1)) }
        try bench.pay(1, 3 * full + 3 * half, on: in2026(1).day(6), months: 6)
        try bench.pay(2, full, on: in2026(1).day(7))
        try bench.start(in2026(2).day(1))
        // As if April to June had been opened, and paid, before the cut was known.
        let first = PayerNumber.participant(try kpj(1)).code
        let april = try in2026(4).index
        try bench.ledger.connection.execute(
            """
            UPDATE due SET amount = \(full), paid = \(full) WHERE payer = \(first) AND month >= \(april);
            UPDATE ledger SET amount = -\(full) WHERE payer = \(first) AND month >= \(april);
            UPDATE ledger SET amount = \(6 * full) WHERE payer = \(first) AND account = 1;
            UPDATE payment SET amount = \(6 * full) WHERE payer = \(first);
            UPDATE payer SET status = 3 WHERE payer = \(PayerNumber.participant(try kpj(4)).code)
            """)
        let time = try #require(Instant(in2026(2).day(1), secondsFromMidnight: 0, in: .wib))
        let id = EventKey.of(source: "test", id: "repricing")
        #expect(
            try RepricingJob.request(id: id, from: in2026(1), by: "ani", at: time, bench.ledger.connection))
        #expect(
            try !RepricingJob.request(
                id: EventKey.of(source: "test", id: "again"), from: in2026(1), by: "ani", at: time,
                bench.ledger.connection))
        #expect(throws: RepricingFault.self) {
            try RepricingJob.request(id: id, from: in2026(1), by: "a", at: time, bench.ledger.connection)
        }
        var events = try bench.work(chunks: 2)
        events += try JobBench(after: bench, chunk: 1).work(chunks: 100)
        #expect(try bench.ledger.dues(1, from: in2026(4)) == ["8400/8400", "8400/8400", "8400/8400"])
        #expect(try bench.ledger.credit(1) == 3 * half)
        #expect(events.kinds == ["contribution-released"])
        #expect(
            try bench.rows(
                "SELECT concat(month - \(april), ' ', reason, ' ', before, ' ', after) FROM due_change ORDER BY 1")
                == ["0 3 16800 8400", "1 3 16800 8400", "2 3 16800 8400"])
        let done = try #require(try RepricingJob.progress(bench.ledger.connection).first)
        #expect([done.lookedAt, done.changed, done.skipped, done.failed] == [4, 1, 1, 0])
        #expect(done.isDone)
        try bench.ledger.audit()
        // The surplus pays the next three months as they open.
        let july = try bench.start(in2026(7).day(1)).all(CreditApplied.self)
        #expect(july.map { $0.allocations.first?.month.description } == ["2026-07"])
        #expect(try bench.ledger.credit(1) == 2 * half)
        try bench.ledger.audit()
    }
}

extension Ledger {
    /// "amount/paid" of a participant's dues from a month on.
    func dues(_ number: Int, from month: ContributionMonth) throws -> [String] {
        try rows(
            """
            SELECT concat(amount, '/', paid) FROM due
            WHERE payer = \(PayerNumber.participant(try kpj(number)).code) AND month >= \(month.index) ORDER BY month
            """)
    }
}
