import PerisaiModels
import Postgres

import struct Foundation.UUID

/// The ledger's lines in the order of batch, event key and line, a piece at a time.
struct LedgerLinesByBatch {
    struct Line {
        let batch: Int64
        let eventKey: UUID
        let amount: Int64
        let payer: Int64?
        let month: Int32?
        let bookedOn: Int32
        let line: Int16
        let account: Int16

        var place: String {
            let (chain, seq) = AuditChain.place(ofBatch: batch)
            return "chain \(chain), seq \(seq), event key \(eventKey.text), line \(line)"
        }
    }

    /// The lines of one batch, as a digest.
    struct Batch {
        var count = 0
        var digest: [UInt8] = []
        fileprivate var first: UUID?
        fileprivate var unbalanced: UUID?
        fileprivate var gap: UUID?

        /// Where to look first: a movement that cannot be right, or where the batch begins.
        var suspect: String {
            if let key = gap ?? unbalanced { return ", event key \(key.text)" }
            return first.map { ", batch from event key \($0.text)" } ?? ""
        }
    }

    private var cursor: RowCursor
    private var line: Line?
    /// Lines read so far.
    private(set) var read = 0

    init(_ connection: Connection) throws {
        cursor = try RowCursor(
            "ledger_lines",
            """
            SELECT batch, event_key, amount, payer, month, booked_on, line, account FROM ledger
            WHERE batch IS NOT NULL ORDER BY batch, event_key, line
            """, on: connection)
        try advance()
    }

    private mutating func advance() throws {
        guard let (rows, row) = try cursor.next() else {
            line = nil
            return
        }
        line = Line(
            batch: try rows.int64(row, 0), eventKey: try rows.uuid(row, 1), amount: try rows.int64(row, 2),
            payer: try rows.optionalInt64(row, 3), month: try rows.optionalInt32(row, 4),
            bookedOn: try rows.date(row, 5), line: try rows.int16(row, 6), account: try rows.int16(row, 7))
        read += 1
    }

    /// The first line of a batch before this one, with all lines of that batch behind us; nil when there is none.
    mutating func skip(before batch: Int64) throws -> Line? {
        guard let first = line, first.batch < batch else { return nil }
        while line?.batch == first.batch { try advance() }
        return first
    }

    /// The lines of a batch. Behind `limit` + 1 they are passed over: there are too many already.
    mutating func take(_ batch: Int64, limit: Int) throws -> Batch {
        var taken = Batch()
        var digest = LedgerDigest()
        var key: UUID?
        var sum: Int64 = 0
        var next: Int16 = 0
        func close(_ taken: inout Batch) {
            if sum != 0, taken.unbalanced == nil { taken.unbalanced = key }
        }
        while let current = line, current.batch == batch {
            if taken.count <= limit {
                if current.eventKey != key {
                    close(&taken)
                    (key, sum, next) = (current.eventKey, 0, 0)
                    taken.first = taken.first ?? key
                }
                if current.line != next, taken.gap == nil { taken.gap = key }
                next = current.line &+ 1
                sum &+= current.amount
                digest.add(
                    eventKey: current.eventKey, amount: current.amount, payer: current.payer, month: current.month,
                    bookedOn: current.bookedOn, line: current.line, account: current.account)
                taken.count += 1
            }
            try advance()
        }
        close(&taken)
        taken.digest = digest.finish()
        return taken
    }
}
