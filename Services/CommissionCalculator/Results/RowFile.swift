import PerisaiModels

/// A line of a file: its fields by name, as text.
struct RowFields {
    let line: Int
    let texts: [String: String]
    /// Fields whose fault is told already.
    var broken: Set<String> = []
}

/// Reads a file of rows: a JSON array of flat objects, or CSV (RFC 4180) with a header.
enum RowFile {
    /// 16 MiB.
    static let byteLimit = 16 << 20
    static let rowLimit = 20_000
    /// Bytes of one CSV field, and fields of one row.
    static let fieldLimit = 4_096
    static let columnLimit = 64

    /// The rows, and what is wrong with those that are not given.
    static func read(
        _ bytes: [UInt8], isJSON: Bool, fields: Set<String>
    ) -> (rows: [RowFields], faults: [RowFault]) {
        guard bytes.count <= byteLimit else {
            return ([], [RowFault(line: 1, field: "file", reason: "has more than \(byteLimit >> 20) MiB")])
        }
        return isJSON ? readJSON(bytes, fields) : readCSV(bytes, fields)
    }

    // MARK: JSON

    private static func readJSON(_ bytes: [UInt8], _ known: Set<String>) -> ([RowFields], [RowFault]) {
        var rows: [RowFields] = []
        var faults: [RowFault] = []
        bytes.withUnsafeBytes { buffer in
            do throws(JSONFault) {
                let file = try JSONSlice(buffer)
                guard file.raw.first == UInt8(ascii: "[") else { throw JSONFault(reason: "must be a JSON array") }
                var line = 1
                var position = 0
                try file.forEachElement { (_, element) throws(JSONFault) in
                    guard let start = element.raw.baseAddress, let base = buffer.baseAddress else { return }
                    let offset = start - base
                    line += buffer[position..<offset].count(where: { $0 == UInt8(ascii: "\n") })
                    position = offset
                    do throws(JSONFault) {
                        if let row = flat(try JSONTree(element), line, known, &faults) { rows.append(row) }
                    } catch { faults.append(RowFault(line: line, field: field(error), reason: error.reason)) }
                }
            } catch { faults.append(RowFault(line: 1, field: field(error), reason: error.reason)) }
        }
        return (rows, faults)
    }

    private static func field(_ fault: JSONFault) -> String { fault.field.isEmpty ? "file" : fault.field }

    private static func flat(
        _ tree: JSONTree, _ line: Int, _ known: Set<String>, _ faults: inout [RowFault]
    ) -> RowFields? {
        guard case .object(let members) = tree else {
            faults.append(RowFault(line: line, field: "row", reason: "must be a JSON object"))
            return nil
        }
        var row = (texts: [String: String](), broken: Set<String>())
        for member in members {
            guard known.contains(member.name) else {
                faults.append(RowFault(line: line, field: printable(member.name), reason: "is no field of this file"))
                continue
            }
            switch member.value {
            case .string(let text), .number(let text):
                guard row.texts.updateValue(text, forKey: member.name) != nil else { continue }
                faults.append(RowFault(line: line, field: member.name, reason: "stands more than once"))
            case .null: continue
            default: faults.append(RowFault(line: line, field: member.name, reason: "must be a text or a number"))
            }
            row.broken.insert(member.name)
        }
        return RowFields(line: line, texts: row.texts, broken: row.broken)
    }

    /// A name from outside, short and without control characters.
    private static func printable(_ name: String) -> String {
        let plain = name.unicodeScalars.filter { $0.properties.generalCategory != .control }
        let text = NIK.hidden(in: String(String.UnicodeScalarView(plain.prefix(32))))
        return text.isEmpty ? "row" : text
    }

    // MARK: CSV

