import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Reads and locks what a batch touches, in this order in every transaction: business date, NIK gates, open dues,
/// payers. A settled due is locked only under the lock of its payer. Where two workers still meet crosswise, the
/// database ends one of them and the loop runs it again.
struct StateLoader {
    let connection: Connection
    var state = ReconcilerState()

    init(connection: Connection) { self.connection = connection }

    mutating func load(_ events: [Event<ReconcilerInput>]) throws -> ReconcilerState {
        var keys = BatchKeys(events)
        _ = try connection.query(LoadStatements.planByKey)
        try loadBusinessDate(keys)
        try loadNIKs(&keys)
        try loadPaymentsAndDues(&keys, events)
        try loadHistory(&keys, events)
        try lockPayers(keys)
        return state
    }

    /// An enrolment shares the date's row and a new date takes it alone: an enrolment that has not seen the new month
    /// is committed before the job that opens that month begins.
    private mutating func loadBusinessDate(_ keys: BatchKeys) throws {
        guard keys.hasDate || !keys.enrolledPayers.isEmpty else { return }
        let rows = try connection.query(keys.hasDate ? LoadStatements.dateForUpdate : LoadStatements.dateForShare)
        if rows.rowCount > 0 {
            state.businessDate = try rows.optionalDate(0, 0).flatMap { CivilDate(daysSince1970: $0) }
        }
    }

    /// A NIK that is bound is read without a lock; one that is not, or is about to be, is a gate: whoever comes second
    /// sees what the first has written.
    private mutating func loadNIKs(_ keys: inout BatchKeys) throws {
        var toLock = Set(keys.enrolledNIKs)
        if !keys.demandByNIK.isEmpty {
            let asked = keys.demandByNIK.keys.sorted()
            try bind(try connection.query(LoadStatements.boundNIKs, Parameters { $0.append(asked) }), &keys, [])
            toLock.formUnion(asked.filter { state.payerOfNIK[$0] == nil })
        }
        guard !toLock.isEmpty else { return }
        let sorted = Parameters { $0.append(toLock.sorted()) }
        let results = try connection.pipeline {
            $0.query(LoadStatements.insertNIKs, sorted)
            $0.query(LoadStatements.lockNIKs, sorted)
        }
        try bind(results[1], &keys, Set(state.payerOfNIK.keys))
    }

    private mutating func bind(_ rows: QueryResult, _ keys: inout BatchKeys, _ bound: Set<Int64>) throws {
        for row in 0..<rows.rowCount {
            let nik = try rows.int64(row, 0)
            guard let payer = try rows.optionalInt64(row, 1), !bound.contains(nik) else { continue }
            state.payerOfNIK[nik] = try PayerNumber(code: payer)
            keys.resolve(nik, to: payer)
        }
    }

    /// The one round trip of the hot path.
    private mutating func loadPaymentsAndDues(_ keys: inout BatchKeys, _ events: [Event<ReconcilerInput>]) throws {
        guard !keys.paymentIDs.isEmpty else { return }
        var ids = Parameters(capacity: keys.paymentIDs.count * 20 + 64)
        ids.append(keys.paymentIDs)
        // Sorted keys: the index is walked in order, which costs a seventh less.
        var payers = Parameters(capacity: keys.demand.count * 12 + 64)
        payers.append(keys.demand.keys.sorted())
        let reversals = Parameters { $0.append(keys.reversalIDs) }
        let results = try connection.pipeline {
            $0.query(LoadStatements.payments, ids)
            $0.query(LoadStatements.pendingReversals, ids)
            $0.query(LoadStatements.openDues, payers)
            if !keys.reversalIDs.isEmpty { $0.query(LoadStatements.reversals, reversals) }
        }
        try readPayments(results[0])
        try readPending(results[1])
        let shortfall = try readDues(results[2])
        if results.count > 3 {
            for row in 0..<results[3].rowCount {
                state.reversed[try results[3].uuid(row, 0)] = try results[3].uuid(row, 1)
            }
        }
        for (payer, sum) in keys.demand where sum > shortfall[payer] ?? 0 { keys.slowPayers.insert(payer) }
        keys.takeBack(
            Set(keys.reversalIDs).union(state.pending.keys), in: events, niks: state.payerOfNIK)
    }

    private mutating func readPayments(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            state.remember(try KnownPayment(rows, row), id: try rows.uuid(row, 0))
        }
    }

    private mutating func readPending(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            let waiting = try PendingReversal(rows, row)
            state.pending[waiting.reversal.paymentID] = waiting
        }
    }

    /// Makes an account for each payer with open dues and returns their sums by payer.
    private mutating func readDues(_ rows: QueryResult) throws -> [Int64: Int64] {
        var shortfall: [Int64: Int64] = [:]
        shortfall.reserveCapacity(rows.rowCount)
        var last: Int64 = 0
        for row in 0..<rows.rowCount {
            let payer = try rows.int64(row, 0)
            let due = try Due(rows, row)
            if payer != last {
                last = payer
                state.addAccount(PayerAccount(payer: try PayerNumber(code: payer)))
            }
            state.accounts[state.accounts.count - 1].dues.append(due)
            shortfall[payer, default: 0] &+= due.outstanding
        }
        return shortfall
    }
}
