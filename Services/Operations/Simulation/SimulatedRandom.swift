import PerisaiModels

import struct Foundation.UUID

/// Random numbers that are the same on every machine and with every version of the standard library (SplitMix64).
struct SimulatedRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    /// 0 ..< `count`; the bias is below one in four thousand million.
    mutating func below(_ count: Int) -> Int { count <= 1 ? 0 : Int(((next() >> 32) &* UInt64(count)) >> 32) }

    mutating func int(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }

    /// True in so many of 1,000 cases.
    mutating func chance(perMille: Int) -> Bool { below(1_000) < perMille }

    /// UUID version 7 (RFC 9562): the moment in milliseconds, then random bits.
    mutating func uuid(at time: Instant) -> UUID {
        let milliseconds = UInt64(bitPattern: time.microseconds / 1_000) & 0xFFFF_FFFF_FFFF
        let high = milliseconds << 16 | 0x7000 | next() & 0x0FFF
        return UUID(high, next() >> 2 | 0x8000_0000_0000_0000)
    }
}
