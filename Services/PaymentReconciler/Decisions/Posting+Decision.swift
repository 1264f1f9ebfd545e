import PerisaiModels
import Worker

import struct Foundation.UUID

extension ReconcilerState {
    /// One payment: posted, suspended, refused, evidence of another, or reported as known already.
    mutating func receive(_ payment: IncomingPayment, _ cause: inout Cause, _ outgoing: inout Outgoing) throws {
        guard payment.members.isEmpty else { return try receive(group: payment, &cause, &outgoing) }
        try receive(one: payment, &cause, &outgoing)
    }

    private mutating func receive(
        one payment: IncomingPayment, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        var payment = payment
        // The number of a group payment, for somebody alone.
        if groups[payment.paymentID] != nil, paymentIndex[payment.paymentID] == nil {
            return raise(.conflictingReference, payment, payer: payment.payer, cause.key, &outgoing)
        }
        if let index = paymentIndex[payment.paymentID] {
            let known = payments[index]
            let corrected = PaymentIdentity.corrected(payment.paymentID)
            let isCorrection = known.outcome == .refused && known.eventKey != cause.key && payment.breakdownMatches
            // The first corrected report under a refused reference is the payment; what follows repeats it.
            guard isCorrection, known.bank == payment.bank, known.reference == payment.reference else {
                return try repeated(payment, known: known, &cause, &outgoing)
            }
            if let index = paymentIndex[corrected] {
                return try repeated(payment, known: payments[index], &cause, &outgoing)
            }
            payment.paymentID = corrected
        }
        let payer = payment.payer ?? payment.nik.flatMap { payerOfNIK[$0] }
        var known = KnownPayment(
            eventKey: cause.key, bank: payment.bank, reference: payment.reference, payer: payer, nik: payment.nik,
            amount: payment.amount, bookedOn: payment.bookedOn, outcome: .posted,
            source: payment.statement?.kind ?? .notice, rule: payment.rule)
        known.evidence = known.source
        known.remarkKey = payment.statement?.input.remittance?.remarkKey
        known.difference = payment.difference
        if !payment.breakdownMatches {
            known.outcome = .refused
            rows.add(known, id: payment.paymentID)
            raise(.breakdownMismatch, payment, payer: payer, cause.key, &outgoing)
        } else if payment.statement == nil, let same = takeUnconfirmed(payment, payer) {
            known.outcome = .evidence
            known.sameAs = same
            rows.add(known, id: payment.paymentID)
            rows.evidence(of: same, payment, key: cause.key)
        } else if let account = payer.flatMap({ knownAccount($0) }) {
            let posting = try accounts[account].post(
                payment.amount - payment.difference, bookedOn: payment.bookedOn, months: payment.months)
            rows.add(known, id: payment.paymentID)
            known.note(posting)
            tell(posting, of: known, id: payment.paymentID, account, from: .bankClearing, &cause, &outgoing)
        } else {
            known.outcome = .suspended
            known.suspensions = 1
            known.difference = 0
            known.suspendedBy = cause.key
            if payment.statement != nil, payment.rule.isUncertain { known.suspenseCode = .ambiguous }
            suspend(payment, known, cause, &outgoing)
        }
        remember(known, id: payment.paymentID)
        if let waiting = pending[payment.paymentID] {
            try apply(waiting.reversal, key: waiting.eventKey, &cause, &outgoing)
        }
    }

