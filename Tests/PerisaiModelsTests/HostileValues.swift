import TestSupport

extension SeededGenerator {
    /// A number of any magnitude: as many small ones as large ones.
    mutating func wide() -> Int64 {
        Int64(bitPattern: next()) >> Int64.random(in: 0...62, using: &self)
    }

    /// Bytes that look like a number or a date at first sight, or none at all.
    mutating func hostileBytes() -> [UInt8] {
        let alphabet = Array("0123456789-+:.TZ /\u{0}é٣\u{1F600}Rp".utf8)
        return (0..<Int.random(in: 0...40, using: &self)).map { _ in
            Bool.random(using: &self)
                ? UInt8.random(in: 0x30...0x39, using: &self) : alphabet.randomElement(using: &self) ?? 0
        }
    }
}
