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
        guard value >= 0, width <= 20, let number = UInt64(exactly: value) else {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        var bytes: [UInt8] = []
        append(number, width: width, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the digits of `value`, with zeros in front up to `width` (at most 20); the hot path of every event.
    static func append(_ value: UInt64, width: Int, to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value
            var index = 20
            repeat {
                index -= 1
                digits[index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0 || 20 - index < width && index > 0
            bytes.append(contentsOf: digits[index..<20])
        }
    }

    /// Appends "YYYY-MM-DD".
    static func append(year: Int, month: Int, day: Int, to bytes: inout [UInt8]) {
        append(UInt64(year), width: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(UInt64(month), width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(UInt64(day), width: 2, to: &bytes)
    }
}
