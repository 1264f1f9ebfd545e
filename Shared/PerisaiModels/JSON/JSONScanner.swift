/// Walks over JSON bytes and checks their grammar (RFC 8259) and UTF-8 without building anything.
///
/// The bytes are borrowed: a scanner must not outlive the buffer that it was made on.
struct JSONScanner {
    let base: UnsafePointer<UInt8>
    let end: Int
    var position: Int

    init(base: UnsafePointer<UInt8>, from start: Int, to end: Int) {
        self.base = base
        self.end = end
        position = start
    }

    @inline(__always)
    mutating func skipSpace() {
        while position < end {
            switch base[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    @inline(__always)
    mutating func expect(_ byte: UInt8, _ reason: @autoclosure () -> String) throws(JSONFault) {
        guard position < end, base[position] == byte else { throw JSONFault(reason: reason()) }
        position += 1
    }

    /// Passes over one value of any kind.
    mutating func skipValue(depth: Int) throws(JSONFault) {
        guard position < end else { throw JSONFault(reason: "the JSON text ends too early") }
        switch base[position] {
        case UInt8(ascii: "\""): _ = try skipString()
        case UInt8(ascii: "{"): try skipObject(depth: depth)
        case UInt8(ascii: "["): try skipArray(depth: depth)
        case UInt8(ascii: "t"): try skipWord("true")
        case UInt8(ascii: "f"): try skipWord("false")
        case UInt8(ascii: "n"): try skipWord("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try skipNumber()
        default: throw JSONFault(reason: "is not JSON")
        }
    }

    /// Passes over a string; true when it holds an escape.
    mutating func skipString() throws(JSONFault) -> Bool {
        position += 1
        var escaped = false
        while position < end {
            let byte = base[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return escaped
            }
            if byte == UInt8(ascii: "\\") {
                escaped = true
                try skipEscape()
            } else if byte < 0x20 {
                throw JSONFault(reason: "a control character stands unescaped in a string")
            } else if byte < 0x80 {
                position += 1
            } else {
                try skipMultibyte()
            }
        }
        throw JSONFault(reason: "a string is not closed")
    }

    private mutating func skipEscape() throws(JSONFault) {
        guard position + 1 < end else { throw JSONFault(reason: "a string is not closed") }
        switch base[position + 1] {
        case UInt8(ascii: "u"):
            guard position + 5 < end else { throw JSONFault(reason: "a \\u escape is cut short") }
            for offset in 2...5 where hexValue(base[position + offset]) == nil {
                throw JSONFault(reason: "a \\u escape is not hexadecimal")
            }
            position += 6
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        default: throw JSONFault(reason: "an unknown escape stands in a string")
        }
    }

    /// One UTF-8 sequence of two to four bytes: shortest form, no surrogates, at most U+10FFFF (RFC 3629).
    private mutating func skipMultibyte() throws(JSONFault) {
        let first = base[position]
        let length: Int
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if first == 0xE0 { low = 0xA0 }
            if first == 0xED { high = 0x9F }
        case 0xF0...0xF4:
            length = 4
            if first == 0xF0 { low = 0x90 }
            if first == 0xF4 { high = 0x8F }
        default: throw JSONFault(reason: "is not valid UTF-8")
        }
        guard position + length <= end, (low...high).contains(base[position + 1]) else {
            throw JSONFault(reason: "is not valid UTF-8")
        }
        for offset in 2..<max(length, 2) where base[position + offset] & 0xC0 != 0x80 {
            throw JSONFault(reason: "is not valid UTF-8")
        }
        position += length
    }

    private mutating func skipWord(_ word: StaticString) throws(JSONFault) {
        let length = word.utf8CodeUnitCount
        guard position + length <= end else { throw JSONFault(reason: "is not JSON") }
        for offset in 0..<length where base[position + offset] != word.utf8Start[offset] {
            throw JSONFault(reason: "is not JSON")
        }
        position += length
    }

    private mutating func skipNumber() throws(JSONFault) {
        if base[position] == UInt8(ascii: "-") { position += 1 }
        let integerStart = position
        guard skipDigits() > 0 else { throw JSONFault(reason: "a number has no digits") }
        if base[integerStart] == UInt8(ascii: "0"), position - integerStart > 1 {
            throw JSONFault(reason: "a number has a leading zero")
        }
        if position < end, base[position] == UInt8(ascii: ".") {
            position += 1
            guard skipDigits() > 0 else { throw JSONFault(reason: "a number ends in a point") }
        }
        if position < end, base[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < end, base[position] == UInt8(ascii: "+") || base[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard skipDigits() > 0 else { throw JSONFault(reason: "a number has an empty exponent") }
        }
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while position < end, base[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        return position - start
    }

    private mutating func skipObject(depth: Int) throws(JSONFault) {
        try members(depth: depth) { (_, _, _, _) throws(JSONFault) in }
    }

    /// Passes over an object and reports each member: key start and end (without quotes), value start and end.
    @inline(__always)
    mutating func members(
        depth: Int, _ member: (Int, Int, Int, Int) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        guard depth < JSONLimits.depth else { throw JSONFault(reason: "is nested deeper than \(JSONLimits.depth)") }
        try expect(UInt8(ascii: "{"), "is not a JSON object")
        skipSpace()
        if position < end, base[position] == UInt8(ascii: "}") {
            position += 1
            return
        }
        for _ in 0..<JSONLimits.members {
            skipSpace()
            guard position < end, base[position] == UInt8(ascii: "\"") else {
                throw JSONFault(reason: "a member name is expected")
            }
            let keyStart = position + 1
            if try skipString() { throw JSONFault(reason: "a member name holds an escape") }
            let keyEnd = position - 1
            skipSpace()
            try expect(UInt8(ascii: ":"), "a colon is expected after a member name")
            skipSpace()
            let valueStart = position
            try skipValue(depth: depth + 1)
            try member(keyStart, keyEnd, valueStart, position)
            skipSpace()
            guard position < end else { throw JSONFault(reason: "an object is not closed") }
            position += 1
            if base[position - 1] == UInt8(ascii: "}") { return }
            guard base[position - 1] == UInt8(ascii: ",") else { throw JSONFault(reason: "a comma is expected") }
        }
        throw JSONFault(reason: "has more than \(JSONLimits.members) members")
    }

    private mutating func skipArray(depth: Int) throws(JSONFault) {
        try elements(depth: depth) { (_, _) throws(JSONFault) in }
    }

    /// Passes over an array and reports start and end of each element.
    mutating func elements(depth: Int, _ element: (Int, Int) throws(JSONFault) -> Void) throws(JSONFault) {
        guard depth < JSONLimits.depth else { throw JSONFault(reason: "is nested deeper than \(JSONLimits.depth)") }
        try expect(UInt8(ascii: "["), "is not a JSON array")
        skipSpace()
        if position < end, base[position] == UInt8(ascii: "]") {
            position += 1
            return
        }
        for _ in 0..<JSONLimits.elements {
            skipSpace()
            let start = position
            try skipValue(depth: depth + 1)
            try element(start, position)
            skipSpace()
            guard position < end else { throw JSONFault(reason: "an array is not closed") }
            position += 1
            if base[position - 1] == UInt8(ascii: "]") { return }
            guard base[position - 1] == UInt8(ascii: ",") else { throw JSONFault(reason: "a comma is expected") }
        }
        throw JSONFault(reason: "has more than \(JSONLimits.elements) elements")
    }
}

@inline(__always)
func hexValue(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
}
