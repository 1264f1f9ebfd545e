import PerisaiModels
import Postgres

import struct Foundation.UUID

/// Rows that a batch adds, in the form in which they are sent.
struct NewRows {
    var payments = CopyBuffer(
        table: "payment",
        columns: [
            "payment_id", "event_key", "amount", "payer", "nik", "booked_on", "bank", "outcome", "rule", "source",
            "same_as", "reference",
        ], capacity: 1 << 10)
    var ledger = CopyBuffer(
        table: "ledger", columns: ["event_key", "amount", "payer", "month", "booked_on", "line", "account", "batch"],
        capacity: 1 << 10)
    var suspense = CopyBuffer(
        table: "suspense",
        columns: [
            "payment_id", "generation", "payer", "nik", "months", "received_at", "name_key", "remark", "event_key",
            "code",
        ], capacity: 256)
    var releases = CopyBuffer(
        table: "suspense_release", columns: ["payment_id", "generation", "payer", "event_key"], capacity: 256)
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
        table: "due", columns: ["payer", "month", "amount", "paid", "credited", "cover", "settled_on", "waived"],
        capacity: 256)
    var changes = CopyBuffer(
        table: "due_change", columns: ["payer", "month", "event_key", "reason", "before", "after", "changed_on"],
        capacity: 64)
    var groups = CopyBuffer(table: "payment_group", columns: ["payment_id", "ordinal", "member"], capacity: 64)
    var evidence = CopyBuffer(
        table: "payment_evidence",
        columns: ["payment_id", "event_key", "source", "booked_on", "bank", "reference"], capacity: 64)
    var entries = CopyBuffer(
        table: "statement_entry",
        columns: [
            "event_key", "bank", "account", "statement", "entry", "is_credit", "is_interim", "amount", "booked_on",
            "outcome", "payment_id",
        ], capacity: 64)
    var unconfirmed = CopyBuffer(
        table: "unconfirmed", columns: ["payment_id", "payer", "amount", "booked_on", "bank"], capacity: 64)
    var decisions = CopyBuffer(
        table: "match_decision", columns: ["payment_id", "event_key", "rule", "inputs", "rejected"], capacity: 64)
    var cases = CopyBuffer(
        table: "exception_case",
        columns: [
            "exception_id", "event_key", "code", "payment_id", "payer", "amount", "bank", "reference", "opened_on",
            "deadline",
        ], capacity: 64)
    /// Of the event that is decided: a case is opened on its day, or on the booking date if that is later.
    var eventTime = Instant.earliest
    /// What the batch's lines are chained by.
    var chain: Int32 = AuditChain.leader
    var batch: Int64 = 0
    var digest = LedgerDigest()
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
        payments.append(payment.rule.rawValue)
        payments.append(payment.source.rawValue)
        payments.append(payment.sameAs)
        // A bank's number may hold a NIK: a group's stands with its parts, where an erasure finds it.
        payments.append(payment.outcome == .group ? "" : payment.reference.text)
    }

    mutating func suspend(_ known: KnownPayment, id: UUID, _ payment: IncomingPayment, receivedAt: Instant) {
        beginSuspense(id, generation: 0)
        suspense.append(payment.payer?.code)
        suspense.append(payment.nik)
        suspense.append(Int16(truncatingIfNeeded: payment.months))
        suspense.append(timestamp: receivedAt.microseconds)
        suspense.append(payment.statement?.input.payerName?.text)
        suspense.append(known.remarkKey)
        suspense.append(known.suspendedBy)
        suspense.append(known.suspenseCode.rawValue)
    }

    /// A payment that was posted and is un-matched: nobody is named for it any more.
    mutating func suspendAgain(_ known: KnownPayment, id: UUID, generation: Int, receivedAt: Instant) {
        beginSuspense(id, generation: generation)
        suspense.append(Int64?.none)
        suspense.append(Int64?.none)
        suspense.append(Int16?.none)
        suspense.append(timestamp: receivedAt.microseconds)
        suspense.append(String?.none)
        suspense.append(known.remarkKey)
        suspense.append(known.suspendedBy)
        suspense.append(known.suspenseCode.rawValue)
    }

    private mutating func beginSuspense(_ id: UUID, generation: Int) {
        suspense.beginRow()
        suspense.append(id)
        suspense.append(Int16(clamping: generation))
    }

    mutating func release(_ paymentID: UUID, payer: Int64?, key: UUID, generation: Int) {
        releases.beginRow()
        releases.append(paymentID)
        releases.append(Int16(clamping: generation))
        releases.append(payer)
        releases.append(key)
    }

    /// Another notice of the money that `payment` stands for.
    mutating func evidence(of payment: UUID, _ notice: IncomingPayment, key: UUID) {
        evidence(of: payment, key, .notice, notice.bookedOn, notice.bank, notice.reference)
    }

    mutating func evidence(of payment: UUID, _ entry: IncomingEntry, key: UUID) {
        evidence(of: payment, key, entry.kind, entry.event.bookedOn, entry.event.bank, entry.event.reference)
    }

    private mutating func evidence(
        of payment: UUID, _ key: UUID, _ kind: EvidenceKind, _ bookedOn: CivilDate, _ bank: BankCode,
        _ reference: PaymentReference
    ) {
        evidence.beginRow()
        evidence.append(payment)
        evidence.append(key)
        evidence.append(kind.rawValue)
        evidence.append(date: bookedOn.daysSince1970)
        evidence.append(Int16(truncatingIfNeeded: bank.code))
        evidence.append(reference.text)
    }

    mutating func add(member: UUID, _ ordinal: Int, of group: UUID) {
        groups.beginRow()
        groups.append(group)
        groups.append(Int16(clamping: ordinal))
        groups.append(member)
    }

    mutating func add(_ entry: IncomingEntry, key: UUID, _ outcome: EntryOutcome, payment: UUID?) {
        let event = entry.event
        entries.beginRow()
        entries.append(key)
        entries.append(Int16(truncatingIfNeeded: event.bank.code))
        entries.append(event.account.text)
        entries.append(event.statement.text)
        entries.append(Int32(clamping: event.entry))
        entries.append(event.direction == .credit)
        entries.append(entry.kind == .interim)
        entries.append(event.amount.amount)
        entries.append(date: event.bookedOn.daysSince1970)
        entries.append(outcome.rawValue)
        entries.append(payment)
    }

    mutating func add(_ money: Unconfirmed, payer: Int64) {
        unconfirmed.beginRow()
        unconfirmed.append(money.paymentID)
        unconfirmed.append(payer)
        unconfirmed.append(money.amount)
        unconfirmed.append(date: money.bookedOn.daysSince1970)
        unconfirmed.append(Int16(truncatingIfNeeded: money.bank.code))
    }

    /// Why the money went where it went: rule, inputs and rejected candidates; NIKs are masked in both.
    mutating func add(_ decision: MatchDecision, payment: UUID, key: UUID) {
        decisions.beginRow()
        decisions.append(payment)
        decisions.append(key)
        decisions.append(decision.rule.rawValue)
        var writer = JSONWriter()
        writer.beginObject()
        for fact in decision.inputs {
            writer.name(fact.name)
            writer.string(fact.value)
        }
        writer.endObject()
        decisions.append(String(decoding: writer.bytes, as: UTF8.self))
        writer.reset()
        writer.beginArray()
        for candidate in decision.rejected {
            writer.beginObject()
            writer.field("rule", candidate.rule.name)
            writer.field("what", candidate.what)
            writer.field("reason", candidate.reason)
            writer.endObject()
        }
        writer.endArray()
        decisions.append(String(decoding: writer.bytes, as: UTF8.self))
    }

    mutating func add(_ change: DueChange, payer: Int64, key: UUID) {
        changes.beginRow()
        changes.append(payer)
        changes.append(change.month.index)
        changes.append(key)
        changes.append(change.reason.rawValue)
        changes.append(change.before)
        changes.append(change.after)
        changes.append(date: change.changedOn.daysSince1970)
    }

    mutating func reverse(_ reversal: IncomingReversal, paymentID: UUID, key: UUID) {
        reversals.beginRow()
        reversals.append(paymentID)
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
        let policy = ExceptionPolicy(of: exception.code)
        guard policy.needsPerson else { return }
        cases.beginRow()
        cases.append(ExceptionCase.id(eventKey: key, code: exception.code))
        cases.append(key)
        cases.append(exception.code.rawValue)
        cases.append(exception.paymentID)
        cases.append(exception.payer?.code)
        cases.append(exception.amount.amount)
        cases.append(Int16(truncatingIfNeeded: exception.bank.code))
        cases.append(exception.reference.text)
        let openedOn = max(exception.bookedOn, eventTime.date(in: .wib))
        cases.append(date: openedOn.daysSince1970)
        cases.append(date: policy.deadline(from: openedOn).daysSince1970)
    }

    mutating func add(_ due: Due, payer: Int64) {
        dues.beginRow()
        dues.append(payer)
        dues.append(due.month.index)
        dues.append(due.amount)
        dues.append(due.paid)
        dues.append(due.credited)
        dues.append(due.cover.rawValue)
        dues.append(date: due.settledOn?.daysSince1970)
        dues.append(due.waived)
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
        rows.ledger.append(rows.batch)
        rows.digest.add(
            eventKey: key, amount: amount, payer: payer, month: month?.index, bookedOn: bookedOn.daysSince1970,
            line: line, account: account.rawValue)
        line += 1
    }
}
