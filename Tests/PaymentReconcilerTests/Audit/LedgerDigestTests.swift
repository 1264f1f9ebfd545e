import Foundation
import PerisaiModels
import TestSupport
import Testing

@testable import PaymentReconciler

@Suite struct LedgerDigestTests {
    private struct Row {
        var key: UUID
        var amount: Int64
        var payer: Int64?
        var month: Int32?
        var bookedOn: Int32
        var line: Int16
        var account: Int16
    }

    private func digest(_ rows: [Row]) -> [UInt8] {
        var digest = LedgerDigest(capacity: rows.count)
        for row in rows {
            digest.add(
                eventKey: row.key, amount: row.amount, payer: row.payer, month: row.month, bookedOn: row.bookedOn,
                line: row.line, account: row.account)
        }
        #expect(digest.lines == rows.count)
        return digest.finish()
    }

    private let key = UUID(0x0102_0304_0506_0708, 0x090A_0B0C_0D0E_0F10)

    /// The hash of the same 92 bytes, made with `xxd -r -p | sha256sum`.
    @Test func vector() {
        let rows = [
            Row(key: key, amount: 16_800, payer: 1, month: nil, bookedOn: 17_532, line: 0, account: 1),
            Row(key: key, amount: -16_800, payer: 1, month: 24_216, bookedOn: 17_532, line: 1, account: 2),
        ]
        let hex = digest(rows).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(hex == "a72b44e219a1efef5484e30d16265e537c6550a859d5c0bf1fce53ef79368c95")
    }

    @Test func nothingIsTheHashOfNothing() {
        #expect(digest([]).prefix(4) == [0xE3, 0xB0, 0xC4, 0x42])
    }

    @Test func orderDoesNotMatterAndEveryFieldDoes() {
        var random = SeededGenerator("ledger digest")
        var rows: [Row] = []
        for number in 0..<300 {
            // Keys that share halves, so that every part of the order is used.
            rows.append(
                Row(
                    key: UUID(UInt64(number % 3), UInt64(number % 10)), amount: .random(in: -9...9, using: &random),
                    payer: nil, month: nil, bookedOn: 17_532, line: Int16(number / 30), account: 1))
        }
        let expected = digest(rows.shuffled(using: &random))
        #expect(digest(rows) == expected)
        for change in [
            { $0.key = UUID(9, 9) }, { $0.amount += 1 }, { $0.payer = 0 }, { $0.month = 0 }, { $0.bookedOn += 1 },
            { $0.line = 999 }, { $0.account = 2 },
        ] as [(inout Row) -> Void] {
            var changed = rows
            change(&changed[.random(in: 0..<300, using: &random)])
            #expect(digest(changed) != expected)
        }
    }

    @Test func batchNumbersGoThereAndBack() {
        for (chain, seq) in [(-2, 1), (-1, 77), (0, 0), (63, 1 << 39)] as [(Int32, Int64)] {
            let place = AuditChain.place(ofBatch: AuditChain.batch(chain: chain, seq: seq))
            #expect(place.chain == chain && place.seq == seq)
        }
        #expect(AuditChain.batch(chain: 0, seq: 5) == 2 << 40 | 5)
    }

    @Test func detailsHoldNoNIK() {
        #expect(AuditChain.masked(#"{"nik":"5171014101560001"}"#).contains("5171014101560001") == false)
        #expect(AuditChain.masked("0000000000000000") == "0000000000000000")
    }
}
