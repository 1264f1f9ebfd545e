import Foundation
import PerisaiModels
import Postgres
import Testing
import Worker

@testable import PaymentReconciler

/// What `perisai explain`, `bill` and `reconciliation` read.
@Suite struct ReportTests {
    private func uuid(_ number: Int) -> UUID { UUID(UInt64(number), 0) }
    private func id(_ number: Int) -> String { "'\(uuid(number).text)'" }

    /// A payment by notice with a statement as evidence, one shown by a statement alone, one that was un-matched.
    private func database() throws -> Connection {
        let connection = try Server.database()
        try WorkerSchema.migrate(PaymentReconcilerService(), on: connection)
        let payer = PayerNumber.participant(try kpj(1)).code
        let first = EventKey.payment(bank: "009", reference: "A-1").text
        let released = EventKey.derived(from: uuid(12), ordinal: 0, purpose: LedgerPurpose.release).text
        try connection.execute(
            """
            INSERT INTO payer (payer, known, programmes, income, transport, credit) VALUES
                (\(payer), true, 3, 1000000, false, 0);
            INSERT INTO due (payer, month, amount, paid) VALUES (\(payer), 24216, 16800, 16800), (\(payer), 24217, 16800, 3200);
            INSERT INTO payment (payment_id, event_key, amount, payer, nik, booked_on, bank, outcome, reference, rule, source)
            VALUES ('\(first)', \(id(11)), 20000, \(payer), 5171014101560001, '2018-01-05', 9, 1, 'A-1', 6, 1),
                (\(id(2)), \(id(12)), 5000, NULL, NULL, '2018-01-06', 9, 2, 'B', 0, 2),
                (\(id(3)), \(id(13)), 700, NULL, NULL, '2018-01-06', 9, 2, 'C', 0, 1);
            INSERT INTO payment_evidence VALUES ('\(first)', \(id(31)), 4, '2018-01-06', 9, 'STMT-7');
            INSERT INTO suspense (payment_id, received_at) VALUES (\(id(2)), '2018-01-06'), (\(id(3)), '2018-01-06');
            INSERT INTO suspense_release (payment_id, payer, event_key) VALUES (\(id(2)), \(payer), \(id(40)));
            INSERT INTO match_decision VALUES ('\(first)', \(id(11)), 6,
                '[{"name":"nik","value":"5171014101560001"}]', '[{"what":"payment X","reason":"has another amount"}]');
            INSERT INTO exception_case (exception_id, event_key, code, payment_id, amount, bank, reference, opened_on, deadline,
                owner) VALUES (\(id(50)), \(id(12)), 'UNKNOWN_PAYER', \(id(2)), 5000, 9, 'B', '2018-01-06', '2018-01-10', 'budi');
            INSERT INTO exception_proposal (proposal_id, exception_id, payment_id, action, payer, reason, proposed_by, proposed_at,
                decision, decided_by, decided_at, outcome) VALUES (\(id(60)), \(id(50)), \(id(2)), 'match', \(payer), 'called the payer',
                'ani', '2018-01-07', 'approved', 'budi', '2018-01-07', 'applied');
            INSERT INTO ledger (event_key, amount, payer, month, booked_on, line, account, batch) VALUES
                (\(id(11)), 20000, \(payer), NULL, '2018-01-05', 0, 1, \(AuditChain.batch(chain: 3, seq: 7))),
                (\(id(11)), -16800, \(payer), 24216, '2018-01-05', 1, 2, \(AuditChain.batch(chain: 3, seq: 7))),
                (\(id(11)), -3200, \(payer), 24217, '2018-01-05', 2, 2, \(AuditChain.batch(chain: 3, seq: 7))),
                (\(id(12)), 5000, NULL, NULL, '2018-01-06', 0, 1, NULL),
                (\(id(12)), -5000, NULL, NULL, '2018-01-06', 1, 4, NULL),
                ('\(released)', 5000, \(payer), NULL, '2018-01-06', 0, 4, NULL),
                ('\(released)', -5000, \(payer), 24217, '2018-01-06', 1, 2, NULL);
            """)
        return connection
    }

