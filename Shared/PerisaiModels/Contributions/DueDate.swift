/// When contributions are due.
public enum DueDate {
    /// The day of the month, where it goes from a day that is not worked, and what lateness costs an employer.
    public struct Rule: Sendable, Hashable {
        public enum Shift: Sendable, Hashable { case nextWorkingDay, previousWorkingDay }

        public let day: Int
        public let shift: Shift
        /// Part of the contributions due, for each month late.
        public let employerFine: Rate
    }

    /// By contribution month. The months of PP 49/2020 (August 2020 to January 2021) are [B].
    public static let table = EffectiveTable<Rule>(successive: [
        Successive(
            2015, 7, 1, regulation: "PP 44/2015",
            Rule(day: 15, shift: .nextWorkingDay, employerFine: .percent(2))),
        Successive(
            2020, 8, 1, regulation: "PP 49/2020",
            Rule(day: 30, shift: .previousWorkingDay, employerFine: Rate(partsPerMillion: 5000))),
        Successive(
            2021, 2, 1, regulation: "PP 44/2015",
            Rule(day: 15, shift: .nextWorkingDay, employerFine: .percent(2))),
    ])

    /// BPU: the 15th of the contribution month itself, or the next working day (PP 44/2015; domain.md 2.3).
    public static func bpu(
        _ month: ContributionMonth, calendar: HolidayCalendar = .national
    ) throws(ContributionFault) -> CivilDate {
        try date(rule(month), in: month, calendar)
    }

    /// PU: the 15th of the following month, or the next working day (PP 44/2015; domain.md 3).
    public static func pu(
        _ month: ContributionMonth, calendar: HolidayCalendar = .national
    ) throws(ContributionFault) -> CivilDate {
        try date(rule(month), in: month.next, calendar)
    }

    static func rule(_ month: ContributionMonth) throws(ContributionFault) -> Rule {
        guard let rule = table[month] else { throw .noRule(subject: "due date", month: month) }
        return rule
    }

    private static func date(_ rule: Rule, in month: ContributionMonth, _ calendar: HolidayCalendar) -> CivilDate {
        // A 30th in February is its last day.
        let date = month.day(rule.day)
        switch rule.shift {
        case .nextWorkingDay: return calendar.nextWorkingDay(onOrAfter: date)
        case .previousWorkingDay: return calendar.previousWorkingDay(onOrBefore: date)
        }
    }
}

/// The fine on late PU contributions. BPU has none (domain.md 2.3).
public enum LateFine {
    /// How part of a month counts; the sources do not say (domain.md 3 [U]).
    public enum Counting: String, Sendable, Hashable, CaseIterable {
        case startedMonths
        case completedMonths
    }

    /// Months from the due date to the day of payment, 0 when paid in time.
    public static func months(due: CivilDate, paid: CivilDate, counting: Counting = .startedMonths) -> Int {
        guard paid > due else { return 0 }
        let span = due.contributionMonth.distance(to: paid.contributionMonth)
        let completed = due.adding(months: span) <= paid ? span : span - 1
        guard counting == .startedMonths else { return completed }
        return due.adding(months: completed) == paid ? completed : completed + 1
    }

    /// Simple, not compounded: 2 % of the contributions due for each month late (PP 44/2015), 0,5 % for the months of
    /// PP 49/2020. Borne by the employer. Zero or fewer months give zero.
    public static func pu(
        on due: Rupiah, month: ContributionMonth, monthsLate: Int
    ) throws(ContributionFault) -> Rupiah {
        guard !due.isNegative else { throw .negative(field: "contributions due") }
        let rule = try DueDate.rule(month)
        return try ContributionFault.checked { () throws(MoneyOverflow) in
            try rule.employerFine.multiplied(by: Int64(max(0, monthsLate))).of(due)
        }
    }
}