    /// Each part is a payment of its own; the group as a whole is known by its parts.
    private mutating func receive(
        group: IncomingPayment, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        if let known = groups[group.paymentID] {
            guard let first = known.members.first, let index = paymentIndex[first] else { return }
            if payments[index].eventKey == PaymentIdentity.memberKey(0, of: cause.key) { return }
            return raise(.duplicate, group, payer: nil, cause.key, &outgoing)
        }
        guard paymentIndex[group.paymentID] == nil, group.breakdownMatches else {
            return try receive(one: group.alone, &cause, &outgoing)
        }
        var known = KnownGroup()
        rows.add(
            KnownPayment(
                eventKey: cause.key, bank: group.bank, reference: group.reference, nik: nil, amount: 0,
                bookedOn: group.bookedOn, outcome: .group), id: group.paymentID)
        for (index, member) in group.members.enumerated() {
            var part = Cause(key: PaymentIdentity.memberKey(index, of: cause.key), time: cause.time)
            try receive(one: member, &part, &outgoing)
            rows.add(member: member.paymentID, index, of: group.paymentID)
            known.members.append(member.paymentID)
        }
        groups[group.paymentID] = known
        if let waiting = pending[group.paymentID] {
            try apply(waiting.reversal, key: waiting.eventKey, &cause, &outgoing)
        }
    }

    /// The account of a payer that is enrolled. An account that is not locked has open dues, so its payer is.
    func knownAccount(_ payer: PayerNumber) -> Int? {
        guard let index = accountIndex[payer.code] else { return nil }
        return accounts[index].isLocked && !accounts[index].isKnown ? nil : index
    }

    /// Money that a statement has shown already, if this notice tells of it: same bank, payer and amount, and a booking
    /// date a few days away at most.
    private mutating func takeUnconfirmed(_ payment: IncomingPayment, _ payer: PayerNumber?) -> UUID? {
        let days = policy.evidenceDays
        return takeUnconfirmed([payer?.code, payment.nik]) { entry in
            entry.bank == payment.bank && entry.amount == payment.amount
                && abs(entry.bookedOn.daysSince1970 - payment.bookedOn.daysSince1970) <= days
        }
    }

    private mutating func takeUnconfirmed(_ keys: [Int64?], _ isMeant: (Unconfirmed) -> Bool) -> UUID? {
        for key in keys.compactMap({ $0 }) {
            guard var list = unconfirmed[key], let found = list.firstIndex(where: isMeant) else { continue }
            let same = list.remove(at: found).paymentID
            unconfirmed[key] = list
            confirmed.append(same)
            return same
        }
        return nil
    }

    private mutating func repeated(
        _ payment: IncomingPayment, known: KnownPayment, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        // What was told of it once stands, whatever has become of the payment since.
        let wasTold = [ExceptionCode.duplicate, .conflictingReference].contains { code in
            raised.contains(RaisedException(eventKey: cause.key, code: code))
        }
        guard !wasTold, !knownNotices.contains(cause.key) else { return }
        switch Repetition(of: payment, key: cause.key, known: known) {
        case .redelivery: return
        case .duplicate:
            // The first notice of what a statement has brought under the same number.
            let id = payment.paymentID
            if payment.statement == nil, takeUnconfirmed([known.payer?.code, known.nik], { $0.paymentID == id }) != nil
            {
                return note(payment, asEvidenceOf: id, cause.key)
            }
            raise(.duplicate, payment, payer: known.payer, cause.key, &outgoing)
        case .conflict:
            if try identify(payment, known: known, &cause, &outgoing) { return }
            raise(.conflictingReference, payment, payer: payment.payer, cause.key, &outgoing)
        case .collision: throw RecordFault(cause: "payment-id", reason: "reference: same hash as another reference")
        }
    }

