import PerisaiModels
import Testing

@testable import Notifier

/// 08.00 to 20.00 of the reader's zone, Monday to Saturday, no holidays (POJK 22/2023 Art. 62; domain.md 8).
@Suite struct QuietHoursTests {
    private func at(_ text: String) throws -> Instant { try #require(Instant(parsing: text)) }

    @Test(arguments: [
        // A Monday. 08.00 comes first in WIT, an hour later in WITA, another one later in WIB.
        ("2026-11-23T05:59:59+07:00", ["now"]), ("2026-11-23T06:00:00+07:00", ["now", "WIT"]),
        ("2026-11-23T07:00:00+07:00", ["now", "WITA", "WIT"]),
        ("2026-11-23T08:00:00+07:00", ["now", "WIB", "WITA", "WIT", "ALL"]),
        ("2026-11-23T17:59:59+07:00", ["now", "WIB", "WITA", "WIT", "ALL"]),
        ("2026-11-23T18:00:00+07:00", ["now", "WIB", "WITA"]), ("2026-11-23T19:59:00+07:00", ["now", "WIB"]),
        ("2026-11-23T20:00:00+07:00", ["now"]),
        // Saturday is worked, Sunday and 25 December are not.
        ("2026-11-28T12:00:00+07:00", ["now", "WIB", "WITA", "WIT", "ALL"]), ("2026-11-29T12:00:00+07:00", ["now"]),
        ("2026-12-25T12:00:00+07:00", ["now"]),
    ])
    func wavesOpenWithTheLocalDay(_ time: String, _ waves: [String]) throws {
        #expect(QuietHours().open(try at(time)).map(\.rawValue) == waves)
    }

    @Test func whoMayBeWrittenToWhen() {
        #expect(Wave.of(.receipt, to: .sms, in: .wit) == .now)
        #expect(Wave.of(.permitHeld, to: .email, in: nil) == .now)
        #expect(Wave.of(.arrears1, to: .sms, in: .wit) == .wit)
        #expect(Wave.of(.arrears1, to: .sms, in: nil) == .all)
        #expect(Wave.of(.arrears1, to: .file, in: nil) == .now)
    }

    @Test(arguments: [
        "", "8-20", "08:00", "20:00-08:00", "08:00-08:00", "08:00-10:59", "08:00-24:01", "08:60-09:00", "aa:bb-cc:dd",
    ])
    func hoursThatCannotBeRead(_ text: String) { #expect(QuietHours(text) == nil) }

    @Test func hoursThatCanBeRead() {
        #expect(QuietHours("07:30-24:00") == QuietHours(from: 450, to: 1_440))
    }
}
