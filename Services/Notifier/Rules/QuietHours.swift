import PerisaiModels

/// In which hours a message may leave: `now`, or by the reader's zone.
public enum Wave: String, Sendable, CaseIterable {
    case now
    case wib = "WIB"
    case wita = "WITA"
    case wit = "WIT"
    /// The reader's zone is not known: the hours that are daytime in all three.
    case all = "ALL"

    static func of(_ kind: MessageKind, to channel: MessageChannel, in zone: IndonesianZone?) -> Wave {
        if kind.isUrgent || channel == .file { return .now }
        return zone.flatMap { Wave(rawValue: $0.rawValue) } ?? .all
    }

    /// The zones in which it must be daytime.
    var zones: [IndonesianZone] {
        switch self {
        case .now: []
        case .wib: [.wib]
        case .wita: [.wita]
        case .wit: [.wit]
        case .all: IndonesianZone.allCases
        }
    }
}

/// The hours in which people are written to: 08.00 to 20.00 of their zone, Monday to Saturday, not on national
/// holidays. There is no rule for BPJS Ketenagakerjaan; POJK 22/2023 Art. 62, for collection by financial firms, is the
/// nearest one (domain.md 8 [I]).
public struct QuietHours: Sendable, Hashable {
    /// Minutes since midnight, local: from the first to before the second.
    public var from: Int
    public var to: Int
    public var calendar: HolidayCalendar

    public init(from: Int = 8 * 60, to: Int = 20 * 60, calendar: HolidayCalendar = .national) {
        self.from = from
        self.to = to
        self.calendar = calendar
    }

    /// The zones lie two hours apart: in fewer hours than that it is never daytime in all three.
    static let fewestMinutes = 180

    /// Reads `HH:MM-HH:MM`; nil for anything else, and for fewer than three hours.
    public init?(_ text: String, calendar: HolidayCalendar = .national) {
        let sides = text.split(separator: "-", omittingEmptySubsequences: false).map(Self.minutes)
        guard sides.count == 2, let from = sides[0], let to = sides[1], to - from >= Self.fewestMinutes
        else { return nil }
        self.init(from: from, to: to, calendar: calendar)
    }

    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int(parts[0]),
            let minute = Int(parts[1]), (0...59).contains(minute), (0...24).contains(hour), hour * 60 + minute <= 1_440
        else { return nil }
        return hour * 60 + minute
    }

    /// Whether it is daytime in the zone.
    public func isDaytime(_ now: Instant, in zone: IndonesianZone) -> Bool {
        guard (from..<to).contains(now.secondsFromMidnight(in: zone) / 60) else { return false }
        let date = now.date(in: zone)
        return date.weekday != .sunday && !calendar.isHoliday(date)
    }

    /// The waves that may leave.
    public func open(_ now: Instant) -> [Wave] {
        Wave.allCases.filter { $0.zones.allSatisfy { isDaytime(now, in: $0) } }
    }
}
