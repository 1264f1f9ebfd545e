public enum Weekday: Int, Sendable, Hashable, CaseIterable {
    case monday = 1
    case tuesday, wednesday, thursday, friday, saturday, sunday

    public var isWeekend: Bool { self == .saturday || self == .sunday }
}

/// A day of the Gregorian calendar, without a time and without a zone: 1900-01-01 ... 2199-12-31.
///
/// Arithmetic that would leave the range stops at its first or last day.
public struct CivilDate: Sendable, Hashable, Comparable, Strideable, CustomStringConvertible {
    /// Days since 1970-01-01.
    public let daysSince1970: Int32

    public static let earliest = CivilDate(unchecked: -25_567)
    public static let latest = CivilDate(unchecked: 84_005)

    init(unchecked days: Int32) { daysSince1970 = days }

    public init?(daysSince1970 days: Int32) {
        guard days >= Self.earliest.daysSince1970, days <= Self.latest.daysSince1970 else { return nil }
        self.init(unchecked: days)
    }

    public init?(year: Int, month: Int, day: Int) {
        guard (1900...2199).contains(year), (1...12).contains(month),
            day >= 1, day <= Self.daysIn(month: month, year: year)
        else { return nil }
        self.init(unchecked: Self.days(year: year, month: month, day: day))
    }

    /// Strictly "YYYY-MM-DD".
    public init?(parsing text: some StringProtocol) { self.init(parsing: text.utf8) }

    /// Strictly "YYYY-MM-DD" as UTF-8.
    public init?(parsing utf8: some Collection<UInt8>) {
        guard let date = FixedText.withBytes(utf8, limit: 10, { CivilDate(parsing: $0) }) else { return nil }
        self = date
    }

    /// Strictly "YYYY-MM-DD" as UTF-8.
    public init?(parsing bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == 10 else { return nil }
        self.init(leading: bytes)
    }

    /// The date in the first ten bytes.
    init?(leading bytes: UnsafeBufferPointer<UInt8>) {
        guard FixedText.isByte(bytes, at: 4, "-"), FixedText.isByte(bytes, at: 7, "-"),
            let year = FixedText.number(bytes, at: 0, count: 4),
            let month = FixedText.number(bytes, at: 5, count: 2),
            let day = FixedText.number(bytes, at: 8, count: 2)
        else { return nil }
        self.init(year: Int(year), month: Int(month), day: Int(day))
    }

    public static func == (left: CivilDate, right: CivilDate) -> Bool { left.daysSince1970 == right.daysSince1970 }
    public static func < (left: CivilDate, right: CivilDate) -> Bool { left.daysSince1970 < right.daysSince1970 }
    public func hash(into hasher: inout Hasher) { hasher.combine(daysSince1970) }

    // MARK: Fields

    public var year: Int { fields.year }
    public var month: Int { fields.month }
    public var day: Int { fields.day }
    public var contributionMonth: ContributionMonth {
        let (year, month, _) = fields
        return ContributionMonth(unchecked: Int32(year * 12 + month - 1))
    }

    public var weekday: Weekday {
        // 1970-01-01 was a Thursday; the shift by a multiple of 7 keeps the dividend positive.
        Weekday(rawValue: (Int(daysSince1970) + 70_000 + 3) % 7 + 1) ?? .monday
    }

    /// Days to civil fields by 400-year eras that begin on 1 March, so that the leap day is the last of a year.
    public var fields: (year: Int, month: Int, day: Int) {
        let shifted = Int(daysSince1970) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    static func days(year: Int, month: Int, day: Int) -> Int32 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int32(era * 146_097 + dayOfEra - 719_468)
    }

    public static func isLeap(year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// 28...31, or 0 for a month outside 1...12.
    public static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 1, 3, 5, 7, 8, 10, 12: 31
        case 4, 6, 9, 11: 30
        case 2: isLeap(year: year) ? 29 : 28
        default: 0
        }
    }

    // MARK: Arithmetic

    public func adding(days: Int) -> CivilDate {
        let (sum, overflow) = Int(daysSince1970).addingReportingOverflow(days)
        if overflow { return days < 0 ? .earliest : .latest }
        let bounded = max(Int(Self.earliest.daysSince1970), min(Int(Self.latest.daysSince1970), sum))
        return CivilDate(unchecked: Int32(bounded))
    }

    /// The same day of another month, or that month's last day when it is shorter.
    public func adding(months: Int) -> CivilDate {
        let (_, _, day) = fields
        return contributionMonth.advanced(by: months).day(day)
    }

    public func advanced(by days: Int) -> CivilDate { adding(days: days) }
    public func distance(to other: CivilDate) -> Int { Int(other.daysSince1970) - Int(daysSince1970) }

    /// Full years from `birth` to this date; negative when `birth` lies after it.
    public func years(since birth: CivilDate) -> Int {
        let (now, then) = (fields, birth.fields)
        return now.year - then.year - ((now.month, now.day) < (then.month, then.day) ? 1 : 0)
    }

    /// "YYYY-MM-DD".
    public var description: String {
        var bytes: [UInt8] = []
        appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends "YYYY-MM-DD".
    func appendText(to bytes: inout [UInt8]) {
        let (year, month, day) = fields
        FixedText.append(year: year, month: month, day: day, to: &bytes)
    }
}
