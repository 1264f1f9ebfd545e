import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// Carries a change of rates into months already open (PP 50/2025 was promulgated when some had paid ahead).
///
/// Every payer of a chunk is read without a lock and its months are computed; only those whose months cost something
/// else are locked, read in full and changed. Exited payers are left alone (their money is settled with the claim), and
/// lapsed ones too: their arrears are waived when they return, and credit must not pay them before.
public enum RepricingJob {
    static let chunk = 2_000
    /// Shortest and longest name of who asks.
    static let nameLengths = 2...64

    private struct Run {
        let id: UUID
        let from: ContributionMonth
        let time: Instant
        let after: Int64
        let date: CivilDate
    }

    private struct Chunk {
        var last: Int64 = 0
        var count = 0
        var skipped = 0
        var failed = 0
        var changed = 0
    }

    /// False when no change of rates waits.
    static func run(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> Bool {
        try run(connection, &outgoing, &writer, chunk: chunk)
    }

    static func run(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter, chunk limit: Int
    ) throws -> Bool {
        guard let run = try next(connection) else { return false }
        var chunk = Chunk(last: run.after)
        var state = ReconcilerState()
        try state.openChain(AuditChain.leader, on: connection)
        let differing = try look(run, limit, &chunk, connection)
        try load(differing, into: &state, connection)
        for index in state.accounts.indices { reprice(index, run, &state, &chunk, &outgoing) }
        state.save(to: &writer)
        writer.execute(
            RepricingStatements.advance,
            Parameters {
                $0.append(run.id)
                $0.append(chunk.last)
                $0.append(chunk.count < limit)
                $0.append(chunk.count)
                $0.append(chunk.changed)
                $0.append(chunk.skipped)
                $0.append(chunk.failed)
            })
        return true
    }

    private static func next(_ connection: Connection) throws -> Run? {
        let rows = try connection.query(RepricingStatements.next)
        guard rows.rowCount > 0 else { return nil }
        let time = try CorruptRow.checked(Instant(microseconds: rows.timestamp(0, 2)), "requested_at")
        let started = try rows.optionalDate(0, 4).flatMap { CivilDate(daysSince1970: $0) }
        return Run(
            id: try rows.uuid(0, 0),
            from: try CorruptRow.checked(ContributionMonth(index: rows.int32(0, 1)), "from_month"), time: time,
            after: try rows.int64(0, 3), date: started ?? time.date(in: .wib))
    }

    /// The payers of the next chunk whose months cost something else than they did.
    private static func look(
        _ run: Run, _ limit: Int, _ chunk: inout Chunk, _ connection: Connection
    ) throws -> [Int64] {
        let rows = try connection.query(
            RepricingStatements.payers,
            Parameters {
                $0.append(run.after)
                $0.append(limit)
            })
        chunk.count = rows.rowCount
        var accounts: [Int64: PayerAccount] = [:]
        for row in 0..<rows.rowCount {
            let account = try PayerAccount(rows, row)
            chunk.last = account.payer.code
            // The last column: lapsed or exited.
            if try rows.bool(row, rows.columnCount - 1) {
                chunk.skipped += 1
            } else {
                accounts[account.payer.code] = account
            }
        }
        guard !accounts.isEmpty else { return [] }
        let dues = try connection.query(
            RepricingStatements.dues,
            Parameters {
                $0.append(accounts.keys.sorted())
                $0.append(run.from.index)
            })
        return try differing(dues, accounts, &chunk)
    }

    /// `dues`: payer, month, amount, by payer.
    private static func differing(
        _ dues: QueryResult, _ accounts: [Int64: PayerAccount], _ chunk: inout Chunk
    ) throws -> [Int64] {
        var found: [Int64] = []
        var decided: Int64?
        for row in 0..<dues.rowCount {
            let payer = try dues.int64(row, 0)
            guard payer != decided, let terms = accounts[payer]?.terms else { continue }
            let month = try CorruptRow.checked(ContributionMonth(index: dues.int32(row, 1)), "month")
            do {
                guard try terms.contribution(for: month) != dues.int64(row, 2) else { continue }
                found.append(payer)
            } catch is ContributionFault {
                chunk.failed += 1
            }
            decided = payer
        }
        return found
    }

    /// In the order in which all transactions lock: open dues, payers, settled dues, fines, sanction
    /// fines.
    private static func load(
        _ payers: [Int64], into state: inout ReconcilerState, _ connection: Connection
    ) throws {
        guard !payers.isEmpty else { return }
        let codes = Parameters { $0.append(payers) }
        let both = Parameters {
            $0.append(payers)
            $0.append(payers)
        }
        _ = try connection.query(LoadStatements.openDues, codes)
        let rows = try connection.query(LoadStatements.lockPayers, codes)
        for row in 0..<rows.rowCount { state.addAccount(try PayerAccount(rows, row)) }
        let dues = try connection.query(LoadStatements.duesOfLocked, both)
        for row in 0..<dues.rowCount {
            guard let index = state.accountIndex[try dues.int64(row, 0)] else { continue }
            state.accounts[index].dues.append(try Due(dues, row))
        }
        let fines = try connection.query(LoadStatements.fines, codes)
        for row in 0..<fines.rowCount {
            guard let index = state.accountIndex[try fines.int64(row, 0)] else { continue }
            state.accounts[index].fines.append(try Fine(fines, row))
        }
        let sanctions = try connection.query(LoadStatements.sanctions, codes)
        for row in 0..<sanctions.rowCount {
            guard let index = state.accountIndex[try sanctions.int64(row, 0)] else { continue }
            state.accounts[index].sanctions.append(try SanctionFine(sanctions, row))
        }
    }

    private static func reprice(
        _ index: Int, _ run: Run, _ state: inout ReconcilerState, _ chunk: inout Chunk, _ outgoing: inout Outgoing
    ) {
        let payer = state.accounts[index].payer
        let before = state.accounts[index].debt(on: run.date)
        let repriced: Repriced
        do { repriced = try state.accounts[index].reprice(from: run.from, on: run.date) } catch {
            chunk.failed += 1
            return
        }
        guard repriced.hasChanged else { return }
        chunk.changed += 1
        let key = EventKey.derived(
            from: EventKey.of(source: "repricing", id: run.id.text), ordinal: Int(payer.code))
        state.accounts[index].stamp(key)
        var cause = Cause(key: key, time: run.time)
        outgoing.begin(key: key, time: run.time)
        state.tell(repriced, payer, on: run.date, &cause, &outgoing)
        state.tellDebt(of: index, since: before, on: run.date, &outgoing)
    }

    /// Newest request first.
    public static func progress(_ connection: Connection) throws -> [JobProgress] {
        let rows = try connection.query(RepricingStatements.newest)
        return try JobProgress.read("repricing", rows) { row in
            "from \(try CorruptRow.checked(ContributionMonth(index: rows.int32(row, 0)), "from_month"))"
        }
    }

    /// Asks for months from `from` on to be computed again, with the rates of the running version. `by`: 2 to 64
    /// characters. False when the same is asked for already and not yet begun.
    public static func request(
        id: UUID, from: ContributionMonth, by name: String, at time: Instant, _ connection: Connection
    ) throws -> Bool {
        guard nameLengths.contains(name.count) else { throw RepricingFault.name }
        let rows = try connection.query(
            RepricingStatements.request,
            Parameters {
                $0.append(id)
                $0.append(from.index)
                $0.append(name)
                $0.append(timestamp: time.microseconds)
            })
        return rows.rowCount > 0
    }
}

public enum RepricingFault: Error, CustomStringConvertible {
    case name

