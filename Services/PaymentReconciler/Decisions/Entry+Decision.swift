import PerisaiModels
import Worker

import struct Foundation.UUID

/// What becomes of a line of a statement.
enum EntryOutcome: Int16 {
    case evidence = 1
    case posted = 2
    case suspended = 3
    case reversal = 4
    /// Fees, sweeps, debits that were taken back: no contribution.
    case notOurs = 5
    case refused = 6
}

/// Lines of statements: evidence of a payment that is known, or money that finds its payer by the rules.
extension ReconcilerState {
    mutating func receive(_ entry: IncomingEntry, _ cause: inout Cause, _ outgoing: inout Outgoing) throws {
        guard knownEntries.insert(cause.key).inserted else { return }
        if entry.takesBack { return try takeBack(entry, &cause, &outgoing) }
        guard entry.isMoney else { return rows.add(entry, key: cause.key, .notOurs, payment: nil) }
        if let same = paymentIndex[entry.paymentID], payments[same].eventKey == cause.key { return }

        let decision = Matching.decide(entry.input, candidates(for: entry), policy)
        switch decision.outcome {
        case .evidence(let id): try add(entry, asEvidenceOf: id, &cause, &outgoing)
        case .post(let parts): try post(entry, parts, decision, &cause, &outgoing)
        case .postTogether(let waiting, let payer):
            try post(entry, [PayerAmount(payer: payer, amount: entry.input.amount)], decision, &cause, &outgoing)
            for id in waiting { try releaseWaiting(id, to: payer, decision, &cause, &outgoing) }
        case .manyToMany(let pairs): try post(entry, pairs, decision, &cause, &outgoing)
        case .unmatched: try post(entry, [PayerAmount](), decision, &cause, &outgoing)
        }
    }

    // MARK: evidence

    /// The same money once more. The statement's booking date decides (domain.md 6.4).
    private mutating func add(
        _ entry: IncomingEntry, asEvidenceOf id: UUID, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        let id = standing(id)
        rows.add(entry, key: cause.key, .evidence, payment: id)
        rows.evidence(of: id, entry, key: cause.key)
        guard let index = paymentIndex[id] else {
            groups[id]?.evidence.insert(entry.kind)
            return
        }
        let known = payments[index]
        payments[index].evidence.insert(entry.kind)
        guard entry.event.bookedOn != known.bookedOn, entry.kind == .statement else { return }
        raise(
            PaymentException(
                paymentID: id, bank: entry.event.bank, reference: entry.event.reference, code: .dateDiffers,
                amount: entry.event.amount, payer: known.payer, bookedOn: entry.event.bookedOn), cause.key, &outgoing)
        guard known.isPosted, reversed[id] == nil, let payer = known.payer,
            let account = accountIndex[payer.code], accounts[account].isLocked
        else { return }
        let change = try accounts[account].redate(known.parts, from: known.bookedOn, to: entry.event.bookedOn)
        tellFines(change.assessed, freed: change.freedFines, payer, &cause, &outgoing)
    }

    // MARK: new money

    /// Money that the line brings: for one payer, for several (a group payment), or for nobody yet.
    private mutating func post(
        _ entry: IncomingEntry, _ parts: [PayerAmount], _ decision: MatchDecision, _ cause: inout Cause,
        _ outgoing: inout Outgoing
    ) throws {
        let id = newPaymentID(of: entry)
        rows.add(decision, payment: id, key: cause.key)
        if parts.count > 1 {
            var group = IncomingPayment(
                entry, paymentID: id, payer: nil, amount: entry.input.amount, rule: decision.rule)
            for (index, part) in parts.enumerated() {
                group.members.append(
                    IncomingPayment(
                        entry, paymentID: PaymentIdentity.member(index, of: id), payer: part.payer,
                        amount: part.amount, rule: decision.rule))
            }
            rows.add(entry, key: cause.key, .posted, payment: id)
            try receive(group, &cause, &outgoing)
        } else {
            var payment = IncomingPayment(
                entry, paymentID: id, payer: parts.first?.payer, amount: entry.input.amount, rule: decision.rule)
            if parts.isEmpty { name(&payment, by: entry) }
            payment.difference = decision.difference
            let isPosted = parts.first.map { knownAccount($0.payer) != nil } ?? false
            rows.add(entry, key: cause.key, isPosted ? .posted : .suspended, payment: id)
            try receive(payment, &cause, &outgoing)
            // Its notice would wait beside it, and both would be posted when the payer appears.
            if parts.isEmpty, let key = payment.payer?.code ?? payment.nik {
                noteUnconfirmed(entry, id, entry.input.amount, key)
            }
        }
        for (index, part) in parts.enumerated() {
            let member = parts.count > 1 ? PaymentIdentity.member(index, of: id) : id
            noteUnconfirmed(entry, member, part.amount, part.payer.code)
        }
    }

