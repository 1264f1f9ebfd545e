/// Reading and writing of short texts with fixed places, on bytes.
enum FixedText {
    /// Runs `body` on the bytes of `text`, copying at most `limit` + 1 of them when they do not lie together.
    static func withBytes<Result>(
        _ text: some Collection<UInt8>, limit: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        if let result = text.withContiguousStorageIfAvailable(body) { return result }
        return Array(text.prefix(limit + 1)).withUnsafeBufferPointer(body)
    }

    /// The number in `count` (1...18) digits from `start`, or nil when one is not a digit or lies outside.
    @inline(__always)
    static func number(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int, count: Int) -> Int64? {
        guard start >= 0, count > 0, count <= 18, start + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for index in start..<(start + count) {
            let digit = bytes[index] &- 0x30
            guard digit <= 9 else { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        return value
    }

    @inline(__always)
    static func isByte(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int, _ character: Unicode.Scalar) -> Bool {
        index < bytes.count && UInt32(bytes[index]) == character.value
    }

    static func padded(_ value: some BinaryInteger, width: Int) -> String {
        let text = String(value)
        return text.utf8.count >= width ? text : String(repeating: "0", count: width - text.utf8.count) + text
    }
}
