import PerisaiModels
import Worker

import struct Foundation.UUID

extension ReconcilerState {
    /// One reversal: applied, kept until its payment comes, or refused.
    mutating func receive(_ reversal: IncomingReversal, _ cause: inout Cause, _ outgoing: inout Outgoing) throws {
        let id = reversal.paymentID
        if let earlier = reversed[id] {
            if earlier != cause.key { refuse(reversal, key: cause.key, &outgoing) }
            settlePending(id, key: cause.key)
        } else if paymentIndex[id] != nil {
            try apply(reversal, key: cause.key, &cause, &outgoing)
        } else if let waiting = pending[id] {
            if waiting.eventKey != cause.key { refuse(reversal, key: cause.key, &outgoing) }
        } else {
            let waiting = PendingReversal(eventKey: cause.key, time: cause.time, reversal: reversal)
            pending[id] = waiting
            rows.add(waiting)
            raise(.reversalUnmatched, reversal, cause.key, &outgoing)
        }
    }

    /// Takes a known payment back. `key`: the reversal's own event, which may have come before the payment's.
    mutating func apply(
        _ reversal: IncomingReversal, key: UUID, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        let id = reversal.paymentID
        guard let index = paymentIndex[id] else { return }
        let known = payments[index]
        defer { settlePending(id, key: key) }
        guard known.bank == reversal.bank, known.reference == reversal.originalReference else {
            throw RecordFault(cause: "payment-id", reason: "original_reference: same hash as another reference")
        }
        guard known.amount == reversal.amount else { return refuse(reversal, key: key, &outgoing) }
        if known.outcome == .posted || known.isReleased {
            try takeBack(known, reversal, key: key, &cause, &outgoing)
        } else if known.outcome == .suspended {
            var lines = LedgerLines(key: key, payer: known.payer?.code, bookedOn: reversal.bookedOn)
            lines.add(.bankClearing, -known.amount, to: &rows)
            lines.add(.suspense, known.amount, to: &rows)
            rows.release(id, payer: nil, key: key)
            payments[index].isReleased = true
        }
        // A refused payment has brought no money: that it is taken back is noted, and nothing else.
        rows.reverse(reversal, key: key)
        reversed[id] = key
    }

    private mutating func takeBack(
        _ known: KnownPayment, _ reversal: IncomingReversal, key: UUID, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        guard let payer = known.payer, let account = accountIndex[payer.code] else { throw ReconcilerFault.notHeld }
        let taken = try accounts[account].takeBack(parts: known.parts, credited: known.credited)
        var lines = LedgerLines(key: key, payer: payer.code, bookedOn: reversal.bookedOn)
        lines.add(.bankClearing, -known.amount, to: &rows)
        for part in taken.parts { lines.add(.contribution, part.amount, month: part.month, to: &rows) }
        if taken.fromCredit > 0 { lines.add(.payerCredit, taken.fromCredit, to: &rows) }
        outgoing.emit(
            ContributionReversed(
                paymentID: reversal.paymentID, bank: reversal.bank, reference: reversal.reference, payer: payer,
                amount: Rupiah(known.amount), allocations: taken.parts.map { Allocation($0) },
                credited: Rupiah(taken.fromCredit), bookedOn: reversal.bookedOn))
        if let applied = taken.creditApplied {
            tellCredit(applied, payer, on: reversal.bookedOn, &cause, &outgoing)
        }
    }

    private mutating func settlePending(_ id: UUID, key: UUID) {
        guard pending[id]?.eventKey == key else { return }
        pending[id] = nil
        settledPending.append(id)
    }

    private mutating func refuse(_ reversal: IncomingReversal, key: UUID, _ outgoing: inout Outgoing) {
        raise(.reversalMismatch, reversal, key, &outgoing)
    }

    private mutating func raise(
        _ code: ExceptionCode, _ reversal: IncomingReversal, _ key: UUID, _ outgoing: inout Outgoing
    ) {
        raise(
            PaymentException(
                paymentID: reversal.paymentID, bank: reversal.bank, reference: reversal.reference, code: code,
                amount: Rupiah(reversal.amount), payer: reversal.payer, bookedOn: reversal.bookedOn), key, &outgoing)
    }
}
