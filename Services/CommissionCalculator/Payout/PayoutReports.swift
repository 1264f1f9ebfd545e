import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// One line of a bank's report.
public struct PayoutReportLine: Sendable, Hashable {
    public var line: Int
    /// As the bank gave it: an EndToEndId, or the MsgId or PmtInfId of a whole file.
    public var reference: String
    /// As the bank wrote it.
    public var bankStatus: String
    /// Nil: nothing final, or not known.
    public var status: PayoutReportStatus?
    public var isPending: Bool
    public var amount: Rupiah?
    public var reason: String

    public init(
        line: Int, reference: String, bankStatus: String, status: PayoutReportStatus?, isPending: Bool = false,
        amount: Rupiah? = nil, reason: String = ""
    ) {
        self.line = line
        self.reference = reference
        self.bankStatus = bankStatus
        self.status = status
        self.isPending = isPending
        self.amount = amount
        self.reason = reason
    }
}

extension PayoutReportLine {
    /// A reference of ours holds no decimal number that is a NIK but by chance: it stays as it is.
    fileprivate var withoutNIK: PayoutReportLine {
        var line = self
        if PayoutReference(reference) == nil { line.reference = NIK.hidden(in: reference) }
        line.bankStatus = NIK.hidden(in: bankStatus)
        line.reason = NIK.hidden(in: reason)
        return line
    }
}

/// Takes what banks report; the worker applies it. The same file again changes nothing.
public struct PayoutReports {
    /// What became of a file's lines.
    public struct Summary: Sendable {
        /// Reports that wait for the worker now, by status.
        public var waiting: [PayoutReportStatus: Int] = [:]
        public var pending = 0
        /// Of a file that was taken before.
        public var takenBefore = 0
        /// Lines of which nothing can follow, with the reason.
        public var unknown: [(line: Int, reason: String)] = []
    }

    static let unknownReference = "unknown reference"
    static let unknownStatus = "unknown status"
    static let pending = "pending"
    private static let piece = 5_000

    let connection: Connection

    /// The search path of `connection` must be the service's schema.
    public init(_ connection: Connection) { self.connection = connection }

    private static let readPayouts = Statement(
        "payout_reports_payouts", "SELECT payout_id FROM payout WHERE payout_id = ANY($1::uuid[])")
    private static let readRuns = Statement(
        "payout_reports_runs",
        """
        SELECT run_id, payout_id FROM payout WHERE run_id = ANY($1::uuid[]) ORDER BY run_id, payout_id LIMIT 1000000
        """)
    private static let insert = Statement(
        "payout_reports_insert",
        """
        INSERT INTO payout_report (report_id, file_name, line, reference, bank_status, payout_id, status, amount, reason,
            reported_by, reported_at, outcome)
        SELECT n.report_id, $10, n.line, n.reference, n.bank_status, n.payout_id, n.status, n.amount, n.reason, $11,
            clock_timestamp(), n.outcome
        FROM unnest($1::uuid[], $2::int4[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::int8[], $8::text[],
            $9::text[])
            AS n (report_id, line, reference, bank_status, payout_id, status, amount, reason, outcome)
        ON CONFLICT DO NOTHING RETURNING report_id
        """)

    private struct Row {
        let id: UUID
        let line: PayoutReportLine
        let payout: UUID?
        let outcome: String?
    }

    /// Stores all lines in one transaction; a dry run stores nothing.
    public func take(
        _ lines: [PayoutReportLine], file: String, sha256: String, by person: OperatorName, dryRun: Bool = false
    ) throws -> Summary {
        // A column too far to the left or right, and a NIK is the reference: nothing that holds one is kept or shown.
        let lines = lines.map(\.withoutNIK)
        let references = Dictionary(lines.map { ($0.reference, PayoutReference($0.reference)) }) { first, _ in first }
        let targets = try targets(references.values.compactMap { $0 })
        var rows: [Row] = []
        for line in lines {
            let found = references[line.reference].flatMap { $0 }.flatMap { targets[$0] } ?? []
            var outcome: String?
            if line.isPending {
                outcome = Self.pending
            } else if line.status == nil {
                outcome = Self.unknownStatus
            }
            if found.isEmpty { outcome = Self.unknownReference }
            for payout in found.isEmpty ? [nil] : found.map(Optional.some) {
                rows.append(
                    Row(id: Self.reportID(sha256, line.line, payout), line: line, payout: payout, outcome: outcome))
            }
        }
        let new = dryRun ? Set(rows.map(\.id)) : try store(rows, String(file.suffix(200)), person)
        return summary(rows, new)
    }

    private func summary(_ rows: [Row], _ new: Set<UUID>) -> Summary {
        var summary = Summary()
        for row in rows {
            let line = row.line
            switch row.outcome {
            case Self.unknownReference?:
                summary.unknown.append((line.line, "\(line.reference): no payout of ours has this reference"))
            case Self.unknownStatus?:
                summary.unknown.append((line.line, "\(line.reference): status \(line.bankStatus) is not known"))
            case _ where !new.contains(row.id): summary.takenBefore += 1
            case Self.pending?: summary.pending += 1
            default: if let status = line.status { summary.waiting[status, default: 0] += 1 }
            }
        }
        return summary
    }

    private func targets(_ references: [PayoutReference]) throws -> [PayoutReference: [UUID]] {
        var payouts: Set<UUID> = []
        var runs: Set<UUID> = []
        for reference in references {
            switch reference {
            case .payout(let id): payouts.insert(id)
            case .run(let id): runs.insert(id)
            }
        }
        var targets: [PayoutReference: [UUID]] = [:]
        let known = try connection.query(Self.readPayouts, Parameters { $0.append(Array(payouts)) })
        for row in 0..<known.rowCount {
            let id = try known.uuid(row, 0)
            targets[.payout(id)] = [id]
        }
        let inRuns = try connection.query(Self.readRuns, Parameters { $0.append(Array(runs)) })
        for row in 0..<inRuns.rowCount {
            targets[.run(try inRuns.uuid(row, 0)), default: []].append(try inRuns.uuid(row, 1))
        }
        return targets
    }

    private func store(_ rows: [Row], _ file: String, _ person: OperatorName) throws -> Set<UUID> {
        var new: Set<UUID> = []
        try connection.transaction {
            for start in stride(from: 0, to: rows.count, by: Self.piece) {
                let some = rows[start..<min(start + Self.piece, rows.count)]
                let stored = try connection.query(
                    Self.insert,
                    Parameters {
                        $0.append(some.map(\.id))
                        $0.append(some.map { Int32(clamping: $0.line.line) })
                        $0.append(some.map(\.line.reference))
                        $0.append(some.map(\.line.bankStatus))
                        $0.append(some.map(\.payout))
                        $0.append(some.map(\.line.status?.rawValue))
                        $0.append(some.map(\.line.amount?.amount))
                        $0.append(some.map(\.line.reason))
                        $0.append(some.map(\.outcome))
                        $0.append(file)
                        $0.append(person.text)
                    })
                for row in 0..<stored.rowCount { new.insert(try stored.uuid(row, 0)) }
            }
        }
        return new
    }

    private static func reportID(_ sha256: String, _ line: Int, _ payout: UUID?) -> UUID {
        var hash = SipHash128(seed: 64)
        hash.combine(sha256)
        hash.combine(UInt64(line.magnitude))
        let halves = payout?.halves ?? (0, 0)
        hash.combine(halves.0)
        hash.combine(halves.1)
        let (high, low) = hash.finish()
        return UUID(high, low)
    }
}
