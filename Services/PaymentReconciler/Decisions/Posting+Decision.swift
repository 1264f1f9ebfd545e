import PerisaiModels
import Worker

import struct Foundation.UUID

extension ReconcilerState {
    /// One payment: posted, suspended, refused, or reported as known already.
    mutating func receive(_ payment: IncomingPayment, _ cause: inout Cause, _ outgoing: inout Outgoing) throws {
        if let index = paymentIndex[payment.paymentID] {
            return try repeated(payment, known: payments[index], cause, &outgoing)
        }
        let payer = payment.payer ?? payment.nik.flatMap { payerOfNIK[$0] }
        var known = KnownPayment(
            eventKey: cause.key, bank: payment.bank, reference: payment.reference, payer: payer, nik: payment.nik,
            amount: payment.amount, bookedOn: payment.bookedOn, outcome: .posted)
        if !payment.breakdownMatches {
            known.outcome = .refused
            rows.add(known, id: payment.paymentID)
            raise(.breakdownMismatch, payment, payer: payer, cause.key, &outgoing)
        } else if let account = payer.flatMap({ knownAccount($0) }) {
            let posting = try accounts[account].post(
                payment.amount, bookedOn: payment.bookedOn, months: payment.months)
            rows.add(known, id: payment.paymentID)
            known.parts = posting.poured.parts
            known.credited = posting.credited
            tell(posting, of: known, id: payment.paymentID, account, from: .bankClearing, &cause, &outgoing)
        } else {
            known.outcome = .suspended
            suspend(payment, known, cause, &outgoing)
        }
        remember(known, id: payment.paymentID)
        if let waiting = pending[payment.paymentID] {
            try apply(waiting.reversal, key: waiting.eventKey, &cause, &outgoing)
        }
    }

    /// The account of a payer that is enrolled. An account that is not locked has open dues, so its payer is.
    private func knownAccount(_ payer: PayerNumber) -> Int? {
        guard let index = accountIndex[payer.code] else { return nil }
        return accounts[index].isLocked && !accounts[index].isKnown ? nil : index
    }

    private mutating func repeated(
        _ payment: IncomingPayment, known: KnownPayment, _ cause: Cause, _ outgoing: inout Outgoing
    ) throws {
        switch Repetition(of: payment, key: cause.key, known: known) {
        case .redelivery: return
        case .duplicate: raise(.duplicate, payment, payer: known.payer, cause.key, &outgoing)
        case .conflict: raise(.conflictingReference, payment, payer: payment.payer, cause.key, &outgoing)
        case .collision: throw RecordFault(cause: "payment-id", reason: "reference: same hash as another reference")
        }
    }

    /// Keeps the money until the payer is known (iuran belum rinci, domain.md 3 and 6.4).
    private mutating func suspend(
        _ payment: IncomingPayment, _ known: KnownPayment, _ cause: Cause, _ outgoing: inout Outgoing
    ) {
        rows.add(known, id: payment.paymentID)
        rows.suspend(payment, receivedAt: cause.time)
        var lines = LedgerLines(key: cause.key, payer: payment.payer?.code, bookedOn: payment.bookedOn)
        lines.add(.bankClearing, payment.amount, to: &rows)
        lines.add(.suspense, -payment.amount, to: &rows)
        let waiting = Waiting(
            paymentID: payment.paymentID, payment: payments.count, months: payment.months, receivedAt: cause.time)
        if let payer = payment.payer { waitingByPayer[payer.code, default: []].append(waiting) }
        if let nik = payment.nik { waitingByNIK[nik, default: []].append(waiting) }
        raise(.unknownPayer, payment, payer: payment.payer, cause.key, &outgoing)
    }

    /// Posts what has waited for a payer, in the order in which it came.
    mutating func release(_ waiting: [Waiting], to account: Int, _ cause: inout Cause, _ outgoing: inout Outgoing) {
        let inOrder = waiting.sorted { left, right in
            if left.receivedAt != right.receivedAt { return left.receivedAt < right.receivedAt }
            return payments[left.payment].eventKey.halves < payments[right.payment].eventKey.halves
        }
        for entry in inOrder where !payments[entry.payment].isReleased {
            let known = payments[entry.payment]
            // What cannot be posted (a booking date out of all bounds) stays in suspense, where operations find it.
            guard
                let posting = try? accounts[account].post(known.amount, bookedOn: known.bookedOn, months: entry.months)
            else { continue }
            payments[entry.payment].isReleased = true
            payments[entry.payment].payer = accounts[account].payer
            payments[entry.payment].parts = posting.poured.parts
            payments[entry.payment].credited = posting.credited
            rows.release(entry.paymentID, payer: accounts[account].payer.code, key: cause.key)
            tell(posting, of: payments[entry.payment], id: entry.paymentID, account, from: .suspense, &cause, &outgoing)
        }
    }

