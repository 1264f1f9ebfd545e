import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

@Suite(.serialized)
struct CoverReportTests {
    private let monthly: Int64 = 8_400

    @Test func coverOfOneAndOfAll() throws {
        let bench = try JobBench()
        try bench.start(in2026(1).day(5))
        for number in 1...3 { try bench.enrol(number, first: in2026(1), occupation: .transport) }
        try bench.pay(1, 2 * monthly, on: in2026(1).day(6), months: 2)
        try bench.pay(2, 5 * monthly, on: in2026(1).day(6), months: 5)
        try bench.start(in2026(3).day(31))
        let connection = bench.ledger.connection
        let report = try #require(try CoverReport.of(.participant(kpj(1)), connection))
        #expect(report.cover == .grace)
        #expect(report.unpaidMonths == 1)
        #expect(report.months.map(\.paid) == [monthly, monthly, 0])
        #expect(report.protectedUntil == (try in2026(2).lastDay))
        #expect(report.protectedFrom == (try in2026(1).firstDay))
        #expect(report.unpaidSince == (try in2026(3)))
        #expect(report.payableUntil == (try DueDate.bpu(in2026(6))))
        #expect(report.arrears == nil)
        #expect(try CoverReport.of(.participant(kpj(9)), connection) == nil)
        #expect(
            try CoverSummary.lines(connection) == [
                .init(status: .awaited, unpaidMonths: 0, participants: 1),
                .init(status: .active, unpaidMonths: 0, participants: 1),
                .init(status: .grace, unpaidMonths: 1, participants: 1),
            ])
    }

    @Test func arrearsByClass() throws {
        let bench = try JobBench()
        #expect(try ArrearsReport.make(bench.ledger.connection, limit: 10) == nil)
        try bench.start(in2026(1).day(5))
        for (number, first) in [(11_111_111, 1), (22_222_222, 5), (33_333_333, 6), (44_444_444, 7)] {
            var data = EmployerEnrolled.sample
            data.npp = try NPP(number: Int64(number))
            data.programmes = [.jkk, .jkm]
            data.riskClass = .low
            data.firstMonth = try in2026(first)
            data.enrolledOn = try in2026(1).day(5)
            var worker = EnrolledWorker.sample
            worker.wage = Rupiah(5_000_000)
            data.workers = [worker]
            try bench.ledger.apply(Make.event("employer-\(number)", .employer(data)))
        }
        try bench.start(in2026(7).day(20))
        let last = PayerNumber.employer(try NPP(number: 44_444_444)).code
        try bench.ledger.connection.execute(
            """
            INSERT INTO fine (payer, month, amount, paid, months_late, assessed_on)
            VALUES (\(last), \(try in2026(5).index), 900, 100, 1, '2026-07-01')
            """)
        // June was due on 15 July: 6, 2 and 1 months; the last one owes a fine alone.
        let report = try #require(try ArrearsReport.make(bench.ledger.connection, limit: 10))
        #expect(
            report.classes == [
                .init(ageClass: .none, employers: 1, months: 0, amount: 0, fines: 800),
                .init(ageClass: .lancar, employers: 2, months: 3, amount: 126_000, fines: 0),
                .init(ageClass: .kurangLancar, employers: 1, months: 6, amount: 252_000, fines: 0),
            ])
        #expect(report.employers.map(\.months) == [6, 2, 1, 0])
        let some = try #require(try ArrearsReport.make(bench.ledger.connection, ageClass: .lancar, limit: 1))
        #expect(some.employers.map(\.payer.npp?.number) == [22_222_222])
        #expect(some.classes.count == 3)
        let one = try #require(
            try CoverReport.of(.employer(NPP(number: 11_111_111)), bench.ledger.connection))
        #expect(one.cover == nil)
        #expect(one.arrears == .kurangLancar)
    }
}
