import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

@Suite(.serialized)
struct ReminderJobTests {
    private func date(_ text: String) throws -> CivilDate { try #require(CivilDate(parsing: text)) }

    private func bench(chunk: Int = 100) throws -> JobBench {
        let bench = try JobBench(chunk: chunk, reminders: ReminderRules())
        try bench.start(date("2018-01-01"))
        return bench
    }

    /// The worked example: two programmes in the lowest band, Rp16.800, due on Monday 15 January 2018.
    @Test func aParticipantIsRemindedOfTheMonth() throws {
        let bench = try bench()
        try bench.enrol(1, first: month(1))
        #expect(try bench.start(date("2018-01-09")).reminders == [])
        let events = try bench.start(date("2018-01-10"))
        let reminder = try events.first(ContributionReminded.self)
        #expect(reminder.payer == .participant(try kpj(1)))
        #expect(reminder.kind == .beforeDue)
        #expect(reminder.month == (try month(1)))
        #expect(reminder.amount == Rupiah(16_800))
        #expect(reminder.kodeIuran == KodeIuran(participant: try kpj(1)))
        #expect(try reminder.dueOn == date("2018-01-15"))
        #expect(try reminder.remindedOn == date("2018-01-10"))
        // Once a month, and of that month alone although January is unpaid too.
        #expect(try bench.start(date("2018-01-11")).reminders == [])
        #expect(
            try bench.start(date("2018-02-10")).reminders == ["participant 1 before_due 2018-02 16800 2018-02-10"])
    }