    /// A notice names the payer of money that a statement has brought under the same reference and that waits: it is
    /// posted now.
    private mutating func identify(
        _ payment: IncomingPayment, known: KnownPayment, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws -> Bool {
        guard known.source != .notice, payment.statement == nil, known.isSuspended, known.payer == nil,
            known.nik == nil, known.amount == payment.amount,
            let payer = payment.payer ?? payment.nik.flatMap({ payerOfNIK[$0] }),
            let account = knownAccount(payer), accounts[account].isLocked,
            let index = paymentIndex[payment.paymentID]
        else { return false }
        try post(suspended: index, id: payment.paymentID, to: account, months: payment.months, &cause, &outgoing)
        note(payment, asEvidenceOf: payment.paymentID, cause.key)
        return true
    }

    private mutating func note(_ notice: IncomingPayment, asEvidenceOf id: UUID, _ key: UUID) {
        rows.evidence(of: id, notice, key: key)
        knownNotices.insert(key)
        if let index = paymentIndex[id] { payments[index].evidence.insert(.notice) }
    }

    /// Keeps the money until the payer is known (iuran belum rinci, domain.md 3 and 6.4).
    private mutating func suspend(
        _ payment: IncomingPayment, _ known: KnownPayment, _ cause: Cause, _ outgoing: inout Outgoing
    ) {
        rows.add(known, id: payment.paymentID)
        rows.suspend(known, id: payment.paymentID, payment, receivedAt: cause.time)
        var lines = LedgerLines(key: cause.key, payer: payment.payer?.code, bookedOn: payment.bookedOn)
        lines.add(.bankClearing, payment.amount, to: &rows)
        lines.add(.suspense, -payment.amount, to: &rows)
        let waiting = Waiting(
            paymentID: payment.paymentID, payment: payments.count, months: payment.months, receivedAt: cause.time,
            nameKey: payment.statement?.input.payerName?.text)
        if let name = payment.statement?.input.payerName { waitingByName[name.lookup, default: []].append(waiting) }
        if let payer = payment.payer { waitingByPayer[payer.code, default: []].append(waiting) }
        if let nik = payment.nik { waitingByNIK[nik, default: []].append(waiting) }
        raise(known.suspenseCode, payment, payer: payment.payer, cause.key, &outgoing)
    }

    /// Posts what has waited for a payer, in the order in which it came.
    mutating func release(_ waiting: [Waiting], to account: Int, _ cause: inout Cause, _ outgoing: inout Outgoing) {
        let inOrder = waiting.sorted { left, right in
            if left.receivedAt != right.receivedAt { return left.receivedAt < right.receivedAt }
            return payments[left.payment].eventKey.halves < payments[right.payment].eventKey.halves
        }
        for entry in inOrder where payments[entry.payment].isSuspended {
            // What cannot be posted (a booking date out of all bounds) stays in suspense, where operations find it.
            try? post(
                suspended: entry.payment, id: entry.paymentID, to: account, months: entry.months, &cause, &outgoing)
        }
    }

    /// Takes money out of suspense and posts it.
    mutating func post(
        suspended index: Int, id: UUID, to account: Int, months: Int, _ cause: inout Cause,
        _ outgoing: inout Outgoing, as resolution: ExceptionResolution = .posted
    ) throws {
        let known = payments[index]
        let posting = try accounts[account].post(known.amount, bookedOn: known.bookedOn, months: months)
        let payer = accounts[account].payer
        rows.release(id, payer: payer.code, key: cause.key, generation: known.releases)
        assign(index, id, to: payer)
        payments[index].releases += 1
        payments[index].wasReleasedToPayer = true
        payments[index].note(posting)
        tell(posting, of: payments[index], id: id, account, from: .suspense, &cause, &outgoing)
        settleSuspenseCase(of: payments[index], id: id, resolution, on: known.bookedOn, &outgoing)
    }

    /// The case that was opened when the money went into suspense is settled; persons settle theirs themselves.
    mutating func settleSuspenseCase(
        of known: KnownPayment, id: UUID, _ resolution: ExceptionResolution, on date: CivilDate,
        _ outgoing: inout Outgoing
    ) {
        guard resolution == .posted || resolution == .reversed else { return }
        settledCases.append(SettledCase(paymentID: id, resolution: resolution, on: date))
        outgoing.emit(
            ExceptionResolved(
                exceptionID: ExceptionCase.id(eventKey: known.suspendedBy ?? known.eventKey, code: known.suspenseCode),
                code: known.suspenseCode, paymentID: id, payer: known.payer, amount: Rupiah(known.amount),
                resolution: resolution, resolvedOn: date))
    }

    /// Ledger lines and events of one posting.
    mutating func tell(
        _ posting: Posting, of payment: KnownPayment, id: UUID, _ account: Int, from source: LedgerAccount,
        _ cause: inout Cause, _ outgoing: inout Outgoing
    ) {
        let payer = accounts[account].payer
        accounts[account].stamp(cause.key)
        for applied in posting.creditApplied { tellCredit(applied, payer, on: payment.bookedOn, &cause, &outgoing) }
        if posting.restarted { tellRestart(accounts[account], on: payment.bookedOn, &outgoing) }
        var lines = LedgerLines(key: payment.postingKey, payer: payer.code, bookedOn: payment.bookedOn)
        lines.add(source, payment.amount, to: &rows)
        for part in posting.poured.parts { lines.add(.contribution, -part.amount, month: part.month, to: &rows) }
        for part in posting.fineParts { lines.add(.lateFine, -part.amount, month: part.month, to: &rows) }
        for part in posting.sanctionParts { lines.add(.sanctionFine, -part.amount, month: part.month, to: &rows) }
        if posting.credited > 0 { lines.add(.payerCredit, -posting.credited, to: &rows) }
        if payment.difference != 0 { lines.add(.matchDifference, -payment.difference, to: &rows) }
        let protection = posting.poured.protection
        outgoing.emit(
            ContributionPosted(
                paymentID: id, bank: payment.bank, reference: payment.reference, payer: payer,
                amount: Rupiah(payment.amount), allocations: posting.poured.parts.map { Allocation($0) },
                credited: Rupiah(posting.credited),
                fines: posting.fineParts.isEmpty ? nil : posting.fineParts.map { Allocation($0) },
                protectedFrom: protection?.lowerBound,
                protectedUntil: protection?.upperBound, fromSuspense: source == .suspense, bookedOn: payment.bookedOn,
                sanctionFines: posting.sanctionParts.isEmpty ? nil : posting.sanctionParts.map { Allocation($0) }))
        tellCover(posting.poured, payer, on: payment.bookedOn, &outgoing)
        tellFines(posting.assessed, freed: posting.freedFines, payer, &cause, &outgoing)
        if let news = posting.news, news.status != .returned { tell(news, accounts[account], &outgoing) }
        tellDifference(posting, of: payment, id: id, accounts[account], cause, &outgoing)
    }

    /// Ledger lines and events of credit that was counted for months; a month counts from its first day.
    mutating func tellCredit(
        _ applied: Poured, _ payer: PayerNumber, on date: CivilDate, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) {
        let day = min(date, applied.parts.first?.month.firstDay ?? date)
        var lines = LedgerLines(key: cause.nextCreditKey(), payer: payer.code, bookedOn: day)
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
    func tellCover(
        _ poured: Poured, _ payer: PayerNumber, on date: CivilDate, _ outgoing: inout Outgoing
    ) {
        guard let month = poured.coverStarted else { return }
        outgoing.emit(
            CoverActivated(
                payer: payer, month: month, protectedFrom: Protection.period(of: month).lowerBound, activatedOn: date))
    }

    mutating func raise(
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

extension KnownPayment {
    /// Keeps where the money went, for a reversal in the same batch.
    mutating func note(_ posting: Posting) {
        parts = posting.poured.parts
        fineParts = posting.fineParts
        sanctionParts = posting.sanctionParts
        credited = posting.credited
    }

    /// Before it is read (again) where the money is.
    mutating func forgetPosting() {
        parts = []
        fineParts = []
        sanctionParts = []
        credited = 0
        difference = 0
    }
}

extension IncomingPayment {
    /// A group payment without its parts: for what is said of the whole.
    var alone: IncomingPayment {
        var payment = self
        payment.members = []
        return payment
    }
}
