import Crypto
import PerisaiModels

import struct Foundation.UUID

/// SHA-256 of ledger lines, whatever the order in which they are added: they are hashed by (event key, line).
///
/// A line is 46 bytes, big-endian: event key 16, amount 8, payer 1 + 8 and month 1 + 4 (a byte 1 and the value, or
/// zeros for null), booking date 4 (days since 1970-01-01), line 2, account 2.
struct LedgerDigest {
    /// Bytes of one line in the hash.
    static let lineBytes = 46

    /// Enough to sort by, and where the line's bytes stand.
    private struct Place {
        let high: UInt64
        let low: UInt64
        /// The line's number above, the place among `bytes` below.
        let lineAndIndex: UInt64

        static func ascending(_ left: Place, _ right: Place) -> Bool {
            if left.high != right.high { return left.high < right.high }
            if left.low != right.low { return left.low < right.low }
            return left.lineAndIndex < right.lineAndIndex
        }
    }

    private var places: [Place] = []
    private var bytes: [UInt8] = []
    /// The lines came in order so far, as they do from the database.
    private var isOrdered = true

    init(capacity: Int = 0) {
        places.reserveCapacity(capacity)
        bytes.reserveCapacity(capacity * Self.lineBytes)
    }

    var lines: Int { places.count }

    /// `amount` in rupiah, debit positive; `month`: months since year 0; `bookedOn`: days since 1970-01-01.
    mutating func add(
        eventKey: UUID, amount: Int64, payer: Int64?, month: Int32?, bookedOn: Int32, line: Int16, account: Int16
    ) {
        let (high, low) = eventKey.halves
        let order = UInt64(UInt16(bitPattern: line) ^ 0x8000) << 32  // signed order as an unsigned number
        let place = Place(high: high, low: low, lineAndIndex: order | UInt64(truncatingIfNeeded: places.count))
        if let last = places.last, !Place.ascending(last, place) { isOrdered = false }
        places.append(place)
        withUnsafeTemporaryAllocation(byteCount: Self.lineBytes, alignment: 8) { row in
            func put(_ value: some FixedWidthInteger, at offset: Int) {
                row.storeBytes(of: value.bigEndian, toByteOffset: offset, as: type(of: value))
            }
            put(high, at: 0)
            put(low, at: 8)
            put(amount, at: 16)
            put(UInt8(payer == nil ? 0 : 1), at: 24)
            put(payer ?? 0, at: 25)
            put(UInt8(month == nil ? 0 : 1), at: 33)
            put(month ?? 0, at: 34)
            put(bookedOn, at: 38)
            put(line, at: 42)
            put(account, at: 44)
            bytes.append(contentsOf: row)
        }
    }

    /// The 32 bytes of the hash.
    func finish() -> [UInt8] {
        var hash = SHA256()
        bytes.withUnsafeBytes { all in
            guard !isOrdered else { return hash.update(bufferPointer: all) }
            for place in places.sorted(by: Place.ascending) {
                let start = Int(place.lineAndIndex & 0xFFFF_FFFF) * Self.lineBytes
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: all[start..<start + Self.lineBytes]))
            }
        }
        return Array(hash.finalize())
    }
}
