import Testing

@testable import Worker

@Suite struct MetricsTests {
    @Test func expositionFormat() {
        let registry = MetricsRegistry()
        registry.counter("records_total", help: "Records\nread \\ \"all\"", labels: [("topic", "a\"b\\c\nd")]).add(3)
        registry.counter("records_total", help: "ignored", labels: [("topic", "z")]).add()
        registry.gauge("outbox_age_seconds", help: "Age", unit: .seconds).set(.milliseconds(1_500))
        registry.gauge("ready", help: "Ready") { 1 }
        let time = registry.histogram(
            "batch_seconds", help: "Batch", labels: [("stage", "save")], buckets: [.seconds(1), .milliseconds(100)])
        time.observe(.milliseconds(100))
        time.observe(.milliseconds(101))
        time.observe(.seconds(2))
        registry.gauges("lag", help: "Lag", labelNames: ["partition"], limit: 2) {
            [(["0"], 5), (["1"], .infinity), (["2"], 7)]
        }
        let expected = #"""
            # HELP batch_seconds Batch
            # TYPE batch_seconds histogram
            batch_seconds_bucket{stage="save",le="0.1"} 1
            batch_seconds_bucket{stage="save",le="1"} 2
            batch_seconds_bucket{stage="save",le="+Inf"} 3
            batch_seconds_sum{stage="save"} 2.201
            batch_seconds_count{stage="save"} 3
            # HELP lag Lag
            # TYPE lag gauge
            lag{partition="0"} 5
            lag{partition="1"} +Inf
            # HELP outbox_age_seconds Age
            # TYPE outbox_age_seconds gauge
            outbox_age_seconds 1.5
            # HELP ready Ready
            # TYPE ready gauge
            ready 1
            # HELP records_total Records\nread \\ "all"
            # TYPE records_total counter
            records_total{topic="a\"b\\c\nd"} 3
            records_total{topic="z"} 1
            # HELP perisai_metrics_refused_series Series that were over the limit or badly named
            # TYPE perisai_metrics_refused_series gauge
            perisai_metrics_refused_series 0

            """#
        #expect(registry.exposition() == expected)
    }

    @Test func sameSeriesTwiceIsOne() {
        let registry = MetricsRegistry()
        #expect(
            registry.counter("a", help: "", labels: [("x", "1")])
                === registry.counter("a", help: "", labels: [("x", "1")]))
        #expect(
            registry.counter("a", help: "", labels: [("x", "1")])
                !== registry.counter("a", help: "", labels: [("x", "2")]))
    }

    @Test func seriesAreLimitedAndBadNamesRefused() {
        let registry = MetricsRegistry(maxSeries: 2)
        for index in 0..<5 { registry.counter("a", help: "", labels: [("x", "\(index)")]).add() }
        registry.counter("9bad", help: "").add()
        registry.counter("ok", help: "", labels: [("bad-label", "")]).add()
        registry.counter("ok", help: "", labels: [("x", "1"), ("x", "2")]).add()
        registry.gauge("a", help: "another kind").set(1)
        _ = registry.histogram("h", help: "", labels: [("le", "1")], counts: [1])
        let text = registry.exposition()
        #expect(text.contains("a{x=\"1\"} 1\n") && !text.contains("a{x=\"2\"}"))
        #expect(!text.contains("bad") || text.contains("badly"))
        #expect(text.hasSuffix("perisai_metrics_refused_series 8\n"))
    }

    @Test func addingFromManyTasksLosesNothing() async {
        let registry = MetricsRegistry()
        let counter = registry.counter("n", help: "")
        let histogram = registry.histogram("h", help: "", counts: [1, 2, 3])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for value in 0..<1_000 {
                        counter.add()
                        histogram.observe(value % 5)
                    }
                }
            }
        }
        #expect(counter.current == 8_000)
        #expect(histogram.current.counts == [3_200, 1_600, 1_600, 1_600])
        #expect(histogram.current.sum == 16_000)
    }

    @Test func numbers() {
        #expect(metricText(.nan) == "NaN" && metricText(-.infinity) == "-Inf" && metricText(0.25) == "0.25")
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
        let counter = MetricsRegistry().counter("n", help: "", unit: .seconds)
        counter.add(.microseconds(3))
        counter.add(-5)
        #expect(counter.current == 3_000)
    }
}
