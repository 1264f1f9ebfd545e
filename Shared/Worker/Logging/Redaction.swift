/// Takes what nobody may read out of texts: NIKs, credentials in URLs, values of passwords and tokens.
///
/// Rules: a run of exactly 16 digits with the province, day and month of a NIK keeps its first four and last two
/// digits; a mobile number in the form +628… keeps +628 and its last two digits; `scheme://user:password@` loses user and password; `password=…`, `token: …` and the like, and
/// `Bearer …`, lose their value. Rather too much is masked than too little.
public enum Redaction {
    public static let mask = "***"

    private static let words = [
        "password", "passwd", "secret", "token", "authorization", "apikey", "api_key", "api-key", "credential", "jaas",
        "private_key",
    ].map { Array($0.utf8) }

    /// Whether values under this name must never be shown.
    public static func isSecret(key: String) -> Bool {
        let key = key.utf8.prefix(256).map { lower($0) }
        return words.contains { holds(key, $0) }
    }

    /// The text without secrets. Its length may change.
    public static func redact(_ text: String) -> String {
        let input = Array(text.utf8)
        let output = redact(bytes: input)
        return output == input ? text : String(decoding: output, as: UTF8.self)
    }

    static func redact(bytes input: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(input.count)
        var index = 0
        while index < input.count {
            let byte = input[index]
            if isDigit(byte) {
                let end = run(input, from: index, while: isDigit)
                if isMobile(input, index, end) {
                    appendMobile(input[index..<end], to: &output)
                } else {
                    appendDigits(input[index..<end], to: &output)
                }
                index = end
            } else if byte == UInt8(ascii: ":"), let end = credentials(input, at: index) {
                output.append(contentsOf: "://***@".utf8)
                index = end
            } else if let value = secretValue(input, at: index) {
                output.append(contentsOf: input[index..<value.lowerBound])
                output.append(contentsOf: mask.utf8)
                index = value.upperBound
            } else {
                output.append(byte)
                index += 1
            }
        }
        return output
    }

    // MARK: NIK

    private static func appendDigits(_ digits: ArraySlice<UInt8>, to output: inout [UInt8]) {
        guard digits.count == 16, looksLikeNIK(digits) else {
            output.append(contentsOf: digits)
            return
        }
        output.append(contentsOf: digits.prefix(4))
        output.append(contentsOf: repeatElement(UInt8(ascii: "*"), count: 10))
        output.append(contentsOf: digits.suffix(2))
    }

    /// Province 11 to 99, day 1 to 31 or 41 to 71, month 1 to 12: looser than a valid NIK, so that one with a slip of
    /// the pen is masked too (domain.md 5).
    private static func looksLikeNIK(_ digits: ArraySlice<UInt8>) -> Bool {
        func pair(_ offset: Int) -> Int {
            Int(digits[digits.startIndex + offset] - 48) * 10 + Int(digits[digits.startIndex + offset + 1] - 48)
        }
        let day = pair(6)
        return pair(0) >= 11 && ((1...31).contains(day) || (41...71).contains(day)) && (1...12).contains(pair(8))
    }

    // MARK: Mobile numbers

    /// `PhoneNumber.text`: a plus sign, 62, and 9 to 12 digits that begin with 8. Without the sign a number may be
    /// anything, a KPJ say.
    private static func isMobile(_ input: [UInt8], _ start: Int, _ end: Int) -> Bool {
        start > 0 && input[start - 1] == UInt8(ascii: "+") && (11...14).contains(end - start)
            && input[start..<end].starts(with: "628".utf8)
    }

    private static func appendMobile(_ digits: ArraySlice<UInt8>, to output: inout [UInt8]) {
        output.append(contentsOf: digits.prefix(3))
        output.append(contentsOf: repeatElement(UInt8(ascii: "*"), count: digits.count - 5))
        output.append(contentsOf: digits.suffix(2))
    }

    // MARK: Credentials

    /// After `://` up to the last `@` of the word, when there is one; the index behind it.
    private static func credentials(_ input: [UInt8], at index: Int) -> Int? {
        guard index + 2 < input.count, input[index + 1] == UInt8(ascii: "/"), input[index + 2] == UInt8(ascii: "/")
        else { return nil }
        let end = run(input, from: index + 3) { !isSpaceOrQuote($0) }
        return input[(index + 3)..<end].lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 }
    }

    /// The value behind a secret word that starts at `index`.
    private static func secretValue(_ input: [UInt8], at index: Int) -> Range<Int>? {
        let first = lower(input[index])
        if first == UInt8(ascii: "b"), starts(input, at: index, with: bearer) {
            return nonEmpty(index + bearer.count, run(input, from: index + bearer.count) { !isSpaceOrQuote($0) })
        }
        guard let word = words.first(where: { $0[0] == first && starts(input, at: index, with: $0) }) else {
            return nil
        }
        // The rest of the name, an optional quote, then the sign of assignment.
        var position = run(input, from: index + word.count) { isNameByte($0) }
        if position < input.count, isQuote(input[position]) { position += 1 }
        position = run(input, from: position) { $0 == 0x20 }
        guard position < input.count, input[position] == UInt8(ascii: "=") || input[position] == UInt8(ascii: ":")
        else {
            return nil
        }
        position = run(input, from: position + 1) { $0 == 0x20 }
        guard position < input.count else { return nil }
        if isQuote(input[position]) {
            let quote = input[position]
            return nonEmpty(position + 1, run(input, from: position + 1) { $0 != quote })
        }
        if starts(input, at: position, with: bearer) { position += bearer.count }
        return nonEmpty(position, run(input, from: position) { !isSpaceOrQuote($0) && !isSeparator($0) })
    }

    private static let bearer = Array("bearer ".utf8)

    private static func nonEmpty(_ start: Int, _ end: Int) -> Range<Int>? { start < end ? start..<end : nil }

    // MARK: Bytes

    private static func run(_ input: [UInt8], from start: Int, while isPart: (UInt8) -> Bool) -> Int {
        var end = start
        while end < input.count, isPart(input[end]) { end += 1 }
        return end
    }

    private static func starts(_ input: [UInt8], at index: Int, with word: [UInt8]) -> Bool {
        guard index + word.count <= input.count else { return false }
        return word.indices.allSatisfy { lower(input[index + $0]) == word[$0] }
    }

    private static func holds(_ text: [UInt8], _ word: [UInt8]) -> Bool {
        text.indices.contains { starts(text, at: $0, with: word) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    private static func isQuote(_ byte: UInt8) -> Bool { byte == 0x22 || byte == 0x27 || byte == 0x60 }
    private static func isSpaceOrQuote(_ byte: UInt8) -> Bool { byte <= 0x20 || isQuote(byte) }
    private static func isSeparator(_ byte: UInt8) -> Bool { byte == 0x26 || byte == 0x2C || byte == 0x3B }
    private static func isNameByte(_ byte: UInt8) -> Bool {
        lower(byte) &- 0x61 < 26 || isDigit(byte) || byte == 0x5F || byte == 0x2D || byte == 0x2E
    }
}
