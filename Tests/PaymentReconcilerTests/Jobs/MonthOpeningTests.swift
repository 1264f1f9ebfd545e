import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

@Suite(.serialized)
struct MonthOpeningTests {
    @Test func nothingIsOpenedForWhoHasEnded() throws {
        let bench = try JobBench(chunk: 2)
        try bench.start(in2026(1).day(1))
        for number in 1...5 { try bench.enrol(number, first: in2026(1), occupation: .transport) }
        try bench.ledger.connection.execute(
            """
            UPDATE payer SET status = 3 WHERE payer = \(PayerNumber.participant(try kpj(1)).code);
            UPDATE payer SET status = 5 WHERE payer = \(PayerNumber.participant(try kpj(2)).code);
            UPDATE payer SET last_month = \(try in2026(2).index) WHERE payer = \(PayerNumber.participant(try kpj(3)).code)
            """)
        try bench.start(in2026(3).day(1))
        #expect(try (1...5).map { try bench.monthCount($0) } == ["1", "1", "2", "3", "3"])
        let progress = try MonthOpeningJob.progress(bench.ledger.connection)
        #expect(progress.map(\.subject) == ["2026-03", "2026-02", "2026-01"])
        #expect(progress.map(\.lookedAt) == [2, 3, 0])
        #expect(progress.allSatisfy { $0.isDone && $0.failed == 0 })
    }

    /// A payer whose month cannot be computed is counted, the others go on, and the next month tries again.
    @Test func whoCannotBeServedIsCounted() throws {
        let bench = try JobBench(chunk: 1)
        try bench.start(in2026(1).day(1))
        for number in 1...3 { try bench.enrol(number, first: in2026(1), occupation: .transport) }
        let second = PayerNumber.participant(try kpj(2)).code
        // JKK alone: no contribution can be computed (domain.md 2.1).
        try bench.ledger.connection.execute("UPDATE payer SET programmes = 1 WHERE payer = \(second)")
        try bench.start(in2026(2).day(1))
        #expect(try (1...3).map { try bench.monthCount($0) } == ["2", "1", "2"])
        #expect(
            try MonthOpeningJob.progress(bench.ledger.connection).first.map { [$0.lookedAt, $0.failed] } == [3, 1])
        try bench.ledger.connection.execute("UPDATE payer SET programmes = 3 WHERE payer = \(second)")
        try bench.start(in2026(3).day(1))
        #expect(try (1...3).map { try bench.monthCount($0) } == ["3", "3", "3"])
        #expect(try MonthOpeningJob.progress(bench.ledger.connection).first?.failed == 0)
    }
}
