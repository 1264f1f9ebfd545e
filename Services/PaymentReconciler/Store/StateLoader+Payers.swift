import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// What only some batches need: repeated payments, reversals, and payers as a whole.
extension StateLoader {
    /// Exceptions that were reported before, and what became of the payments that reversals name.
    mutating func loadHistory(_ keys: inout BatchKeys, _ events: [Event<ReconcilerInput>]) throws {
        guard !state.payments.isEmpty || !keys.reversalIDs.isEmpty else { return }
        let asked = Set(keys.reversalIDs)
        let originals = asked.filter { state.paymentIndex[$0] != nil }
        let suspended = originals.filter { id in
            state.paymentIndex[id].map { state.payments[$0].outcome == .suspended } ?? false
        }
        // Only a repeated payment and a reversal can have been reported before.
        let suspects = events.compactMap { event -> UUID? in
            switch event.input {
            case .payment(let payment): state.paymentIndex[payment.paymentID] == nil ? nil : event.key
            case .reversal: event.key
            case .participant, .employer, .date: nil
            }
        }
        var postings: [UUID: UUID] = [:]
        for id in originals {
            if let index = state.paymentIndex[id] { postings[state.payments[index].postingKey] = id }
        }
        let results = try connection.pipeline {
            $0.query(
                LoadStatements.exceptions, Parameters { $0.append(suspects + state.pending.values.map(\.eventKey)) })
            $0.query(LoadStatements.releases, Parameters { $0.append(Array(suspended)) })
            $0.query(LoadStatements.ledger, Parameters { $0.append(Array(postings.keys)) })
        }
        try readExceptions(results[0])
        try readReleases(results[1])
        try readPostings(results[2], postings)
        for id in originals {
            guard let index = state.paymentIndex[id], let payer = state.payments[index].payer else { continue }
            keys.fullPayers.insert(payer.code)
        }
        keys.slowPayers.formUnion(keys.fullPayers)
    }

    private mutating func readExceptions(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            guard let code = ExceptionCode(rawValue: try rows.text(row, 1)) else { continue }
            state.raised.insert(RaisedException(eventKey: try rows.uuid(row, 0), code: code))
        }
    }

    private mutating func readReleases(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            guard let index = state.paymentIndex[try rows.uuid(row, 0)] else { continue }
            state.payments[index].isReleased = true
            if let payer = try rows.optionalInt64(row, 1) { state.payments[index].payer = try PayerNumber(code: payer) }
        }
    }

    /// What a posting had paid: its contribution lines by month, and its surplus.
    private mutating func readPostings(_ rows: QueryResult, _ postings: [UUID: UUID]) throws {
        for row in 0..<rows.rowCount {
            guard let id = postings[try rows.uuid(row, 0)], let index = state.paymentIndex[id] else { continue }
            let amount = -(try rows.int64(row, 3))
            switch LedgerAccount(rawValue: try rows.int16(row, 1)) {
            case .contribution:
                guard let month = ContributionMonth(index: try rows.int32(row, 2)) else { continue }
                state.payments[index].parts.append(MonthPart(month: month, amount: amount, outstanding: 0))
            case .payerCredit: state.payments[index].credited += amount
            case .bankClearing, .suspense, nil: continue
            }
        }
    }

    /// Payers that the open dues are not enough for; one without a row gets a gate row, so that a payment and an
    /// enrolment decided at the same time cannot miss each other.
    mutating func lockPayers(_ keys: BatchKeys) throws {
        let payers = keys.slowPayers.sorted()
        guard !payers.isEmpty else { return }
        let missing = payers.filter { state.accountIndex[$0] == nil }
        let results = try connection.pipeline {
            if !missing.isEmpty { $0.query(LoadStatements.insertPayers, Parameters { $0.append(missing) }) }
            $0.query(LoadStatements.lockPayers, Parameters { $0.append(payers) })
            $0.query(
                LoadStatements.duesOfLocked,
                Parameters {
                    $0.append(payers)
                    $0.append(keys.fullPayers.sorted())
                })
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
        if !keys.enrolledPayers.isEmpty { try readWaiting(results[first + 2]) }
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

    private mutating func readWaiting(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            let id = try rows.uuid(row, 0)
            if state.paymentIndex[id] == nil { state.remember(try KnownPayment(rows, row), id: id) }
            guard let payment = state.paymentIndex[id],
                let receivedAt = Instant(microseconds: try rows.timestamp(row, 10))
            else { continue }
            let waiting = Waiting(
                paymentID: id, payment: payment, months: Int(try rows.optionalInt16(row, 9) ?? 0),
                receivedAt: receivedAt)
            if let payer = try rows.optionalInt64(row, 4) { state.waitingByPayer[payer, default: []].append(waiting) }
            if let nik = try rows.optionalInt64(row, 5) { state.waitingByNIK[nik, default: []].append(waiting) }
        }
    }
}
