/// The encodings that banks' files come in: UTF-8, and ISO-8859-1 where the bytes are no UTF-8.
package enum TextEncoding {
    static let utf8Mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Refuses UTF-16 and UTF-32, with or without a byte order mark, and other files with NUL at their start.
    package static func checkStart(_ bytes: UnsafeRawBufferPointer) throws {
        let start = bytes.prefix(4)
        if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
            throw StatementFileError("is UTF-16; UTF-8 or ISO-8859-1 is needed")
        }
        if start.contains(0) { throw StatementFileError("is UTF-16 or binary; UTF-8 or ISO-8859-1 is needed") }
    }

    /// The text, a tab read as a blank; nil when it holds another control character (C0, DEL, C1).
    package static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        var isASCII = true
        var hasTab = false
        for byte in bytes {
            if byte >= 0x80 {
                isASCII = false
            } else if byte < 0x20 || byte == 0x7F {
                guard byte == 0x09 else { return nil }
                hasTab = true
            }
        }
        guard !isASCII || hasTab else { return String(decoding: bytes, as: UTF8.self) }
        var scalars = String.UnicodeScalarView()
        if let text = String(validating: bytes, as: UTF8.self) {
            scalars = text.unicodeScalars
        } else {
            for byte in bytes { scalars.append(Unicode.Scalar(byte)) }
        }
        guard !scalars.contains(where: { (0x80..<0xA0).contains($0.value) }) else { return nil }
        guard hasTab else { return String(scalars) }
        return String(String.UnicodeScalarView(scalars.map { $0 == "\t" ? " " : $0 }))
    }

    /// At most `limit` Unicode scalars: what the database counts as characters.
    static func cut(_ text: String, to limit: Int) -> String {
        text.utf8.count <= limit ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
    }
}

extension UnsafeBufferPointer<UInt8> {
    func slice(_ from: Int, _ to: Int) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: self[from..<to]) }

    /// Without blanks and tabs at both ends.
    var trimmed: UnsafeBufferPointer<UInt8> {
        var (start, end) = (0, count)
        while start < end, self[start] == 0x20 || self[start] == 0x09 { start += 1 }
        while end > start, self[end - 1] == 0x20 || self[end - 1] == 0x09 { end -= 1 }
        return slice(start, end)
    }

    var trimmedEnd: UnsafeBufferPointer<UInt8> {
        var end = count
        while end > 0, self[end - 1] == 0x20 || self[end - 1] == 0x09 { end -= 1 }
        return slice(0, end)
    }

    func starts(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount where self[index] != text.utf8Start[index] { return false }
        return true
    }

    /// Where `text` first begins at `from` or later.
    func find(_ text: StaticString, from: Int = 0) -> Int? {
        let length = text.utf8CodeUnitCount
        var index = from
        while index + length <= count {
            if self[index] == text.utf8Start[0], slice(index, count).starts(text) { return index }
            index += 1
        }
        return nil
    }
}
