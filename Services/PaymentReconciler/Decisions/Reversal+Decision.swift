import PerisaiModels
import Worker

import struct Foundation.UUID

extension ReconcilerState {
    /// One reversal: applied, kept until its payment comes, or refused.
    mutating func receive(_ reversal: IncomingReversal, _ cause: inout Cause, _ outgoing: inout Outgoing) throws {
        let id = reversal.paymentID
        // What was told of it once stands, whatever has become of the payment since: a person settles it with the bank.
        guard !raised.contains(RaisedException(eventKey: cause.key, code: .reversalMismatch)) else { return }
        if let earlier = reversed[standing(id)] ?? reversed[id] {
            // A statement's line was first: the bank's own notice of the reversal is further evidence.
            let isShown = [id, standing(id)].contains { reversalLines[$0]?.contains(earlier) == true }
            if earlier != cause.key, !isShown { refuse(reversal, key: cause.key, &outgoing) }
            settlePending(reversal, key: cause.key, &outgoing)
        } else if paymentIndex[id] != nil || groups[id] != nil {
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
        let notice = reversal.paymentID
        defer { settlePending(reversal, key: key, &outgoing) }
        if let group = groups[notice] { return try apply(reversal, to: group, key: key, &cause, &outgoing) }
        guard let index = paymentIndex[notice] else { return }
        let known = payments[index]
        guard known.bank == reversal.bank, known.reference == reversal.originalReference else {
            throw RecordFault(cause: "payment-id", reason: "original_reference: same hash as another reference")
        }
        guard known.amount == reversal.amount else { return refuse(reversal, key: key, &outgoing) }
        try apply(reversal, toOne: standing(notice), key: key, &cause, &outgoing)
    }

    /// A group payment is taken back part by part, all of it.
    private mutating func apply(
        _ reversal: IncomingReversal, to group: KnownGroup, key: UUID, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        // A part may be another evidence of money that a statement has brought; one that was taken back alone is not
        // taken back again.
        let members = group.members.map { standing($0) }
        let parts = members.compactMap { paymentIndex[$0] }
        guard parts.count == members.count, !members.contains(where: { reversed[$0] != nil }),
            parts.reduce(Int64(0), { $0 + payments[$1].amount }) == reversal.amount
        else { return refuse(reversal, key: key, &outgoing) }
        for (index, member) in members.enumerated() {
            var part = Cause(key: PaymentIdentity.memberKey(index, of: key), time: cause.time)
            try apply(reversal, toOne: member, key: part.key, &part, &outgoing)
        }
        rows.reverse(reversal, paymentID: reversal.paymentID, key: key)
        reversed[reversal.paymentID] = key
    }

    private mutating func apply(
        _ reversal: IncomingReversal, toOne id: UUID, key: UUID, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        guard let index = paymentIndex[id] else { return refuse(reversal, key: key, &outgoing) }
        let known = payments[index]
        if known.isPosted {
            do {
                guard let payer = known.payer, let account = accountIndex[payer.code] else {
                    throw ReconcilerFault.notHeld
                }
                try takeBack(
                    known, id: id, from: account, key: key, to: .bankClearing, reference: reversal.reference,
                    on: reversal.bookedOn, &cause, &outgoing)
            } catch ReconcilerFault.notHeld {
                // Its surplus was given back by two persons meanwhile: a person settles that with the bank.
                return refuse(reversal, key: key, &outgoing)
            }
        } else if known.isSuspended {
            var lines = LedgerLines(key: key, payer: known.payer?.code, bookedOn: reversal.bookedOn)
            lines.add(.bankClearing, -known.amount, to: &rows)
            lines.add(.suspense, known.amount, to: &rows)
            rows.release(id, payer: nil, key: key, generation: known.releases)
            payments[index].releases += 1
            payments[index].wasReleasedToPayer = false
            settleSuspenseCase(of: known, id: id, .reversed, on: reversal.bookedOn, &outgoing)
        } else if let account = known.paidOutTo {
            // It was to be given back, or kept: the bank has taken it first.
            var lines = LedgerLines(key: key, payer: known.payer?.code, bookedOn: reversal.bookedOn)
            lines.add(.bankClearing, -known.amount, to: &rows)
            lines.add(account, known.amount, to: &rows)
        }
        // A refused payment has brought no money: that it is taken back is noted, and nothing else.
        rows.reverse(reversal, paymentID: id, key: key)
        reversed[id] = key
    }

    /// Takes what a payment has paid out of the payer's account, books it to the bank or back to suspense, and tells it
    /// with what follows: fines that go, credit that fills the months open again. `reference`: the bank's number of what
    /// took it back.
    mutating func takeBack(
        _ known: KnownPayment, id: UUID, from account: Int, key: UUID, to target: LedgerAccount,
        reference: PaymentReference, on date: CivilDate, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        let payer = accounts[account].payer
        let before = accounts[account].debt(on: date)
        let taken = try accounts[account].takeBack(
            parts: known.parts, fineParts: known.fineParts, sanctionParts: known.sanctionParts,
            credited: known.credited)
        var lines = LedgerLines(key: key, payer: payer.code, bookedOn: date)
        lines.add(target, -known.amount, to: &rows)
        for part in taken.parts { lines.add(.contribution, part.amount, month: part.month, to: &rows) }
        for part in taken.fineParts { lines.add(.lateFine, part.amount, month: part.month, to: &rows) }
        for part in taken.sanctionParts { lines.add(.sanctionFine, part.amount, month: part.month, to: &rows) }
        if taken.fromCredit > 0 { lines.add(.payerCredit, taken.fromCredit, to: &rows) }
        if known.difference != 0 { lines.add(.matchDifference, known.difference, to: &rows) }
        outgoing.emit(
            ContributionReversed(
                paymentID: id, bank: known.bank, reference: reference, payer: payer, amount: Rupiah(known.amount),
                allocations: taken.parts.map { Allocation($0) }, credited: Rupiah(taken.fromCredit),
                fines: taken.fineParts.isEmpty ? nil : taken.fineParts.map { Allocation($0) }, bookedOn: date,
                sanctionFines: taken.sanctionParts.isEmpty ? nil : taken.sanctionParts.map { Allocation($0) }))
        tellFines(taken.assessed, freed: taken.freedFines, payer, &cause, &outgoing)
        if let applied = taken.creditApplied { tellCredit(applied, payer, on: date, &cause, &outgoing) }
        tellDebt(of: account, since: before, on: date, &outgoing)
    }

    /// A reversal that has waited is done with, and so is its case.
    private mutating func settlePending(_ reversal: IncomingReversal, key: UUID, _ outgoing: inout Outgoing) {
        let id = reversal.paymentID
        guard pending[id]?.eventKey == key else { return }
        pending[id] = nil
        settledPending.append(id)
        settledCases.append(SettledCase(paymentID: id, resolution: .reversed, on: reversal.bookedOn, isReversal: true))
        outgoing.emit(
            ExceptionResolved(
                exceptionID: ExceptionCase.id(eventKey: key, code: .reversalUnmatched), code: .reversalUnmatched,
                paymentID: id, payer: reversal.payer, amount: Rupiah(reversal.amount), resolution: .reversed,
                resolvedOn: reversal.bookedOn))
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
