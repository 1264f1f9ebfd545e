import PerisaiModels
import TestSupport
import Testing

func day(_ text: String) throws -> CivilDate { try #require(CivilDate(parsing: text)) }
func month(_ text: String) throws -> ContributionMonth { try #require(ContributionMonth(parsing: text)) }

@Suite struct TimeTests {
    /// Every day of the range, counted one by one with the calendar's own month lengths.
    @Test func dateArithmeticAgreesWithCounting() throws {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var (year, month, dayOfMonth, weekday) = (1900, 1, 1, 1)  // 1900-01-01 was a Monday.
        var wrong = 0
        for days in CivilDate.earliest.daysSince1970...CivilDate.latest.daysSince1970 {
            let date = try #require(CivilDate(daysSince1970: days))
            if date.fields != (year, month, dayOfMonth) || date.weekday.rawValue != weekday
                || CivilDate(year: year, month: month, day: dayOfMonth) != date
            {
                wrong += 1
            }
            if days % 37 == 0, CivilDate(parsing: date.description) != date { wrong += 1 }
            let leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
            weekday = weekday % 7 + 1
            dayOfMonth += 1
            if dayOfMonth > lengths[month - 1] + (month == 2 && leap ? 1 : 0) { (dayOfMonth, month) = (1, month + 1) }
            if month > 12 { (month, year) = (1, year + 1) }
        }
        #expect(wrong == 0)
        #expect((year, month, dayOfMonth) == (2200, 1, 1), "the range ends with 2199")
    }

    @Test func datesParseStrictly() throws {
        for text in [
            "", "2026-8-18", "2026-08-18 ", " 2026-08-18", "2026/08/18", "2026-02-29", "2026-13-01", "2026-00-10",
            "2026-01-00", "1899-12-31", "2200-01-01", "+026-01-01", "2026-01-0１", "20260-1-01",
        ] { #expect(CivilDate(parsing: text) == nil, "\(text)") }
        #expect(try day("2024-02-29").description == "2024-02-29")
        #expect(CivilDate(daysSince1970: CivilDate.latest.daysSince1970 + 1) == nil)
    }

    @Test func monthsAreClamped() throws {
        #expect(try day("2026-01-31").adding(months: 1) == day("2026-02-28"))
        #expect(try day("2024-03-31").adding(months: -1) == day("2024-02-29"))
        #expect(try day("2026-03-31").adding(months: 6) == day("2026-09-30"), "T45")
        #expect(try day("2026-08-31").adding(days: 1) == day("2026-09-01"))
        #expect(CivilDate.latest.adding(days: .max) == .latest && CivilDate.earliest.adding(days: .min) == .earliest)
        #expect(CivilDate.latest.adding(months: .max) == .latest)
        #expect(try day("2026-02-28").years(since: day("2004-02-29")) == 21)
        #expect(try day("2026-03-01").years(since: day("2004-02-29")) == 22)
    }

    @Test func contributionMonths() throws {
        for text in ["", "2026-13", "2026-00", "202608", "2026-8", "1899-12", "2200-01", "2026-08-"] {
            #expect(ContributionMonth(parsing: text) == nil, "\(text)")
        }
        let december = try month("2025-12")
        #expect(try december.next == month("2026-01"))
        #expect(try december.distance(to: month("2027-01")) == 13)
        #expect(try december.advanced(by: -24) == month("2023-12"))
        #expect(try month("2024-02").lastDay == day("2024-02-29"))
        #expect(try day("2025-12-31").contributionMonth == december)
        #expect(ContributionMonth.latest.next == .latest && ContributionMonth.earliest.advanced(by: .min) == .earliest)
        #expect(try Array(december...month("2026-02")).map(\.description) == ["2025-12", "2026-01", "2026-02"])
        for month in ContributionMonth.earliest...ContributionMonth.latest {
            #expect(ContributionMonth(parsing: month.description) == month)
            if month < .latest { #expect(month.lastDay.adding(days: 1) == month.next.firstDay) }
        }
    }

    @Test func instants() throws {
        let instant = try #require(Instant(parsing: "2026-08-18T02:00:00Z"))
        #expect(Instant(parsing: "2026-08-18T09:00:00+07:00") == instant)
        #expect(Instant(parsing: "2026-08-17T22:30:00.000000-03:30") == instant)
        #expect(instant.formatted(in: .wit) == "2026-08-18T11:00:00+09:00")
        #expect(Instant(parsing: "1970-01-01T00:00:00.1234567Z")?.microseconds == 123_456)
        #expect(Instant(parsing: "1969-12-31T23:59:59.999999Z")?.microseconds == -1)
        #expect(Instant(microseconds: -1)?.description == "1969-12-31T23:59:59.999999Z")
        let evening = try #require(Instant(parsing: "2026-08-31T16:30:00Z"))
        #expect(try evening.date(in: .wib) == day("2026-08-31"))
        #expect(try evening.date(in: .wita) == day("2026-09-01"))
        #expect(evening.secondsFromMidnight(in: .wib) == 23 * 3600 + 1800)
        #expect(Instant(try day("2026-08-31"), secondsFromMidnight: 84_600, in: .wib) == evening)
        for text in [
            "", "2026-08-18", "2026-08-18T02:00:00", "2026-08-18 02:00:00Z", "2026-08-18t02:00:00Z",
            "2026-08-18T24:00:00Z", "2026-08-18T02:60:00Z", "2026-08-18T02:00:60Z", "2026-08-18T02:00:00.Z",
            "2026-08-18T02:00:00.1234567890Z", "2026-08-18T02:00:00+0700", "2026-08-18T02:00:00+07:00Z",
            "2026-08-18T02:00:00+24:00", "2026-02-30T02:00:00Z", "2026-08-18T02:00:00ZZ", "1900-01-01T00:00:00+07:00",
        ] { #expect(Instant(parsing: text) == nil, "\(text)") }
    }

    @Test func instantsRoundTrip() throws {
        var random = SeededGenerator("instantsRoundTrip")
        for _ in 0..<3000 {
            let range = Instant.earliest.microseconds...Instant.latest.microseconds - 86_400_000_000
            let instant = try #require(Instant(microseconds: Int64.random(in: range, using: &random)))
            #expect(Instant(parsing: instant.description) == instant)
            for zone in IndonesianZone.allCases { #expect(Instant(parsing: instant.formatted(in: zone)) == instant) }
        }
        #expect(Instant.latest.adding(seconds: .max) == .latest)
        #expect(Instant.latest.date(in: .wit) == .latest)
    }

    @Test func zonesOfProvinces() {
        #expect(IndonesianZone(provinceCode: 35) == .wib && IndonesianZone(provinceCode: 51) == .wita)
        #expect(IndonesianZone(provinceCode: 96) == .wit && IndonesianZone(provinceCode: 20) == nil)
        #expect(Province.all.count == 38)
        #expect((0...99).allSatisfy { (Province(code: $0) == nil) == (IndonesianZone(provinceCode: $0) == nil) })
    }

    @Test func workingDays() throws {
        let calendar = HolidayCalendar.national
        #expect(try calendar.adding(workingDays: 10, to: day("2026-11-02")) == day("2026-11-16"), "T37")
        #expect(try calendar.nextWorkingDay(onOrAfter: day("2026-08-15")) == day("2026-08-18"))
        #expect(try calendar.previousWorkingDay(onOrBefore: day("2026-08-17")) == day("2026-08-14"))
        #expect(try calendar.adding(workingDays: -1, to: day("2026-08-18")) == day("2026-08-14"))
        #expect(try calendar.adding(workingDays: 0, to: day("2026-08-16")) == day("2026-08-16"))
        #expect(try calendar.isHoliday(day("2018-06-15")) && !calendar.isHoliday(day("2016-06-01")))
        #expect(calendar.dates.count == 24)
        let more = calendar.adding([try day("2026-08-18")])
        #expect(try more.nextWorkingDay(onOrAfter: day("2026-08-15")) == day("2026-08-19"))
        #expect(calendar.adding(workingDays: .max, to: .latest) == .latest)
    }

    @Test func hostileTextNeverCrashes() {
        var random = SeededGenerator("hostileTextNeverCrashes")
        for _ in 0..<20_000 {
            let bytes = random.hostileBytes()
            _ = (CivilDate(parsing: bytes), ContributionMonth(parsing: bytes), Instant(parsing: bytes))
            if let date = CivilDate(parsing: bytes) { #expect(Array(date.description.utf8) == bytes) }
        }
        #expect(CivilDate(parsing: AnyCollection(Array("2026-08-18".utf8)))?.description == "2026-08-18")
        #expect(CivilDate(parsing: AnyCollection(Array("2026-08-181".utf8))) == nil)
    }
}
