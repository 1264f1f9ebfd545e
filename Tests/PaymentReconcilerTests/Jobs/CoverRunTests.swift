import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

private let monthly: Int64 = 8_400  // two programmes, lowest band, transport, 2026 (PP 50/2025; domain.md T19)

@Suite(.serialized)
struct CoverRunTests {
    private func day(_ text: String) throws -> CivilDate { try #require(CivilDate(parsing: text)) }

    /// A participant who has paid January 2026 and nothing since, and one who has never paid.
    private func bench(chunk: Int = 100) throws -> JobBench {
        let bench = try JobBench(chunk: chunk)
        try bench.start(day("2026-01-01"))
        for number in 1...2 { try bench.enrol(number, first: in2026(1), occupation: .transport) }
        try bench.pay(1, monthly, on: day("2026-01-10"))
        return bench
    }

    /// T22: lapsed with more than three consecutive months unpaid.
    @Test func graceThenLapse() throws {
        let bench = try bench()
        #expect(try bench.start(day("2026-02-17")).cover == ["1 grace 1 2026-02-17"])
        let march = try bench.start(day("2026-03-20")).all(CoverChanged.self)
        #expect(march.map(\.unpaidMonths) == [2])
        #expect(march.first?.unpaidSince?.description == "2026-02")
        #expect(march.first?.protectedUntil?.description == "2026-01-31")
        #expect(try march.first?.payableUntil == DueDate.bpu(in2026(5)))
        // A date on which nothing is due tells nothing, and no date is told twice.
        #expect(try bench.start(day("2026-03-31")).isEmpty)
        #expect(try bench.start(day("2026-04-30")).cover == ["1 grace 3 2026-04-16", "2 lapsed 4 2026-04-16"])
        #expect(try bench.start(day("2026-05-15")).cover == [])
        let may = try bench.start(day("2026-05-16"))
        #expect(try may.cover == ["1 lapsed 4 2026-05-16"])
        #expect(try may.all(CoverChanged.self).first?.payableUntil == nil)
        #expect(try bench.standing(1) == "3/4")
        // No month is opened any more.
        try bench.start(day("2026-06-30"))
        #expect(try bench.monthCount(1) == "5")
        #expect(try bench.monthCount(2) == "4")
        #expect(try bench.rows("SELECT status_on::text FROM payer ORDER BY payer LIMIT 1") == ["2026-05-16"])
    }

    /// T23: August 2026 is due on the 18th, so that the 19th is the first day on which it is missing.
    @Test func augustIsCountedFromTheNineteenth() throws {
        let bench = try JobBench()
        try bench.start(day("2026-07-20"))
        try bench.enrol(1, first: in2026(7), occupation: .transport)
        try bench.pay(1, monthly, on: day("2026-07-20"))
        #expect(try bench.start(day("2026-08-18")).cover == [])
        #expect(try bench.standing(1) == "0/0")
        #expect(try bench.start(day("2026-08-19")).cover == ["1 grace 1 2026-08-19"])
    }

    @Test func aJumpOfTheClockTellsEachStep() throws {
        let bench = try bench()
        try bench.start(day("2026-01-20"))
        let jump = try bench.start(day("2026-05-25"))
        let steps = try jump.cover
        #expect(
            steps == [
                "1 grace 1 2026-02-17", "1 grace 2 2026-03-17", "1 grace 3 2026-04-16", "2 lapsed 4 2026-04-16",
                "1 lapsed 4 2026-05-16",
            ])
        // The months are opened between the runs: none after the lapse, as if every date had come.
        #expect(try bench.monthCount(1) == "5")
        #expect(try bench.monthCount(2) == "4")
        #expect(try bench.rows("SELECT count(*)::text FROM cover_run WHERE done") == ["6"])
    }

    @Test func paidInTimeOrAheadIsLeftAlone() throws {
        let bench = try bench()
        try bench.pay(2, 6 * monthly, on: day("2026-01-12"), months: 6)
        #expect(try bench.start(day("2026-03-20")).cover == ["1 grace 1 2026-02-17", "1 grace 2 2026-03-17"])
        #expect(try bench.standing(2) == "0/0")
        // Whoever is left in grace although nothing is unpaid is told so by the run.
        try bench.pay(1, 4 * monthly, on: day("2026-03-25"), months: 3)
        try bench.ledger.connection.execute(
            "UPDATE payer SET status = 2, unpaid_months = 2 WHERE payer = \(PayerNumber.participant(kpj(1)).code)")
        #expect(try bench.start(day("2026-04-20")).cover == ["1 active 0 2026-04-16"])
    }

