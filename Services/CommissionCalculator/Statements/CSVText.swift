/// Comma-separated values (RFC 4180). A spreadsheet takes no cell for a formula.
public struct CSVText: Sendable {
    public private(set) var text = ""

    public init(_ columns: [String]) { append(columns) }

    public mutating func append(_ cells: [String]) {
        text += cells.map(Self.cell).joined(separator: ",") + "\r\n"
    }

    private static func cell(_ raw: String) -> String {
        let isFormula = raw.first.map { "=+-@\t\r".contains($0) } ?? false
        let isNumber = raw.dropFirst().allSatisfy { $0.isNumber || $0 == "." } && raw.first != "="
        let cell = isFormula && !(isNumber && raw.count > 1 && raw.hasPrefix("-")) ? "'\(raw)" : raw
        guard cell.utf8.contains(where: { $0 == 34 || $0 == 44 || $0 == 10 || $0 == 13 }) else { return cell }
        return "\"\(cell.replacing("\"", with: "\"\""))\""
    }
}
