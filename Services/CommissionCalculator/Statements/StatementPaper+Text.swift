extension StatementPaper {
    /// Columns of text, at the width of their longest cell.
    var text: String {
        let width = head.map(\.0.count).max() ?? 0
        var lines = [title.uppercased(), ""]
        lines += head.map { Self.padded($0.0, width) + "  " + $0.1 }
        for section in sections { lines += ["", section.title] + section.lines }
        lines += [""] + notes
        return lines.joined(separator: "\n") + "\n"
    }

    fileprivate static func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return right ? space + text : text + space
    }
}

extension StatementPaper.Section {
    fileprivate var lines: [String] {
        let table = [columns.map(\.title)] + rows + sums
        let widths = columns.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            var line = Substring(
                cells.indices.map { StatementPaper.padded(cells[$0], widths[$0], right: columns[$0].isNumber) }
                    .joined(separator: "  "))
            while line.last == " " { line.removeLast() }
            return String(line)
        }
        let rule = sums.isEmpty ? [] : [String(repeating: "-", count: widths.reduce(0, +) + 2 * (widths.count - 1))]
        return [line(columns.map(\.title))] + rows.map(line) + rule + sums.map(line)
    }
}
