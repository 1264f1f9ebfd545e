import Foundation
import PerisaiModels
import Postgres

@testable import Worker

/// The smallest service that shows what the loop does: it sums payments by account and answers each with one event.
struct Accumulator: WorkerService {
    struct State {
        var totals: [String: Int64] = [:]
        var rows: [(key: UUID, account: String, amount: Int64)] = []
    }

    /// `decide` refuses this amount, and the database the other one.
    static let refusedByRule: Int64 = 13_013
    static let refusedByDatabase: Int64 = 66_666

    let name: String
    /// Called in `load`, within the transaction.
    var onLoad: @Sendable ([Event<PaymentReceived>], Connection) throws -> Void = { _, _ in }

    var inputs: [Topic] { [.payments] }
    var migrations: Migrations {
        get throws {
            try Migrations(
                track: name,
                [
                    Migration(
                        number: 1, name: "accumulator",
                        sql: """
                            CREATE TABLE account (account text PRIMARY KEY, total bigint NOT NULL);
                            CREATE TABLE applied (
                                row_number bigserial, event_key uuid NOT NULL, account text NOT NULL,
                                amount bigint NOT NULL CHECK (amount <> \(Self.refusedByDatabase)));
                            """)
                ])
        }
    }

    func decode(type: String, data: UnsafeRawBufferPointer) throws(JSONFault) -> PaymentReceived? {
        type == PaymentReceived.type ? try PaymentReceived.read(bytes: data) : nil
    }

    func load(_ events: [Event<PaymentReceived>], from connection: Connection) throws -> State {
        try onLoad(events, connection)
        let accounts = Set(events.map(\.input.partitionKey)).sorted()
        let rows = try connection.query(
            Statement(
                "accumulator_load",
                "SELECT account, total FROM account WHERE account = ANY($1) ORDER BY account FOR UPDATE"),
            Parameters { $0.append(accounts) })
        var state = State()
        for row in 0..<rows.rowCount { state.totals[try rows.text(row, 0)] = try rows.int64(row, 1) }
        return state
    }

    func decide(_ event: Event<PaymentReceived>, _ state: inout State, _ outgoing: inout Outgoing) throws {
        let payment = event.input
        guard payment.amount.amount != Self.refusedByRule else {
            throw RecordFault(cause: "unlucky", reason: "amount: is refused")
        }
        let account = payment.partitionKey
        state.totals[account, default: 0] += payment.amount.amount
        state.rows.append((event.key, account, payment.amount.amount))
        outgoing.emit(
            PaymentException(
                paymentID: event.key, bank: payment.bank, reference: payment.reference, code: .duplicate,
                amount: payment.amount, payer: payment.virtualAccount?.payer, bookedOn: payment.bookedOn))
    }

    func save(_ state: inout State, to writer: inout BatchWriter) throws {
        var rows = CopyBuffer(table: "applied", columns: ["event_key", "account", "amount"])
        for row in state.rows {
            rows.beginRow()
            rows.append(row.key)
            rows.append(row.account)
            rows.append(row.amount)
        }
        writer.copy(rows)
        let totals = state.totals.sorted { $0.key < $1.key }
        writer.execute(
            Statement(
                "accumulator_save",
                """
                INSERT INTO account (account, total) SELECT * FROM unnest($1::text[], $2::int8[])
                ON CONFLICT (account) DO UPDATE SET total = excluded.total
                """),
            Parameters {
                $0.append(totals.map(\.key))
                $0.append(totals.map(\.value))
            })
    }
}

/// A payment by number: `account` says whose, and `number` makes its id.
struct TestPayment: Hashable {
    var number: Int
    var account: Int
    var amount: Int64

    var id: String { "payment-\(number)" }
    static let source = "/bank/test"

    var key: UUID { EventKey.of(source: Self.source, id: id) }

    var data: PaymentReceived {
        get throws {
            let payer = PayerNumber.participant(try KPJ(code: 18_020_000_000 + Int64(account)))
            return PaymentReceived(
                bank: .bni, reference: try PaymentReference("R-\(number)"),
                virtualAccount: VirtualAccount(payer: payer),
                amount: Rupiah(amount), bookedOn: .sample)
        }
    }

    var time: Instant {
        get throws { try require(Instant(microseconds: 1_700_000_000_000_000 + Int64(number) * 1_000_000)) }
    }

    var attributes: EventAttributes {
        get throws { EventAttributes(id: id, source: Self.source, type: PaymentReceived.type, time: try time) }
    }

    func event(traceparent: String? = nil, partition: Int32 = 0) throws -> Event<PaymentReceived> {
        Event(key: key, time: try time, traceparent: traceparent, partition: partition, input: try data)
    }
}

struct Missing: Error {}

func require<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Missing() }
    return value
}
