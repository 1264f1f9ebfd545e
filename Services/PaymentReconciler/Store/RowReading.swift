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
    /// `LoadStatements.dueColumns`.
    init(_ rows: QueryResult, _ row: Int) throws {
        self.init(
            month: try CorruptRow.checked(ContributionMonth(index: rows.int32(row, 1)), "month"),
            amount: try rows.int64(row, 2), paid: try rows.int64(row, 3), credited: try rows.int64(row, 4),
            cover: try CorruptRow.checked(Cover(rawValue: rows.int16(row, 5)), "cover"),
            settledOn: try rows.optionalDate(row, 6).flatMap { CivilDate(daysSince1970: $0) },
            waived: try rows.int64(row, 7))
    }
}

extension Fine {
    /// payer, month, amount, paid, months_late, assessed_on.
    init(_ rows: QueryResult, _ row: Int) throws {
        self.init(
            month: try CorruptRow.checked(ContributionMonth(index: rows.int32(row, 1)), "month"),
            amount: try rows.int64(row, 2), paid: try rows.int64(row, 3), monthsLate: Int(try rows.int16(row, 4)),
            assessedOn: try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 5)), "assessed_on"))
    }
}

extension SanctionFine {
    /// payer, month, case_id, amount, paid, credited, imposed_on.
    init(_ rows: QueryResult, _ row: Int) throws {
        self.init(
            caseID: try rows.uuid(row, 2),
            month: try CorruptRow.checked(ContributionMonth(index: rows.int32(row, 1)), "month"),
            amount: try rows.int64(row, 3), paid: try rows.int64(row, 4), credited: try rows.int64(row, 5),
            imposedOn: try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 6)), "imposed_on"))
    }
}

extension KnownPayment {
    /// `LoadStatements.paymentColumns`.
    init(_ rows: QueryResult, _ row: Int) throws {
        self.init(
            eventKey: try rows.uuid(row, 1), bank: try BankCode(code: rows.int64(row, 2)),
            reference: try PaymentReference(rows.text(row, 3)),
            payer: try rows.optionalInt64(row, 4).map { try PayerNumber(code: $0) },
            nik: try rows.optionalInt64(row, 5), amount: try rows.int64(row, 6),
            bookedOn: try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 7)), "booked_on"),
            outcome: try CorruptRow.checked(Outcome(rawValue: rows.int16(row, 8)), "outcome"))
        rule = MatchRule(rawValue: try rows.int16(row, 9)) ?? .noRule
        source = EvidenceKind(rawValue: try rows.int16(row, 10))
        evidence = source
        sameAs = try rows.optionalUUID(row, 11)
        // What went into suspense at once; what came out of it is read where it matters.
        if outcome == .suspended { suspensions = 1 }
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
                wages: try rows.optionalBytes(row, 8), payerKind: try rows.optionalInt16(row, 10),
                labourIntensive: try rows.optionalBool(row, 11)
            ).terms
        credit = try rows.int64(row, 9)
        lastMonth = try rows.optionalInt32(row, 12).flatMap { ContributionMonth(index: $0) }
        exit = try rows.optionalInt16(row, 13).flatMap { Exit(rawValue: $0) }
        status = try CorruptRow.checked(Status(rawValue: rows.int16(row, 14)), "status")
        unpaidMonths = Int(try rows.int16(row, 15))
        statusOn = try rows.optionalDate(row, 16).flatMap { CivilDate(daysSince1970: $0) }
        termsFrom = try rows.optionalInt32(row, 17).flatMap { ContributionMonth(index: $0) }
        termsRevision = Int(try rows.int32(row, 18))
    }
}
