import PerisaiModels

import struct Foundation.UUID

/// A secret of 128 bits under which NIKs are hashed: the hash tells a NIK again and names nobody.
public struct SubjectKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let high: UInt64
    private let low: UInt64

    /// 32 hexadecimal digits.
    public init?(hexadecimal text: String) {
        guard text.utf8.count == 32, text.allSatisfy(\.isHexDigit), let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.high = high
        self.low = low
    }

    func hash(_ nik: NIK) -> UUID {
        var hash = SipHash128(seed: high, key1: low)
        hash.combine(UInt64(bitPattern: nik.code))
        let (first, second) = hash.finish()
        return UUID(first, second)
    }

    public var description: String { "SubjectKey(masked)" }
    public var customMirror: Mirror { Mirror(self, children: ["key": "masked"]) }
}
