import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import PaymentReconciler

private let monthly: Int64 = 16_800

/// Memberships that begin anew, and employers whose workers change.
@Suite(.serialized)
struct RenewalTests {
    private func again(
        _ number: Int, first: Int, income: Int64 = 1_000_000, returning: Bool? = true, _ label: String = "again"
    ) throws -> Event<ReconcilerInput> {
        var data = ParticipantEnrolled.sample
        data.kpj = try kpj(number)
        data.nik = try nik(number)
        data.programmes = [.jkk, .jkm]
        data.monthlyIncome = Rupiah(income)
        data.occupation = .other
        data.newlyRegistered = false
        data.returning = returning
        data.enrolledOn = try day(first)
        data.firstMonth = try month(first)
        return Make.event("\(label)-\(number)-\(first)", .participant(data))
    }

    private func exited(_ number: Int, last: Int, _ reason: ExitReason = .jhtClaim) throws -> Event<ReconcilerInput> {
        Make.event(
            "exit-\(number)-\(last)",
            .ended(
                MembershipEnd(
                    ParticipantExited(
                        kpj: try kpj(number), reason: reason, lastMonth: try month(last), exitedOn: try day(last, 20))))
        )
    }

    private func changed(_ number: Int, _ revision: Int, from: Int, wages: [Int64]) throws -> Event<ReconcilerInput> {
        Make.event(
            "changed-\(number)-\(revision)",
            .changed(
                EmployerChanged(
                    submissionID: try SubmissionID("c-\(revision)"), npp: try NPP(number: Int64(number)), joined: [],
                    left: [], size: .micro, riskClass: .low, programmes: [.jkk, .jkm],
                    wages: wages.map { Rupiah($0) }, monthlyContribution: .zero, lateReport: false,
                    fromMonth: try month(from), changedOn: try day(from), revision: revision)))
    }

