import PerisaiModels

/// Reads MT940 and MT942, in SWIFT blocks and bare, line by line (domain.md 6.3).
///
/// A statement whose sums do not add up, that is cut off or stands twice gets `.refused` and no `.closed`. Its entries
/// have been handed out by then: `StatementFile.check` tells beforehand which statements close.
struct MTReader {
    enum Kind: String { case mt940, mt942 }

    /// Most lines of one `:86:`; SWIFT has 6.
    static let informationLines = 64
    /// Most bytes of `:86:` that are kept before the text is cut, besides the line that passes it.
    static let informationBytes = 4 * StatementEntry.textLimit
    /// Characters of a full line of `:86:`.
    static let fullLine = 65

    typealias Each = (StatementItem) throws -> Void

    let kind: Kind
    let dialect: StatementDialect

    var message: MTMessage?
    var statement: MTStatement?
    var pending: MTPending?
    var information: [UInt8] = []
    var supplement: [UInt8] = []
    var seen: Set<MTKey> = []
    var previous: [String: MTPrevious] = [:]
    var statementCount = 0
    /// Between `{1:` and `{4:`.
    private var isInHeader = false
    private var isOtherType = false
    private var hasStrayLines = false
    private var messageCount = 0

    init(kind: Kind, dialect: StatementDialect) {
        self.kind = kind
        self.dialect = dialect
    }

    mutating func read(_ lines: ByteLines, each: Each) throws {
        while let line = try lines.next() {
            if line.isTooLong { try passOver(line.number, each) } else { try read(line.bytes, line.number, each) }
        }
        if message != nil { try endMessage(isTerminated: false, line: lines.number, each) }
        let last = max(1, lines.number)
        if isInHeader { try refuse("{4:", "the file ends within the header of a message", last, each) }
        if statement != nil { try loseStatement(":62M:", "the last page of the statement is missing", last, each) }
        if messageCount == 0, !isInHeader { try refuse(":20:", "the file holds no message", last, each) }
    }