    /// Paid in time, and heard of after the run that missed it: the clock's topic was read first.
    @Test func aPaymentThatIsHeardOfLateIsToldAtOnce() throws {
        let bench = try bench()
        #expect(try bench.start(day("2026-02-17")).cover == ["1 grace 1 2026-02-17"])
        try bench.pay(1, monthly, on: day("2026-02-10"))
        #expect(try bench.standing(1) == "0/0")
        #expect(try bench.start(day("2026-03-16")).cover == [])
    }

    @Test func whoHasLeftIsLeftAlone() throws {
        let bench = try bench()
        try bench.ledger.connection.execute("UPDATE payer SET status = 5, exit_reason = 2, last_month = 24312")
        #expect(try bench.start(day("2026-05-25")).cover == [])
        #expect(try bench.monthCount(1) == "1")
    }

    /// The same events and rows whether a worker does it all, or each chunk is one payer and another worker goes on.
    @Test func anotherWorkerGoesOn() throws {
        let whole = try crowd(chunk: 1_000)
        let expected = try whole.start(day("2026-06-20"))
        let parts = try crowd(chunk: 1)
        try parts.set(day("2026-06-20"))
        var ids: [String] = []
        var worker = parts
        for round in 1...200 {
            // A chunk or two, then another worker goes on with a connection and a size of chunks of its own.
            ids += try worker.work(chunks: 1 + round % 2).map(\.id)
            worker = try JobBench(after: parts, chunk: 1 + round % 3)
        }
        #expect(try parts.start(day("2026-06-20")).isEmpty)
        #expect(ids.count == Set(ids).count)
        #expect(ids.sorted() == expected.map(\.id).sorted())
        let figures =
            "SELECT concat(payer, ' ', status, ' ', unpaid_months, ' ', status_on, ' ', opened_through) FROM payer ORDER BY 1"
        #expect(try parts.rows(figures) == whole.rows(figures))
        let runs = "SELECT concat(run_on, ' ', looked_at, ' ', changed, ' ', done) FROM cover_run ORDER BY 1"
        #expect(try parts.rows(runs) == whole.rows(runs))
    }

    /// Nine participants who have paid so many months as their number less one, from January.
    private func crowd(chunk: Int) throws -> JobBench {
        let bench = try JobBench(chunk: chunk)
        try bench.start(day("2026-01-05"))
        for number in 1...9 {
            try bench.enrol(number, first: in2026(1), occupation: .transport)
            if number > 1 {
                try bench.pay(number, Int64(number - 1) * monthly, on: day("2026-01-06"), months: number - 1)
            }
        }
        return bench
    }

    @Test func employersGrowIntoArrears() throws {
        let bench = try JobBench()
        try bench.start(day("2026-01-05"))
        var data = EmployerEnrolled.sample
        data.programmes = [.jkk, .jkm]
        data.riskClass = .low
        data.firstMonth = try in2026(1)
        data.enrolledOn = try day("2026-01-05")
        var worker = EnrolledWorker.sample
        worker.wage = Rupiah(5_000_000)
        data.workers = [worker]
        try bench.ledger.apply(Make.event("employer", .employer(data)))
        let events = try bench.start(day("2026-06-20")).all(ArrearsChanged.self)
        // January is due on 16 February (the 15th is a Sunday), and so on.
        #expect(events.map(\.unpaidMonths) == [1, 2, 3, 4, 5])
        #expect(events.map(\.ageClass) == [.lancar, .lancar, .lancar, .kurangLancar, .kurangLancar])
        #expect(events.map(\.amount.amount) == [42_000, 84_000, 126_000, 168_000, 210_000])
        #expect(try events.allSatisfy { try $0.unpaidSince == in2026(1) })
        try bench.ledger.connection.execute("UPDATE due SET paid = amount")
        let settled = try bench.start(day("2026-07-20")).all(ArrearsChanged.self)
        #expect(settled.map { "\($0.ageClass.rawValue) \($0.unpaidMonths) \($0.amount.amount)" } == ["none 0 0"])
    }

    @Test func progressIsTold() throws {
        let bench = try bench()
        try bench.start(day("2026-02-20"))
        let runs = try CoverRun.progress(bench.ledger.connection)
        #expect(runs.first?.subject == "2026-02-17")
        #expect(runs.first.map { [$0.lookedAt, $0.changed] } == [2, 1])
        #expect(runs.allSatisfy { $0.isDone })
        let all = try JobProgress.all(bench.ledger.connection)
        #expect(all.first?.job == "month-opening")
        #expect(all.first?.subject == "2026-02")
    }
}