    private static func readCSV(_ bytes: [UInt8], _ known: Set<String>) -> ([RowFields], [RowFault]) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            return ([], [RowFault(line: 1, field: "file", reason: "is not valid UTF-8")])
        }
        var cursor = CSVCursor(bytes)
        var faults: [RowFault] = []
        guard let header = cursor.next() else {
            return ([], [RowFault(line: 1, field: "file", reason: "has no header")])
        }
        let names = header.fields.map { $0.lowercased() }
        if let fault = header.fault { return ([], [RowFault(line: 1, field: "header", reason: fault)]) }
        for name in names where !known.contains(name) {
            faults.append(RowFault(line: 1, field: printable(name), reason: "is no field of this file"))
        }
        if Set(names).count < names.count {
            faults.append(RowFault(line: 1, field: "header", reason: "a name stands more than once"))
        }
        guard faults.isEmpty else { return ([], faults) }
        var rows: [RowFields] = []
        while let record = cursor.next() {
            guard rows.count + faults.count < rowLimit else {
                faults.append(RowFault(line: record.line, field: "file", reason: "has more than \(rowLimit) rows"))
                break
            }
            if let fault = record.fault {
                faults.append(RowFault(line: record.line, field: "row", reason: fault))
            } else if record.fields.count != names.count {
                faults.append(
                    RowFault(
                        line: record.line, field: "row",
                        reason: "has \(record.fields.count) columns where the header has \(names.count)"))
            } else {
                let pairs = zip(names, record.fields).filter { !$0.1.isEmpty }
                rows.append(RowFields(line: record.line, texts: Dictionary(uniqueKeysWithValues: pairs)))
            }
        }
        return (rows, faults)
    }
}

/// Walks over the records of a CSV text: commas, quotes doubled inside quotes, lines that end in LF or CR LF.
struct CSVCursor {
    struct Record {
        let line: Int
        let fields: [String]
        let fault: String?
    }

    private let bytes: [UInt8]
    private var position: Int
    private var line = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // A byte order mark is none of the header.
        position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The next record that is no blank line; nil at the end.
    mutating func next() -> Record? {
        while position < bytes.count {
            let record = read()
            if record.fault != nil || record.fields.contains(where: { !$0.isEmpty }) { return record }
        }
        return nil
    }

    private mutating func read() -> Record {
        let start = line
        var fields: [String] = []
        var fault: String?
        var isAtEnd = false
        while !isAtEnd {
            let (text, problem, last) = field()
            fault = fault ?? problem
            if fields.count < RowFile.columnLimit {
                fields.append(text)
            } else {
                fault = fault ?? "has too many columns"
            }
            isAtEnd = last
        }
        return Record(line: start, fields: fields, fault: fault)
    }

    /// One field, what is wrong with it, and whether the record ends behind it.
    private mutating func field() -> (text: String, fault: String?, isLast: Bool) {
        var content: [UInt8] = []
        var fault: String?
        var isQuoted = false
        var wasQuoted = false
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\n") { line += 1 }
            if isQuoted {
                if byte != UInt8(ascii: "\"") {
                    content.append(byte)
                } else if position < bytes.count, bytes[position] == byte {
                    content.append(byte)
                    position += 1
                } else {
                    (isQuoted, wasQuoted) = (false, true)
                }
                continue
            }
            switch byte {
            case UInt8(ascii: ","): return (Self.text(content), fault ?? Self.tooLong(content), false)
            case UInt8(ascii: "\n"): return (Self.text(content), fault ?? Self.tooLong(content), true)
            case UInt8(ascii: "\r"): continue
            case UInt8(ascii: "\"") where content.isEmpty && !wasQuoted: isQuoted = true
            default:
                if wasQuoted, byte != 0x20 { fault = "a field has characters behind its closing quote" }
                content.append(byte)
            }
        }
        return (Self.text(content), isQuoted ? "the file ends within quotes" : fault ?? Self.tooLong(content), true)
    }

    private static func tooLong(_ content: [UInt8]) -> String? {
        content.count > RowFile.fieldLimit ? "a field has more than \(RowFile.fieldLimit) bytes" : nil
    }

    private static func text(_ content: [UInt8]) -> String {
        let blank = content.drop { $0 == 0x20 || $0 == 0x09 }
        let end = blank.lastIndex { $0 != 0x20 && $0 != 0x09 }.map { $0 + 1 } ?? blank.startIndex
        return String(decoding: blank[blank.startIndex..<end], as: UTF8.self)
    }
}
