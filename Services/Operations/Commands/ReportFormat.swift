import ArgumentParser
import CommissionCalculator
import PerisaiModels

enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case table, csv, json
}

/// A table of a report: for people, as CSV or as JSON.
struct ReportTable {
    enum Kind {
        case text, number
        /// With decimals after a point; JSON gives it as a number.
        case decimal
    }

    struct Column {
        let title: String
        let name: String
        let kind: Kind

        init(_ title: String, _ name: String? = nil, _ kind: Kind = .text) {
            self.title = title
            self.name = name ?? title.lowercased().replacing(" ", with: "_")
            self.kind = kind
        }
    }

    /// Names the table in JSON and for --part.
    let name: String
    let title: String
    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ name: String, _ title: String, _ columns: [Column]) {
        self.name = name
        self.title = title
        self.columns = columns
    }

    /// One text a column; an empty one is null in JSON.
    mutating func append(_ row: [String]) {
        rows.append(row + Array(repeating: "", count: max(0, columns.count - row.count)))
    }

    /// At most `top` rows, and how many are left out.
    func text(top: Int) -> String {
        var table = Table(columns.map { .init($0.title, $0.name, number: $0.kind != .text) })
        for row in rows.prefix(top) { table.append(row) }
        let more = rows.count > top ? "\n\(top) of \(rows.count) shown; --top shows more, --format csv all" : ""
        return "\(title)\n" + (rows.isEmpty ? "nothing" : table.text) + more
    }

    func csv(top: Int) -> String {
        var csv = CSVText(columns.map(\.name))
        for row in rows.prefix(top) { csv.append(row) }
        return csv.text
    }

    func write(to writer: inout JSONWriter, top: Int) {
        writer.beginArray()
        for row in rows.prefix(top) {
            writer.beginObject()
            for (column, cell) in zip(columns, row) {
                writer.name(column.name)
                if cell.isEmpty {
                    writer.null()
                } else if column.kind == .text {
                    writer.string(cell)
                } else {
                    // Written by us: digits, a minus, a point.
                    writer.verbatim(cell.utf8)
                }
            }
            writer.endObject()
        }
        writer.endArray()
    }
}

/// How a report is printed.
struct ReportOutput: ParsableArguments {
    @Option(help: "table, csv or json.") var format = ReportFormat.table
    @Option(help: "Print at most so many lines of each table (default: 100 for people, all otherwise).")
    var top: Int?
    @Option(help: "Print only this table of the report; CSV prints the first one unless told.") var part: String?

    func validate() throws {
        guard (1...1_000_000).contains(top ?? 1) else { throw ValidationError("--top must lie between 1 and 1000000") }
    }

    /// Prints the tables; notes go to people and into JSON.
    func print(_ tables: [ReportTable], notes: [String] = []) throws {
        let chosen = tables.filter { part == nil || $0.name == part }
        guard let first = chosen.first else {
            throw ValidationError("--part must be one of " + tables.map(\.name).joined(separator: ", "))
        }
        switch format {
        case .table:
            let texts = chosen.map { $0.text(top: top ?? 100) }
            Console.out((texts + (notes.isEmpty ? [] : [notes.joined(separator: "\n")])).joined(separator: "\n\n"))
        case .csv: Console.raw(first.csv(top: top ?? .max))
        case .json:
            var writer = JSONWriter()
            writer.beginObject()
            for table in chosen {
                writer.name(table.name)
                table.write(to: &writer, top: top ?? .max)
            }
            writer.name("notes" as String)
            writer.beginArray()
            for note in notes { writer.string(note) }
            writer.endArray()
            writer.endObject()
            Console.out(writer.text)
        }
    }
}
