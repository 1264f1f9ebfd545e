import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Reads and locks what a batch touches, in this order in every transaction: head of the audit chain, business date,
/// NIK gates, open dues, payments that are taken back or un-matched, payers, fines, sanction fines. A settled due is locked only under
/// the lock of its payer. Where two workers still meet crosswise, the database ends one of them and the loop runs it
/// again.
struct StateLoader {
    let connection: Connection
    var state = ReconcilerState()

    init(connection: Connection, policy: MatchPolicy) {
        self.connection = connection
        state.policy = policy
    }

    mutating func load(_ events: [Event<ReconcilerInput>]) throws -> ReconcilerState {
        var keys = BatchKeys(events)
        state.hasEntries = !keys.entries.isEmpty
        try openChain(events)
        try loadBusinessDate(keys)
        try loadErased(keys)
        try loadNIKs(&keys)
        try loadNames(&keys)
        try loadPaymentsAndDues(&keys, events)
        try loadHistory(&keys, events)
        try lockPayers(keys)
        try loadEvidence(keys)
        return state
    }

    /// The chain of the batch's partition; what the leader does between batches has its own.
    private mutating func openChain(_ events: [Event<ReconcilerInput>]) throws {
        guard let first = events.first else { return }
        var chain = first.partition
        if case .resolution = first.input { chain = AuditChain.leader }
        try state.openChain(chain, on: connection)
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

    /// Those who have asked to be forgotten, among the payers that are enrolled.
    private mutating func loadErased(_ keys: BatchKeys) throws {
        guard !keys.enrolledPayers.isEmpty else { return }
        let payers = keys.enrolledPayers.sorted()
        let rows = try connection.query(SubjectStatements.erasedPayers, Parameters { $0.append(payers) })
        for row in 0..<rows.rowCount {
            state.erasedPayers[try rows.int64(row, 0)] = Instant(microseconds: try rows.timestamp(row, 1))
        }
    }

    /// A NIK that is bound is read without a lock; one that is not, or is about to be, is a gate: whoever comes second
    /// sees what the first has written.
    private mutating func loadNIKs(_ keys: inout BatchKeys) throws {
        var toLock = Set(keys.enrolledNIKs)
        if !keys.demandByNIK.isEmpty {
            let asked = keys.demandByNIK.keys.sorted()
            try bind(try connection.query(LoadStatements.boundNIKs, Parameters { $0.append(asked) }), &keys, [])
            // A statement's text may hold any number: only what a bank names, or an enrolment, makes a gate.
            toLock.formUnion(asked.filter { state.payerOfNIK[$0] == nil && !keys.possibleNIKs.contains($0) })
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
        // Money of a line that waits for a NIK is found by it.
        let unconfirmed = Parameters { $0.append(keys.demand.keys.sorted() + keys.demandByNIK.keys.sorted()) }
        let reversals = Parameters { $0.append(keys.reversalIDs) }
        let results = try connection.pipeline {
            $0.query(LoadStatements.payments, ids)
            $0.query(LoadStatements.pendingReversals, ids)
            $0.query(LoadStatements.openDues, payers)
            // After the locks: whoever posted a statement's line for one of these payers has committed.
            $0.query(LoadStatements.unconfirmed, unconfirmed)
            // A single payment may come with the reference of a group, too.
            $0.query(LoadStatements.groups, ids)
            // After the locks, too: a run that has told of these months has begun its date before.
            $0.query(LoadStatements.date)
            if !keys.reversalIDs.isEmpty { $0.query(LoadStatements.reversals, reversals) }
        }
        try readPayments(results[0])
        try readPending(results[1])
        if results[5].rowCount > 0, let days = try results[5].optionalDate(0, 0) {
            keys.hasBegun(CivilDate(daysSince1970: days))
        }
        let shortfall = try readDues(results[2], &keys)
        try readUnconfirmed(results[3])
        try readGroups(results[4])
        if !keys.reversalIDs.isEmpty { try readReversals(results[6]) }
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

    mutating func readReversals(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount { state.reversed[try rows.uuid(row, 0)] = try rows.uuid(row, 1) }
    }

    private mutating func readGroups(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            state.groups[try rows.uuid(row, 0), default: KnownGroup()].members.append(try rows.uuid(row, 1))
        }
    }

    mutating func readUnconfirmed(_ rows: QueryResult) throws {
        for row in 0..<rows.rowCount {
            let payer = try rows.int64(row, 0)
            let money = Unconfirmed(
                paymentID: try rows.uuid(row, 1), amount: try rows.int64(row, 2),
                bookedOn: try CorruptRow.checked(CivilDate(daysSince1970: rows.date(row, 3)), "booked_on"),
                bank: try BankCode(code: rows.int64(row, 4)))
            guard state.unconfirmed[payer]?.contains(where: { $0.paymentID == money.paymentID }) != true else {
                continue
            }
            state.unconfirmed[payer, default: []].append(money)
        }
    }

    /// Makes an account for each payer with open dues and returns their sums by payer.
    private mutating func readDues(_ rows: QueryResult, _ keys: inout BatchKeys) throws -> [Int64: Int64] {
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
            if keys.mayBePastDue(due.month) { keys.slowPayers.insert(payer) }
            shortfall[payer, default: 0] &+= due.outstanding
        }
        return shortfall
    }
}
