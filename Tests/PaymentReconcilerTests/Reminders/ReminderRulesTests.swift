import PerisaiModels
import Testing
import Worker

@testable import PaymentReconciler

struct ReminderRulesTests {
    private func slot(_ run: ReminderRun, _ month: String, _ rules: ReminderRules = ReminderRules()) throws -> String {
        let month = try #require(ContributionMonth(parsing: month))
        let slot = try #require(rules.slot(run, month))
        return "\(slot.remindOn) due \(slot.dueOn)"
    }

    /// BPU: days before the 15th of the month itself, or of the next working day (T23: August 2026 is due on the 18th).
    @Test func participantsSomeDaysBeforeTheDueDate() throws {
        #expect(try slot(.participants, "2018-01") == "2018-01-10 due 2018-01-15")
        #expect(try slot(.participants, "2026-08") == "2026-08-13 due 2026-08-18")
        var rules = ReminderRules()
        rules.participantDays = 14
        #expect(try slot(.participants, "2018-01", rules) == "2018-01-01 due 2018-01-15")
        // PP 49/2020: the 30th, or the working day before.
        #expect(try slot(.participants, "2020-08") == "2020-08-23 due 2020-08-28")
    }

    /// PU: the kode iuran goes out between the 5th and the 7th (S68).
    @Test func billsFromTheFifthToTheSeventh() throws {
        // 5 February 2018 is a Monday; 5 May 2018 a Saturday; 5 August 2018 a Sunday.
        #expect(try slot(.bills, "2018-01") == "2018-02-05 due 2018-02-15")
        #expect(try slot(.bills, "2018-04") == "2018-05-07 due 2018-05-15")
        #expect(try slot(.bills, "2018-07") == "2018-08-06 due 2018-08-15")
        var rules = ReminderRules()
        rules.billDay = 6
        // Saturday the 6th: the Monday is the 8th, too late; on Sunday the 7th nobody is written to.
        #expect(try slot(.bills, "2018-09", rules) == "2018-10-06 due 2018-10-15")
        rules.billDay = 7
        #expect(try slot(.bills, "2018-09", rules) == "2018-10-06 due 2018-10-15")
        #expect(try slot(.bills, "2018-01", rules) == "2018-02-07 due 2018-02-15")
    }

    @Test func employersOnceMoreBeforeTheDueDate() throws {
        #expect(try slot(.employers, "2018-01") == "2018-02-12 due 2018-02-15")
        #expect(try slot(.employers, "2026-01") == "2026-02-13 due 2026-02-16")
    }

    /// In every month of thirty years: in time, the bill from the 5th to the 7th, and each reminder in its month.
    @Test func everyMonthHasItsDays() throws {
        for days in [(1, 5, 1), (5, 5, 3), (14, 7, 7)] {
            let rules = ReminderRules(isOn: true, participantDays: days.0, billDay: days.1, employerDays: days.2)
            for number in 0..<360 {
                let month = try #require(ContributionMonth(parsing: "2015-07")).advanced(by: number)
                let own = try #require(rules.slot(.participants, month))
                #expect(own.remindOn < own.dueOn && own.remindOn.contributionMonth == month)
                let bill = try #require(rules.slot(.bills, month))
                #expect(bill.remindOn >= month.next.day(5) && bill.remindOn <= month.next.day(7))
                let again = try #require(rules.slot(.employers, month))
                #expect(bill.remindOn < again.remindOn && again.remindOn < again.dueOn)
            }
        }
    }

    @Test func theOldestComesFirst() throws {
        let rules = ReminderRules()
        let january = try #require(ContributionMonth(parsing: "2018-01"))
        let start = try #require(CivilDate(parsing: "2018-01-01"))
        // Without a run before it each kind begins with its newest.
        #expect(rules.next(after: [:], through: start)?.remindOn.description == "2017-12-05")
        let last: [ReminderRun: ContributionMonth] = [
            .participants: january, .bills: january.previous, .employers: january.previous,
        ]
        let next = { (date: String) throws in
            rules.next(after: last, through: try #require(CivilDate(parsing: date))).map {
                "\($0.run.name) \($0.month)"
            }
        }
        #expect(try next("2018-02-04") == nil)
        #expect(try next("2018-02-05") == "pu-bill 2018-01")
        #expect(try next("2018-04-30") == "pu-bill 2018-01")
        let early = try #require(ContributionMonth(parsing: "2015-06"))
        #expect(rules.slot(.participants, early) == nil)
        #expect(rules.next(after: [:], through: early.firstDay) == nil)
    }

    @Test func settingsAreReadAndBounded() throws {
        var reader = SettingsReader(
            environment: [
                "PERISAI_REMINDERS": "off", "PERISAI_REMINDER_BPU_DAYS": "7", "PERISAI_REMINDER_BILL_DAY": "6",
                "PERISAI_REMINDER_PU_DAYS": "2",
            ])
        let rules = ReconcilerSettings(from: &reader).reminders
        #expect(rules == ReminderRules(isOn: false, participantDays: 7, billDay: 6, employerDays: 2))
        #expect(throws: Never.self) { try reader.finish() }
        var faulty = SettingsReader(
            environment: [
                "PERISAI_REMINDER_BPU_DAYS": "15", "PERISAI_REMINDER_BILL_DAY": "8", "PERISAI_REMINDER_PU_DAYS": "0",
            ])
        _ = ReconcilerSettings(from: &faulty)
        let error = #expect(throws: SettingsError.self) { try faulty.finish() }
        #expect(error?.faults.count == 3)
    }
}