    /// Money for one payer that is not enrolled yet waits under its number: it posts itself when the payer appears.
    private func name(_ payment: inout IncomingPayment, by entry: IncomingEntry) {
        let payers = Set(entry.surePayers)
        if payers.count == 1, let payer = payers.first, knownAccount(payer) == nil {
            payment.payer = payer
        } else if payers.isEmpty, let nik = entry.nik, payerOfNIK[nik] == nil {
            payment.nik = nik
            payment.months = entry.input.months
        }
    }

    /// Bank and reference name the payment, unless another payment has taken the reference before.
    private func newPaymentID(of entry: IncomingEntry) -> UUID {
        guard paymentIndex[entry.paymentID] != nil || groups[entry.paymentID] != nil else { return entry.paymentID }
        return EventKey.payment(
            bank: entry.event.bank.text,
            reference: "\(entry.event.account.text)/\(entry.event.statement)/\(entry.event.entry)")
    }

    /// The bank's notice of the same money may still come. `key`: a payer's code or a NIK, which are never equal.
    private mutating func noteUnconfirmed(_ entry: IncomingEntry, _ id: UUID, _ amount: Int64, _ key: Int64) {
        let money = Unconfirmed(
            paymentID: id, amount: amount, bookedOn: entry.event.bookedOn, bank: entry.event.bank)
        unconfirmed[key, default: []].append(money)
        rows.add(money, payer: key)
    }

    /// This line and waiting money, shared out over several payers.
    private mutating func post(
        _ entry: IncomingEntry, _ pairs: [MatchPair], _ decision: MatchDecision, _ cause: inout Cause,
        _ outgoing: inout Outgoing
    ) throws {
        let own = pairs.filter { $0.waiting == nil }.map { PayerAmount(payer: $0.payer, amount: $0.amount) }
        try post(entry, own, decision, &cause, &outgoing)
        var waiting: [UUID: [PayerAmount]] = [:]
        for pair in pairs {
            guard let id = pair.waiting else { continue }
            waiting[id, default: []].append(PayerAmount(payer: pair.payer, amount: pair.amount))
        }
        for (id, parts) in waiting.sorted(by: { $0.key.halves < $1.key.halves }) {
            if parts.count == 1 {
                try releaseWaiting(id, to: parts[0].payer, decision, &cause, &outgoing)
            } else {
                try split(id, parts, decision, &cause, &outgoing)
            }
        }
    }

    private mutating func releaseWaiting(
        _ id: UUID, to payer: PayerNumber, _ decision: MatchDecision, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        guard let index = paymentIndex[id], payments[index].isSuspended, let account = knownAccount(payer) else {
            return
        }
        rows.add(decision, payment: id, key: cause.key)
        try post(suspended: index, id: id, to: account, months: 0, &cause, &outgoing)
    }

    /// Waiting money that is for several payers becomes a group payment, out of suspense.
    private mutating func split(
        _ id: UUID, _ parts: [PayerAmount], _ decision: MatchDecision, _ cause: inout Cause,
        _ outgoing: inout Outgoing
    ) throws {
        guard let index = paymentIndex[id], payments[index].isSuspended,
            parts.allSatisfy({ knownAccount($0.payer) != nil })
        else { return }
        let known = payments[index]
        rows.add(decision, payment: id, key: cause.key)
        rows.release(id, payer: nil, key: cause.key, generation: known.releases)
        payments[index].releases += 1
        var group = KnownGroup()
        for (ordinal, share) in parts.enumerated() {
            guard let account = knownAccount(share.payer) else { continue }
            let member = PaymentIdentity.member(ordinal, of: id)
            var part = KnownPayment(
                eventKey: PaymentIdentity.memberKey(ordinal, of: known.releaseKey(known.releases)), bank: known.bank,
                reference: known.reference, payer: share.payer, nik: nil, amount: share.amount,
                bookedOn: known.bookedOn, outcome: .posted, source: known.source, rule: decision.rule)
            var partCause = Cause(key: part.eventKey, time: cause.time)
            let posting = try accounts[account].post(share.amount, bookedOn: known.bookedOn, months: 0)
            rows.add(part, id: member)
            rows.add(member: member, ordinal, of: id)
            part.note(posting)
            tell(posting, of: part, id: member, account, from: .suspense, &partCause, &outgoing)
            remember(part, id: member)
            group.members.append(member)
        }
        groups[id] = group
        settleSuspenseCase(of: known, id: id, .posted, on: known.bookedOn, &outgoing)
    }

