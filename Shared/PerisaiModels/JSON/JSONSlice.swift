/// One JSON value inside a borrowed buffer whose grammar has been checked already.
public struct JSONSlice {
    let base: UnsafePointer<UInt8>
    let start: Int
    let end: Int
    let depth: Int

    /// Checks a whole text: exactly one value, nothing but white space around it.
    ///
    /// The slice borrows `bytes` and must not outlive them.
    public init(_ bytes: UnsafeRawBufferPointer) throws(JSONFault) {
        guard let address = bytes.baseAddress, !bytes.isEmpty else { throw JSONFault(reason: "is empty") }
        base = address.assumingMemoryBound(to: UInt8.self)
        var scanner = JSONScanner(base: base, from: 0, to: bytes.count)
        scanner.skipSpace()
        start = scanner.position
        try scanner.skipValue(depth: 0)
        end = scanner.position
        depth = 0
        scanner.skipSpace()
        guard scanner.position == bytes.count else { throw JSONFault(reason: "holds more than one JSON value") }
    }

    init(base: UnsafePointer<UInt8>, start: Int, end: Int, depth: Int) {
        self.base = base
        self.start = start
        self.end = end
        self.depth = depth
    }

    /// The bytes of the value as they stand in the text.
    public var raw: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base + start, count: end - start) }

    var first: UInt8 { base[start] }

    /// True for the word `null`.
    public var isNull: Bool { first == UInt8(ascii: "n") }

    /// A whole number within Int64; fractions and exponents are refused, never rounded.
    public func integer() throws(JSONFault) -> Int64 {
        var index = start
        let negative = base[index] == UInt8(ascii: "-")
        if negative { index += 1 }
        guard index < end, base[index] &- UInt8(ascii: "0") < 10 else {
            throw JSONFault(reason: "must be a whole number")
        }
        var value: Int64 = 0
        while index < end {
            let digit = base[index] &- UInt8(ascii: "0")
            guard digit < 10 else { throw JSONFault(reason: "must be a whole number") }
            let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (next, overflowedAgain) = product.subtractingReportingOverflow(Int64(digit))
            guard !overflowed, !overflowedAgain else { throw JSONFault(reason: "is out of range") }
            value = next
            index += 1
        }
        if negative { return value }
        guard value != .min else { throw JSONFault(reason: "is out of range") }
        return -value
    }

    public func boolean() throws(JSONFault) -> Bool {
        switch first {
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: throw JSONFault(reason: "must be true or false")
        }
    }

    /// The text of a string, unescaped.
    public func string() throws(JSONFault) -> String {
        let body = try stringBody()
        guard body.contains(UInt8(ascii: "\\")) else { return String(decoding: body, as: UTF8.self) }
        return try unescaped(body)
    }

    /// The bytes between the quotes, where the value may hold no escape (identifiers, dates, codes).
    public func plainString() throws(JSONFault) -> UnsafeBufferPointer<UInt8> {
        let body = try stringBody()
        guard !body.contains(UInt8(ascii: "\\")) else { throw JSONFault(reason: "must not hold an escape") }
        return body
    }

    private func stringBody() throws(JSONFault) -> UnsafeBufferPointer<UInt8> {
        guard first == UInt8(ascii: "\"") else { throw JSONFault(reason: "must be a string") }
        guard end - start - 2 <= JSONLimits.stringBytes else {
            throw JSONFault(reason: "is longer than \(JSONLimits.stringBytes) bytes")
        }
        return UnsafeBufferPointer(start: base + start + 1, count: end - start - 2)
    }

    private func unescaped(_ body: UnsafeBufferPointer<UInt8>) throws(JSONFault) -> String {
        var text = String.UnicodeScalarView()
        var bytes: [UInt8] = []
        func flush() {
            if !bytes.isEmpty { text.append(contentsOf: String(decoding: bytes, as: UTF8.self).unicodeScalars) }
            bytes.removeAll(keepingCapacity: true)
        }
        var index = 0
        while index < body.count {
            guard body[index] == UInt8(ascii: "\\") else {
                bytes.append(body[index])
                index += 1
                continue
            }
            let kind = body[index + 1]
            guard kind == UInt8(ascii: "u") else {
                bytes.append(Self.simpleEscape(kind))
                index += 2
                continue
            }
            flush()
            var unit = Self.codeUnit(body, at: index + 2)
            index += 6
            if (0xD800..<0xDC00).contains(unit) {
                guard index + 5 < body.count, body[index] == UInt8(ascii: "\\"), body[index + 1] == UInt8(ascii: "u"),
                    case let low = Self.codeUnit(body, at: index + 2), (0xDC00..<0xE000).contains(low)
                else { throw JSONFault(reason: "holds half a surrogate pair") }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                index += 6
            }
            guard let scalar = Unicode.Scalar(unit) else { throw JSONFault(reason: "holds half a surrogate pair") }
            text.append(scalar)
        }
        flush()
        return String(text)
    }

    private static func simpleEscape(_ kind: UInt8) -> UInt8 {
        switch kind {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: kind
        }
    }

    private static func codeUnit(_ body: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt32 {
        var unit: UInt32 = 0
        for offset in 0..<4 { unit = unit << 4 | (hexValue(body[index + offset]) ?? 0) }
        return unit
    }

    /// Calls `body` with each element of an array.
    public func forEachElement(_ body: (Int, JSONSlice) throws(JSONFault) -> Void) throws(JSONFault) {
        var scanner = JSONScanner(base: base, from: start, to: end)
        var index = 0
        try scanner.elements(depth: depth) { (from, to) throws(JSONFault) in
            try body(index, JSONSlice(base: base, start: from, end: to, depth: depth + 1))
            index += 1
        }
    }
}