    public var description: String { "by: needs 2 to 64 characters" }
}

enum RepricingStatements {
    static let next = Statement(
        "reconciler_repricing",
        """
        SELECT r.repricing_id, r.from_month, r.requested_at, r.after_payer, d.started_on
        FROM repricing AS r LEFT JOIN business_date AS d ON true
        WHERE NOT r.done ORDER BY r.requested_at, r.repricing_id LIMIT 1 FOR UPDATE OF r
        """)
    static let payers = Statement(
        "reconciler_repricing_payers",
        """
        SELECT \(LoadStatements.payerColumns), status IN (3, 5) FROM payer
        WHERE payer > $1 AND known ORDER BY payer LIMIT $2
        """)
    static let dues = Statement(
        "reconciler_repricing_dues",
        """
        SELECT payer, month, amount FROM due
        WHERE payer = ANY($1::int8[]) AND month >= $2 AND waived = 0 AND (amount > 0 OR payer >= 200000000000)
        ORDER BY payer, month
        """)
    static let advance = Statement(
        "reconciler_repricing_advance",
        """
        UPDATE repricing SET after_payer = $2, done = $3, looked_at = looked_at + $4, changed = changed + $5,
            skipped = skipped + $6, failed = failed + $7
        WHERE repricing_id = $1
        """)
    static let newest = Statement(
        "reconciler_repricing_progress",
        """
        SELECT from_month, looked_at, changed, skipped, failed, done FROM repricing
        ORDER BY requested_at DESC LIMIT \(JobProgress.most)
        """)
    static let request = Statement(
        "reconciler_repricing_request",
        """
        INSERT INTO repricing (repricing_id, from_month, requested_by, requested_at)
        SELECT $1, $2::int4, $3, $4
        WHERE NOT EXISTS (SELECT FROM repricing WHERE NOT done AND looked_at = 0 AND from_month = $2::int4)
        RETURNING repricing_id
        """)
}