    /// One line may end a message and begin the next: each step returns what it has left over.
    private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Int, _ each: Each) throws {
        var rest: UnsafeBufferPointer<UInt8>? = bytes
        while let part = rest, !part.isEmpty {
            rest = try message == nil ? readOutside(part, line, each) : readInside(part, line, each)
        }
    }

    private mutating func readInside(
        _ bytes: UnsafeBufferPointer<UInt8>, _ line: Int, _ each: Each
    ) throws -> UnsafeBufferPointer<UInt8>? {
        switch bytes[0] {
        case UInt8(ascii: ":"):
            if let tag = MTTag(bytes) {
                if tag.code == 20 { try restart(line, each) }
                try readField(tag, bytes.slice(tag.length, bytes.count), line, each)
                return nil
            }
        case UInt8(ascii: "-"):
            if bytes.starts("-}") {
                try endMessage(isTerminated: true, line: line, each)
                return bytes.slice(2, bytes.count)
            }
            if bytes.trimmedEnd.count == 1, message?.isBlock == false {
                try endMessage(isTerminated: true, line: line, each)
                return nil
            }
        case UInt8(ascii: "{"):
            if bytes.starts("{1:") {
                try endMessage(isTerminated: false, line: line, each)
                return bytes
            }
        default: break
        }
        try readContinuation(bytes, line, each)
        return nil
    }

    /// A second `:20:`: the bare form has no other mark for the next message.
    private mutating func restart(_ line: Int, _ each: Each) throws {
        guard let current = message, current.hasReference else { return }
        try endMessage(isTerminated: false, line: line, each)
        begin(line, isBlock: false)
    }

    /// Headers, trailers, separators (`$` in RJE files) and blank lines.
    private mutating func readOutside(
        _ whole: UnsafeBufferPointer<UInt8>, _ line: Int, _ each: Each
    ) throws -> UnsafeBufferPointer<UInt8>? {
        let bytes = whole.trimmed
        guard let first = bytes.first else { return nil }
        if first == UInt8(ascii: "$") { return bytes.slice(1, bytes.count) }
        if first == UInt8(ascii: ":"), let tag = MTTag(bytes), tag.code == 20 {
            begin(line, isBlock: false)
            return bytes
        }
        if first == UInt8(ascii: "{") { return try readHeader(bytes, line, each) }
        if bytes.count == 1, first == UInt8(ascii: "-") { return nil }
        if !hasStrayLines { try refuse("{1:", "the line stands outside of a message", line, each) }
        hasStrayLines = true
        return nil
    }

    private mutating func readHeader(
        _ bytes: UnsafeBufferPointer<UInt8>, _ line: Int, _ each: Each
    ) throws -> UnsafeBufferPointer<UInt8>? {
        let body = bytes.find("{4:")
        let header = bytes.slice(0, body ?? bytes.count)
        if header.find("{1:") != nil { (isInHeader, isOtherType) = (true, false) }
        if let at = header.find("{2:"), at + 7 <= header.count {
            let type = header.slice(at + 4, at + 7)
            isOtherType = !(kind == .mt940 ? type.starts("940") : type.starts("942"))
        }
        guard let body else { return nil }
        begin(line, isBlock: true)
        if isOtherType { try fail("{2:", "the message is no \(kind.rawValue.uppercased())", line, each) }
        isOtherType = false
        return bytes.slice(body + 3, bytes.count)
    }

    private mutating func begin(_ line: Int, isBlock: Bool) {
        message = MTMessage(line: line, isBlock: isBlock)
        (isInHeader, hasStrayLines) = (false, false)
        messageCount += 1
    }

    /// A line over the limit takes its entry, or its message when it belongs to none.
    private mutating func passOver(_ line: Int, _ each: Each) throws {
        let reason = "the line has more than \(ByteLines.lineLimit) bytes"
        guard let current = message, !current.isBroken else { return try refuse("line", reason, line, each) }
        guard current.field == .statementLine || current.field == .information, pending != nil else {
            return try fail("line", reason, line, each)
        }
        if pending?.problem == nil { pending?.problem = StatementFault(line: line, field: ":86:", reason: reason) }
    }

    /// Reports a fault that stands for itself.
    func refuse(_ field: String, _ reason: String, _ line: Int, _ each: Each) throws {
        try each(.refused(StatementFault(line: line, field: field, reason: reason)))
    }

    /// Refuses the message, and with it the statement that it belongs to.
    mutating func fail(_ field: String, _ reason: String, _ line: Int, _ each: Each) throws {
        message?.isBroken = true
        try loseStatement(field, reason, line, each)
    }

    mutating func loseStatement(_ field: String, _ reason: String, _ line: Int, _ each: Each) throws {
        (statement, pending) = (nil, nil)
        try refuse(field, "the statement is refused: \(reason)", line, each)
    }
}

/// `:61:`, `:28C:`: two digits and a letter.
struct MTTag {
    var code: Int
    /// 0 for none.
    var letter: UInt8 = 0
    /// Bytes with both colons.
    var length: Int

    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count >= 4, bytes[0] == UInt8(ascii: ":") else { return nil }
        let (tens, ones) = (bytes[1] &- UInt8(ascii: "0"), bytes[2] &- UInt8(ascii: "0"))
        guard tens < 10, ones < 10 else { return nil }
        code = Int(tens) * 10 + Int(ones)
        length = 4
        if bytes[3] != UInt8(ascii: ":") {
            guard bytes.count >= 5, bytes[4] == UInt8(ascii: ":"),
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(bytes[3])
            else { return nil }
            letter = bytes[3]
            length = 5
        }
    }

    var text: String {
        let digits = code < 10 ? "0\(code)" : "\(code)"
        return ":\(digits)\(letter == 0 ? "" : String(UnicodeScalar(letter))):"
    }
}
