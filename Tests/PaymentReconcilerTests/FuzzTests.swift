import Foundation
import PerisaiModels
import Postgres
import Synchronization
import TestSupport
import Testing
import Worker

@testable import PaymentReconciler

/// Random streams of everything that can happen, in random batches, repeated, and from two workers at once: the books
/// must stand, and the same figures come out however often events are delivered.
@Suite(.serialized)
struct FuzzTests {
    private typealias Events = [Event<ReconcilerInput>]

    /// So many, unless `PERISAI_FUZZ_ROUNDS` asks for others.
    private func rounds(_ usual: Int) -> Int {
        ProcessInfo.processInfo.environment["PERISAI_FUZZ_ROUNDS"].flatMap(Int.init) ?? usual
    }

    private func label(_ text: String) -> Comment { Comment(rawValue: text) }

    /// As the loop does: a record that cannot be applied goes to the dead letters alone; any other error is a bug.
    private func deliver(_ events: Events, to applier: BatchApplier<PaymentReconcilerService>) throws {
        var tries = 0
        while true {
            do {
                _ = try applier.apply(events)
                return
            } catch is RecordFault {
                guard events.count > 1 else { return }
                for event in events { try deliver([event], to: applier) }
                return
            } catch let error as PostgresError where tries < 20 && (error.kind == .conflict || error.isTransient) {
                tries += 1
            }
        }
    }

    private func check(_ ledger: Ledger, _ text: String) throws {
        try ledger.audit(label(text))
        let report = try LedgerVerification.run(on: ledger.connection)
        #expect(report.faults.map(\.description) == [], label(text))
    }

    // MARK: persons

    /// Approves something for a case that is open, or a wrong posting.
    private func propose(_ connection: Connection, _ generator: inout SeededGenerator) throws {
        let roll = Int.random(in: 0...7, using: &generator)
        let pick = Int.random(in: 0...1_000, using: &generator)
        let payer = PayerNumber.participant(try kpj(1 + pick % 9)).code
        let id = UUID(
            uuid: (
                UInt8(truncatingIfNeeded: generator.next()), UInt8(truncatingIfNeeded: generator.next()), 1, 1, 1, 1, 1,
                1,
                1, UInt8(truncatingIfNeeded: generator.next()), 1, 1, 1, 1, 1, 1
            ))
        let columns = """
            INSERT INTO exception_proposal (proposal_id, exception_id, payment_id, action, payer, reason, proposed_by,
                proposed_at, decision, decided_by, decided_at)
            """
        let end = "'a reason', 'ani', '2018-01-01', 'approved', 'budi', '2018-01-01'"
        if roll < 3 {
            try connection.execute(
                """
                \(columns) SELECT '\(id.text)', NULL, payment_id, 'unmatch', NULL, \(end) FROM payment AS p
                WHERE NOT EXISTS (SELECT FROM exception_proposal AS x WHERE x.payment_id = p.payment_id)
                ORDER BY payment_id OFFSET \(pick) % greatest(1, (SELECT count(*) FROM payment)) LIMIT 1
                """)
        } else {
            let action = roll < 5 ? "match" : roll < 6 ? "refund" : roll < 7 ? "write-off" : "unmatch"
            try connection.execute(
                """
                \(columns) SELECT '\(id.text)', exception_id, payment_id, '\(action)',
                    \(action == "match" ? "\(payer)" : "NULL"), \(end)
                FROM exception_case AS c
                WHERE resolution IS NULL
                    AND NOT EXISTS (SELECT FROM exception_proposal AS x WHERE x.exception_id = c.exception_id)
                ORDER BY exception_id OFFSET \(pick) % greatest(1, (SELECT count(*) FROM exception_case)) / 3 LIMIT 1
                """)
        }
        if pick % 20 == 0 {
            _ = try RepricingJob.request(id: id, from: month(3), by: "tester", at: .earliest, connection)
        }
    }

    // MARK: one worker

    private func run(_ streams: FuzzStreams, _ seed: SeededGenerator, repeated: Bool) throws -> [String] {
        var generator = seed
        var repetition = seed
        let ledger = try Ledger()
        let batches = streams.batches(&generator)
        for (index, batch) in batches.enumerated() {
            try deliver(repeated ? batch + batch : batch, to: ledger.applier)
            if repeated, let old = batches[...index].randomElement(using: &repetition) {
                try deliver(old, to: ledger.applier)
            }
            if Int.random(in: 0...2, using: &generator) == 0 { try propose(ledger.connection, &generator) }
            if Int.random(in: 0...2, using: &generator) == 0 { _ = try ledger.applier.work() }
        }
        _ = try ledger.applier.work()
        if repeated { for batch in batches { try deliver(batch, to: ledger.applier) } }
        _ = try ledger.applier.work()
        try check(ledger, repeated ? "repeated" : "once")
        return try ledger.figures()
            + ledger.rows("SELECT concat(payment_id, ' ', outcome, ' ', payer) FROM payment ORDER BY 1")
            + ledger.rows("SELECT concat(event_key, ' ', outcome, ' ', payment_id) FROM statement_entry ORDER BY 1")
            + ledger.rows("SELECT concat('fine ', payer, ' ', month, ' ', amount, ' ', paid) FROM fine ORDER BY 1")
            + ledger.rows(
                "SELECT concat(event_key, ' ', code, ' ', reference, ' ', amount) FROM payment_exception ORDER BY 1")
            + ledger.rows("SELECT concat(payer, ' ', status, ' ', unpaid_months) FROM payer ORDER BY 1")
    }

    @Test func deliveredTwiceIsTheSame() throws {
        for round in 0..<rounds(4) {
            let seed = SeededGenerator("deliveredTwiceIsTheSame \(round)")
            let streams = try FuzzStreams(seed, payments: 110)
            let once = try run(streams, seed, repeated: false)
            let twice = try run(streams, seed, repeated: true)
            #expect(twice.filter { !once.contains($0) } == [], "only when repeated")
            #expect(once.filter { !twice.contains($0) } == [], "only when delivered once")
        }
    }

    // MARK: two workers

    @Test func twoWorkersAtOnce() throws {
        for round in 0..<rounds(3) {
            let seed = SeededGenerator("twoWorkersAtOnce \(round)")
            var generator = seed
            let streams = try FuzzStreams(seed, payments: 160)
            let ledger = try Ledger()
            let settings = ledger.connection.settings
            let batches = streams.batches(&generator)
            let failures = Mutex<[String]>([])
            let left = Mutex(2)
            DispatchQueue.concurrentPerform(iterations: 3) { worker in
                do {
                    let connection = try Connection(settings)
                    defer { connection.close() }
                    let applier = try BatchApplier(service: PaymentReconcilerService(), connection: connection)
                    guard worker < 2 else {
                        var generator = seed
                        while left.withLock({ $0 > 0 }) { try lead(connection, applier, &generator) }
                        return
                    }
                    defer { left.withLock { $0 -= 1 } }
                    for batch in batches {
                        let own = batch.filter { $0.partition == Int32(worker) }
                        if !own.isEmpty { try deliver(own, to: applier) }
                    }
                } catch { failures.withLock { $0.append("worker \(worker): \(error)") } }
            }
            #expect(failures.withLock { $0 } == [])
            _ = try ledger.applier.work()
            try check(ledger, "two workers")
        }
    }

    private func lead(
        _ connection: Connection, _ applier: BatchApplier<PaymentReconcilerService>, _ generator: inout SeededGenerator
    ) throws {
        try propose(connection, &generator)
        do { _ = try applier.work() } catch let error as PostgresError
            where error.kind == .conflict || error.isTransient
        {}
    }
}
