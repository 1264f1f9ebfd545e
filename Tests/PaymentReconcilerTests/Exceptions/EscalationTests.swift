import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

@Suite(.serialized) struct EscalationTests {
    @Test func aCaseRisesLevelByLevel() throws {
        let queue = try Queue()
        let id = try queue.open(.unknownPayer, on: "2018-06-14")
        // The deadline itself is in time.
        #expect(try queue.begin("2018-06-20").isEmpty)
        let first = try queue.begin("2018-06-21")
        #expect(first.kinds == ["exception-escalated"])
        let event = try first.first(ExceptionEscalated.self)
        #expect(event.exceptionID == id)
        #expect(event.level == 1)
        #expect(try event.deadline == date("2018-06-26"))
        #expect(try event.openedOn == date("2018-06-14"))
        #expect(try event.escalatedOn == date("2018-06-21"))
        #expect(try queue.begin("2018-06-21").isEmpty, "once for a level")
        // 27 June 2018 was a holiday; the date is past the deadline all the same.
        #expect(try queue.begin("2018-06-27").first(ExceptionEscalated.self).deadline == date("2018-07-02"))
        #expect(try queue.begin("2018-07-03").first(ExceptionEscalated.self).level == 3)
        #expect(try queue.begin("2018-08-01").isEmpty, "nothing above the head office")
        #expect(
            try queue.texts(
                "SELECT concat(level, ' ', escalated_on, ' ', missed) FROM exception_escalation ORDER BY level")
                == ["1 2018-06-21 2018-06-20", "2 2018-06-27 2018-06-26", "3 2018-07-03 2018-07-02"])
        let item = try #require(
            try ExceptionQueue.open(.init(), today: date("2018-08-01"), limit: 10, on: queue.connection).first)
        #expect(item.level == .headOffice)
        #expect(item.isOverdue(on: try date("2018-08-01")))
    }

    /// A date that comes late makes one step, not several at once.
    @Test func aLongPauseIsOneStep() throws {
        let queue = try Queue()
        try queue.open(.unknownPayer, on: "2018-06-14")
        #expect(try queue.begin("2018-12-03").first(ExceptionEscalated.self).level == 1)
        #expect(try queue.begin("2018-12-04").isEmpty)
    }

    @Test func settledCasesStay() throws {
        let queue = try Queue()
        try queue.open(.unknownPayer, on: "2018-06-14")
        try queue.connection.execute("UPDATE exception_case SET resolution = 'posted', resolved_on = '2018-06-19'")
        #expect(try queue.begin("2018-12-03").isEmpty)
    }

    /// More than one chunk; the same ids wherever it runs.
    @Test func manyAtOnce() throws {
        let ids = try (0..<2).map { _ in
            let queue = try Queue()
            let count = EscalationJob.chunk * 2 + 17
            try queue.connection.execute(
                """
                INSERT INTO exception_case
                    (exception_id, event_key, code, payment_id, amount, bank, reference, opened_on, deadline)
                SELECT md5(n::text)::uuid, md5(n::text)::uuid, 'AMBIGUOUS', md5(n::text)::uuid, n, 9, 'R' || n,
                    '2018-06-14', '2018-06-20' FROM generate_series(1, \(count)) AS n
                """)
            let events = try queue.begin("2018-06-21")
            #expect(events.count == count)
            #expect(
                try queue.texts("SELECT DISTINCT concat(level, ' ', deadline) FROM exception_case") == ["1 2018-06-26"])
            return events.map(\.id).sorted()
        }
        #expect(ids[0] == ids[1])
        #expect(Set(ids[0]).count == ids[0].count)
    }

    @Test func nothingBeforeTheFirstDate() throws {
        let queue = try Queue()
        try queue.open(.ambiguous, on: "2018-06-14")
        #expect(try queue.applier.work().isEmpty)
    }
}
