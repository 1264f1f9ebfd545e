import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// What only some batches need: repeated payments, reversals, and payers as a whole.
extension StateLoader {
    /// Exceptions that were reported before, what stands behind evidence and refusals, and what became of the payments
    /// that reversals and persons name.
    mutating func loadHistory(_ keys: inout BatchKeys, _ events: [Event<ReconcilerInput>]) throws {
        meetLines(&keys, events)
        let shown = moneyThatMayBeTakenBack(keys, events)
        guard !state.payments.isEmpty || !state.groups.isEmpty || !keys.reversalIDs.isEmpty || !shown.isEmpty else {
            return
        }
        try loadStanding(shown)
        let asked = Set(keys.reversalIDs).union(shown)
        var originals = Set(asked.map { state.standing($0) }.filter { state.paymentIndex[$0] != nil })
        for group in asked {
            originals.formUnion((state.groups[group]?.members ?? []).map { state.standing($0) })
        }
        try loadExceptions(keys, events)
        // Money that a statement brought may be identified by a notice with the same reference.
        let identified = events.compactMap { event -> UUID? in
            guard case .payment(let payment) = event.input, let index = state.paymentIndex[payment.paymentID],
                state.payments[index].source != .notice, state.payments[index].outcome == .suspended
            else { return nil }
            if let payer = payment.payer ?? payment.nik.flatMap({ state.payerOfNIK[$0] }) {
                keys.slowPayers.insert(payer.code)
            }
            return payment.paymentID
        }
        try lock(originals)
        try loadWhereabouts(of: originals.union(identified))
        for id in originals {
            guard let index = state.paymentIndex[id], let payer = state.payments[index].payer else { continue }
            keys.fullPayers.insert(payer.code)
        }
        keys.slowPayers.formUnion(keys.fullPayers)
    }

    /// A notice may name the payer of a line of its own batch: its account is needed as a whole.
    private func meetLines(_ keys: inout BatchKeys, _ events: [Event<ReconcilerInput>]) {
        guard !keys.entries.isEmpty else { return }
        let shown = Set(keys.entries.flatMap(\.candidateIDs))
        for event in events {
            guard case .payment(let payment) = event.input, shown.contains(payment.paymentID),
                let payer = payment.payer ?? payment.nik.flatMap({ state.payerOfNIK[$0] })
            else { continue }
            keys.slowPayers.insert(payer.code)
        }
    }

    /// Payments that a statement has shown, of the payers of this batch's notices that a reversal names, beside them or
    /// before them: such a notice may be evidence of one of these, which is then the one taken back.
    private func moneyThatMayBeTakenBack(_ keys: BatchKeys, _ events: [Event<ReconcilerInput>]) -> Set<UUID> {
        let asked = Set(keys.reversalIDs).union(state.pending.keys)
        guard !asked.isEmpty, !state.unconfirmed.isEmpty else { return [] }
        var shown: Set<UUID> = []
        for event in events {
            guard case .payment(let payment) = event.input, asked.contains(payment.paymentID) else { continue }
            for part in payment.members.isEmpty ? [payment] : payment.members {
                let payer = part.payer ?? part.nik.flatMap { state.payerOfNIK[$0] }
                for known in [payer?.code, part.nik].compactMap({ $0 }) {
                    shown.formUnion((state.unconfirmed[known] ?? []).map(\.paymentID))
                }
            }
        }
        return shown
    }

    /// Before it is read where the money is, and whether it was taken back meanwhile.
    private mutating func lock(_ originals: Set<UUID>) throws {
        guard !originals.isEmpty else { return }
        let ids = Parameters { $0.append(Array(originals)) }
        let results = try connection.pipeline {
            $0.query(LoadStatements.lockPayments, ids)
            $0.query(LoadStatements.reversals, ids)
        }
        try readReversals(results[1])
    }

    /// The payments that further notices, corrections and groups stand for, or may stand for in a moment.
    private mutating func loadStanding(_ shown: Set<UUID>) throws {
        // Twice: the parts of groups, and what those stand for.
        try load(standing: Set(state.groups.values.flatMap(\.members)).union(shown))
        var missing: Set<UUID> = []
        for (id, index) in state.paymentIndex {
            let known = state.payments[index]
            if let sameAs = known.sameAs { missing.insert(sameAs) }
            if known.outcome == .refused { missing.insert(PaymentIdentity.corrected(id)) }
        }
        try load(standing: missing)
    }

    private mutating func load(standing missing: Set<UUID>) throws {
        let wanted = missing.filter { state.paymentIndex[$0] == nil }
        guard !wanted.isEmpty else { return }
        let results = try connection.pipeline {
            $0.query(LoadStatements.payments, Parameters { $0.append(Array(wanted)) })
            $0.query(LoadStatements.reversals, Parameters { $0.append(Array(wanted)) })
        }
        for row in 0..<results[0].rowCount {
            state.remember(try KnownPayment(results[0], row), id: try results[0].uuid(row, 0))
        }
        try readReversals(results[1])
    }

