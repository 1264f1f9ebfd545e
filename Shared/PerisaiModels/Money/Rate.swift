/// A proportion in parts per million: 75.000 is 7,5 %. Any `Int64`, negative too.
public struct Rate: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let partsPerMillion: Int64

    @inlinable public init(partsPerMillion: Int64) { self.partsPerMillion = partsPerMillion }

    /// Hundredths of a percent: 750 is 7,5 %.
    @inlinable public init(basisPoints: Int32) { self.init(partsPerMillion: Int64(basisPoints) * 100) }

    /// Whole percents: 15 is 15 %.
    @inlinable public static func percent(_ percent: Int32) -> Rate {
        Rate(partsPerMillion: Int64(percent) * 10_000)
    }

    public static let zero = Rate(partsPerMillion: 0)
    public static let one = Rate(partsPerMillion: 1_000_000)

    public static func < (left: Rate, right: Rate) -> Bool { left.partsPerMillion < right.partsPerMillion }

    /// This share of `base`, rounded once (half-up to the rupiah unless said otherwise).
    public func of(_ base: Rupiah, rounding: RoundingRule = .halfUp) throws(MoneyOverflow) -> Rupiah {
        // 64 by 64 bits always fits 128.
        try Rupiah(checking: rounding.apply(Int128(base.amount) * Int128(partsPerMillion), over: 1_000_000))
    }

    /// This share of `base` without rounding, to be accumulated and rounded once at the end.
    public func exactMicro(of base: Rupiah) -> MicroRupiah {
        MicroRupiah(Int128(base.amount) * Int128(partsPerMillion))
    }

    public func adding(_ other: Rate) throws(MoneyOverflow) -> Rate {
        let (value, overflow) = partsPerMillion.addingReportingOverflow(other.partsPerMillion)
        guard !overflow else { throw MoneyOverflow() }
        return Rate(partsPerMillion: value)
    }

    public func multiplied(by factor: Int64) throws(MoneyOverflow) -> Rate {
        let (value, overflow) = partsPerMillion.multipliedReportingOverflow(by: factor)
        guard !overflow else { throw MoneyOverflow() }
        return Rate(partsPerMillion: value)
    }

    /// "7,5 %", "0,24 %", "15 %".
    public var description: String {
        let size = partsPerMillion.magnitude
        var fraction = Substring(FixedText.padded(size % 10_000, width: 4))
        while fraction.last == "0" { fraction.removeLast() }
        let sign = partsPerMillion < 0 ? "-" : ""
        return "\(sign)\(size / 10_000)" + (fraction.isEmpty ? "" : ",\(fraction)") + " %"
    }
}

/// Millionths of a rupiah, for sums of shares that are rounded once at the end. 128 bits, checked.
public struct MicroRupiah: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let millionths: Int128

    public init(_ millionths: Int128) { self.millionths = millionths }

    public init(_ amount: Rupiah) { self.init(Int128(amount.amount) * 1_000_000) }

    public static let zero = MicroRupiah(0)

    public static func < (left: MicroRupiah, right: MicroRupiah) -> Bool { left.millionths < right.millionths }

    public func adding(_ other: MicroRupiah) throws(MoneyOverflow) -> MicroRupiah {
        let (value, overflow) = millionths.addingReportingOverflow(other.millionths)
        guard !overflow else { throw MoneyOverflow() }
        return MicroRupiah(value)
    }

    public func negated() throws(MoneyOverflow) -> MicroRupiah {
        let (value, overflow) = Int128(0).subtractingReportingOverflow(millionths)
        guard !overflow else { throw MoneyOverflow() }
        return MicroRupiah(value)
    }

    /// Whole rupiah, the half away from zero.
    public func roundedHalfUp() throws(MoneyOverflow) -> Rupiah {
        try Rupiah(checking: RoundingRule.halfUp.apply(millionths, over: 1_000_000))
    }

    public var description: String { "\(millionths) millionths of a rupiah" }
}
