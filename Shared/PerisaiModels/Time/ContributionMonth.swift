/// The month that a contribution is for (bulan iuran): 1900-01 ... 2199-12.
///
/// Arithmetic that would leave the range stops at its first or last month.
public struct ContributionMonth: Sendable, Hashable, Comparable, Strideable, CustomStringConvertible {
    /// Months since January of year 0: year × 12 + month - 1.
    public let index: Int32

    public static let earliest = ContributionMonth(unchecked: 1900 * 12)
    public static let latest = ContributionMonth(unchecked: 2199 * 12 + 11)

    init(unchecked index: Int32) { self.index = index }

    public init?(index: Int32) {
        guard index >= Self.earliest.index, index <= Self.latest.index else { return nil }
        self.init(unchecked: index)
    }

    public init?(year: Int, month: Int) {
        guard (1900...2199).contains(year), (1...12).contains(month) else { return nil }
        self.init(unchecked: Int32(year * 12 + month - 1))
    }

    /// Strictly "YYYY-MM".
    public init?(parsing text: some StringProtocol) { self.init(parsing: text.utf8) }

    /// Strictly "YYYY-MM" as UTF-8.
    public init?(parsing utf8: some Collection<UInt8>) {
        guard let month = FixedText.withBytes(utf8, limit: 7, { ContributionMonth(parsing: $0) }) else { return nil }
        self = month
    }

    /// Strictly "YYYY-MM" as UTF-8.
    public init?(parsing bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == 7, FixedText.isByte(bytes, at: 4, "-"),
            let year = FixedText.number(bytes, at: 0, count: 4),
            let month = FixedText.number(bytes, at: 5, count: 2)
        else { return nil }
        self.init(year: Int(year), month: Int(month))
    }

    public static func == (left: Self, right: Self) -> Bool { left.index == right.index }
    public static func < (left: Self, right: Self) -> Bool { left.index < right.index }
    public func hash(into hasher: inout Hasher) { hasher.combine(index) }

    public var year: Int { Int(index) / 12 }
    public var month: Int { Int(index) % 12 + 1 }

    public var next: ContributionMonth { advanced(by: 1) }
    public var previous: ContributionMonth { advanced(by: -1) }

    public func advanced(by months: Int) -> ContributionMonth {
        let (sum, overflow) = Int(index).addingReportingOverflow(months)
        if overflow { return months < 0 ? .earliest : .latest }
        return ContributionMonth(unchecked: Int32(max(Int(Self.earliest.index), min(Int(Self.latest.index), sum))))
    }

    /// Months from this one to `other`; negative when `other` is earlier.
    public func distance(to other: ContributionMonth) -> Int { Int(other.index) - Int(index) }

    public var dayCount: Int { CivilDate.daysIn(month: month, year: year) }
    public var firstDay: CivilDate { day(1) }
    public var lastDay: CivilDate { day(dayCount) }

    /// The given day of this month, kept inside 1 ... last day.
    public func day(_ day: Int) -> CivilDate {
        CivilDate(unchecked: CivilDate.days(year: year, month: month, day: max(1, min(dayCount, day))))
    }

    /// "YYYY-MM".
    public var description: String { "\(year)-\(FixedText.padded(month, width: 2))" }
}
