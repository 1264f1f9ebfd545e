import PerisaiModels
import Postgres

import struct Foundation.UUID

/// Rows that a batch adds, in the form in which they are sent.
struct NewRows {
    var payments = CopyBuffer(
        table: "payment",
        columns: [
            "payment_id", "event_key", "amount", "payer", "nik", "booked_on", "bank", "outcome", "reference",
        ], capacity: 1 << 10)
    var ledger = CopyBuffer(
        table: "ledger", columns: ["event_key", "amount", "payer", "month", "booked_on", "line", "account"],
        capacity: 1 << 10)
    var suspense = CopyBuffer(
        table: "suspense", columns: ["payment_id", "payer", "nik", "months", "received_at"], capacity: 256)
    var releases = CopyBuffer(table: "suspense_release", columns: ["payment_id", "payer", "event_key"], capacity: 256)
    var reversals = CopyBuffer(
        table: "reversal", columns: ["payment_id", "event_key", "booked_on", "reference"], capacity: 256)
    var pending = CopyBuffer(
        table: "pending_reversal",
        columns: ["payment_id", "event_key", "event_time", "bank", "reference", "original", "amount", "booked_on"],
        capacity: 256)
    var exceptions = CopyBuffer(
        table: "payment_exception",
        columns: ["event_key", "code", "payment_id", "amount", "payer", "booked_on", "bank", "reference"],
        capacity: 256)
    var dues = CopyBuffer(
        table: "due", columns: ["payer", "month", "amount", "paid", "credited", "cover"], capacity: 256)
    var openings = CopyBuffer(
        table: "month_opening", columns: ["month", "started_on", "event_time"], capacity: 64)

    mutating func add(_ payment: KnownPayment, id: UUID) {
        payments.beginRow()
        payments.append(id)
        payments.append(payment.eventKey)
        payments.append(payment.amount)
        payments.append(payment.payer?.code)
        payments.append(payment.nik)
        payments.append(date: payment.bookedOn.daysSince1970)
        payments.append(Int16(truncatingIfNeeded: payment.bank.code))
        payments.append(payment.outcome.rawValue)
        payments.append(payment.reference.text)
    }

    mutating func suspend(_ payment: IncomingPayment, receivedAt: Instant) {
        suspense.beginRow()
        suspense.append(payment.paymentID)
        suspense.append(payment.payer?.code)
        suspense.append(payment.nik)
        suspense.append(Int16(truncatingIfNeeded: payment.months))
        suspense.append(timestamp: receivedAt.microseconds)
    }

    mutating func release(_ paymentID: UUID, payer: Int64?, key: UUID) {
        releases.beginRow()
        releases.append(paymentID)
        releases.append(payer)
        releases.append(key)
    }

    mutating func reverse(_ reversal: IncomingReversal, key: UUID) {
        reversals.beginRow()
        reversals.append(reversal.paymentID)
        reversals.append(key)
        reversals.append(date: reversal.bookedOn.daysSince1970)
        reversals.append(reversal.reference.text)
    }

    mutating func add(_ waiting: PendingReversal) {
        let reversal = waiting.reversal
        pending.beginRow()
        pending.append(reversal.paymentID)
        pending.append(waiting.eventKey)
        pending.append(timestamp: waiting.time.microseconds)
        pending.append(Int16(truncatingIfNeeded: reversal.bank.code))
        pending.append(reversal.reference.text)
        pending.append(reversal.originalReference.text)
        pending.append(reversal.amount)
        pending.append(date: reversal.bookedOn.daysSince1970)
    }

    mutating func add(_ exception: PaymentException, key: UUID) {
        exceptions.beginRow()
        exceptions.append(key)
        exceptions.append(exception.code.rawValue)
        exceptions.append(exception.paymentID)
        exceptions.append(exception.amount.amount)
        exceptions.append(exception.payer?.code)
        exceptions.append(date: exception.bookedOn.daysSince1970)
        exceptions.append(Int16(truncatingIfNeeded: exception.bank.code))
        exceptions.append(exception.reference.text)
    }

    mutating func add(_ due: Due, payer: Int64) {
        dues.beginRow()
        dues.append(payer)
        dues.append(due.month.index)
        dues.append(due.amount)
        dues.append(due.paid)
        dues.append(due.credited)
        dues.append(due.cover.rawValue)
    }

    mutating func openMonth(_ date: CivilDate, time: Instant) {
        openings.beginRow()
        openings.append(date.contributionMonth.index)
        openings.append(date: date.daysSince1970)
        openings.append(timestamp: time.microseconds)
    }
}

/// Numbers the ledger lines under one key.
struct LedgerLines {
    let key: UUID
    let payer: Int64?
    let bookedOn: CivilDate
    private var line: Int16 = 0

    init(key: UUID, payer: Int64?, bookedOn: CivilDate) {
        self.key = key
        self.payer = payer
        self.bookedOn = bookedOn
    }

    /// `amount`: debit positive, credit negative, rupiah.
    mutating func add(
        _ account: LedgerAccount, _ amount: Int64, month: ContributionMonth? = nil, to rows: inout NewRows
    ) {
        rows.ledger.beginRow()
        rows.ledger.append(key)
        rows.ledger.append(amount)
        rows.ledger.append(payer)
        rows.ledger.append(month?.index)
        rows.ledger.append(date: bookedOn.daysSince1970)
        rows.ledger.append(line)
        rows.ledger.append(account.rawValue)
        line += 1
    }
}
