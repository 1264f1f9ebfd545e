import Crypto
import Foundation
import PerisaiModels
import Postgres
import Testing
import Worker

@testable import PaymentReconciler

@Suite struct LedgerVerificationTests {
    /// Two months of a participant paid, money of an unknown payer, and a payment taken back, in three chained batches.
    private func ledger() throws -> Connection {
        let connection = try Server.database()
        try WorkerSchema.migrate(PaymentReconcilerService(), on: connection)
        let payer = PayerNumber.participant(try kpj(1)).code
        try connection.execute(
            """
            INSERT INTO payer (payer, known) VALUES (\(payer), true);
            INSERT INTO due (payer, month, amount, paid) VALUES (\(payer), 24216, 16800, 16800), (\(payer), 24217, 16800, 3200);
            INSERT INTO payment (payment_id, event_key, amount, payer, booked_on, bank, outcome, reference) VALUES
                (\(id(1)), \(id(11)), 20000, \(payer), '2018-01-05', 9, 1, 'A'),
                (\(id(2)), \(id(12)), 5000, NULL, '2018-01-06', 9, 2, 'B'),
                (\(id(3)), \(id(13)), 16800, \(payer), '2018-01-07', 9, 1, 'C'),
                (\(id(4)), \(id(14)), 100, NULL, '2018-01-07', 9, 3, 'D'),
                (\(id(5)), \(id(15)), 20000, \(payer), '2018-01-07', 9, 4, 'E');
            INSERT INTO suspense (payment_id, received_at) VALUES (\(id(2)), '2018-01-06');
            INSERT INTO reversal (payment_id, event_key, booked_on, reference) VALUES
                (\(id(3)), \(id(23)), '2018-01-08', 'R');
            """)
        try batch(connection, chain: 3, [(11, 20_000, 1, nil), (11, -16_800, 2, 24_216), (11, -3_200, 2, 24_217)])
        try batch(connection, chain: 3, [(12, 5_000, 1, nil), (12, -5_000, 4, nil)])
        try batch(
            connection, chain: AuditChain.leader,
            [(13, 16_800, 1, nil), (13, -16_800, 2, 24_217), (23, -16_800, 1, nil), (23, 16_800, 2, 24_217)])
        try connection.transaction {
            try AuditChain.appendPerson(#"{"did":"import","by":"ani"}"#, on: connection)
        }
        return connection
    }

    private func uuid(_ number: Int) -> UUID { UUID(UInt64(number), 0) }
    private func id(_ number: Int) -> String { "'\(uuid(number).text)'" }

    /// Lines of one transaction: key, amount, account, month.
    private func batch(
        _ connection: Connection, chain: Int32, _ lines: [(key: Int, amount: Int64, account: Int16, month: Int32?)]
    ) throws {
        let payer = PayerNumber.participant(try kpj(1)).code
        try connection.transaction {
            let seq = try AuditChain.lock(chain, on: connection) + 1
            var digest = LedgerDigest()
            var next: [Int: Int16] = [:]
            for line in lines {
                let number = next[line.key, default: 0]
                next[line.key] = number + 1
                digest.add(
                    eventKey: uuid(line.key), amount: line.amount, payer: payer, month: line.month, bookedOn: 17_536,
                    line: number, account: line.account)
                try connection.execute(
                    """
                    INSERT INTO ledger (event_key, amount, payer, month, booked_on, line, account, batch) VALUES
                    (\(id(line.key)), \(line.amount), \(payer), \(line.month.map(String.init) ?? "NULL"),
                     DATE '1970-01-01' + 17536, \(number), \(line.account), \(AuditChain.batch(chain: chain, seq: seq)))
                    """)
            }
            _ = try connection.query(AuditChain.append, AuditChain.parameters(chain: chain, of: digest))
        }
    }

    private func faults(after change: String) throws -> [LedgerReport.Fault] {
        let connection = try ledger()
        defer { connection.close() }
        try connection.execute(change)
        return try LedgerVerification.run(on: connection).faults
    }

    @Test func whatWasWrittenIsProven() throws {
        let connection = try ledger()
        defer { connection.close() }
        let report = try LedgerVerification.run(on: connection)
        #expect(report.faults.map(\.description) == [])
        #expect(report.isProven)
        #expect(report.unchainedLines == 0)
        #expect(report.accounts.map(\.balance) == [25_000, -20_000, 0, -5_000, 0, 0, 0, 0, 0])
        let figures = report.figures
        #expect(figures.received == 41_900 && figures.posted == 20_000 && figures.suspended == 5_000)
        #expect(figures.refused == 100 && figures.reversed == 16_800 && figures.isComplete)
    }

    @Test func theHashIsTheDatabases() throws {
        let connection = try ledger()
        defer { connection.close() }
        let rows = try connection.query(
            Statement("log", "SELECT digest, hash FROM audit_log WHERE chain = 3 ORDER BY seq"))
        var before: [UInt8] = []
        for row in 0..<rows.rowCount {
            before = AuditChain.hash(
                after: before, chain: 3, seq: Int64(row + 1), kind: 1, lines: row == 0 ? 3 : 2,
                digest: try rows.bytes(row, 0))
            #expect(try rows.bytes(row, 1) == before)
        }
    }

    /// An amount moved between two lines of one key: sums stay, the digest does not.
    @Test func aChangedLineIsFound() throws {
        let found = try faults(
            after: """
                UPDATE ledger SET amount = amount + 200 WHERE event_key = \(id(11)) AND line = 1;
                UPDATE ledger SET amount = amount - 200 WHERE event_key = \(id(11)) AND line = 2;
                """)
        #expect(found.map(\.check) == ["contributions", "contributions", "chains"])
        #expect(found.last?.place.hasPrefix("chain 3, seq 1") == true)
        #expect(found.last?.place.contains(uuid(11).text) == true)
        #expect(found.first?.place.hasSuffix("month 2018-01") == true)
    }

    @Test func aChangedAmountIsFound() throws {
        let found = try faults(after: "UPDATE ledger SET amount = 20001 WHERE event_key = \(id(11)) AND line = 0")
        #expect(found.first?.check == "movements")
        #expect(found.first?.place == "event key \(uuid(11).text)")
        #expect(found.contains { $0.check == "chains" && $0.place == "chain 3, seq 1, event key \(uuid(11).text)" })
    }

    @Test func aDeletedLineIsFound() throws {
        let found = try faults(after: "DELETE FROM ledger WHERE event_key = \(id(12)) AND line = 0")
        let chain = try #require(found.first { $0.check == "chains" })
        #expect(chain.place == "chain 3, seq 2, event key \(uuid(12).text)")
        #expect(chain.reason == "holds 1 lines, 2 were written")
    }

    @Test func anAddedMovementIsFound() throws {
        let found = try faults(
            after: """
                INSERT INTO ledger (event_key, amount, booked_on, line, account, batch) VALUES
                (\(id(90)), 7, '2018-01-01', 0, 1, \(AuditChain.batch(chain: 3, seq: 9))),
                (\(id(90)), -7, '2018-01-01', 1, 1, \(AuditChain.batch(chain: 3, seq: 9)))
                """)
        #expect(found.map(\.check) == ["chains"])
        #expect(found.first?.place == "chain 3, seq 9, event key \(uuid(90).text), line 0")
    }

    @Test(arguments: [
        ("UPDATE audit_log SET lines = 4 WHERE chain = 3 AND seq = 1", "chain 3, seq 1"),
        ("UPDATE audit_log SET digest = sha256('x') WHERE chain = 3 AND seq = 2", "chain 3, seq 2"),
        ("UPDATE audit_log SET hash = sha256('x') WHERE chain = 3 AND seq = 1", "chain 3, seq 1"),
        ("UPDATE audit_log SET detail = '{}' WHERE chain = -2", "chain -2, seq 1"),
        ("UPDATE audit_log SET kind = 2 WHERE chain = -1", "chain -1, seq 1"),
        ("DELETE FROM audit_log WHERE chain = 3 AND seq = 1", "chain 3, seq 1"),
        ("DELETE FROM audit_log WHERE chain = 3 AND seq = 2", "chain 3, seq 2"),
        ("UPDATE audit_head SET seq = 3 WHERE chain = 3", "chain 3, seq 3"),
        ("DELETE FROM audit_head WHERE chain = -1", "chain -1"),
    ])
    func aChangedLogIsFound(change: String, place: String) throws {
        let found = try faults(after: change)
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.check == "chains" })
        #expect(found.contains { $0.place.hasPrefix(place) })
    }

    @Test func projectionsAreCompared() throws {
        let payer = PayerNumber.participant(try kpj(1)).code
        #expect(try faults(after: "UPDATE due SET paid = 16799 WHERE month = 24216").map(\.check) == ["contributions"])
        #expect(try faults(after: "UPDATE payer SET credit = 5").map(\.check) == ["credit"])
        let fine = "INSERT INTO fine (payer, month, amount, paid, months_late, assessed_on) VALUES "
        #expect(try faults(after: fine + "(\(payer), 24216, 9, 9, 1, '2018-01-01')").map(\.check) == ["fines"])
        let released = "INSERT INTO suspense_release (payment_id, event_key) VALUES (\(id(2)), \(id(99)))"
        #expect(try faults(after: released).first?.check == "suspense")
        let found = try faults(after: "UPDATE payment SET amount = 20001 WHERE payment_id = \(id(1))")
        #expect(found.first?.check == "payments")
        #expect(found.contains { $0.place == "payment \(uuid(1).text)" })
    }

    /// The head of a chain is made by whoever comes first; who comes second waits and goes on behind it.
    @Test func chainsGoOnBehindOneAnother() throws {
        let connection = try Server.database()
        defer { connection.close() }
        try WorkerSchema.migrate(PaymentReconcilerService(), on: connection)
        for number in 1...3 { try batch(connection, chain: 5, [(number, 4, 1, nil), (number, -4, 6, nil)]) }
        #expect(try connection.transaction { try AuditChain.lock(5, on: connection) } == 3)
        let report = try LedgerVerification.run(on: connection)
        #expect(!report.faults.contains { $0.check == "chains" })
    }
}
