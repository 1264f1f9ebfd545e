import CommissionCalculator
import Foundation
import PerisaiModels

/// Standard output for results, standard error for progress and complaints.
enum Console {
    static func out(_ text: String) { FileHandle.standardOutput.put(text + "\n") }
    /// As it is, without a line break of its own.
    static func raw(_ text: String) { FileHandle.standardOutput.put(text) }
    static func note(_ text: String) { FileHandle.standardError.put(text + "\n") }

    /// Rewrites the current line on a terminal; prints nothing elsewhere.
    static func progress(_ text: String) {
        guard isTerminal else { return }
        FileHandle.standardError.put("\r\u{1B}[K" + text)
    }

    static func endProgress() { if isTerminal { FileHandle.standardError.put("\n") } }

    static let isTerminal = isatty(STDERR_FILENO) == 1
}

extension FileHandle {
    /// Output that cannot be written has no reader left who could be told.
    fileprivate func put(_ text: String) { try? write(contentsOf: Data(text.utf8)) }
}

/// Rows for people, or JSON for programs.
struct Table {
    /// A column: its heading, its name in JSON, and whether it holds numbers (right-aligned, unquoted in JSON).
    struct Column {
        let title: String
        let name: String
        let isNumber: Bool

        init(_ title: String, _ name: String? = nil, number: Bool = false) {
            self.title = title
            self.name = name ?? title.lowercased().replacing(" ", with: "_")
            isNumber = number
        }
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// One text a column; an empty one is null in JSON.
    mutating func append(_ row: [String]) {
        rows.append(row + Array(repeating: "", count: max(0, columns.count - row.count)))
    }

    var text: String {
        let widths = columns.indices.map { width($0) }
        var lines = [line(columns.map(\.title), widths)]
        lines += rows.map { line($0, widths) }
        return lines.joined(separator: "\n")
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var parts: [String] = []
        for (index, column) in columns.enumerated() {
            let padding = String(repeating: " ", count: max(0, widths[index] - cells[index].count))
            parts.append(column.isNumber ? padding + cells[index] : cells[index] + padding)
        }
        var line = Substring(parts.joined(separator: "  "))
        while line.last == " " { line.removeLast() }
        return String(line)
    }

    private func width(_ index: Int) -> Int { max(columns[index].title.count, rows.map { $0[index].count }.max() ?? 0) }

    func write(to writer: inout JSONWriter) {
        writer.beginArray()
        for row in rows {
            writer.beginObject()
            for (column, cell) in zip(columns, row) {
                writer.name(column.name)
                if cell.isEmpty {
                    writer.null()
                } else if column.isNumber, let number = Int64(cell) {
                    writer.integer(number)
                } else {
                    writer.string(cell)
                }
            }
            writer.endObject()
        }
        writer.endArray()
    }

    /// RFC 4180, with the names of the columns first and the end of each line.
    var csv: String {
        var csv = CSVText(columns.map(\.name))
        for row in rows { csv.append(row) }
        return csv.text
    }

    /// The rows as text, or as a JSON array.
    func print(json: Bool) {
        guard json else { return Console.out(text) }
        var writer = JSONWriter()
        write(to: &writer)
        Console.out(writer.text)
    }
}

/// A line that says how far a long work is, at most five times a second.
struct ProgressLine {
    private let label: String
    private let total: Int?
    private let started = ContinuousClock.now
    private var shown = ContinuousClock.now

    /// `total` in the same unit as the `done` that is given to `update`; nil when it is not known.
    init(_ label: String, total: Int?) {
        self.label = label
        self.total = total
    }

    mutating func update(done: Int, records: Int, extra: String = "", force: Bool = false) {
        guard force || ContinuousClock.now - shown > .milliseconds(200) else { return }
        shown = .now
        let seconds = max(0.001, Double((shown - started).components.seconds) + Self.fraction(shown - started))
        let rate = Int(Double(records) / seconds)
        var text = "\(label) "
        if let total, total > 0 {
            let part = min(1, Double(done) / Double(total))
            let filled = Int(part * 30)
            text += "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
            text += "] \(Int(part * 100)) % "
        }
        Console.progress(text + "\(records) events, \(rate)/s \(extra)")
    }

    private static func fraction(_ duration: Duration) -> Double { Double(duration.components.attoseconds) * 1e-18 }
}
