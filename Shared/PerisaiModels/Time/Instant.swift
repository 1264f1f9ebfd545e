/// A moment in UTC, to the microsecond: 1900-01-01T00:00:00Z ... 2199-12-31T23:59:59.999999Z.
public struct Instant: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    static let microsecondsADay: Int64 = 86_400_000_000
    public static let earliest = Instant(unchecked: Int64(CivilDate.earliest.daysSince1970) * microsecondsADay)
    public static let latest = Instant(unchecked: (Int64(CivilDate.latest.daysSince1970) + 1) * microsecondsADay - 1)

    init(unchecked microseconds: Int64) { self.microseconds = microseconds }

    public init?(microseconds: Int64) {
        guard microseconds >= Self.earliest.microseconds, microseconds <= Self.latest.microseconds else { return nil }
        self.init(unchecked: microseconds)
    }

    /// Local time of a zone; seconds from midnight 0...86.399.
    public init?(_ date: CivilDate, secondsFromMidnight: Int, in zone: IndonesianZone) {
        guard (0..<86_400).contains(secondsFromMidnight) else { return nil }
        let seconds = Int64(secondsFromMidnight - zone.offsetSeconds)
        self.init(microseconds: Int64(date.daysSince1970) * Self.microsecondsADay + seconds * 1_000_000)
    }

    public static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

    /// RFC 3339 with a zone: see `init(parsing bytes:)`.
    public init?(parsing text: some StringProtocol) { self.init(parsing: text.utf8) }

    /// RFC 3339 with a zone, as UTF-8.
    public init?(parsing utf8: some Collection<UInt8>) {
        guard let instant = FixedText.withBytes(utf8, limit: 35, { Instant(parsing: $0) }) else { return nil }
        self = instant
    }

    /// Strictly "YYYY-MM-DDTHH:MM:SS[.f]Z" or with "±HH:MM" for Z; capital T and Z, 1...9 fraction digits (those after
    /// the sixth are cut off), no leap second.
    public init?(parsing bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count >= 20, bytes.count <= 35, let date = CivilDate(leading: bytes),
            FixedText.isByte(bytes, at: 10, "T"), FixedText.isByte(bytes, at: 13, ":"),
            FixedText.isByte(bytes, at: 16, ":"),
            let hour = FixedText.number(bytes, at: 11, count: 2), hour < 24,
            let minute = FixedText.number(bytes, at: 14, count: 2), minute < 60,
            let second = FixedText.number(bytes, at: 17, count: 2), second < 60
        else { return nil }
        var index = 19
        guard let fraction = Self.fraction(bytes, &index), let offset = Self.offset(bytes, at: index) else {
            return nil
        }
        let seconds = hour * 3600 + minute * 60 + second - offset
        self.init(
            microseconds: Int64(date.daysSince1970) * Self.microsecondsADay + seconds * 1_000_000 + fraction)
    }

    private static func fraction(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Int64? {
        guard FixedText.isByte(bytes, at: index, ".") else { return 0 }
        index += 1
        var value: Int64 = 0
        var digits = 0
        while index < bytes.count, case let digit = bytes[index] &- 0x30, digit <= 9 {
            guard digits < 9 else { return nil }
            if digits < 6 { value = value * 10 + Int64(digit) }
            digits += 1
            index += 1
        }
        guard digits > 0 else { return nil }
        for _ in 0..<max(0, 6 - digits) { value *= 10 }
        return value
    }

    /// Seconds east of UTC; must be the last thing in the text.
    private static func offset(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int64? {
        if FixedText.isByte(bytes, at: index, "Z") { return bytes.count == index + 1 ? 0 : nil }
        let east = FixedText.isByte(bytes, at: index, "+")
        guard east || FixedText.isByte(bytes, at: index, "-"), bytes.count == index + 6,
            FixedText.isByte(bytes, at: index + 3, ":"),
            let hours = FixedText.number(bytes, at: index + 1, count: 2), hours < 24,
            let minutes = FixedText.number(bytes, at: index + 4, count: 2), minutes < 60
        else { return nil }
        let seconds = hours * 3600 + minutes * 60
        return east ? seconds : -seconds
    }

    // MARK: Local fields

    /// The local date in a zone.
    public func date(in zone: IndonesianZone) -> CivilDate { local(offset: zone.offsetSeconds).date }

    /// Seconds from local midnight, 0...86.399.
    public func secondsFromMidnight(in zone: IndonesianZone) -> Int {
        Int(local(offset: zone.offsetSeconds).rest / 1_000_000)
    }

    private func local(offset: Int) -> (date: CivilDate, rest: Int64) {
        let shifted = microseconds + Int64(offset) * 1_000_000
        var days = shifted / Self.microsecondsADay
        var rest = shifted % Self.microsecondsADay
        if rest < 0 {
            days -= 1
            rest += Self.microsecondsADay
        }
        // The last hours before 2200 may fall on the next day locally: the date stops at the end of the range.
        let bounded = min(Int64(CivilDate.latest.daysSince1970), days)
        return (CivilDate(unchecked: Int32(bounded)), rest)
    }

    /// Stops at the ends of the range.
    public func adding(seconds: Int64) -> Instant {
        let (step, tooLong) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, overflow) = microseconds.addingReportingOverflow(step)
        if tooLong || overflow { return seconds < 0 ? .earliest : .latest }
        return Instant(unchecked: max(Self.earliest.microseconds, min(Self.latest.microseconds, sum)))
    }

    // MARK: Text

    /// "2026-08-18T02:00:00Z", with six fraction digits when there is a fraction.
    public var description: String { text(offset: 0, suffix: "Z") }

    /// Local time with the zone's offset: "2026-08-18T09:00:00+07:00".
    public func formatted(in zone: IndonesianZone) -> String {
        text(offset: zone.offsetSeconds, suffix: "+0\(zone.hours):00")
    }

    private func text(offset: Int, suffix: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        let (date, rest) = local(offset: offset)
        date.appendText(to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        let seconds = UInt64(rest / 1_000_000)
        FixedText.append(seconds / 3600, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        FixedText.append(seconds / 60 % 60, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        FixedText.append(seconds % 60, width: 2, to: &bytes)
        let fraction = UInt64(rest % 1_000_000)
        if fraction > 0 {
            bytes.append(UInt8(ascii: "."))
            FixedText.append(fraction, width: 6, to: &bytes)
        }
        bytes.append(contentsOf: suffix.utf8)
        return String(decoding: bytes, as: UTF8.self)
    }
}
