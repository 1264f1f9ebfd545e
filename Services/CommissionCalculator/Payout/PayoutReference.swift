import PerisaiModels

import struct Foundation.UUID

/// What files to and from banks call our payouts and runs: 32 and 35 characters.
public enum PayoutReference: Sendable, Hashable {
    case payout(UUID)
    /// MsgId and PmtInfId of a run's file.
    case run(UUID)

    private static func digits(_ id: UUID) -> String { id.text.replacing("-", with: "") }

    /// EndToEndId.
    public static func endToEnd(_ payout: UUID) -> String { digits(payout) }
    public static func message(_ run: UUID) -> String { "PSI" + digits(run) }
    public static func payment(_ run: UUID) -> String { "PAY" + digits(run) }

    /// Banks may change the case of letters; nil for a name that is none of ours.
    public init?(_ text: String) {
        let bytes = Array(text.utf8.filter { $0 != UInt8(ascii: "-") })
        let prefix = String(decoding: bytes.prefix(3), as: UTF8.self).uppercased()
        let isRun = bytes.count == 35 && (prefix == "PSI" || prefix == "PAY")
        guard bytes.count == 32 || isRun else { return nil }
        let digits = bytes.suffix(32)
        guard digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
            let number = UInt128(String(decoding: digits, as: UTF8.self), radix: 16)
        else { return nil }
        let id = UUID(UInt64(truncatingIfNeeded: number >> 64), UInt64(truncatingIfNeeded: number))
        self = isRun ? .run(id) : .payout(id)
    }
}
