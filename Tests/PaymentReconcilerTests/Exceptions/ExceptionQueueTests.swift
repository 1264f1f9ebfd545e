import PerisaiModels
import Postgres
import Testing
import Worker

@testable import PaymentReconciler

@Suite(.serialized) struct ExceptionQueueTests {
    private func filled() throws -> Queue {
        let queue = try Queue()
        try queue.open(.unknownPayer, on: "2018-06-01", "a", amount: 10_000)
        let b = try queue.open(.unknownPayer, on: "2018-06-20", "b", amount: 20_000)
        try queue.open(.ambiguous, on: "2018-06-21", "c", amount: 30_000)
        try queue.open(.creditLeft, on: "2018-06-02", "d", amount: 40_000)
        try queue.connection.execute(
            """
            UPDATE exception_case SET resolution = 'refunded', resolved_on = '2018-06-05' WHERE code = 'CREDIT_LEFT';
            UPDATE business_date SET started_on = '2018-06-22'
            """)
        try queue.desk.assign(b, to: person("Budi"), by: person("Siti"))
        return queue
    }

    @Test func listsWithAgesAndFilters() throws {
        let queue = try filled()
        let today = try ExceptionQueue.today(on: queue.connection)
        #expect(try today == date("2018-06-22"))
        func list(_ change: (inout ExceptionQueue.Filter) -> Void = { _ in }, limit: Int = 100) throws -> [Int64] {
            var filter = ExceptionQueue.Filter()
            change(&filter)
            let items = try ExceptionQueue.open(filter, today: today, limit: limit, on: queue.connection)
            return items.map(\.amount.amount)
        }
        #expect(try list() == [10_000, 20_000, 30_000], "by deadline")
        #expect(try list(limit: 1) == [10_000])
        #expect(try list { $0.overdue = true } == [10_000])
        #expect(try list { $0.owner = "BUDI" } == [20_000])
        #expect(try list { $0.code = .ambiguous } == [30_000])
        #expect(try list { $0.olderThanDays = 1 } == [10_000, 20_000])
        #expect(try list { $0.olderThanDays = 2 } == [10_000])
        let items = try ExceptionQueue.open(.init(), today: today, limit: 9, on: queue.connection)
        #expect(items.map { $0.days(on: today) } == [21, 2, 1])
        // 4 to 8, 11 to 14 and 18 to 22 June 2018 are worked.
        #expect(items.map { $0.workingDays(on: today) } == [14, 2, 1])
    }

    @Test func sumsByCode() throws {
        let queue = try filled()
        let today = try date("2018-06-22")
        let sums = try ExceptionQueue.sums(.init(), today: today, on: queue.connection)
        #expect(
            try sums == [
                .init(code: .unknownPayer, count: 2, amount: Rupiah(30_000), overdue: 1, oldest: date("2018-06-01")),
                .init(code: .ambiguous, count: 1, amount: Rupiah(30_000), overdue: 0, oldest: date("2018-06-21")),
            ])
    }

    @Test func findsByTheBeginning() throws {
        let queue = try Queue()
        let id = try queue.open(.unknownPayer, on: "2018-06-01", "a")
        // Two codes of one event begin alike.
        try queue.open(.ambiguous, on: "2018-06-01", "a")
        let other = try queue.open(.ambiguous, on: "2018-06-01", "b")
        #expect(
            try ExceptionQueue.caseID(IdentifierPrefix(String(other.text.prefix(8))), on: queue.connection) == other)
        #expect(try ExceptionQueue.caseID(IdentifierPrefix(id.text.uppercased()), on: queue.connection) == id)
        let several = refusal {
            _ = try ExceptionQueue.caseID(IdentifierPrefix(String(id.text.prefix(8))), on: queue.connection)
        }
        #expect(several.hasPrefix("several exceptions begin with"))
        #expect(
            refusal { _ = try ExceptionQueue.caseID(IdentifierPrefix("00000000"), on: queue.connection) }
                == "no exception begins with 00000000")
    }

    @Test func theStoryShowsAllAndMasksTheNIK() throws {
        let queue = try Queue()
        let payment = try queue.payment("5171010101900001")
        let id = try queue.open(.unknownPayer, on: "2018-06-14", payment: payment)
        try queue.desk.assign(id, to: person("Budi"), by: person("Siti"))
        let proposal = try queue.desk.propose(
            .refund, for: .exception(id), reason: DeskReason("payer asked"), by: person("Budi"))
        try queue.desk.reject(proposal, by: person("Siti"), reason: DeskReason("not yet"))
        try queue.begin("2018-06-21")
        let story = try ExceptionStory(id, on: queue.connection)
        #expect(story.sections.map(\.title) == ["Payment", "Suspense", "Proposals", "Assigned", "Escalated"])
        let texts = story.sections.flatMap(\.rows).joined().joined(separator: " ")
        #expect(!texts.contains("5171010101900001"))
        #expect(texts.contains("5171**********01"))
        #expect(texts.contains("rejected by Siti: not yet"))
        #expect(refusal { _ = try ExceptionStory(payment, on: queue.connection) }.hasPrefix("there is no exception"))
    }
}
