import PerisaiModels

extension StatementPaper {
    private static let style = """
        @page { size: A4; margin: 15mm; }
        * { box-sizing: border-box; }
        body { font: 10pt/1.4 Georgia, "Times New Roman", serif; color: #111; max-width: 180mm; margin: 10mm auto; }
        h1 { font-size: 16pt; margin: 0 0 4mm; border-bottom: 0.6mm solid #111; padding-bottom: 2mm; }
        h2 { font-size: 10.5pt; margin: 6mm 0 1.5mm; break-after: avoid; }
        table { width: 100%; border-collapse: collapse; }
        th, td { text-align: left; vertical-align: top; padding: 0.7mm 1.5mm 0.7mm 0; }
        thead { display: table-header-group; }
        thead th { border-bottom: 0.3mm solid #111; font-size: 8.5pt; }
        tbody tr { break-inside: avoid; }
        tfoot { display: table-row-group; }
        tfoot td { border-top: 0.2mm solid #777; font-weight: bold; }
        .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .head th { width: 32mm; font-weight: normal; color: #444; }
        .fine { font-size: 6pt; }
        .fine thead th { font-size: 6pt; }
        .fine td { overflow-wrap: anywhere; }
        footer { margin-top: 8mm; font-size: 8.5pt; color: #444; }
        @media print { body { margin: 0; max-width: none; } }
        """

    /// One self-contained page for printing on A4, without scripts; every text is escaped.
    var html: String {
        var lines = [
            "<!DOCTYPE html>", "<html lang=\"id\">", "<head>", "<meta charset=\"utf-8\">",
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            "<title>\(HTMLText.escaped(title)) \(HTMLText.escaped(head.first?.1 ?? ""))</title>", "<style>", Self.style,
            "</style>", "</head>", "<body>", "<h1>\(HTMLText.escaped(title))</h1>", "<table class=\"head\"><tbody>",
        ]
        lines += head.map {
            "<tr><th scope=\"row\">\(HTMLText.escaped($0.0))</th><td>\(HTMLText.escaped($0.1))</td></tr>"
        }
        lines.append("</tbody></table>")
        for section in sections { lines += section.html }
        lines.append("<footer>")
        lines += notes.map { "<p>\(HTMLText.escaped($0))</p>" }
        lines += ["</footer>", "</body>", "</html>"]
        return lines.joined(separator: "\n") + "\n"
    }
}

extension StatementPaper.Section {
    fileprivate var html: [String] {
        func row(_ cells: [String], _ tag: String) -> String {
            let cells = zip(columns, cells).map { column, cell in
                "<\(tag)\(column.isNumber ? " class=\"number\"" : "")>\(HTMLText.escaped(cell))</\(tag)>"
            }
            return "<tr>\(cells.joined())</tr>"
        }
        var lines = [
            "<h2>\(HTMLText.escaped(title))</h2>", isFine ? "<table class=\"fine\">" : "<table>",
            "<thead>\(row(columns.map(\.title), "th"))</thead>", "<tbody>",
        ]
        lines += rows.map { row($0, "td") }
        lines.append("</tbody>")
        if !sums.isEmpty { lines += ["<tfoot>"] + sums.map { row($0, "td") } + ["</tfoot>"] }
        lines.append("</table>")
        return lines
    }
}