    private mutating func loadExceptions(_ keys: BatchKeys, _ events: [Event<ReconcilerInput>]) throws {
        // Only a repeated payment, a reversal and a statement's line can have been reported before.
        let suspects = events.compactMap { event -> UUID? in
            switch event.input {
            case .payment(let payment):
                state.paymentIndex[payment.paymentID] == nil && state.groups[payment.paymentID] == nil ? nil : event.key
            case .reversal, .entry: event.key
            case .participant, .employer, .changed, .ended, .sanction, .erased, .corrected, .resolution, .date: nil
            }
        }
        let asked = suspects + state.pending.values.map(\.eventKey)
        guard !asked.isEmpty else { return }
        let results = try connection.pipeline {
            $0.query(LoadStatements.exceptions, Parameters { $0.append(asked) })
            $0.query(
                LoadStatements.evidenceKeys,
                Parameters {
                    $0.append(Array(state.paymentIndex.keys))
                    $0.append(suspects)
                })
        }
        try readExceptions(results[0])
        for row in 0..<results[1].rowCount { state.knownNotices.insert(try results[1].uuid(row, 0)) }
    }

    /// How often payments went into suspense and out, and where the money is now.
    mutating func loadWhereabouts(of ids: Set<UUID>) throws {
        guard !ids.isEmpty else { return }
        let asked = Parameters { $0.append(Array(ids)) }
        let results = try connection.pipeline {
            $0.query(LoadStatements.suspensions, asked)
            $0.query(LoadStatements.releases, asked)
            $0.query(LoadStatements.reversalLines, asked)
        }
        try readSuspensions(results[0])
        try readReleases(results[1])
        try readReversalLines(results[2])
        var postings: [UUID: UUID] = [:]
        for id in ids {
            guard let index = state.paymentIndex[id] else { continue }
            let known = state.payments[index]
            // Asked for twice in a batch with lines of statements: counted once.
            state.payments[index].forgetPosting()
            if known.isPosted {
                postings[known.postingKey] = id
            } else if !known.isSuspended, let releasedBy = known.releasedBy {
                postings[releasedBy] = id
            }
        }
        guard !postings.isEmpty else { return }
        try readPostings(
            try connection.query(LoadStatements.ledger, Parameters { $0.append(Array(postings.keys)) }), postings)
    }

    private mutating func readSuspensions(_ rows: QueryResult) throws {
        var counted: [UUID: Int] = [:]
        for row in 0..<rows.rowCount {
            let id = try rows.uuid(row, 0)
            guard let index = state.paymentIndex[id] else { continue }
            counted[id, default: 0] += 1
            state.payments[index].suspensions = counted[id] ?? 1
            state.payments[index].suspendedBy = try rows.optionalUUID(row, 1)
            state.payments[index].suspenseCode =
                try rows.optionalText(row, 2).flatMap { ExceptionCode(rawValue: $0) } ?? .unknownPayer
        }
    }

