import struct Foundation.UUID
import typealias Foundation.uuid_t

/// Deterministic identifiers: the same input gives the same key on every machine and in every run.
public enum EventKey {
    /// The key under which an event is remembered, from CloudEvents `source` and `id` (unique together).
    ///
    /// Of an `id` in UUID form the first eight bytes are kept: UUIDv7 stays in time order, which costs an index a
    /// third of what random keys cost. The rest is a hash of source and id, so that equal ids of two sources differ.
    public static func of(source: UnsafeRawBufferPointer, id: UnsafeRawBufferPointer) -> UUID {
        var hash = SipHash128(seed: 1)
        hash.combine(source)
        hash.combine(id)
        let (high, low) = hash.finish()
        guard let uuid = UUID(hexadecimal: id) else { return UUID(high, low) }
        return UUID(uuid.halves.0, low)
    }

    public static func of(source: String, id: String) -> UUID {
        var source = source
        var id = id
        return source.withUTF8 { source in
            id.withUTF8 { id in of(source: UnsafeRawBufferPointer(source), id: UnsafeRawBufferPointer(id)) }
        }
    }

    /// The id of the `ordinal`-th event that follows from the event `key`; keeps its place in time order.
    public static func derived(from key: UUID, ordinal: Int, purpose: UInt64 = 0) -> UUID {
        let (high, low) = key.halves
        var hash = SipHash128(seed: 2 &+ purpose)
        hash.combine(high)
        hash.combine(low)
        hash.combine(UInt64(bitPattern: Int64(ordinal)))
        let (_, derived) = hash.finish()
        return UUID(high, derived)
    }

    /// The identity of a payment: a bank and its own reference, whatever event or statement brings the news.
    public static func payment(bank: String, reference: String) -> UUID {
        var hash = SipHash128(seed: 3)
        hash.combine(bank)
        hash.combine(reference)
        let (high, low) = hash.finish()
        return UUID(high, low)
    }
}

/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, 2012) under a fixed, public key: well spread and the
/// same everywhere. It is no signature.
public struct SipHash128 {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    private var count: UInt64 = 0

    public init(seed: UInt64, key1: UInt64 = 0x7065_7269_7361_6921) {
        v0 = seed ^ 0x736f_6d65_7073_6575
        v1 = key1 ^ 0x646f_7261_6e64_6f6d ^ 0xee
        v2 = seed ^ 0x6c79_6765_6e65_7261
        v3 = key1 ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    private mutating func round() {
        v0 &+= v1
        v1 = (v1 << 13 | v1 >> 51) ^ v0
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v3
        v3 = (v3 << 16 | v3 >> 48) ^ v2
        v0 &+= v3
        v3 = (v3 << 21 | v3 >> 43) ^ v0
        v2 &+= v1
        v1 = (v1 << 17 | v1 >> 47) ^ v2
        v2 = v2 << 32 | v2 >> 32
    }

    @inline(__always)
    public mutating func combine(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
        count &+= 8
    }

    /// Bytes with their length, so that ("ab", "c") and ("a", "bc") differ.
    public mutating func combine(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while index + 8 <= bytes.count {
            combine(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
            index += 8
        }
        var tail = UInt64(bytes.count) << 56
        var shift: UInt64 = 0
        while index < bytes.count {
            tail |= UInt64(bytes[index]) << shift
            shift += 8
            index += 1
        }
        combine(tail)
    }

    public mutating func combine(_ text: String) {
        var text = text
        text.withUTF8 { combine(UnsafeRawBufferPointer($0)) }
    }

    public mutating func finish() -> (UInt64, UInt64) {
        combine(count)
        v2 ^= 0xee
        for _ in 0..<4 { round() }
        let first = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xdd
        for _ in 0..<4 { round() }
        return (first, v0 ^ v1 ^ v2 ^ v3)
    }
}

extension UUID {
    /// The two halves in network order.
    public var halves: (UInt64, UInt64) {
        withUnsafeBytes(of: uuid) { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    public init(_ high: UInt64, _ low: UInt64) {
        var bytes: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &bytes) { buffer in
            buffer.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
            buffer.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        self.init(uuid: bytes)
    }

    /// The form 8-4-4-4-12 in hexadecimal digits of either case; nil for anything else.
    public init?(hexadecimal bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 36 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        var digits = 0
        for (index, byte) in bytes.enumerated() {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = hexValue(byte) else { return nil }
            if digits < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
            digits += 1
        }
        self.init(high, low)
    }

    /// Appends the lower-case 36-character form; ten times quicker than `uuidString`.
    public func appendText(to bytes: inout [UInt8]) {
        let (high, low) = halves
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 36) { text in
            var position = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    text[position] = UInt8(ascii: "-")
                    position += 1
                }
                let half = index < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (index & 15))) & 15
                text[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                position += 1
            }
            bytes.append(contentsOf: text)
        }
    }

    /// The lower-case 36-character form.
    public var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(36)
        appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UUID: JSONValue {
    public static func read(_ slice: JSONSlice) throws(JSONFault) -> UUID {
        guard let uuid = UUID(hexadecimal: UnsafeRawBufferPointer(try slice.plainString())) else {
            throw JSONFault(reason: "must be a UUID")
        }
        return uuid
    }
    public func write(to writer: inout JSONWriter) { writer.plainString { appendText(to: &$0) } }
    public static var schema: JSONSchema { .string(format: "uuid") }
    public static var sample: UUID { UUID(0x0192_f5c0_0000_7000, 0x8000_0000_0000_0001) }
}
