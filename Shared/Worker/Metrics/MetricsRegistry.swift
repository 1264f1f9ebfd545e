import Synchronization

/// The metrics of a process and their text for Prometheus (exposition format 0.0.4).
///
/// A series (name and labels) is made once and kept; asking again gives the same one. Beyond `maxSeries`, and for bad
/// names, a metric is given that works but is not shown; `perisai_metrics_refused_series` counts those.
public final class MetricsRegistry: Sendable {
    public typealias Labels = [(name: String, value: String)]

    /// Upper bounds in seconds for times from a tenth of a millisecond to a minute.
    public static let timeBuckets: [Duration] =
        [.microseconds(100), .microseconds(500), .milliseconds(1), .milliseconds(5), .milliseconds(10)]
        + [.milliseconds(25), .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500)]
        + [.seconds(1), .seconds(2), .seconds(5), .seconds(10), .seconds(30), .seconds(60)]

    enum Series: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)
        case callback(@Sendable () -> Double)
        /// Several series of one name whose labels are known only when they are read.
        case group([String], Int, @Sendable () -> [([String], Double)])
    }

    struct Family: Sendable {
        let kind: String
        let help: String
        /// By rendered labels.
        var series: [String: Series] = [:]
    }

    struct State: Sendable {
        var families: [String: Family] = [:]
        var count = 0
        var refused = 0
    }

    private let state = Mutex(State())
    private let maxSeries: Int

    public init(maxSeries: Int = 2_000) { self.maxSeries = maxSeries }

    // MARK: Registration

    public func counter(
        _ name: String, help: String, labels: Labels = [], unit: MetricUnit = .count
    ) -> Counter {
        let made = register(name, "counter", help, labels) { .counter(Counter(unit: unit)) }
        if case .counter(let counter) = made { return counter }
        return Counter(unit: unit)
    }

    public func gauge(_ name: String, help: String, labels: Labels = [], unit: MetricUnit = .count) -> Gauge {
        let made = register(name, "gauge", help, labels) { .gauge(Gauge(unit: unit)) }
        if case .gauge(let gauge) = made { return gauge }
        return Gauge(unit: unit)
    }

    /// A gauge that is asked when metrics are read; it must answer at once and from any thread.
    public func gauge(
        _ name: String, help: String, labels: Labels = [], reading: @escaping @Sendable () -> Double
    ) {
        _ = register(name, "gauge", help, labels) { .callback(reading) }
    }

    /// Gauges of one name with labels known only when read, such as lag by partition; at most `limit` are shown.
    public func gauges(
        _ name: String, help: String, labelNames: [String], limit: Int = 200,
        reading: @escaping @Sendable () -> [([String], Double)]
    ) {
        guard labelNames.allSatisfy(Self.isLabelName) else { return refuse() }
        _ = register(name, "gauge", help, []) { .group(labelNames, limit, reading) }
    }

    /// A histogram of times.
    public func histogram(
        _ name: String, help: String, labels: Labels = [], buckets: [Duration] = MetricsRegistry.timeBuckets
    ) -> Histogram {
        histogram(name, help, labels, Histogram(bounds: buckets.prefix(64).map(\.wholeNanoseconds), unit: .seconds))
    }

    /// A histogram of counts or sizes.
    public func histogram(_ name: String, help: String, labels: Labels = [], counts buckets: [Int]) -> Histogram {
        histogram(name, help, labels, Histogram(bounds: buckets.prefix(64).map(Int64.init), unit: .count))
    }

    private func histogram(_ name: String, _ help: String, _ labels: Labels, _ new: Histogram) -> Histogram {
        let made = register(name, "histogram", help, labels) { .histogram(new) }
        if case .histogram(let histogram) = made { return histogram }
        return new
    }

    private func register(
        _ name: String, _ kind: String, _ help: String, _ labels: Labels, _ make: () -> Series
    ) -> Series? {
        guard Self.isMetricName(name), labels.count <= 8, Set(labels.map(\.name)).count == labels.count,
            labels.allSatisfy({ Self.isLabelName($0.name) && $0.name != "le" && $0.value.utf8.count <= 256 })
        else {
            refuse()
            return nil
        }
        let key = Exposition.labels(labels)
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: kind, help: help)
            guard family.kind == kind else {
                state.refused += 1
                return nil
            }
            if let known = family.series[key] { return known }
            guard state.count < maxSeries else {
                state.refused += 1
                return nil
            }
            let series = make()
            family.series[key] = series
            state.families[name] = family
            state.count += 1
            return series
        }
    }

    private func refuse() { state.withLock { $0.refused += 1 } }

    // MARK: Reading

    /// The text of all metrics, families and series sorted by name.
    public func exposition() -> String {
        // Callbacks run outside the lock: they may take locks of their own.
        let (families, refused) = state.withLock { ($0.families, $0.refused) }
        var text = Exposition()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) { text.append(name, family) }
        text.append(
            "perisai_metrics_refused_series",
            Family(
                kind: "gauge", help: "Series that were over the limit or badly named",
                series: [
                    "": .callback { Double(refused) }
                ]))
        return text.text
    }

    // MARK: Names

    private static func isMetricName(_ name: String) -> Bool {
        name.utf8.count <= 200 && isName(name) { $0 == UInt8(ascii: ":") }
    }

    private static func isLabelName(_ name: String) -> Bool {
        name.utf8.count <= 100 && !name.hasPrefix("__") && isName(name) { _ in false }
    }

    private static func isName(_ name: String, or other: (UInt8) -> Bool) -> Bool {
        guard let first = name.utf8.first, first &- 0x30 >= 10 else { return false }
        return name.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x5F || other($0) }
    }
}