    private mutating func readExceptions(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            guard let code = ExceptionCode(rawValue: try rows.text(row, 1)) else { continue }
            state.raised.insert(RaisedException(eventKey: try rows.uuid(row, 0), code: code))
        }
    }

    private mutating func readReleases(_ rows: QueryResult) throws {
        var counted: [UUID: Int] = [:]
        for row in 0..<rows.rowCount {
            let id = try rows.uuid(row, 0)
            guard let index = state.paymentIndex[id] else { continue }
            counted[id, default: 0] += 1
            state.payments[index].releases = counted[id] ?? 1
            let payer = try rows.optionalInt64(row, 1)
            state.payments[index].wasReleasedToPayer = payer != nil
            state.payments[index].releasedBy = try rows.uuid(row, 2)
            if let payer { state.assign(index, id, to: try PayerNumber(code: payer)) }
        }
    }

    /// What a posting had paid: its contribution lines by month, and its surplus.
    private mutating func readPostings(_ rows: QueryResult, _ postings: [UUID: UUID]) throws {
        for row in 0..<rows.rowCount {
            guard let id = postings[try rows.uuid(row, 0)], let index = state.paymentIndex[id] else { continue }
            let amount = -(try rows.int64(row, 3))
            guard state.payments[index].isPosted else {
                let account = LedgerAccount(rawValue: try rows.int16(row, 1))
                if account == .refundPayable || account == .writeOff { state.payments[index].paidOutTo = account }
                continue
            }
            switch LedgerAccount(rawValue: try rows.int16(row, 1)) {
            case .contribution:
                guard let month = ContributionMonth(index: try rows.int32(row, 2)) else { continue }
                state.payments[index].parts.append(MonthPart(month: month, amount: amount, outstanding: 0))
            case .lateFine:
                guard let month = ContributionMonth(index: try rows.int32(row, 2)) else { continue }
                state.payments[index].fineParts.append(MonthPart(month: month, amount: amount, outstanding: 0))
            case .sanctionFine:
                guard let month = ContributionMonth(index: try rows.int32(row, 2)) else { continue }
                state.payments[index].sanctionParts.append(MonthPart(month: month, amount: amount, outstanding: 0))
            case .payerCredit: state.payments[index].credited += amount
            case .matchDifference: state.payments[index].difference += amount
            case .bankClearing, .suspense, .refundPayable, .writeOff, nil: continue
            }
        }
    }

    /// Payers that the open dues are not enough for; one without a row gets a gate row, so that a payment and an
    /// enrolment decided at the same time cannot miss each other.
    mutating func lockPayers(_ keys: BatchKeys) throws {
        let missing = keys.slowPayers.filter { state.accountIndex[$0] == nil }.sorted()
        let payers = keys.slowPayers.union(keys.possiblePayers).sorted()
        guard !payers.isEmpty else { return }
        let employers = payers.filter { $0 >= PayerAccount.firstEmployer }
        let results = try connection.pipeline {
            if !missing.isEmpty { $0.query(LoadStatements.insertPayers, Parameters { $0.append(missing) }) }
            $0.query(LoadStatements.lockPayers, Parameters { $0.append(payers) })
            $0.query(
                LoadStatements.duesOfLocked,
                Parameters {
                    $0.append(payers)
                    $0.append(keys.fullPayers.sorted())
                })
            $0.query(LoadStatements.fines, Parameters { $0.append(employers) })
            $0.query(LoadStatements.sanctions, Parameters { $0.append(employers) })
            $0.query(LoadStatements.unconfirmed, Parameters { $0.append(payers) })
            if !keys.enrolledPayers.isEmpty {
                $0.query(
                    LoadStatements.waiting,
                    Parameters {
                        $0.append(keys.enrolledPayers.sorted())
                        $0.append(keys.enrolledNIKs.sorted())
                    })
            }
        }
        let first = missing.isEmpty ? 0 : 1
        try readPayers(results[first])
        try readLockedDues(results[first + 1])
        try readFines(results[first + 2])
        try readSanctions(results[first + 3])
        try readUnconfirmed(results[first + 4])
        if !keys.enrolledPayers.isEmpty { try readWaiting(results[first + 5]) }
    }

    private mutating func readPayers(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            let account = try PayerAccount(rows, row)
            if let index = state.accountIndex[account.payer.code] {
                state.accounts[index] = account
            } else {
                state.addAccount(account)
            }
        }
    }

    private mutating func readLockedDues(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            guard let index = state.accountIndex[try rows.int64(row, 0)] else { continue }
            state.accounts[index].dues.append(try Due(rows, row))
        }
    }

    private mutating func readFines(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            guard let index = state.accountIndex[try rows.int64(row, 0)] else { continue }
            state.accounts[index].fines.append(try Fine(rows, row))
        }
    }

    private mutating func readSanctions(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            guard let index = state.accountIndex[try rows.int64(row, 0)] else { continue }
            state.accounts[index].sanctions.append(try SanctionFine(rows, row))
        }
    }

    mutating func readWaiting(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            let id = try rows.uuid(row, 0)
            let stillWaits = try rows.bool(row, 19)
            if state.paymentIndex[id] == nil {
                var known = try KnownPayment(rows, row)
                known.remarkKey = try rows.optionalInt64(row, 18)
                if !stillWaits {
                    known.suspensions = Int(try rows.int16(row, 14)) + 1
                    known.releases = known.suspensions
                }
                state.remember(known, id: id)
            }
            // Found by its remark alone, and out of suspense: a line may be evidence of it, nothing more.
            guard stillWaits else { continue }
            guard let payment = state.paymentIndex[id],
                let receivedAt = Instant(microseconds: try rows.timestamp(row, 13))
            else { continue }
            // As many times in suspense as the generation tells; still there.
            let generation = Int(try rows.int16(row, 14))
            state.payments[payment].suspensions = generation + 1
            state.payments[payment].releases = generation
            state.payments[payment].suspendedBy = try rows.optionalUUID(row, 15)
            state.payments[payment].suspenseCode =
                try rows.optionalText(row, 16).flatMap { ExceptionCode(rawValue: $0) } ?? .unknownPayer
            let waiting = Waiting(
                paymentID: id, payment: payment, months: Int(try rows.optionalInt16(row, 12) ?? 0),
                receivedAt: receivedAt, nameKey: try rows.optionalText(row, 17))
            if let payer = try rows.optionalInt64(row, 4) { state.waitingByPayer[payer, default: []].append(waiting) }
            if let nik = try rows.optionalInt64(row, 5) { state.waitingByNIK[nik, default: []].append(waiting) }
            if let name = waiting.nameKey.flatMap({ NameKey($0) }) {
                state.waitingByName[name.lookup, default: []].append(waiting)
            }
        }
    }
}

extension PayerAccount {
    /// Payer numbers from here on are employers (`PayerNumber.code`).
    static let firstEmployer: Int64 = 200_000_000_000
}
