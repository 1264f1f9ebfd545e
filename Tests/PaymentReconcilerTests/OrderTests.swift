import PerisaiModels
import TestSupport
import Testing
import Worker

@testable import PaymentReconciler

/// Topics have no order between them, and every event may come again: the same figures whatever the delivery.
@Suite(.serialized)
struct OrderTests {
    private struct Streams {
        var enrolments: [Event<ReconcilerInput>] = []
        var payments: [Event<ReconcilerInput>] = []
        var dates: [Event<ReconcilerInput>] = []
    }

    private func streams(_ generator: inout SeededGenerator) throws -> Streams {
        var streams = Streams()
        for month in 1...4 { streams.dates.append(try Make.date(month)) }
        for payer in 1...12 {
            streams.enrolments.append(try Make.enrolled(payer, on: Int.random(in: 1...2, using: &generator)))
        }
        var second = 0
        for month in 1...4 {
            for payer in 1...14 {  // two of them never enrol
                second += 1
                let label = "p\(payer)-\(month)"
                let amount = [16_800, 10_000, 40_000, 33_600].randomElement(using: &generator) ?? 16_800
                let byNIK = Int.random(in: 0...3, using: &generator) == 0 ? 2 : nil
                streams.payments.append(
                    try Make.paid(payer, Int64(amount), label, on: month, byNIK: byNIK, second: second))
                // The newest payment taken back: what it had paid does not depend on when the enrolment came.
                if Int.random(in: 0...9, using: &generator) == 0, byNIK == nil {
                    streams.payments.append(
                        try Make.reversed(
                            payer, Int64(amount), of: label, "r\(payer)-\(month)", on: month, second: second))
                }
                if Int.random(in: 0...9, using: &generator) == 0 {
                    streams.payments.append(try Make.paid(payer, 5, "x\(label)", on: month, reference: label))
                }
            }
        }
        return streams
    }

    /// Merges the streams in random order, keeping each stream's own.
    private func merge(_ streams: Streams, _ generator: inout SeededGenerator) -> [Event<ReconcilerInput>] {
        var left = [streams.enrolments[...], streams.payments[...], streams.dates[...]]
        var merged: [Event<ReconcilerInput>] = []
        while let pick = left.indices.filter({ !left[$0].isEmpty }).randomElement(using: &generator) {
            merged.append(left[pick].removeFirst())
        }
        return merged
    }

    private func run(_ batches: [[Event<ReconcilerInput>]]) throws -> [String] {
        let ledger = try Ledger()
        for batch in batches {
            _ = try ledger.applier.apply(batch)
            _ = try ledger.applier.work()
        }
        try ledger.audit()
        return try ledger.figures()
    }

    private func same(_ batches: [[Event<ReconcilerInput>]], _ expected: [String], _ label: String) throws {
        let found = try run(batches)
        #expect(found.filter { !expected.contains($0) } == [], Comment(rawValue: label))
        #expect(expected.filter { !found.contains($0) } == [], Comment(rawValue: label))
    }

    @Test func deliveryDoesNotMatter() throws {
        var generator = SeededGenerator("deliveryDoesNotMatter")
        for _ in 0..<3 {
            let streams = try streams(&generator)
            let inOrder = streams.enrolments + streams.payments + streams.dates
            let expected = try run([inOrder])
            try same(inOrder.map { [$0] }, expected, "one by one")
            try same([inOrder, inOrder], expected, "twice")
            try same(
                [streams.payments, streams.dates, streams.enrolments, streams.payments], expected, "enrolled last")
            for _ in 0..<3 {
                let merged = merge(streams, &generator)
                let batches = stride(from: 0, to: merged.count, by: 7).map { start in
                    merged[start..<min(start + 7, merged.count)] + merged[start..<min(start + 7, merged.count)]
                }
                try same(batches.map(Array.init), expected, "merged")
            }
        }
    }

    @Test func anEmptyBatchIsNothing() throws {
        let ledger = try Ledger()
        #expect(try ledger.applier.apply([]).isEmpty)
        #expect(try ledger.applier.work().isEmpty)
    }
}