    // MARK: reversals

    /// The bank takes money back: that of the payment which the line names, by reference or by payer, amount and date.
    private mutating func takeBack(
        _ entry: IncomingEntry, _ cause: inout Cause, _ outgoing: inout Outgoing
    ) throws {
        if let known = alreadyTakenBack(entry) {
            reversalLines[known, default: []].insert(cause.key)
            return rows.add(entry, key: cause.key, .reversal, payment: known)
        }
        let candidates = candidates(for: entry).ordered()
        let byReference = candidates.payments.filter { known in
            known.amount == entry.input.amount && reversed[known.id] == nil
                && (entry.input.references.contains(known.reference)
                    || entry.input.remittance?.mentions(known.reference) == true)
        }
        let named = Set(entry.namedPayers)
        let byPayer = candidates.payments.filter { known in
            known.bank == entry.event.bank && known.amount == entry.input.amount && reversed[known.id] == nil
                && mayTakeBack(entry, known.bookedOn) && (known.payer.map { named.contains($0) } ?? false)
        }
        // The newest: a payment is taken back soon, or never.
        let found = byReference.last ?? byPayer.max { ($0.bookedOn, $0.id.halves.0) < ($1.bookedOn, $1.id.halves.0) }
        let original = found?.reference ?? entry.event.reference
        let reversal = IncomingReversal(
            bank: entry.event.bank, reference: entry.event.reference, originalReference: original,
            payer: entry.input.fieldPayer, nik: entry.nik, amount: entry.input.amount, bookedOn: entry.event.bookedOn,
            paymentID: found?.id)
        rows.add(entry, key: cause.key, .reversal, payment: reversal.paymentID)
        reversalLines[reversal.paymentID, default: []].insert(cause.key)
        try receive(reversal, &cause, &outgoing)
    }

    /// A payment that the bank's own notice has taken back already, and no line has shown: this line is that reversal.
    private func alreadyTakenBack(_ entry: IncomingEntry) -> UUID? {
        let named = entry.namedPayers + entry.namedNIKs.compactMap { payerOfNIK[$0] }
        let byReference = entry.candidateIDs.map { standing($0) }
        let byPayer = named.flatMap { paymentsOfPayer[$0.code] ?? [] }.map { standing($0) }.filter { id in
            paymentIndex[id].map { mayTakeBack(entry, payments[$0].bookedOn) } ?? false
        }
        let fitting = (byReference + byPayer).filter { id in
            guard reversed[id] != nil, reversalLines[id]?.isEmpty ?? true, let index = paymentIndex[id] else {
                return false
            }
            let known = payments[index]
            return known.bank == entry.event.bank && known.amount == entry.input.amount
                && known.bookedOn <= entry.event.bookedOn
        }
        return fitting.max { $0.halves < $1.halves }
    }

    /// Whether a line that names no payment may mean one of that day: what a batch happens to have loaded besides, of
    /// months ago, is not meant.
    private func mayTakeBack(_ entry: IncomingEntry, _ bookedOn: CivilDate) -> Bool {
        (0...policy.reach).contains(bookedOn.distance(to: entry.event.bookedOn))
    }

    // MARK: candidates

