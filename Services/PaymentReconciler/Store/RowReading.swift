import PerisaiModels
import Postgres

import struct Foundation.UUID

/// A stored value that none of our rows can have.
struct CorruptRow: Error, CustomStringConvertible {
    let column: String
    var description: String { "\(column): value out of range in the database" }

    static func checked<Value>(_ value: Value?, _ column: String) throws -> Value {
        guard let value else { throw CorruptRow(column: column) }
        return value
    }
}

extension Due {
    /// payer, month, amount, paid, credited, cover.
    init(_ rows: QueryResult, _ row: Int) throws {
        self.init(
            month: try CorruptRow.checked(ContributionMonth(index: rows.int32(row, 1)), "month"),
            amount: try rows.int64(row, 2), paid: try rows.int64(row, 3), credited: try rows.int64(row, 4),
            cover: try CorruptRow.checked(Cover(rawValue: rows.int16(row, 5)), "cover"))
    }
}

extension KnownPayment {
    /// payment_id, event_key, bank, reference, payer, nik, amount, booked_on, outcome.
    init(_ rows: QueryResult, _ row: Int) throws {
        self.init(
            eventKey: try rows.uuid(row, 1), bank: try BankCode(code: rows.int64(row, 2)),
            reference: try PaymentReference(rows.text(row, 3)),
            payer: try rows.optionalInt64(row, 4).map { try PayerNumber(code: $0) },
            nik: try rows.optionalInt64(row, 5), amount: try rows.int64(row, 6),
            bookedOn: try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 7)), "booked_on"),
            outcome: try CorruptRow.checked(Outcome(rawValue: rows.int16(row, 8)), "outcome"))
    }
}

extension PendingReversal {
    /// event_key, event_time, bank, reference, original, amount, booked_on.
    init(_ rows: QueryResult, _ row: Int) throws {
        self.init(
            eventKey: try rows.uuid(row, 0),
            time: try CorruptRow.checked(Instant(microseconds: rows.timestamp(row, 1)), "event_time"),
            reversal: IncomingReversal(
                bank: try BankCode(code: rows.int64(row, 2)), reference: try PaymentReference(rows.text(row, 3)),
                originalReference: try PaymentReference(rows.text(row, 4)), payer: nil, nik: nil,
                amount: try rows.int64(row, 5),
                bookedOn: try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 6)), "booked_on")))
    }
}

extension PayerAccount {
    /// The columns of `LoadStatements.payerColumns`; the row is locked.
    init(_ rows: QueryResult, _ row: Int) throws {
        self.init(payer: try PayerNumber(code: rows.int64(row, 0)))
        isLocked = true
        isKnown = try rows.bool(row, 1)
        firstMonth = try rows.optionalInt32(row, 2).flatMap { ContributionMonth(index: $0) }
        openedThrough = try rows.optionalInt32(row, 3).flatMap { ContributionMonth(index: $0) }
        terms =
            StoredTerms(
                programmes: try rows.optionalInt16(row, 4), income: try rows.optionalInt64(row, 5),
                transport: try rows.optionalBool(row, 6), riskClass: try rows.optionalInt16(row, 7),
                wages: try rows.optionalBytes(row, 8)
            ).terms
        credit = try rows.int64(row, 9)
    }
}
