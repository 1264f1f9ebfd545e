import Foundation
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Worker

extension LoopTests {
    private struct Outcome: Sendable {
        var ended = false
        var next: Int64 = 0
        var applied: [UUID] = []
        var published = ProcessorBench.Published()
    }

    private static func outcome(_ bench: ProcessorBench, _ ended: Bool) throws -> Outcome {
        Outcome(
            ended: ended, next: try bench.next(), applied: try bench.appliedKeys(), published: try bench.outbox())
    }

    private static func payments(_ count: Int, amount: (Int) -> Int64 = { _ in 10 }) -> [TestPayment] {
        (0..<count).map { TestPayment(number: $0, account: $0 % 37, amount: amount($0)) }
    }

    private static func ids(_ payments: [TestPayment]) -> [UUID] {
        payments.map { EventKey.derived(from: $0.key, ordinal: 0) }
    }

    @Test(arguments: [
        (Accumulator.refusedByDatabase, "refused-by-database"), (Accumulator.refusedByRule, "unlucky"),
    ])
    func threeBadRecordsOfAThousandBecomeDeadLetters(_ amount: Int64, _ cause: String) async throws {
        let bad = [3, 500, 999]
        let payments = Self.payments(1_000) { bad.contains($0) ? amount : 10 }
        let outcome = try await onThread {
            let service = Accumulator(name: "bisection")
            let bench = try ProcessorBench(service, url: try ProcessorBench.database(service))
            try bench.start()
            bench.feed([try ProcessorBench.batch(payments, from: 0)])
            _ = Rig.wait(180) { try bench.next() == 1_000 }
            return try Self.outcome(bench, bench.end())
        }
        let good = payments.filter { $0.amount != amount }
        #expect(outcome.ended)
        #expect(outcome.next == 1_000)
        #expect(outcome.applied == good.map(\.key))
        #expect(outcome.published.events == Self.ids(good))
        #expect(outcome.published.causes == [cause, cause, cause])
        #expect(outcome.published.offsets == bad.map(String.init))
    }

    /// Many refusals in one batch must not cost a whole batch each.
    @Test func aBatchOfRefusalsIsHalved() async throws {
        let payments = Self.payments(600) { $0 % 2 == 0 ? Accumulator.refusedByRule : 10 }
        let loads = Mutex(0)
        let outcome = try await onThread {
            let service = Accumulator(name: "refusals") { events, _ in loads.withLock { $0 += events.count } }
            let bench = try ProcessorBench(service, url: try ProcessorBench.database(service))
            try bench.start()
            bench.feed([try ProcessorBench.batch(payments, from: 0)])
            _ = Rig.wait(240) { try bench.next() == 600 }
            return try Self.outcome(bench, bench.end())
        }
        #expect(outcome.applied == payments.filter { $0.amount == 10 }.map(\.key))
        #expect(outcome.published.causes.count == 300)
        // One by one it would be 300 batches of 600 records.
        #expect(loads.withLock { $0 } < 60_000)
    }

    @Test func twoProcessorsThatClaimOnePartitionApplyEverythingOnce() async throws {
        let payments = Self.payments(2_000)
        let (outcomes, fenced) = try await onThread {
            let service = Accumulator(name: "zombie")
            let url = try ProcessorBench.database(service)
            let benches = [try ProcessorBench(service, url: url), try ProcessorBench(service, url: url)]
            let batches = try stride(from: 0, to: 2_000, by: 50).map { start in
                try ProcessorBench.batch(Array(payments[start..<start + 50]), from: Int64(start))
            }
            for bench in benches { try bench.start() }
            let fed = DispatchSemaphore(value: 0)
            for bench in benches {
                Thread.detachNewThread {
                    bench.feed(batches)
                    fed.signal()
                }
            }
            for _ in benches { _ = fed.wait(timeout: .now() + 60) }
            _ = Rig.wait(180) { try benches[0].next() == 2_000 && benches.allSatisfy(\.exchange.wantsBatch) }
            let ended = benches.map { $0.end() }
            return (
                try zip(benches, ended).map { try Self.outcome($0, $1) },
                benches.reduce(0) { $0 + $1.metrics.fenced.current }
            )
        }
        #expect(outcomes.map(\.ended) == [true, true])
        #expect(outcomes[0].next == 2_000)
        #expect(outcomes[0].applied == payments.map(\.key))
        #expect(outcomes[0].published.events == Self.ids(payments))
        #expect(fenced > 0)
    }

