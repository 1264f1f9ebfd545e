import PerisaiModels

/// A share in tenths of a percent, rounded half-up: 956 of 814 is 117.4 (domain.md T38).
public struct Percent: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let tenths: Int64

    public init(tenths: Int64) { self.tenths = tenths }

    /// Nil where there is nothing to have a share of, or the share does not fit 64 bits.
    public init?(_ part: Int64, of whole: Int64) {
        guard whole > 0, let tenths = Int64(exactly: Fraction.rounded(Int128(part) * 1_000, over: Int128(whole)))
        else { return nil }
        self.tenths = tenths
    }

    public static func < (left: Self, right: Self) -> Bool { left.tenths < right.tenths }

    /// "117.4".
    public var description: String { Fraction.text(tenths, digits: 1) }
}

/// So many to one, in hundredths: "5.25" of 21 million to 4 million (domain.md T41).
public struct Ratio: Sendable, Hashable, CustomStringConvertible {
    public let hundredths: Int64

    /// Nil where the second is not more than zero: there is no such ratio.
    public init?(_ first: Int64, to second: Int64) {
        guard second > 0, let value = Int64(exactly: Fraction.rounded(Int128(first) * 100, over: Int128(second)))
        else { return nil }
        hundredths = value
    }

    public var description: String { Fraction.text(hundredths, digits: 2) }

    /// What is left of `first` at `ratio` to one, half-up: 21 million at 3 : 1 are 7 million.
    public static func second(of first: Int64, at ratio: Int64) -> Int64? {
        ratio > 0 ? Int64(exactly: Fraction.rounded(Int128(first), over: Int128(ratio))) : nil
    }
}

enum Fraction {
    /// The half goes away from zero. `denominator` is more than zero.
    static func rounded(_ numerator: Int128, over denominator: Int128) -> Int128 {
        let (quotient, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
        guard rest.magnitude * 2 >= denominator.magnitude else { return quotient }
        return quotient + (numerator < 0 ? -1 : 1)
    }

    static func text(_ value: Int64, digits: Int) -> String {
        let text = String(value.magnitude)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        return (value < 0 ? "-" : "") + padded.dropLast(digits) + "." + padded.suffix(digits)
    }
}

/// What follows from one target for another figure.
public enum TargetArithmetic {
    /// A share of a parent's target, half-up: 30 % of 24,000 is 7,200 (domain.md T40).
    public static func share(_ rate: Rate, of parent: Int64) -> Int64? {
        Int64(exactly: Fraction.rounded(Int128(parent) * Int128(rate.partsPerMillion), over: 1_000_000))
    }

    /// A figure that grows: 30.5 million by 14.75 % is 34,998,750 (domain.md T39).
    public static func growth(of base: Int64, by rate: Rate) -> Int64? {
        Int64(exactly: Int128(base) + Fraction.rounded(Int128(base) * Int128(rate.partsPerMillion), over: 1_000_000))
    }
}

/// Places in a list by figures: the best has 1, equal ones have the same place, the next counts those before it.
/// Who has no figure has no place.
public enum Ranking {
    public static func ranks<Figure: Comparable>(_ figures: [Figure?]) -> [Int?] {
        var ranks = [Int?](repeating: nil, count: figures.count)
        let order = figures.indices.compactMap { index in figures[index].map { (index, $0) } }.sorted { $0.1 > $1.1 }
        for (position, (index, figure)) in order.enumerated() {
            let previous = position > 0 ? order[position - 1] : nil
            let isTied = previous.map { $0.1 == figure } ?? false
            ranks[index] = isTied ? previous.flatMap { ranks[$0.0] } : position + 1
        }
        return ranks
    }
}

/// The two readings of "of five who register one is active" (article 003; domain.md 7): equal only while nobody of
/// those before leaves.
public enum RetentionReading: String, Sendable, CaseIterable {
    /// Gross acquisitions to net growth of active participants.
    case growth = "gross-to-growth"
    /// Registered in the period to those of them who are active at its end.
    case cohort = "registered-to-active"

    public var definition: String {
        switch self {
        case .growth:
            "all enrolments of the period, in persons : active persons in its last month less those in the month before it"
        case .cohort:
            "persons first enrolled in the period : those of them with a contribution counted for its last month"
        }
    }
}

/// Registered, active and what could be, of a place and month.
public struct Coverage: Sendable, Hashable {
    public let registered: Int64
    public let active: Int64
    /// Labour force; nil where nobody has told it.
    public let potential: Int64?

    public init(registered: Int64, active: Int64, potential: Int64? = nil) {
        self.registered = registered
        self.active = active
        self.potential = potential
    }

    public var inactive: Int64 { registered - active }
    public var activeOfRegistered: Percent? { Percent(active, of: registered) }
    /// As of October 2021: 30.64 million are 33 % (domain.md 7).
    public var activeOfPotential: Percent? { potential.flatMap { Percent(active, of: $0) } }
    /// As of 49 of 92 million: 53.3 % (domain.md 7).
    public var registeredOfPotential: Percent? { potential.flatMap { Percent(registered, of: $0) } }
    /// Those who could be registered and are not.
    public var gap: Int64? { potential.map { $0 - registered } }
}
