import Foundation
import PerisaiModels
import Postgres
import Synchronization
import Testing
import Worker

@testable import PaymentReconciler

/// The notice of a group payment and a statement's line of the same number, or somebody's notice of it, decided by two
/// workers at the same moment: the money counts once.
@Suite(.serialized) struct GroupNumberTests {
    private static let monthly: Int64 = 16_800

    private func group() throws -> Event<ReconcilerInput> {
        let members = try (1...2).map { PaymentMember(nik: try nik($0), months: 1, amount: Rupiah(Self.monthly)) }
        let data = PaymentReceived(
            bank: .bni, reference: try PaymentReference("G-1"), amount: Rupiah(2 * Self.monthly), members: members,
            bookedOn: try day(1))
        return Make.event("group", .payment(try IncomingPayment(data)))
    }

    private func line() throws -> Event<ReconcilerInput> {
        let data = StatementEntryBooked(
            bank: .bni, account: try AccountNumber("1234567890"), statement: try PaymentReference("S1"), entry: 1,
            direction: .credit, isReversal: false, amount: Rupiah(2 * Self.monthly), bookedOn: try day(1),
            reference: try PaymentReference("G-1"), text: "SETORAN KOLEKTIF")
        return Make.event("line", .entry(try IncomingEntry(data)))
    }

    /// Applies as the loop does: what another worker was quicker with is decided again.
    private func deliver(_ event: Event<ReconcilerInput>, _ settings: ConnectionSettings) throws {
        let connection = try Connection(settings)
        defer { connection.close() }
        let applier = try BatchApplier(service: PaymentReconcilerService(), connection: connection)
        for round in 1... {
            do {
                _ = try applier.apply([event])
                return
            } catch let error as PostgresError {
                guard round < 20, error.kind == .conflict || error.isTransient else { throw error }
            }
        }
    }

    /// How many of this database wait for a lock.
    private func waiting(_ connection: Connection) throws -> Int64 {
        try connection.query(
            Statement(
                "test_waiting",
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """)
        ).int64(0, 0)
    }

    /// The first has decided and does not come to its end; meanwhile the second decides.
    private func together(
        _ ledger: Ledger, _ first: Event<ReconcilerInput>, heldAt table: String, _ second: Event<ReconcilerInput>
    ) throws {
        let settings = ledger.connection.settings
        let failures = Mutex<[String]>([])
        let ended = Mutex(0)
        let both = DispatchGroup()
        func begin(_ event: Event<ReconcilerInput>) {
            DispatchQueue.global().async(group: both) {
                do { try deliver(event, settings) } catch { failures.withLock { $0.append("\(error)") } }
                ended.withLock { $0 += 1 }
            }
        }
        let holder = try Connection(settings)
        defer { holder.close() }
        try holder.execute("BEGIN; LOCK TABLE \(table) IN EXCLUSIVE MODE")
        let limit = ContinuousClock.now + .seconds(60)
        begin(first)
        while try waiting(ledger.connection) < 1, ContinuousClock.now < limit {}
        // Of another partition, whose chain is another one.
        begin(Event(key: second.key, time: second.time, partition: 1, input: second.input))
        while try waiting(ledger.connection) < 2, ended.withLock({ $0 }) < 1, ContinuousClock.now < limit {}
        try holder.execute("COMMIT")
        both.wait()
        #expect(failures.withLock { $0 } == [])
        #expect(ContinuousClock.now < limit)
    }

    private func check(_ ledger: Ledger) throws {
        try ledger.audit()
        let report = try LedgerVerification.run(on: ledger.connection)
        #expect(report.faults.map(\.description) == [])
        #expect(try ledger.rows("SELECT sum(amount)::text FROM ledger WHERE account = 1") == ["33600"])
        // The number itself is nobody's payment.
        #expect(report.figures.received == 2 * Self.monthly)
    }

    @Test func aGroupAndThenItsLine() throws {
        let ledger = try Ledger()
        for payer in 1...2 { try ledger.apply(Make.enrolled(payer)) }
        try together(ledger, group(), heldAt: "payment_group", line())
        try check(ledger)
        for payer in 1...2 { #expect(try ledger.dues(payer) == ["1:16800/16800"]) }
        #expect(try ledger.rows("SELECT count(*)::text FROM payment_evidence") == ["1"])
    }

    @Test func aLineAndThenItsGroup() throws {
        let ledger = try Ledger()
        for payer in 1...2 { try ledger.apply(Make.enrolled(payer)) }
        try together(ledger, line(), heldAt: "statement_entry", group())
        try check(ledger)
    }

    @Test func aGroupAndThenSomebodysPaymentOfItsNumber() throws {
        let ledger = try Ledger()
        for payer in 1...3 { try ledger.apply(Make.enrolled(payer)) }
        try together(ledger, group(), heldAt: "payment_group", Make.paid(3, Self.monthly, "one", reference: "G-1"))
        try check(ledger)
        #expect(try ledger.rows("SELECT code FROM payment_exception") == ["CONFLICTING_REFERENCE"])
    }
}