    @Test func theStoryOfAPaymentNamesEveryRupiah() throws {
        let connection = try database()
        defer { connection.close() }
        let story = try #require(
            try PaymentStory.of(bank: .bni, reference: "A-1", connection: connection))
        let text = story.lines.map(\.text).joined(separator: "\n")
        #expect(text.contains("BNI (009) told of 20000 rupiah under its number A-1, booked on 2018-01-05"))
        #expect(text.contains("16800 rupiah paid 2018-01 of KPJ"))
        #expect(text.contains("is paid in full (16800 rupiah) and protects from 2018-01-01 to 2018-01-31"))
        #expect(text.contains("has 3200 of 16800 rupiah; 13600 are missing"))
        #expect(text.contains("row 7 of hash chain 3"))
        #expect(text.contains("virtual-account"))
        #expect(text.contains("Not taken: what payment X; reason has another amount"))
        #expect(text.contains("The statement of BNI (009) shows the same money under STMT-7"))
        #expect(!text.contains("5171014101560001"))
        #expect(story.movements.map(\.amount) == [20_000, -16_800, -3_200])
        // The number of the evidence leads to the payment.
        let same = try PaymentStory.of(bank: .bni, reference: "STMT-7", connection: connection)
        #expect(same?.paymentID == story.paymentID)
        let none = try PaymentStory.of(uuid(77), connection: connection)
        #expect(none == nil)
    }

    @Test func theStoryOfSuspenseNamesWhoDecided() throws {
        let connection = try database()
        defer { connection.close() }
        let story = try #require(try PaymentStory.of(uuid(2), connection: connection))
        let text = story.lines.map(\.text).joined(separator: "\n")
        #expect(text.contains("left it to KPJ"))
        #expect(text.contains("ani proposed match with KPJ"))
        #expect(text.contains("approved by budi, applied"))
        #expect(text.contains("Exception UNKNOWN_PAYER of 2018-01-06, owner budi, deadline 2018-01-10; open"))
        #expect(story.movements.map(\.what).contains("out of suspense"))
        #expect(story.movements.count == 4)
    }

    /// T: band 1, two programmes, 16.800 (domain.md 2.1).
    @Test func aBillNamesRuleAndRatesOfEveryLine() throws {
        let connection = try database()
        defer { connection.close() }
        let payer = PayerNumber.participant(try kpj(1))
        let bill = try #require(try PayerBill.of(payer, month: nil, connection: connection))
        let second = try month(2)
        #expect(bill.months.map(\.month) == [second])
        let open = try #require(bill.months.first)
        #expect(open.lines.map(\.amount.amount) == [10_000, 6_800])
        #expect(open.lines.allSatisfy { $0.regulation == "PP 44/2015" && $0.validFrom.description == "2015-07-01" })
        #expect(open.outstanding == 13_600 && !open.differs)
        let kode = KodeIuran(participant: try kpj(1))
        #expect(open.kodeIuran == kode)
        // The cut of PP 50/2025 ends with its row: April to December 2026.
        let cut = try #require(ContributionMonth(year: 2026, month: 5))
        let ahead = try #require(try PayerBill.of(payer, month: cut, connection: connection)?.months.first)
        #expect(ahead.due == nil && ahead.lines.map(\.amount.amount) == [5_000, 3_400])
        #expect(ahead.lines.allSatisfy { $0.regulation.contains("PP 50/2025") })
        #expect(ahead.lines.map(\.validThrough?.description) == ["2026-12-31", "2026-12-31"])
        let unknown = try PayerBill.of(.participant(kpj(9)), month: nil, connection: connection)
        #expect(unknown == nil)
    }

    @Test func anEmployersBillAddsUp() throws {
        let connection = try database()
        defer { connection.close() }
        let employer = PayerNumber.employer(try NPP("15092870"))
        try connection.execute(
            """
            INSERT INTO payer (payer, known, programmes, risk_class, wages) VALUES
                (\(employer.code), true, 15, 2, int8send(5000000) || int8send(20000000));
            INSERT INTO due (payer, month, amount, paid) VALUES (\(employer.code), 24216, 2145000, 0);
            INSERT INTO fine (payer, month, amount, paid, months_late, assessed_on) VALUES
                (\(employer.code), 24216, 300, 100, 1, '2018-03-01')
            """)
        let bill = try #require(try PayerBill.of(employer, month: nil, connection: connection)?.months.first)
        #expect(bill.lines.map(\.programme) == [.jkk, .jkm, .jht, .jp])
        let jp = try #require(bill.lines.last)
        // 3 % of 5.000.000 and of the cap of 2017, 7.703.500 (domain.md 3).
        #expect(jp.amount.amount == 150_000 + 231_105)
        #expect(jp.regulation.contains("cap of 2017") && jp.validThrough?.description == "2018-02-28")
        #expect(bill.fine == 300 && bill.outstanding == 2_145_000 + 200)
    }

    @Test func noticesAndStatementsAreCompared() throws {
        let connection = try database()
        defer { connection.close() }
        let report = try BankReconciliation.read(bank: nil, from: nil, through: nil, connection: connection)
        #expect(report.days.map(\.bookedOn.description) == ["2018-01-05", "2018-01-06"])
        #expect(report.days[0].confirmed == BankReconciliation.Count(payments: 1, amount: 20_000))
        #expect(report.days[0].dateDiffers.payments == 1)
        #expect(report.days[1].statementOnly == BankReconciliation.Count(payments: 1, amount: 5_000))
        #expect(report.days[1].noticeOnly == BankReconciliation.Count(payments: 1, amount: 700))
        #expect(report.days.allSatisfy { $0.figures.isComplete })
        #expect(report.days[1].figures.posted == 5_000 && report.days[1].figures.suspended == 700)
        let none = try BankReconciliation.read(
            bank: try BankCode("008"), from: nil, through: nil, connection: connection)
        #expect(none.days.isEmpty)
    }
}
