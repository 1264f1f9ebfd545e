import Crypto
import PerisaiModels
import Postgres

/// Recomputes every hash chain: the log is read beside the ledger's lines, both in the order of batches, a piece at a
/// time. Behind a row that breaks, a chain goes on from what is stored, so that each break is found once.
struct ChainVerification {
    private let connection: Connection
    private var found: [(place: String, reason: String)] = []
    private var previous: Row?
    private var breaks = 0
    private var batches = 0

    private struct Row {
        let chain: Int32
        let seq: Int64
        let kind: Int16
        let lines: Int32
        let digest: [UInt8]
        let hash: [UInt8]
        let detail: String?

        init(_ rows: QueryResult, _ row: Int) throws {
            chain = try rows.int32(row, 0)
            seq = try rows.int64(row, 1)
            kind = try rows.int16(row, 2)
            lines = try rows.int32(row, 3)
            digest = try rows.bytes(row, 4)
            hash = try rows.bytes(row, 5)
            detail = try rows.optionalText(row, 6)
        }

        var place: String { "chain \(chain), seq \(seq)" }
        var batch: Int64 { AuditChain.batch(chain: chain, seq: seq) }

        func expected(after before: [UInt8]) -> [UInt8] {
            AuditChain.hash(
                after: before, chain: chain, seq: seq, kind: kind, lines: lines, digest: digest)
        }
    }

    init(connection: Connection) { self.connection = connection }

    mutating func run(_ report: inout LedgerReport, progress: (Int) -> Void) throws {
        var log = try RowCursor(
            "audit_rows", "SELECT chain, seq, kind, lines, digest, hash, detail FROM audit_log ORDER BY chain, seq",
            on: connection)
        var ledger = try LedgerLinesByBatch(connection)
        while let (rows, row) = try log.next() {
            let entry = try Row(rows, row)
            checkChain(entry)
            switch entry.kind {
            case AuditChain.Kind.person.rawValue: checkDetail(entry)
            default: try checkLines(entry, &ledger)
            }
            previous = entry
            batches += 1
            progress(ledger.read)
        }
        while let stray = try ledger.skip(before: .max) { add(stray.place, "no row of the log stands for this line") }
        try checkHeads()
        report.unchainedLines = try connection.query(
            Statement("verify_unchained", "SELECT count(*) FROM ledger WHERE batch IS NULL")
        ).int64(0, 0)
        report.check(
            "chains", "\(batches) rows of the log and \(ledger.read) ledger lines carry the hashes that were written",
            faults: found, count: breaks)
    }

    private mutating func add(_ place: String, _ reason: String) {
        breaks += 1
        if found.count < LedgerReport.faultLimit { found.append((place, reason)) }
    }

    private mutating func checkChain(_ entry: Row) {
        let before = previous?.chain == entry.chain ? previous : nil
        let expected = (before?.seq ?? 0) + 1
        if entry.seq != expected {
            let missing = entry.seq == expected + 1 ? "seq \(expected) is" : "seq \(expected) to \(entry.seq - 1) are"
            add("chain \(entry.chain), seq \(expected)", "\(missing) missing")
        } else if entry.expected(after: before?.hash ?? []) != entry.hash {
            add(entry.place, "its hash does not follow from the row before and from its own digest")
        }
    }

    private mutating func checkDetail(_ entry: Row) {
        if Array(SHA256.hash(data: Array((entry.detail ?? "").utf8))) != entry.digest {
            add(entry.place, "its detail is not what was written")
        }
    }

    private mutating func checkLines(_ entry: Row, _ ledger: inout LedgerLinesByBatch) throws {
        while let stray = try ledger.skip(before: entry.batch) {
            add(stray.place, "no row of the log stands for this line")
        }
        let batch = try ledger.take(entry.batch, limit: Int(entry.lines))
        if batch.count != Int(entry.lines) {
            let count = batch.count > Int(entry.lines) ? "more than \(entry.lines)" : "\(batch.count)"
            add("\(entry.place)\(batch.suspect)", "holds \(count) lines, \(entry.lines) were written")
        } else if batch.digest != entry.digest {
            add("\(entry.place)\(batch.suspect)", "its lines are not those that were written")
        }
    }

    private static let heads = Statement(
        "verify_heads",
        """
        SELECT h.chain, h.seq, coalesce(l.seq, 0), h.seq = coalesce(l.seq, 0) AND h.hash = coalesce(l.hash, '')
        FROM audit_head AS h LEFT JOIN LATERAL (
            SELECT seq, hash FROM audit_log AS l WHERE l.chain = h.chain ORDER BY seq DESC LIMIT 1
        ) AS l ON true
        UNION ALL
        SELECT DISTINCT l.chain, -1::int8, 0::int8, false FROM audit_log AS l
        WHERE NOT EXISTS (SELECT FROM audit_head AS h WHERE h.chain = l.chain)
        ORDER BY 1
        """)

    /// The head tells what the newest row is: rows cut off at the end are missed.
    private mutating func checkHeads() throws {
        let rows = try connection.query(Self.heads)
        for row in 0..<rows.rowCount where try !rows.bool(row, 3) {
            let (chain, head, last) = (try rows.int32(row, 0), try rows.int64(row, 1), try rows.int64(row, 2))
            if head < 0 {
                add("chain \(chain)", "has no head")
            } else if head > last {
                add("chain \(chain), seq \(last + 1)", "is missing; the head stands at seq \(head)")
            } else {
                add("chain \(chain), seq \(head)", "the head is not what the log ends with (seq \(last))")
            }
        }
    }
}

extension AuditChain {
    /// What `append` computes in the database.
    static func hash(
        after before: [UInt8], chain: Int32, seq: Int64, kind: Int16, lines: Int32, digest: [UInt8]
    ) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: before)
        func put(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.bigEndian) { hash.update(bufferPointer: $0) }
        }
        put(chain)
        put(seq)
        put(kind)
        put(lines)
        hash.update(data: digest)
        return Array(hash.finalize())
    }
}
