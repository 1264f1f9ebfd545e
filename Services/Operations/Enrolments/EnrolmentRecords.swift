import BankStatements

/// The rows of an agent's list, as a spreadsheet writes them: comma, semicolon or tab, quotes, any line end, a byte
/// order mark.
///
/// A row that cannot be read costs itself alone: a quote that is never closed would swallow the rest of the file, so
/// reading goes on at the line behind the one where it opened.
final class EnrolmentRecords {
    enum Found {
        /// `record` holds the row that begins in this line.
        case row(Int)
        /// No row of CSV: why, in Indonesian.
        case broken(Int, String)
    }

    /// Most lines and bytes of one row: a cell with an address has a few lines, an open quote has all the rest.
    static let mostLines = 8
    static let mostBytes = 16 * 1024

    private struct Line {
        let bytes: [UInt8]
        let number: Int
        let isTooLong: Bool
    }

    private let lines: ByteLines
    /// Lines that were taken for the end of an open row and are read again.
    private var ahead: ArraySlice<Line> = []
    private(set) var record = CSVRecord(delimiter: UInt8(ascii: ","), quote: UInt8(ascii: "\""))

    init(_ chunks: ByteChunks) throws {
        try TextEncoding.checkStart(chunks.peek())
        lines = ByteLines(chunks)
    }

    /// The cells of the first row that is neither blank nor a remark; decides about the delimiter.
    func header() throws -> (cells: [String?], line: Int)? {
        var given: UInt8?
        while let line = try next() {
            let text = line.bytes.drop { $0 == 0x20 }
            if text.isEmpty, !line.isTooLong { continue }
            if text.starts(with: "#".utf8) || text.starts(with: "\"#".utf8) { continue }
            // What spreadsheets write and read to tell the delimiter.
            if text.count == 5, text.starts(with: "sep=".utf8) {
                given = text.last
                continue
            }
            record = CSVRecord(delimiter: given ?? Self.delimiter(line.bytes), quote: UInt8(ascii: "\""))
            guard !line.isTooLong, case .whole = add(line) else {
                throw OperationsError("line \(line.number): the header cannot be read as CSV")
            }
            return (record.fields.indices.map(cell), line.number)
        }
        return nil
    }

    /// The next row; `width` is how many cells it should have at least.
    func row(width: Int) throws -> Found? {
        guard let first = try next() else { return nil }
        let unreadable = "Baris tidak dapat dibaca: periksa tanda kutip dan pemisah kolom."
        guard !first.isTooLong, first.bytes.count <= Self.mostBytes else {
            return .broken(first.number, "Baris lebih panjang dari \(Self.mostBytes) byte.")
        }
        record.reset()
        var state = add(first)
        var taken: [Line] = []
        var size = first.bytes.count
        while case .open = state, taken.count < Self.mostLines - 1, size <= Self.mostBytes, let line = try next() {
            taken.append(line)
            size += line.bytes.count
            if line.isTooLong { break }
            state = add(line)
        }
        guard case .whole = state, taken.isEmpty || record.fields.count >= width else {
            ahead = ArraySlice(taken) + ahead
            guard taken.isEmpty, case .broken = state else {
                return .broken(first.number, "Tanda kutip dibuka dan tidak ditutup.")
            }
            return .broken(first.number, unreadable)
        }
        return .row(first.number)
    }

    /// A cell without blanks around it; nil where it holds a control character, empty where the row ends before it.
    func cell(_ place: Int) -> String? {
        record.withField(place) { TextEncoding.text($0) }.map { text in
            // Blanks that do not break come along when a list is copied out of a web page or a chat.
            let plain = text.unicodeScalars.contains("\u{A0}") ? text.replacing("\u{A0}", with: " ") : text
            return String(plain.drop { $0 == " " }.trimmedEnd)
        }
    }

    private func add(_ line: Line) -> CSVRecord.State { line.bytes.withUnsafeBufferPointer { record.add($0) } }

    private func next() throws -> Line? {
        if let line = ahead.popFirst() { return line }
        return try lines.next().map { Line(bytes: Array($0.bytes), number: $0.number, isTooLong: $0.isTooLong) }
    }

    /// The mark that stands most often outside quotes; a semicolon where none does.
    private static func delimiter(_ header: [UInt8]) -> UInt8 {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in header {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() } else if !isQuoted { counts[byte, default: 0] += 1 }
        }
        let marks = [UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: "\t")]
        return marks.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? marks[0]
    }
}

extension Substring {
    fileprivate var trimmedEnd: Substring {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
