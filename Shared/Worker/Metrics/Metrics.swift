import Synchronization

/// How a metric's whole number becomes the number that is shown.
public enum MetricUnit: Sendable {
    case count
    /// Kept in nanoseconds, shown in seconds.
    case seconds

    func text(_ value: Int64) -> String {
        switch self {
        case .count: String(value)
        case .seconds: metricText(Double(value) / 1_000_000_000)
        }
    }
}

/// A number that only grows. Adding is one relaxed atomic add.
public final class Counter: Sendable {
    private let value = Atomic<Int64>(0)
    public let unit: MetricUnit

    init(unit: MetricUnit) { self.unit = unit }

    /// Negative amounts are ignored: a counter never falls.
    @inline(__always)
    public func add(_ amount: Int = 1) {
        guard amount > 0 else { return }
        value.wrappingAdd(Int64(amount), ordering: .relaxed)
    }

    /// For counters in seconds.
    public func add(_ duration: Duration) { add(Int(duration.wholeNanoseconds)) }

    /// Nanoseconds for a counter in seconds.
    public var current: Int64 { value.load(ordering: .relaxed) }
}

/// A number that rises and falls. Setting and adding are one relaxed atomic operation.
public final class Gauge: Sendable {
    private let value = Atomic<Int64>(0)
    public let unit: MetricUnit

    init(unit: MetricUnit) { self.unit = unit }

    public func set(_ amount: Int) { value.store(Int64(amount), ordering: .relaxed) }
    public func add(_ amount: Int) { value.wrappingAdd(Int64(amount), ordering: .relaxed) }
    /// For gauges in seconds.
    public func set(_ duration: Duration) { value.store(duration.wholeNanoseconds, ordering: .relaxed) }

    /// Nanoseconds for a gauge in seconds.
    public var current: Int64 { value.load(ordering: .relaxed) }
}

/// Counts of values by fixed upper bounds. An observation is one atomic add for its bucket and one for the sum.
public final class Histogram: Sendable {
    /// An atomic of its own, since an array holds copyable values only.
    private final class Cell: Sendable {
        let value = Atomic<Int64>(0)
    }

    /// Upper bounds, rising; in nanoseconds for seconds.
    let bounds: [Int64]
    private let cells: [Cell]
    private let sum = Atomic<Int64>(0)
    public let unit: MetricUnit

    init(bounds: [Int64], unit: MetricUnit) {
        self.bounds = Array(Set(bounds)).sorted()
        self.unit = unit
        cells = (0...self.bounds.count).map { _ in Cell() }
    }

    public func observe(_ amount: Int) {
        let amount = Int64(amount)
        var index = 0
        while index < bounds.count, amount > bounds[index] { index += 1 }
        cells[index].value.wrappingAdd(1, ordering: .relaxed)
        sum.wrappingAdd(amount, ordering: .relaxed)
    }

    public func observe(_ duration: Duration) { observe(Int(duration.wholeNanoseconds)) }

    /// Counts per bucket (the last one without a bound) and the sum.
    public var current: (counts: [Int64], sum: Int64) {
        (cells.map { $0.value.load(ordering: .relaxed) }, sum.load(ordering: .relaxed))
    }
}

extension Duration {
    /// Stops at the ends of Int64, 292 years away.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, again) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || again ? (seconds < 0 ? .min : .max) : sum
    }
}

/// A number as the exposition format wants it.
func metricText(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
    return String(value)
}
