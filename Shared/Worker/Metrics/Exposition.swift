/// Prometheus text, format 0.0.4.
struct Exposition {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    mutating func append(_ name: String, _ family: MetricsRegistry.Family) {
        text += "# HELP \(name) \(Self.escape(family.help, quotes: false))\n# TYPE \(name) \(family.kind)\n"
        for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) { append(name, labels, series) }
    }

    private mutating func append(_ name: String, _ labels: String, _ series: MetricsRegistry.Series) {
        switch series {
        case .counter(let counter): line(name, labels, counter.unit.text(counter.current))
        case .gauge(let gauge): line(name, labels, gauge.unit.text(gauge.current))
        case .callback(let read): line(name, labels, metricText(read()))
        case .histogram(let histogram): append(name, labels, histogram)
        case .group(let names, let limit, let read):
            var seen: Set<String> = []
            for (values, number) in read().prefix(limit) where values.count == names.count {
                let labels = Self.labels(zip(names, values).map { (name: $0, value: String($1.prefix(256))) })
                if seen.insert(labels).inserted { line(name, labels, metricText(number)) }
            }
        }
    }

    private mutating func append(_ name: String, _ labels: String, _ histogram: Histogram) {
        let (counts, sum) = histogram.current
        var total: Int64 = 0
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < histogram.bounds.count ? histogram.unit.text(histogram.bounds[index]) : "+Inf"
            line(name + "_bucket", (labels.isEmpty ? "" : labels + ",") + "le=\"\(bound)\"", String(total))
        }
        line(name + "_sum", labels, histogram.unit.text(sum))
        line(name + "_count", labels, String(total))
    }

    private mutating func line(_ name: String, _ labels: String, _ value: String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    /// `a="1",b="2"`, in the order given.
    static func labels(_ labels: MetricsRegistry.Labels) -> String {
        labels.map { "\($0.name)=\"\(escape($0.value, quotes: true))\"" }.joined(separator: ",")
    }

    /// Backslash and line end, and in label values the quote.
    static func escape(_ text: String, quotes: Bool) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": escaped.append(contentsOf: "\\n".unicodeScalars)
            case "\"" where quotes: escaped.append(contentsOf: "\\\"".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