    /// What is loaded that may have to do with the line.
    private func candidates(for entry: IncomingEntry) -> MatchCandidates {
        var candidates = MatchCandidates()
        var payers = Set(entry.namedPayers)
        for nik in entry.namedNIKs {
            guard let payer = payerOfNIK[nik] else { continue }
            candidates.payerOfNIK[nik] = payer
            payers.insert(payer)
        }
        let ids = Set(entry.candidateIDs)
        let niks = Set(entry.namedNIKs)
        for id in ids {
            if let index = paymentIndex[id] { add(index, id, &candidates) }
            if let group = groups[id] { add(group, id, &candidates) }
        }
        for payer in payers {
            for id in paymentsOfPayer[payer.code] ?? [] {
                if let index = paymentIndex[id] { add(index, id, &candidates) }
            }
            candidates.payers.append(candidate(payer, name: nil))
        }
        for nik in niks {
            for waiting in waitingByNIK[nik] ?? [] { add(waiting.payment, waiting.paymentID, &candidates) }
        }
        if let remark = entry.input.remittance?.remarkKey {
            for id in paymentsByRemark[remark] ?? [] {
                if let index = paymentIndex[id] { add(index, id, &candidates) }
            }
        }
        if let name = entry.input.payerName {
            for (key, payer) in payersByName[name.lookup] ?? [] {
                guard let number = try? PayerNumber(code: payer), let key = NameKey(key) else { continue }
                candidates.named.append(candidate(number, name: key))
            }
            for waiting in waitingByName[name.lookup] ?? [] where payments[waiting.payment].isSuspended {
                let known = payments[waiting.payment]
                candidates.waiting.append(
                    WaitingMoney(
                        id: waiting.paymentID, amount: known.amount, bookedOn: known.bookedOn,
                        nameKey: waiting.nameKey.flatMap { NameKey($0) }))
            }
        }
        return candidates
    }

    /// A group payment as a whole: the statement shows it in one line.
    private func add(_ group: KnownGroup, _ id: UUID, _ candidates: inout MatchCandidates) {
        let members = group.members.compactMap { paymentIndex[$0] }
        guard let first = members.first, members.count == group.members.count else { return }
        let known = payments[first]
        candidates.payments.append(
            KnownMoney(
                id: id, bank: known.bank, reference: known.reference,
                amount: members.reduce(0) { $0 + payments[$1].amount }, bookedOn: known.bookedOn,
                evidence: group.evidence))
    }

    private func add(_ index: Int, _ id: UUID, _ candidates: inout MatchCandidates) {
        let known = payments[index]
        // A notice that is evidence itself, or refused, stands for no money. One that was taken back was booked all the
        // same: the statement shows it, and its reversal.
        guard known.outcome == .posted || known.outcome == .suspended else { return }
        candidates.payments.append(
            KnownMoney(
                id: id, bank: known.bank, reference: known.reference, payer: known.payer, nik: known.nik,
                amount: known.amount, bookedOn: known.bookedOn, remarkKey: known.remarkKey, evidence: known.evidence))
    }

    private func candidate(_ payer: PayerNumber, name: NameKey?) -> PayerCandidate {
        guard let index = accountIndex[payer.code], knownAccount(payer) != nil else {
            return PayerCandidate(payer: payer, isKnown: false, nameKey: name)
        }
        let account = accounts[index]
        func open(_ month: ContributionMonth, _ outstanding: Int64) -> OpenDue? {
            CoverRules.dueDate(payer, month).map { OpenDue(month: month, outstanding: outstanding, dueOn: $0) }
        }
        let next = (account.openedThrough?.next).flatMap { month in
            (try? account.terms?.contribution(for: month)).flatMap { $0 }.flatMap { open(month, $0) }
        }
        return PayerCandidate(
            payer: payer, isClosed: account.exit != nil, nameKey: name,
            open: account.dues.filter { $0.outstanding > 0 }.compactMap { open($0.month, $0.outstanding) }, next: next)
    }
}

extension PayerAccount {
    /// The statement shows another booking date than the notice: instalments count from that day, and so does lateness.
    mutating func redate(
        _ parts: [MonthPart], from notice: CivilDate, to booked: CivilDate
    ) throws(ReconcilerFault) -> Posting {
        var change = Posting()
        var months: [ContributionMonth] = []
        for part in parts {
            guard let index = dues.firstIndex(where: { $0.month == part.month }), dues[index].settledOn == notice
            else { continue }
            dues[index].settledOn = booked
            dues[index].touch()
            months.append(part.month)
        }
        try assessFines(of: months, &change)
        return change
    }
}