    /// The first half of a halved batch fails while the worker stops: the second half must not jump over it.
    @Test func stoppingInTheMiddleOfAHalvedBatchSkipsNothing() async throws {
        let payments = Self.payments(8) { $0 == 6 ? Accumulator.refusedByDatabase : 10 }
        let outcome = try await onThread {
            let stop = Mutex<(@Sendable () -> Void)?>(nil)
            let service = Accumulator(name: "halved") { events, connection in
                guard events.count == 4, events.first?.key == payments[0].key else { return }
                stop.withLock { $0 }?()
                try connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            }
            let bench = try ProcessorBench(service, url: try ProcessorBench.database(service))
            stop.withLock { $0 = { bench.exchange.stop() } }
            try bench.start()
            bench.feed([try ProcessorBench.batch(payments, from: 0)])
            _ = Rig.wait(180) { bench.exchange.isStopping }
            return try Self.outcome(bench, bench.end())
        }
        #expect(outcome.ended)
        #expect(outcome.next == 0)
        #expect(outcome.applied.isEmpty)
        #expect(outcome.published.events.isEmpty)
    }

    /// Taken away while it is tried again: nothing of the batch is applied, also when it comes back at once.
    @Test func aPartitionTakenAwayDuringRetriesIsLetGoAndGoesOnFromTheStoredOffset() async throws {
        let payments = Self.payments(20)
        let failures = Mutex(2)
        let revokes = Mutex(0)
        let outcome = try await onThread {
            let revoke = Mutex<(@Sendable () -> Void)?>(nil)
            let service = Accumulator(name: "revoked") { _, connection in
                let isFailing = failures.withLock { left in
                    left -= 1
                    return left >= 0
                }
                guard isFailing else { return }
                revoke.withLock { $0 }?()
                try connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            }
            let bench = try ProcessorBench(service, url: try ProcessorBench.database(service))
            revoke.withLock {
                $0 = {
                    _ = bench.exchange.revoke([ProcessorBench.partition], until: .distantPast)
                    revokes.withLock { $0 += 1 }
                }
            }
            try bench.start()
            bench.feed([try ProcessorBench.batch(payments, from: 0)])
            _ = Rig.wait(180) { revokes.withLock { $0 } >= 1 }
            // The partition is back; its records come again from the stored offset.
            bench.exchange.hand(over: .assigned([ProcessorBench.partition: 0]))
            bench.feed([try ProcessorBench.batch(payments, from: 0), try ProcessorBench.batch(payments, from: 0)])
            // It is taken away once more, and only then given back for good: a rebalance has that order, too.
            _ = Rig.wait(180) { revokes.withLock { $0 } >= 2 }
            bench.exchange.hand(over: .assigned([ProcessorBench.partition: 0]))
            let rest = (20..<25).map { TestPayment(number: $0, account: 1, amount: 10) }
            bench.feed([try ProcessorBench.batch(payments, from: 0), try ProcessorBench.batch(rest, from: 20)])
            _ = Rig.wait(180) { try bench.next() == 25 }
            return try Self.outcome(bench, bench.end())
        }
        #expect(outcome.ended)
        #expect(outcome.next == 25)
        #expect(outcome.applied == (0..<25).map { TestPayment(number: $0, account: 1, amount: 10).key })
        #expect(outcome.published.events.count == 25)
    }

    /// Rows are queued once, however often they are handed in, and nothing seems to wait that does not.
    @Test func publisherKeepsNoAgeForRowsThatAreKnown() throws {
        let service = Accumulator(name: "age")
        let bench = try ProcessorBench(service, url: "postgresql://nowhere/none")
        bench.publisher.submit([])
        #expect(bench.publisher.age == .zero)
        #expect(bench.publisher.drain(until: .distantPast))
        let row = OutboxRow(key: OutboxKey(topic: "t", partition: 0, position: 1), payload: [1], records: 1)
        bench.publisher.submit([row, row])
        #expect(bench.publisher.age > .zero)
        #expect(!bench.publisher.drain(until: .distantPast))
        #expect(bench.publisher.isInHand(row.key))
    }

    /// Bytes bound what waits for Kafka; a worker that ends does not wait for room.
    @Test func publisherIsBoundedByBytesAndLetsAnEndingWorkerGo() async throws {
        let alive = Mutex(0)
        let rows = try await onThread {
            let service = Accumulator(name: "bytes")
            let bench = try ProcessorBench(service, url: "postgresql://nowhere/none")
            func row(_ position: Int64) -> OutboxRow {
                OutboxRow(
                    key: OutboxKey(topic: "t", partition: 0, position: position),
                    payload: [UInt8](repeating: 0, count: 17 << 20), records: 1)
            }
            bench.publisher.submit([row(1)])
            bench.publisher.submit([row(2)])
            bench.publisher.submit([row(3)]) {
                alive.withLock { $0 += 1 }
                bench.publisher.beginDraining()
            }
            return (1...3).map { bench.publisher.isInHand(row($0).key) }
        }
        #expect(rows == [true, true, true])
        #expect(alive.withLock { $0 } == 1)
    }
}
