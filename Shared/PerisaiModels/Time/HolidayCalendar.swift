/// Which days are worked: Monday to Friday, less the national holidays.
///
/// The dates are data: a deployment adds the joint decree (SKB) of each year with `adding(_:)`. Collective leave (cuti
/// bersama) is not a national holiday and is worked unless it is added.
public struct HolidayCalendar: Sendable, Hashable {
    /// A holiday on the same date of every year from a year on.
    public struct Yearly: Sendable, Hashable {
        public let month: Int
        public let day: Int
        public let since: Int

        public init(month: Int, day: Int, since: Int) {
            self.month = month
            self.day = day
            self.since = since
        }
    }

    /// Most days that a search or a count of working days goes over.
    public static let reach = 10_000

    public let yearly: [Yearly]
    public let dates: Set<CivilDate>

    public init(yearly: [Yearly], dates: some Sequence<CivilDate>) {
        self.yearly = yearly
        self.dates = Set(dates)
    }

    /// No holidays: weekends only.
    public static let weekendsOnly = HolidayCalendar(yearly: [], dates: [])

    /// National holidays. Every year: 1 January, 1 May (Keppres 24/2013), 1 June (Keppres 24/2016), 17 August,
    /// 25 December. The moving ones of 2018 (with the election day of 27 June) and of 2026 (joint decree for 2026;
    /// those that depend on the moon may still be moved by decree). Other years have the yearly ones only.
    public static let national = HolidayCalendar(
        yearly: [
            Yearly(month: 1, day: 1, since: 1946), Yearly(month: 5, day: 1, since: 2014),
            Yearly(month: 6, day: 1, since: 2017), Yearly(month: 8, day: 17, since: 1946),
            Yearly(month: 12, day: 25, since: 1946),
        ],
        dates: [
            // Imlek, Nyepi, Good Friday, Isra Mikraj, Ascension, Waisak, Idul Fitri (2), regional elections, Idul Adha,
            // 1 Muharram, Maulid.
            (
                2018,
                [
                    (2, 16), (3, 17), (3, 30), (4, 14), (5, 10), (5, 29), (6, 15), (6, 16), (6, 27), (8, 22), (9, 11),
                    (11, 20),
                ]
            ),
            // Isra Mikraj, Imlek, Nyepi, Idul Fitri (2), Good Friday, Easter, Ascension, Idul Adha, Waisak,
            // 1 Muharram, Maulid.
            (
                2026,
                [
                    (1, 16), (2, 17), (3, 19), (3, 21), (3, 22), (4, 3), (4, 5), (5, 14), (5, 27), (5, 31), (6, 16),
                    (8, 25),
                ]
            ),
        ].flatMap { (year: Int, days: [(Int, Int)]) in
            days.compactMap { CivilDate(year: year, month: $0.0, day: $0.1) }
        })

    /// The same calendar with more holidays.
    public func adding(_ more: some Sequence<CivilDate>) -> HolidayCalendar {
        HolidayCalendar(yearly: yearly, dates: dates.union(more))
    }

    public func isHoliday(_ date: CivilDate) -> Bool {
        if dates.contains(date) { return true }
        let (year, month, day) = date.fields
        return yearly.contains { $0.month == month && $0.day == day && $0.since <= year }
    }

    public func isWorkingDay(_ date: CivilDate) -> Bool { !date.weekday.isWeekend && !isHoliday(date) }

    /// The date itself when it is worked. Gives up after `reach` days and at the end of the range of dates.
    public func nextWorkingDay(onOrAfter date: CivilDate) -> CivilDate { search(from: date, step: 1) }

    public func previousWorkingDay(onOrBefore date: CivilDate) -> CivilDate { search(from: date, step: -1) }

    /// The day on which the given number of working days has passed, counted from the day after `date` (the day before
    /// for a negative number); `date` itself for zero. At most `reach` working days.
    public func adding(workingDays count: Int, to date: CivilDate) -> CivilDate {
        let step = count < 0 ? -1 : 1
        var result = date
        for _ in 0..<min(Int(count.magnitude), Self.reach) {
            result = search(from: result.adding(days: step), step: step)
        }
        return result
    }

    private func search(from date: CivilDate, step: Int) -> CivilDate {
        var candidate = date
        for _ in 0..<Self.reach {
            if isWorkingDay(candidate) { return candidate }
            candidate = candidate.adding(days: step)
        }
        return candidate
    }
}
