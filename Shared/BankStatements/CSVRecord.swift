/// One row of a CSV file, from one line or several (RFC 4180: a line break may stand within quotes).
package struct CSVRecord {
    package enum State {
        case whole, open
        case broken(String)
    }

    let delimiter: UInt8
    let quote: UInt8

    /// Fields without their quotes, one behind the other.
    private var content: [UInt8] = []
    package private(set) var fields: [Range<Int>] = []
    private var fieldStart = 0
    private var isQuoted = false
    private var wasQuoted = false
    private var size = 0
    private var isOpen = false

    package init(delimiter: UInt8, quote: UInt8) {
        self.delimiter = delimiter
        self.quote = quote
    }

    package mutating func reset() {
        content.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        (fieldStart, isQuoted, wasQuoted, size, isOpen) = (0, false, false, 0, false)
    }

    /// Adds a line; the row is `open` while a quote is.
    package mutating func add(_ line: UnsafeBufferPointer<UInt8>) -> State {
        size += line.count + 1
        guard size <= CSVProfile.recordLimit else {
            return .broken("the row has more than \(CSVProfile.recordLimit) bytes")
        }
        // A line break within quotes is a blank to us.
        if isOpen { content.append(0x20) }
        isOpen = true
        var index = 0
        while index < line.count {
            let byte = line[index]
            index += 1
            if isQuoted {
                if byte != quote {
                    content.append(byte)
                } else if index < line.count, line[index] == quote {
                    content.append(quote)
                    index += 1
                } else {
                    (isQuoted, wasQuoted) = (false, true)
                }
            } else if byte == delimiter {
                if let problem = endField() { return .broken(problem) }
            } else if byte == quote, content.count == fieldStart, !wasQuoted {
                isQuoted = true
            } else if wasQuoted {
                guard byte == 0x20 else { return .broken("a field has characters behind its closing quote") }
            } else {
                content.append(byte)
            }
        }
        guard content.count - fieldStart <= CSVProfile.fieldLimit else { return .broken(Self.longField) }
        if isQuoted { return .open }
        if let problem = endField() { return .broken(problem) }
        return .whole
    }

    private static let longField = "a field has more than \(CSVProfile.fieldLimit) bytes"

    private mutating func endField() -> String? {
        guard content.count - fieldStart <= CSVProfile.fieldLimit else { return Self.longField }
        guard fields.count < CSVProfile.columnLimit else {
            return "the row has more than \(CSVProfile.columnLimit) columns"
        }
        fields.append(fieldStart..<content.count)
        fieldStart = content.count
        wasQuoted = false
        return nil
    }

    /// The field at an index from 0 without blanks around it; empty when the row has no such field.
    package func withField<Result>(
        _ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result {
        try content.withUnsafeBufferPointer { bytes in
            guard index < fields.count else { return try body(bytes.slice(0, 0)) }
            return try body(bytes.slice(fields[index].lowerBound, fields[index].upperBound).trimmed)
        }
    }

    /// The row is a blank line.
    package var isBlank: Bool { fields.count == 1 && withField(0) { $0.isEmpty } }
}
