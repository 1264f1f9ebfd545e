import PerisaiModels

/// What one run came to, added over its waves.
struct BenchResult {
    let subject: BenchSubject
    var records = 0
    var seconds = 0.0
    var databaseCPU = 0.0
    var workerCPU = 0.0
    var writtenBytes: Int64 = 0
    var peakMemory = 0
    var stages: [(name: String, seconds: Double)] = []
    /// Events that made rows.
    var payments = 0
    /// Rows of the subject's last table.
    var ledgerRows = 0
    var rawSeconds = 0.0
    var rawPayments = 0

    var rate: Double { Double(records) / max(seconds, 0.001) }
    var rawRate: Double { Double(rawPayments) / max(rawSeconds, 0.001) }

    mutating func add(records: Int, from first: BenchUsage, to last: BenchUsage) {
        self.records += records
        seconds += (last.at - first.at).inSeconds
        databaseCPU += last.database - first.database
        workerCPU += last.worker - first.worker
        writtenBytes += last.writtenBytes - first.writtenBytes
    }

    /// Adds the stage times that a worker's metrics tell.
    mutating func addStages(of metrics: String) {
        for line in metrics.split(separator: "\n") {
            guard line.hasPrefix("perisai_stage_seconds_total{stage=\""), let space = line.lastIndex(of: " "),
                let seconds = Double(line[line.index(after: space)...])
            else { continue }
            let name = String(line.dropFirst(35).prefix { $0 != "\"" })
            if let index = stages.firstIndex(where: { $0.name == name }) {
                stages[index].seconds += seconds
            } else {
                stages.append((name, seconds))
            }
        }
    }

    /// The run in the middle by its rate; nil of none.
    static func median(_ results: [BenchResult]) -> BenchResult? {
        let sorted = results.sorted { $0.rate < $1.rate }
        return sorted.isEmpty ? nil : sorted[sorted.count / 2]
    }

    // MARK: text

    func line(_ run: Int) -> String {
        "run \(run): \(Int(rate)) \(subject.event)s/s, raw COPY \(Int(rawRate))/s, ratio \(percent), peak \(peakMemory >> 20) MiB"
    }

    var percent: String { "\((rate / max(rawRate, 1) * 1_000).rounded() / 10) %" }
    private var linesEach: Double { (Double(ledgerRows) / Double(max(payments, 1)) * 100).rounded() / 100 }

    func report(_ setting: String, runs: [BenchResult]) -> String {
        let event = subject.event
        func line(_ what: String, _ figure: String) -> String {
            what.padding(toLength: 69, withPad: " ", startingAt: 0) + figure
        }
        var lines = [
            "One \(subject.service), \(setting); median of \(runs.count) runs", "",
            line("\(event)s a second, topic to committed rows and acknowledged events", "\(Int(rate))"),
            line("the same rows by bare binary COPY on one connection, \(event)s a second", "\(Int(rawRate))"),
            line("ratio", percent), line("\(subject.rows) a \(event)", "\(linesEach)"),
            line("peak memory of the worker", "\(peakMemory >> 20) MiB"),
            line("write-ahead log a \(event)", "\(writtenBytesEach) bytes"),
            "CPU a \(event): worker \(micro(workerCPU)) us, its PostgreSQL backends \(micro(databaseCPU)) us", "",
            "where the time goes, us a \(event), added over the lanes (decode and publish run beside the rest):",
        ]
        for (name, seconds) in stages where name != "idle" {
            lines.append("  " + name.padding(toLength: 10, withPad: " ", startingAt: 0) + micro(seconds))
        }
        lines.append("")
        lines.append(
            "all runs: " + runs.map { "\(Int($0.rate))" }.joined(separator: ", ") + " \(event)s/s; raw "
                + runs.map { "\(Int($0.rawRate))" }.joined(separator: ", "))
        return lines.joined(separator: "\n")
    }

    /// Microseconds for each record, two digits behind the point.
    func micro(_ seconds: Double) -> String { "\((seconds / Double(max(records, 1)) * 1e8).rounded() / 100)" }

    var writtenBytesEach: Int { Int(writtenBytes) / max(records, 1) }

    // MARK: JSON

    func write(to writer: inout JSONWriter) {
        let event = subject.event
        let figures: [(name: String, value: Int64)] = [
            ("\(event)s_per_second", Int64(rate)), ("raw_copy_per_second", Int64(rawRate)),
            ("peak_memory_bytes", Int64(peakMemory)), ("worker_cpu_ns_per_\(event)", nano(workerCPU)),
            ("database_cpu_ns_per_\(event)", nano(databaseCPU)), ("wal_bytes_per_\(event)", Int64(writtenBytesEach)),
        ]
        for figure in figures {
            writer.name(figure.name)
            writer.integer(figure.value)
        }
    }

    private func nano(_ seconds: Double) -> Int64 { Int64(seconds / Double(max(records, 1)) * 1e9) }

    static func json(_ results: [BenchResult]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for result in results {
            writer.beginObject()
            result.write(to: &writer)
            writer.endObject()
        }
        writer.endArray()
        return writer.text
    }
}