    /// T23: 15 August 2026 is a Saturday and the 17th a holiday.
    @Test func aHolidayShiftsTheReminder() throws {
        let bench = try JobBench(reminders: ReminderRules())
        try bench.start(date("2026-08-01"))
        try bench.enrol(1, first: in2026(8), occupation: .transport)
        #expect(try bench.start(date("2026-08-12")).reminders == [])
        #expect(
            try bench.start(date("2026-08-13")).reminders == ["participant 1 before_due 2026-08 8400 2026-08-13"])
    }

    /// An employer's bill for January on 5 February 2018, with its kode iuran, and a reminder on the 12th if unpaid.
    @Test func anEmployerGetsItsBillAndAReminder() throws {
        let bench = try bench()
        try bench.enrolEmployer(15_092_870, wages: [5_000_000], first: month(1))
        #expect(try bench.start(date("2018-01-31")).reminders == [])
        let bill = try bench.start(date("2018-02-05")).first(ContributionReminded.self)
        let npp = try NPP(number: 15_092_870)
        #expect(bill.payer == .employer(npp))
        #expect(bill.kind == .bill)
        #expect(bill.kodeIuran == (try KodeIuran(employer: npp, month: month(1))))
        #expect(bill.kodeIuran?.text == "180115092870")
        // JKK 0,54 % and JKM 0,30 % of 5 million.
        #expect(bill.amount == Rupiah(42_000))
        #expect(try bill.dueOn == date("2018-02-15"))
        #expect(
            try bench.start(date("2018-02-14")).reminders == ["employer 15092870 before_due 2018-01 42000 2018-02-12"])
        try bench.ledger.apply(Make.employerPaid(15_092_870, 2 * 42_000, "jan-feb", on: date("2018-02-15")))
        #expect(try bench.start(date("2018-03-20")).reminders == [])
        // Saturday 5 May: the bill goes out on the Monday.
        try bench.ledger.apply(Make.employerPaid(15_092_870, 42_000, "march", on: date("2018-04-02")))
        #expect(try bench.start(date("2018-05-06")).reminders == [])
        #expect(try bench.start(date("2018-05-07")).reminders == ["employer 15092870 bill 2018-04 42000 2018-05-07"])
    }

    @Test func paidPartlyPaidAndCredit() throws {
        let bench = try bench()
        for number in 1...4 { try bench.enrol(number, first: month(1)) }
        try bench.pay(1, 16_800, on: date("2018-01-08"))
        try bench.pay(2, 6_800, on: date("2018-01-08"))
        // Two months at once: credit settles February as it is opened.
        try bench.pay(3, 2 * 16_800, on: date("2018-01-08"))
        #expect(
            try bench.start(date("2018-01-10")).reminders == [
                "participant 2 before_due 2018-01 10000 2018-01-10",
                "participant 4 before_due 2018-01 16800 2018-01-10",
            ])
        #expect(
            try bench.start(date("2018-02-11")).reminders == [
                "participant 1 before_due 2018-02 16800 2018-02-10",
                "participant 2 before_due 2018-02 16800 2018-02-10",
                "participant 4 before_due 2018-02 16800 2018-02-10",
            ])
    }

    @Test func whoHasLeftLapsedOrClosedIsNotReminded() throws {
        let bench = try bench()
        for number in 1...4 { try bench.enrol(number, first: month(1)) }
        for number in [1, 2] { try bench.enrolEmployer(15_092_870 + number, wages: [5_000_000], first: month(1)) }
        try bench.start(date("2018-01-10"))
        let connection = bench.ledger.connection
        try connection.execute("UPDATE payer SET status = 3 WHERE payer = \(PayerNumber.participant(kpj(1)).code)")
        try connection.execute("UPDATE payer SET status = 5 WHERE payer = \(PayerNumber.participant(kpj(2)).code)")
        var left = ParticipantExited.sample
        left.kpj = try kpj(3)
        left.exitedOn = try date("2018-01-31")
        left.lastMonth = try month(1)
        try bench.ledger.apply(Make.event("left", .ended(MembershipEnd(left))))
        var closed = EmployerClosed.sample
        closed.npp = try NPP(number: 15_092_871)
        closed.lastMonth = try month(1)
        try bench.ledger.apply(Make.event("closed", .ended(MembershipEnd(closed))))
        // The month that an employer closes in is still due.
        #expect(
            try bench.start(date("2018-02-11")).reminders == [
                "employer 15092871 bill 2018-01 42000 2018-02-05", "employer 15092872 bill 2018-01 42000 2018-02-05",
                "participant 4 before_due 2018-02 16800 2018-02-10",
            ])
        #expect(try bench.start(date("2018-03-05")).reminders == ["employer 15092872 bill 2018-02 42000 2018-03-05"])
    }

    /// Reminders of due dates that a jump has passed are recorded only; those still to come go out, after the months
    /// between have been opened.
    @Test func skippedDates() throws {
        let bench = try bench()
        try bench.enrol(1, first: month(1))
        try bench.enrolEmployer(15_092_870, wages: [5_000_000], first: month(1))
        #expect(
            try bench.start(date("2018-03-13")).reminders == [
                "employer 15092870 bill 2018-02 42000 2018-03-05",
                "participant 1 before_due 2018-03 16800 2018-03-10",
                "employer 15092870 before_due 2018-02 42000 2018-03-12",
            ])
        #expect(try bench.rows("SELECT count(*)::text FROM reminder_run WHERE done") == ["12"])
        #expect(try bench.rows("SELECT count(*)::text FROM reminder_run WHERE NOT done") == ["0"])
        #expect(
            try bench.rows("SELECT concat(kind, ' ', month - 24215) FROM reminder_run WHERE reminded > 0 ORDER BY 1")
                == ["1 3", "2 2", "3 2"])
        // On the due date itself there is still a day to pay.
        #expect(
            try bench.start(date("2018-04-16")).reminders == [
                "employer 15092870 bill 2018-03 42000 2018-04-05",
                "participant 1 before_due 2018-04 16800 2018-04-11",
                "employer 15092870 before_due 2018-03 42000 2018-04-13",
            ])
    }

    @Test func aMonthThatIsNotOpenYetIsWaitedFor() throws {
        let bench = try bench(chunk: 1)
        for number in 1...3 { try bench.enrol(number, first: month(1)) }
        try bench.set(date("2018-02-12"))
        // The opening takes more chunks than are allowed: nothing is told before it is through.
        #expect(try bench.work(chunks: 3).reminders == [])
        let pending = try #require(try ReminderJob.pending(ReminderRules(), bench.ledger.connection))
        #expect(pending.slot.month <= (try month(1)))
        #expect(
            try bench.start(date("2018-02-12")).reminders
                == (1...3).map { "participant \($0) before_due 2018-02 16800 2018-02-10" })
    }

    /// The same events with the same ids whether a worker does it all, or each chunk is a payer or three and another
    /// worker goes on after each.
    @Test func anotherWorkerGoesOn() throws {
        let whole = try crowd(chunk: 1_000)
        let expected = try whole.start(date("2018-02-13"))
        #expect(try expected.reminders.count == 9 + 3 + 3)
        let parts = try crowd(chunk: 1)
        try parts.set(date("2018-02-13"))
        var ids: [String] = []
        var worker = parts
        for round in 1...200 {
            ids += try worker.work(chunks: 1 + round % 2).map(\.id)
            worker = try JobBench(after: parts, chunk: 1 + round % 3, reminders: ReminderRules())
        }
        #expect(try parts.start(date("2018-02-13")).isEmpty)
        #expect(ids.count == Set(ids).count)
        #expect(ids.sorted() == expected.map(\.id).sorted())
        let runs =
            "SELECT concat(kind, ' ', month, ' ', run_on, ' ', looked_at, ' ', reminded, ' ', done) FROM reminder_run ORDER BY 1"
        #expect(try parts.rows(runs) == whole.rows(runs))
    }

    private func crowd(chunk: Int) throws -> JobBench {
        let bench = try bench(chunk: chunk)
        for number in 1...9 { try bench.enrol(number, first: month(1)) }
        for number in 1...3 { try bench.enrolEmployer(number, wages: [5_000_000], first: month(1)) }
        return bench
    }

    @Test func offAndOnAgain() throws {
        let bench = try JobBench()
        try bench.start(date("2018-01-01"))
        try bench.enrol(1, first: month(1))
        #expect(try bench.start(date("2018-01-12")).reminders == [])
        #expect(try bench.rows("SELECT count(*)::text FROM reminder_run") == ["0"])
        let on = try JobBench(after: bench, chunk: 10, reminders: ReminderRules())
        #expect(
            try on.start(date("2018-01-12")).reminders == ["participant 1 before_due 2018-01 16800 2018-01-10"])
        // Other days in the middle of a month remind nobody twice.
        var later = ReminderRules()
        later.participantDays = 2
        let changed = try JobBench(after: bench, chunk: 10, reminders: later)
        #expect(try changed.start(date("2018-01-14")).reminders == [])
        #expect(
            try changed.start(date("2018-02-14")).reminders == ["participant 1 before_due 2018-02 16800 2018-02-13"])
    }

    @Test func progressIsTold() throws {
        let bench = try bench()
        for number in 1...3 { try bench.enrol(number, first: month(1)) }
        try bench.pay(1, 16_800, on: date("2018-01-08"))
        try bench.start(date("2018-01-10"))
        let run = try #require(try ReminderJob.progress(bench.ledger.connection).first)
        #expect(
            run
                == JobProgress(
                    job: "reminders", subject: "bpu-before-due 2018-01-10", lookedAt: 3, changed: 2, skipped: 0,
                    failed: 0, isDone: true))
        #expect(try JobProgress.all(bench.ledger.connection).contains(run))
    }

    /// However many months lie in `due`, a chunk finds its payers by the key and each one's month by its key.
    @Test func aChunkReadsByKey() throws {
        let bench = try bench()
        let connection = bench.ledger.connection
        try connection.execute(
            """
            INSERT INTO payer (payer, known) SELECT 117000000000 + n, true FROM generate_series(1, 3000) AS n;
            INSERT INTO due (payer, month, amount, paid)
            SELECT 117000000000 + n, 24216 + m, 16800, CASE WHEN n % 2 = 0 THEN 16800 ELSE 0 END
            FROM generate_series(1, 3000) AS n, generate_series(1, 12) AS m;
            ANALYZE payer; ANALYZE due; SET enable_seqscan = off
            """)
        let sql = ReminderStatements.chunk.sql
            .replacing("$1", with: "0").replacing("$2", with: "199999999999").replacing("$3", with: "1000")
            .replacing("$4", with: "24220")
        let plan = try connection.texts("EXPLAIN \(sql)").joined(separator: "\n")
        #expect(plan.contains("using due_pkey on due"), "\(plan)")
        #expect(plan.contains("using payer_pkey on payer"), "\(plan)")
        #expect(!plan.contains("Seq Scan") && !plan.contains("Hash Join") && !plan.contains("Merge Join"), "\(plan)")
    }
}

extension [PublishedEvent] {
    /// "participant 1 before_due month amount date" of each reminder.
    var reminders: [String] {
        get throws {
            try all(ContributionReminded.self).map { reminder in
                let payer =
                    reminder.payer.kpj.map { "participant \($0.serial)" }
                    ?? "employer \(reminder.payer.npp?.number ?? 0)"
                return
                    "\(payer) \(reminder.kind.rawValue) \(reminder.month) \(reminder.amount.amount) \(reminder.remindedOn)"
            }
        }
    }
}
