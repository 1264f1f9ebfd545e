import Foundation
import PerisaiModels
import Postgres
import TestSupport
import Testing
import Worker

@testable import PaymentReconciler

func date(_ text: String) throws -> CivilDate { try #require(CivilDate(parsing: text)) }

func person(_ name: String) throws -> OperatorName { try OperatorName(name) }

/// A queue with cases that were put there by hand.
final class Queue {
    let connection: Connection
    let applier: BatchApplier<PaymentReconcilerService>
    var desk: ExceptionDesk { ExceptionDesk(connection) }

    init() throws {
        connection = try Server.database()
        applier = try BatchApplier(service: PaymentReconcilerService(), connection: connection)
    }

    deinit { connection.close() }

    /// A case with the deadline of its policy; ids follow from `label`.
    @discardableResult
    func open(
        _ code: ExceptionCode, on day: String, _ label: String = "one", amount: Int64 = 16_800, payment: UUID? = nil
    ) throws -> UUID {
        let key = EventKey.of(source: "/test", id: label)
        let id = ExceptionCase.id(eventKey: key, code: code)
        let opened = try date(day)
        _ = try connection.query(
            Statement(
                "test_open",
                """
                INSERT INTO exception_case
                    (exception_id, event_key, code, payment_id, amount, bank, reference, opened_on, deadline)
                VALUES ($1, $2, $3, $4, $5, 9, 'REF', $6, $7)
                """),
            Parameters {
                $0.append(id)
                $0.append(key)
                $0.append(code.rawValue)
                $0.append(payment ?? key)
                $0.append(amount)
                $0.append(date: opened.daysSince1970)
                $0.append(date: ExceptionPolicy(of: code).deadline(from: opened).daysSince1970)
            })
        return id
    }

    /// A payment by NIK that waits in suspense, or has been posted.
    func payment(_ label: String, waits: Bool = true, reversed: Bool = false) throws -> UUID {
        let id = EventKey.payment(bank: "009", reference: label)
        let number = try nik(1).code
        try connection.execute(
            """
            INSERT INTO payment (payment_id, event_key, amount, nik, booked_on, bank, outcome, reference)
            VALUES ('\(id.text)', '\(id.text)', 16800, \(number), '2018-06-14', 9, \(waits ? 2 : 1), '\(label)')
            """)
        if waits {
            try connection.execute(
                """
                INSERT INTO suspense (payment_id, nik, months, received_at)
                VALUES ('\(id.text)', \(number), 1, '2018-06-14T03:00:00Z')
                """)
        }
        if reversed {
            try connection.execute(
                "INSERT INTO reversal VALUES ('\(id.text)', '\(UUID().text)', '2018-06-15', 'BACK')")
        }
        return id
    }

    func enrol(_ number: Int) throws -> PayerNumber {
        let payer = PayerNumber.participant(try kpj(number))
        try connection.execute("INSERT INTO payer (payer, known) VALUES (\(payer.code), true)")
        return payer
    }

    /// Begins a business date and lets the leader work.
    @discardableResult
    func begin(_ day: String) throws -> [PublishedEvent] {
        try connection.execute("UPDATE business_date SET started_on = '\(day)'")
        return try applier.work()
    }

    func texts(_ sql: String) throws -> [String] { try connection.texts(sql) }
}

/// The sentence of the error that `body` must throw.
func refusal(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "no error"
}
