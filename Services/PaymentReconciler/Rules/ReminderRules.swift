import PerisaiModels

/// Whom a run of reminders is for, and which day of the month it stands for.
enum ReminderRun: Int16, CaseIterable, Sendable {
    /// Participants, some days before the 15th of the contribution month.
    case participants = 1
    /// Employers' bills, between the 5th and the 7th of the following month.
    case bills = 2
    /// Employers who have not paid, some days before the 15th of the following month.
    case employers = 3

    var kind: ReminderKind { self == .bills ? .bill : .beforeDue }
    var isOfEmployers: Bool { self != .participants }

    /// Its name in reports and in the ids of its events.
    var name: String {
        switch self {
        case .participants: "bpu-before-due"
        case .bills: "pu-bill"
        case .employers: "pu-before-due"
        }
    }

    /// The payers' codes (see PayerNumber.code).
    var payers: ClosedRange<Int64> {
        isOfEmployers ? Self.firstEmployer...Int64.max - 1 : 1...Self.firstEmployer - 1
    }

    private static let firstEmployer: Int64 = 200_000_000_000
}

/// When payers are reminded of what is due. Only the bill's days have a source: the kode iuran goes out between the 5th
/// and the 7th of each month (Payment Reminder System, S68; domain.md 8 [C]). That BPU and PU are reminded before the
/// 15th, and how many days, is our reading (domain.md 8 [I]): settings.
public struct ReminderRules: Sendable, Equatable {
    /// Whether anybody is reminded at all.
    var isOn = true
    /// Days from the reminder to the due date of participants: the day lies in the contribution month itself.
    var participantDays = 5
    /// Day of the month on which employers get their bills, before it is moved to a working day.
    var billDay = 5
    /// Days from the second reminder to the due date of employers: it comes after the bill.
    var employerDays = 3

    static let participantDayRange = 1...14
    static let billDayRange = 5...7
    static let employerDayRange = 1...7

    /// A month's reminder.
    struct Slot: Sendable, Equatable {
        let run: ReminderRun
        let month: ContributionMonth
        let remindOn: CivilDate
        let dueOn: CivilDate

        /// A reminder after the due date says nothing that arrears do not say.
        func isTooLate(on date: CivilDate) -> Bool { dueOn < date }
    }

    /// Nil for a month without a due date (before July 2015).
    func slot(
        _ run: ReminderRun, _ month: ContributionMonth, calendar: HolidayCalendar = .national
    ) -> Slot? {
        let due =
            run.isOfEmployers
            ? try? DueDate.pu(month, calendar: calendar) : try? DueDate.bpu(month, calendar: calendar)
        guard let due else { return nil }
        let date =
            switch run {
            case .participants: due.adding(days: -participantDays)
            case .employers: due.adding(days: -employerDays)
            case .bills: billDate(in: month.next, calendar)
            }
        return Slot(run: run, month: month, remindOn: date, dueOn: due)
    }

    /// The next working day, but not past the 7th: then the last day up to it on which people are written to (no Sunday
    /// or holiday), and without one the 7th itself.
    private func billDate(in month: ContributionMonth, _ calendar: HolidayCalendar) -> CivilDate {
        let last = month.day(Self.billDayRange.upperBound)
        let next = calendar.nextWorkingDay(onOrAfter: month.day(billDay))
        guard next > last else { return next }
        return Self.billDayRange.reversed().map { month.day($0) }
            .first { $0.weekday != .sunday && !calendar.isHoliday($0) } ?? last
    }

    /// The oldest reminder that the business date asks for. `last`: the newest month of each kind that has had its run.
    /// A kind without one begins with its newest: what was missed before is past its due date.
    func next(after last: [ReminderRun: ContributionMonth], through date: CivilDate) -> Slot? {
        ReminderRun.allCases.compactMap { run in
            guard let month = last[run] else { return newest(run, through: date) }
            return slot(run, month.next).flatMap { $0.remindOn <= date ? $0 : nil }
        }.min { ($0.remindOn, $0.run.rawValue) < ($1.remindOn, $1.run.rawValue) }
    }

    private func newest(_ run: ReminderRun, through date: CivilDate) -> Slot? {
        // A reminder lies in its month (BPU) or the next (PU).
        (0...2).lazy.compactMap { slot(run, date.contributionMonth.advanced(by: -$0)) }.first { $0.remindOn <= date }
    }
}