    /// The open note of an earlier issue: an exit was kept when its member enrolled again.
    @Test func aReturnAfterAnExitOpensNothingBetween() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1, on: 2))
        try ledger.apply(Make.paid(1, 3 * monthly, "a", on: 2, byNIK: 3))
        // Month 3 was paid ahead and is no longer due.
        #expect(try ledger.apply(exited(1, last: 2)).kinds.contains("contribution-released"))
        #expect(try ledger.credit(1) == monthly)
        for number in 3...6 {
            try ledger.apply(Make.date(number))
            _ = try ledger.applier.work()
        }
        #expect(try ledger.dues(1) == ["1:16800/16800", "2:16800/16800", "3:0/0"])
        let back = try ledger.apply(again(1, first: 6))
        #expect(back.kinds == ["credit-applied", "cover-activated", "cover-changed"])
        #expect(try back.first(CoverChanged.self).status == .awaited)
        #expect(try ledger.dues(1) == ["1:16800/16800", "2:16800/16800", "3:0/0", "6:16800/16800"])
        #expect(try ledger.credit(1) == 0)
        #expect(try ledger.rows("SELECT concat(last_month, exit_reason, ' ', status) FROM payer") == [" 0"])
        // Months go on as for anyone, and no payment is an exception any more.
        try ledger.apply(Make.date(7))
        _ = try ledger.applier.work()
        #expect(try ledger.dues(1).last == "7:16800/0")
        let paid = try ledger.apply(Make.paid(1, monthly + 5, "b", on: 7))
        #expect(paid.exceptions == [])
        try ledger.audit()
    }

    @Test func aReturnAfterALapseCollectsNoArrears() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.enrolled(1))
        try ledger.apply(Make.paid(1, monthly + 6_800, "a"))
        for number in 2...8 {
            try ledger.apply(Make.date(number, 20))
            for _ in 0..<20 { _ = try ledger.applier.work() }
        }
        #expect(try ledger.rows("SELECT status::text FROM payer") == ["3"])
        #expect(try ledger.apply(again(1, first: 8, income: 2_700_000)).kinds == ["cover-changed"])
        // What was paid of month 2 stays with it; the rest of 2 to 5 is not collected.
        #expect(try ledger.dues(1) == ["1:16800/16800", "2:6800/6800", "3:0/0", "4:0/0", "5:0/0", "8:36300/0"])
        let paid = try ledger.apply(Make.paid(1, 36_300, "b", on: 8))
        #expect(paid.kinds == ["contribution-posted", "cover-activated"])
        // A change of rates leaves the earlier membership's months as they were.
        let request = try RepricingJob.request(
            id: EventKey.of(source: "/test", id: "r"), from: month(1), by: "tests", at: .earliest, ledger.connection)
        #expect(request)
        for _ in 0..<3 { _ = try ledger.applier.work() }
        #expect(try ledger.dues(1).first == "1:16800/16800")
        try ledger.audit()
    }

    /// Two workers of intake publish each for itself: the exit, and the enrolment that follows it, in both orders.
    @Test func exitAndReturnComeInAnyOrder() throws {
        let events = [try exited(1, last: 3), try again(1, first: 6), try Make.paid(1, 3 * monthly, "b", on: 6)]
        var figures: Set<[String]> = []
        for order in [[0, 1, 2], [1, 0, 2], [1, 2, 0]] {
            let ledger = try Ledger()
            try ledger.apply(Make.enrolled(1, on: 5))
            try ledger.apply(Make.paid(1, 2 * monthly, "a", on: 2))
            for index in order { try ledger.apply(events[index]) }
            try ledger.apply(Make.date(8))
            while try !ledger.applier.work().isEmpty {}
            try ledger.audit("\(order)")
            figures.insert(
                try ledger.rows("SELECT concat(month - 24215, ':', amount, '/', paid) FROM due ORDER BY month")
                    + ledger.rows("SELECT concat(credit, ' ', last_month, ' ', status) FROM payer"))
        }
        #expect(figures.count == 1)
    }

    @Test func anEmployersMonthsFollowItsWorkers() throws {
        let ledger = try Ledger()
        try ledger.apply(Make.employer(11, wages: [5_000_000, 5_000_000]))
        try ledger.apply(Make.date(3))
        _ = try ledger.applier.work()
        try ledger.apply(Make.employerPaid(11, 3 * 84_000, "a", on: day(3)))
        // One leaves from month 2: what was paid beyond is credit.
        let less = try ledger.apply(changed(11, 1, from: 2, wages: [5_000_000]))
        #expect(less.kinds == ["contribution-released"])
        let amounts = "SELECT concat(month - 24215, ':', amount, '/', paid) FROM due ORDER BY month"
        #expect(try ledger.rows(amounts) == ["1:84000/84000", "2:42000/42000", "3:42000/42000"])
        #expect(try ledger.rows("SELECT credit::text FROM payer") == ["84000"])
        // Two join from month 3: the credit pays what is due now.
        let more = try ledger.apply(changed(11, 2, from: 3, wages: [5_000_000, 5_000_000, 5_000_000]))
        #expect(more.kinds == ["credit-applied"])
        #expect(try ledger.rows(amounts).last == "3:126000/126000")
        // A month that the clock has not opened has the terms of its own.
        try ledger.apply(changed(11, 3, from: 5, wages: [10_000_000]))
        #expect(try ledger.rows(amounts).last == "4:126000/0")
        try ledger.apply(Make.date(5))
        _ = try ledger.applier.work()
        #expect(try ledger.rows(amounts).last == "5:84000/0")
        try ledger.audit()
    }

    /// Whatever the order in which the enrolment and two changes come.
    @Test func changesComeInAnyOrder() throws {
        let events = [
            try Make.employer(11, wages: [5_000_000]), try changed(11, 1, from: 2, wages: [5_000_000, 5_000_000]),
            try changed(11, 2, from: 4, wages: [8_000_000]),
        ]
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 0, 1]] {
            let ledger = try Ledger()
            try ledger.apply(Make.date(5))
            for index in order { try ledger.apply(events[index]) }
            _ = try ledger.applier.work()
            #expect(
                try ledger.rows("SELECT concat(month - 24215, ':', amount) FROM due ORDER BY month")
                    == ["1:42000", "2:84000", "3:84000", "4:67200", "5:67200"],
                "\(order)")
            try ledger.audit("\(order)")
        }
    }

    /// Ends, returns, changes, payments and months in any order: the books balance all along.
    @Test func theBooksBalanceWhateverComes() throws {
        var generator = SeededGenerator("renewals")
        for _ in 0..<6 {
            let ledger = try Ledger()
            var clock = 1
            for step in 0..<60 {
                let number = Int.random(in: 1...3, using: &generator)
                let around = max(1, clock + Int.random(in: -2...1, using: &generator))
                let event: Event<ReconcilerInput>
                switch Int.random(in: 0..<9, using: &generator) {
                case 0: event = try again(number, first: around, returning: nil, "first \(step)")
                case 1:
                    let income: Int64 = step % 2 == 0 ? 1_000_000 : 2_700_000
                    event = try again(number, first: around, income: income, "again \(step)")
                case 2: event = try exited(number, last: around, step % 5 == 0 ? .death : .jhtClaim)
                case 3: event = try Make.employer(11, wages: [5_000_000], first: around)
                case 4:
                    let wages = [Int64](repeating: 5_000_000, count: Int.random(in: 0...3, using: &generator))
                    event = try changed(11, step + 1, from: around, wages: wages)
                case 5: event = try Make.employerPaid(11, 84_000, "e-\(step)", on: day(around))
                case 6, 7:
                    let amount: Int64 = [16_800, 36_300, 33_600, 10_000][step % 4]
                    event = try Make.paid(number, amount, "p-\(step)", on: around, byNIK: step % 3 == 0 ? 2 : nil)
                default:
                    clock += 1
                    event = try Make.date(clock, 20)
                }
                try ledger.apply(event)
                if step % 4 == 0 { while try !ledger.applier.work().isEmpty {} }
            }
            try ledger.audit()
        }
    }
}
