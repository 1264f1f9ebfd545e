/// A result that does not fit an `Int64` of rupiah.
public struct MoneyOverflow: Error, Sendable, Hashable, CustomStringConvertible {
    public init() {}
    public var description: String { "amount: does not fit 64 bits of rupiah" }
}

/// An amount of whole rupiah; negative for reversals.
///
/// Range: every `Int64`, about ±9.2 × 10^18 rupiah. A result outside is `MoneyOverflow`, never a wrap.
public struct Rupiah: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let amount: Int64

    @inlinable public init(_ amount: Int64) { self.amount = amount }

    public static let zero = Rupiah(0)
    public static let maximum = Rupiah(.max)
    public static let minimum = Rupiah(.min)

    @inlinable public var isZero: Bool { amount == 0 }
    @inlinable public var isNegative: Bool { amount < 0 }

    @inlinable public static func < (left: Rupiah, right: Rupiah) -> Bool { left.amount < right.amount }

    @inlinable public func adding(_ other: Rupiah) throws(MoneyOverflow) -> Rupiah {
        let (value, overflow) = amount.addingReportingOverflow(other.amount)
        guard !overflow else { throw MoneyOverflow() }
        return Rupiah(value)
    }

    @inlinable public func subtracting(_ other: Rupiah) throws(MoneyOverflow) -> Rupiah {
        let (value, overflow) = amount.subtractingReportingOverflow(other.amount)
        guard !overflow else { throw MoneyOverflow() }
        return Rupiah(value)
    }

    @inlinable public func negated() throws(MoneyOverflow) -> Rupiah {
        try Rupiah.zero.subtracting(self)
    }

    @inlinable public func multiplied(by factor: Int64) throws(MoneyOverflow) -> Rupiah {
        let (value, overflow) = amount.multipliedReportingOverflow(by: factor)
        guard !overflow else { throw MoneyOverflow() }
        return Rupiah(value)
    }

    /// The exact sum: the intermediate has 128 bits, so only the final result can overflow, whatever the order.
    public static func sum(of amounts: some Sequence<Rupiah>) throws(MoneyOverflow) -> Rupiah {
        var total: Int128 = 0
        for each in amounts { total += Int128(each.amount) }
        return try Rupiah(checking: total)
    }

    init(checking wide: Int128) throws(MoneyOverflow) {
        guard let value = Int64(exactly: wide) else { throw MoneyOverflow() }
        self.init(value)
    }

    /// Indonesian form: "Rp1.234.567", "-Rp500".
    public var formatted: String {
        let digits = Array(String(amount.magnitude).utf8)
        var text = amount < 0 ? "-Rp" : "Rp"
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(".") }
            text.unicodeScalars.append(Unicode.Scalar(digit))
        }
        return text
    }

    public var description: String { formatted }
}