    /// Ledger lines and events of one posting.
    private mutating func tell(
        _ posting: Posting, of payment: KnownPayment, id: UUID, _ account: Int, from source: LedgerAccount,
        _ cause: inout Cause, _ outgoing: inout Outgoing
    ) {
        let payer = accounts[account].payer
        for applied in posting.creditApplied { tellCredit(applied, payer, on: payment.bookedOn, &cause, &outgoing) }
        var lines = LedgerLines(key: payment.postingKey, payer: payer.code, bookedOn: payment.bookedOn)
        lines.add(source, payment.amount, to: &rows)
        for part in posting.poured.parts { lines.add(.contribution, -part.amount, month: part.month, to: &rows) }
        if posting.credited > 0 { lines.add(.payerCredit, -posting.credited, to: &rows) }
        let protection = posting.poured.protection
        outgoing.emit(
            ContributionPosted(
                paymentID: id, bank: payment.bank, reference: payment.reference, payer: payer,
                amount: Rupiah(payment.amount), allocations: posting.poured.parts.map { Allocation($0) },
                credited: Rupiah(posting.credited), protectedFrom: protection?.lowerBound,
                protectedUntil: protection?.upperBound, fromSuspense: source == .suspense, bookedOn: payment.bookedOn))
        tellCover(posting.poured, payer, on: payment.bookedOn, &outgoing)
    }

    /// Ledger lines and events of credit that was counted for months; a month counts from its first day.
    mutating func tellCredit(
        _ applied: Poured, _ payer: PayerNumber, on date: CivilDate, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) {
        let key = EventKey.derived(from: cause.key, ordinal: cause.creditMovements, purpose: LedgerPurpose.credit)
        cause.creditMovements += 1
        let day = min(date, applied.parts.first?.month.firstDay ?? date)
        var lines = LedgerLines(key: key, payer: payer.code, bookedOn: day)
        lines.add(.payerCredit, applied.parts.reduce(0) { $0 + $1.amount }, to: &rows)
        for part in applied.parts { lines.add(.contribution, -part.amount, month: part.month, to: &rows) }
        outgoing.emit(
            CreditApplied(
                payer: payer, allocations: applied.parts.map { Allocation($0) },
                protectedFrom: applied.protection?.lowerBound, protectedUntil: applied.protection?.upperBound,
                appliedOn: day))
        tellCover(applied, payer, on: day, &outgoing)
    }

    /// Cover starts with the first month paid in full, once for each payer (domain.md 1.6 and 2).
    private func tellCover(
        _ poured: Poured, _ payer: PayerNumber, on date: CivilDate, _ outgoing: inout Outgoing
    ) {
        guard let month = poured.coverStarted else { return }
        outgoing.emit(
            CoverActivated(
                payer: payer, month: month, protectedFrom: Protection.period(of: month).lowerBound, activatedOn: date))
    }

    private mutating func raise(
        _ code: ExceptionCode, _ payment: IncomingPayment, payer: PayerNumber?, _ key: UUID, _ outgoing: inout Outgoing
    ) {
        raise(
            PaymentException(
                paymentID: payment.paymentID, bank: payment.bank, reference: payment.reference, code: code,
                amount: Rupiah(payment.amount), payer: payer, bookedOn: payment.bookedOn), key, &outgoing)
    }

    /// Reports once: an event that comes again has its row already.
    mutating func raise(_ exception: PaymentException, _ key: UUID, _ outgoing: inout Outgoing) {
        guard raised.insert(RaisedException(eventKey: key, code: exception.code)).inserted else { return }
        rows.add(exception, key: key)
        outgoing.emit(exception)
    }
}

extension Allocation {
    init(_ part: MonthPart) {
        self.init(month: part.month, amount: Rupiah(part.amount), outstanding: Rupiah(part.outstanding))
    }
}
