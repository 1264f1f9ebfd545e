import PerisaiModels
import Postgres
import Testing
import Worker

import struct Foundation.UUID

@testable import CommissionCalculator

@Suite(.serialized) struct CloseTests {
    @Test func aRealWorkerClosesByTwoPersons() throws {
        var reader = SettingsReader(environment: [:])
        #expect(CommissionSettings(from: &reader).closing == .approved)
    }

    @Test func aMonthIsClosedByTwoPersonsOnce() throws {
        let bench = try CloseBench()
        let month = try CloseBench.month("2022-05")
        let action = CloseAction(month: month)
        let (siti, reason) = (try OperatorName("Siti"), try DeskReason("month over"))
        #expect(
            bench.refusal { _ = try bench.desk.propose(action, reason: reason, by: siti) }
                == "no business date has started yet")
        try bench.apply([bench.activated(1)] + bench.members(1...26, agent: 1, on: "2022-05-10"))
        try bench.start("2022-05-31")
        #expect(
            bench.refusal { _ = try bench.desk.propose(action, reason: reason, by: siti) }
                == "2022-05 is not over: the business date is 2022-05-31")
        // Over, and not yet the closing day of automatic closing: two persons choose the day.
        try bench.start("2022-06-01")
        #expect(bench.issued.isEmpty)
        let id = try bench.desk.propose(action, reason: reason, by: siti)
        #expect(
            bench.refusal { _ = try bench.desk.propose(action, reason: reason, by: siti) }.contains("waits already"))
        #expect(
            bench.refusal { try bench.desk.approve(id, by: OperatorName("s i t i")) }
                == DeskError.samePerson.description)
        try bench.work()
        #expect(bench.issued.isEmpty)
        #expect(try MonthOverview.all(on: bench.connection).map(\.state) == [.proposed])
        try bench.desk.approve(id, by: OperatorName("Budi"))
        try bench.work()
        #expect(bench.issued.map(\.total.rupiah.amount) == [26 * (15_000 + 5_520)])
        #expect(bench.closed.count == 1 && bench.closed.first?.approvedBy == "Budi")
        #expect(bench.closed.first?.statements == 1)
        #expect(bench.closed.first?.total.rupiah.amount == 586_872)
        #expect(
            bench.refusal { try bench.approve("2022-05") } == "2022-05 was closed on 2022-06-01")
        // Dates and work alone change nothing more.
        for date in ["2022-06-03", "2022-06-04"] { try bench.start(date) }
        #expect(bench.issued.count == 1 && bench.closed.count == 1)
    }

    @Test func aCrashBetweenChunksGoesOnAtTheCursor() throws {
        let bench = try CloseBench(chunk: 2)
        for agent in 1...5 {
            try bench.apply(
                [bench.activated(agent)] + bench.members(agent * 100...agent * 100 + 1, agent: agent, on: "2022-05-10"))
        }
        try bench.start("2022-06-02")
        try bench.connection.execute(
            """
            CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'crash'; END $$;
            CREATE TRIGGER crash BEFORE INSERT ON statement FOR EACH ROW WHEN (NEW.agent_id = 'PRS-4')
                EXECUTE FUNCTION crash();
            """)
        try bench.approve("2022-05")
        for _ in 0..<3 { #expect(bench.refusal { try bench.work() }.contains("raise_exception")) }
        // The first chunk is there, nothing of the second.
        #expect(try bench.number("SELECT count(*) FROM statement") == 2)
        #expect(try bench.number("SELECT count(*) FROM statement_mark") == 2)
        #expect(try MonthOverview.all(on: bench.connection).map(\.state) == [.closing])
        #expect(bench.refusal { try bench.approve("2022-05") } == "2022-05 is being closed")
        // Meanwhile something comes late for an agent that is done: the next close takes it.
        try bench.apply(bench.members(900...900, agent: 1, on: "2022-05-20"))
        try bench.connection.execute("DROP TRIGGER crash ON statement")
        try bench.work()
        #expect(try bench.number("SELECT count(*) FROM statement WHERE sequence = 0") == 5)
        #expect(try bench.number("SELECT count(*) FROM statement WHERE sequence > 0") == 0)
        #expect(try bench.number("SELECT sum(total)::int8 FROM statement") == 5 * 2 * 5_520)
        #expect(try bench.number("SELECT count(*) FROM touched") == 1)
        let overview = try #require(try MonthOverview.all(on: bench.connection).first)
        #expect(overview.state == .closed && overview.waiting == 1 && overview.statements == 5)
        #expect(bench.closed.map(\.statements) == [5])
    }

    /// Two closes on one business date: what the first took is not counted again.
    @Test func correctionsRideWithTheNextApprovedClose() throws {
        let bench = try CloseBench()
        try bench.apply([bench.activated(1), bench.activated(2)] + bench.members(1...24, agent: 1, on: "2022-05-10"))
        try bench.apply(bench.members(51...53, agent: 2, on: "2022-06-10"))
        try bench.start("2022-07-06")
        #expect(bench.refusal { try bench.approve("2022-06") } == "2022-05 must be closed before 2022-06")
        try bench.close("2022-05")
        #expect(bench.issued.map(\.total.rupiah.amount) == [24 * 5_520])
        // The 25th and 26th come late; nothing goes out before the next close, on the same business date.
        for member in 25...26 { try bench.apply(bench.members(member...member, agent: 1, on: "2022-05-31")) }
        try bench.work()
        #expect(bench.issued.count == 1)
        let waiting = try #require(try MonthOverview.all(on: bench.connection).first)
        #expect(waiting.state == .closed && waiting.waiting == 1 && waiting.isLate)
        try bench.close("2022-06")
        #expect(bench.issued.count == 3)
        let correction = try #require(bench.issued.first { $0.sequence == 1 })
        #expect(correction.month.description == "2022-05" && correction.newParticipants == 2)
        #expect(correction.total.rupiah.amount == 26 * 15_000 + 2 * 5_520)
        #expect(try bench.number("SELECT sum(total)::int8 FROM statement WHERE month = 2022 * 12 + 4") == 26 * 20_520)
        // Whatever is owed is what statements say, to agents and to the wadah.
        #expect(
            try Balances.of(.agent("PRS-1"), on: bench.connection)
                == [.expense: Rupiah(-533_520), .payable: Rupiah(533_520)])
        #expect(
            try bench.number("SELECT sum(wadah_share)::int8 FROM statement")
                == bench.number("SELECT amount FROM balance WHERE owner_kind = 'wadah' AND account = 'payable'"))
        #expect(bench.refusal { try bench.approve("2022-04") }.hasPrefix("2022-06 is closed already"))
    }

    /// Marks whose rows cancel out make no statement; the next one does not count them again.
    @Test func rowsThatCancelOutMakeNoStatement() throws {
        let bench = try CloseBench()
        let payment = try bench.payment(1, on: "2022-05-10")
        try bench.apply([
            bench.activated(1), bench.activated(2), bench.enrolled(1, agent: 1, on: "2022-05-09", new: false),
            .posted(payment),
        ])
        // Known later: somebody else enrolled the member again before the payment.
        try bench.apply([bench.enrolled(1, agent: 2, on: "2022-05-10", new: false)])
        try bench.start("2022-06-02")
        try bench.close("2022-05")
        #expect(bench.issued.map(\.agentID.text) == ["PRS-2"])
        try bench.apply(bench.members(2...2, agent: 1, on: "2022-05-11"))
        try bench.start("2022-07-02")
        try bench.close("2022-06")
        #expect(bench.issued.count == 2)
        #expect(bench.issued.last?.sequence == 0 && bench.issued.last?.total.rupiah.amount == 5_520)
        let document = try StatementReader.agent(
            CloseBench.agent(1), CloseBench.month("2022-05"), on: bench.connection)
        let exact = try document.issues.flatMap(\.groups).flatMap(\.details).reduce(MicroRupiah.zero) {
            try $0.adding($1.amount)
        }
        #expect(try exact.roundedHalfUp().amount == 5_520)
    }

    @Test func rowsOfUnknownAgentsWaitAndMonthsWithoutRowsAreClosedAlong() throws {
        let bench = try CloseBench()
        try bench.apply(bench.members(1...2, agent: 7, on: "2022-05-10"))
        try bench.start("2022-06-01")
        try bench.close("2022-05")
        #expect(bench.issued.isEmpty && bench.closed.map(\.statements) == [0])
        let waiting = try Provisional.of(CloseBench.month("2022-05"), on: bench.connection)
        #expect(waiting.map(\.wadah) == [nil])
        try bench.apply([bench.activated(7)])
        try bench.start("2022-09-01")
        #expect(bench.issued.isEmpty)
        try bench.close("2022-08")
        #expect(bench.issued.map(\.month.description) == ["2022-05"])
        #expect(bench.closed.map(\.month.description) == ["2022-05", "2022-06", "2022-07", "2022-08"])
        #expect(try MonthOverview.all(on: bench.connection).allSatisfy { $0.state == .closed })
    }

    /// What a correction takes back is taken from the wadah that had it, wherever the agent is now.
    @Test func correctionsGoToTheWadahOfTheFirstStatement() throws {
        let bench = try CloseBench()
        let payment = try bench.payment(1, on: "2022-05-10")
        try bench.apply([bench.activated(1), bench.enrolled(1, agent: 1, on: "2022-05-09"), .posted(payment)])
        try bench.start("2022-06-01")
        try bench.close("2022-05")
        try bench.apply([
            bench.activated(1, wadah: "W-2", on: "2022-05-20"), bench.reversal(of: payment, on: "2022-05-31"),
        ])
        try bench.start("2022-07-01")
        try bench.close("2022-06")
        #expect(bench.issued.map(\.wadahID.text) == ["W-1", "W-1"])
        #expect(try Balances.of(.wadah("W-1"), on: bench.connection).isEmpty)
    }

    @Test func monthsAreLateByTheBusinessDate() throws {
        let bench = try CloseBench()
        try bench.apply([bench.activated(1)] + bench.members(1...1, agent: 1, on: "2022-05-10"))
        for (date, state, late) in [
            ("2022-05-31", MonthState.open, false), ("2022-06-05", .over, false), ("2022-06-06", .over, true),
        ] {
            try bench.start(date)
            let one = try #require(try MonthOverview.all(on: bench.connection).first)
            #expect(one.state == state && one.isLate == late && one.due.description == "2022-06-05")
        }
        try bench.close("2022-05")
        let one = try #require(try MonthOverview.all(on: bench.connection).first)
        #expect(one.isLate && one.owed.amount == 5_520 + 552 && one.total.amount == 5_520)
    }

    /// Approved before the mode changed, or in a mode that closes by itself: both come to the same.
    @Test func automaticClosingFinishesWhatWasApproved() throws {
        let bench = try CloseBench(closing: .automatic)
        try bench.apply([bench.activated(1)] + bench.members(1...1, agent: 1, on: "2022-05-10"))
        try bench.start("2022-06-01")
        #expect(bench.issued.isEmpty)
        try bench.close("2022-05")
        #expect(bench.issued.count == 1)
        try bench.start("2022-07-03")
        #expect(try bench.number("SELECT count(*) FROM month_close WHERE closed_on IS NULL") == 0)
        #expect(bench.closed.map(\.month.description).last == "2022-06")
    }
}
