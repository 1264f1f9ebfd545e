import PerisaiModels
import Postgres
import Worker

import struct Foundation.UUID

/// What a bank file of one run, or of one payout made again, holds. Reads only.
public struct PayoutFile: Sendable {
    public struct Line: Sendable {
        public let endToEnd: String
        public let account: PayeeAccount
        /// What the bank transfers: gross less tax.
        public let net: Rupiah
        public let remittance: String
    }

    public let runID: UUID
    public let month: ContributionMonth
    /// Of the approval.
    public let approvedAt: Instant
    /// When the bank shall pay: the working day on or before the 5th of the month after (domain.md 1.4), today or the
    /// next working day when that is over.
    public let executeOn: CivilDate
    public let debtor: PayoutPolicy.Debtor
    public let lines: [Line]
    /// Instructions of which a bank has told, or that were made again: the file went out before.
    public let answered: Int

    private static let readRun = Statement(
        "payout_file_run",
        """
        SELECT max(p.through_month), d.decided_at, (SELECT business_date FROM business_clock),
            count(*) FILTER (WHERE p.state NOT IN ('ordered', 'released'))
        FROM payout p JOIN proposal d ON d.proposal_id = p.run_id WHERE p.run_id = $1 GROUP BY d.decided_at
        """)
    private static let readDismissed = Statement(
        "payout_file_dismissed",
        """
        SELECT p.payout_id, i.owner_id FROM payout p JOIN payout_item i USING (payout_id)
        WHERE p.run_id = $1 AND p.state = 'ordered' AND \(PayoutPlanStore.dismissed("i.owner_kind", "i.owner_id"))
        ORDER BY p.payout_id, i.owner_id LIMIT 1
        """)
    private static let readLines = Statement(
        "payout_file_lines",
        """
        SELECT p.payout_id, p.bank, p.account_number, p.account_holder, p.gross, p.tax, p.tax_kind, p.payee_kind,
            p.payee_id, (SELECT count(*) FROM payout_item i WHERE i.payout_id = p.payout_id AND i.owner_kind = 'agent')
        FROM payout p WHERE p.run_id = $1 AND p.state <> 'released' ORDER BY p.payee_kind, p.payee_id LIMIT $2
        """)

    /// The search path of `connection` must be the service's schema.
    /// - Throws: `DeskError` for a run without instructions, and where the payout policy names no debtor.
    public init(run: UUID, on connection: Connection) throws {
        let found = try connection.query(Self.readRun, Parameters { $0.append(run) })
        guard found.rowCount == 1 else { throw DeskError("run: \(run.text) has no instructions") }
        guard try !found.isNull(0, 2) else { throw DeskError("no business date has started yet") }
        let date = try CommissionStore.date(found, 0, 2)
        try Self.refuseDismissed(run, connection)
        guard let policy = try EffectiveRows.payoutPolicies(on: connection)[date] else {
            throw DeskError("payout policy: none applies on \(date)")
        }
        guard let debtor = policy.debtor else {
            throw DeskError(
                "payout policy: debtor: is not set on \(date); propose a payout policy that names the account that pays"
            )
        }
        guard let approvedAt = Instant(microseconds: try found.timestamp(0, 1)) else {
            throw StoredDataFault(column: "decided_at", reason: "out of range")
        }
        runID = run
        month = try CommissionStore.month(found, 0, 0)
        self.approvedAt = approvedAt
        executeOn = Self.executionDate(month, from: date)
        self.debtor = debtor
        answered = Int(try found.int64(0, 3))
        let month = month
        let rows = try connection.query(
            Self.readLines,
            Parameters {
                $0.append(run)
                $0.append(Int64(PayoutPlan.limit))
            })
        lines = try (0..<rows.rowCount).map { try Self.line(rows, $0, month) }
    }

    private static let note = Statement(
        "payout_file_note",
        "INSERT INTO payout_export VALUES ($1, clock_timestamp()) ON CONFLICT DO NOTHING")

    /// Notes, before it is handed out, that a bank may have this file: what it orders is no longer released unpaid.
    public func noteExport(on connection: Connection) throws {
        _ = try connection.query(Self.note, Parameters { $0.append(runID) })
    }

    /// Who was dismissed after the order gets nothing: the instruction is released before the file goes out.
    private static func refuseDismissed(_ run: UUID, _ connection: Connection) throws {
        let rows = try connection.query(readDismissed, Parameters { $0.append(run) })
        guard rows.rowCount > 0 else { return }
        throw DeskError(
            "payout \(try rows.uuid(0, 0).text): \(try rows.text(0, 1)) was dismissed, all rights are revoked; "
                + "release it first (perisai payouts retry --release) and pay the others with another run")
    }

    static func executionDate(_ month: ContributionMonth, from date: CivilDate) -> CivilDate {
        let calendar = HolidayCalendar.national
        return max(
            calendar.previousWorkingDay(onOrBefore: month.next.day(5)), calendar.nextWorkingDay(onOrAfter: date))
    }

    private static func line(_ rows: QueryResult, _ row: Int, _ month: ContributionMonth) throws -> Line {
        let gross = Rupiah(try rows.int64(row, 4))
        let tax = Rupiah(try rows.int64(row, 5))
        var words = "INSENTIF PERISAI \(month) \(try rows.text(row, 8))"
        // Under a scheme that pays agents themselves, a wadah gets its own part alone.
        let agents = try rows.int64(row, 9)
        if try rows.text(row, 7) == PayeeKind.wadah.rawValue, agents > 0 { words += " \(agents) AGEN" }
        if !tax.isZero { words += " BRUTO \(gross.amount) \(try rows.text(row, 6).uppercased()) \(tax.amount)" }
        return Line(
            endToEnd: PayoutReference.endToEnd(try rows.uuid(row, 0)),
            account: try PayoutPlanStore.account(rows, row, 1), net: try gross.subtracting(tax), remittance: words)
    }
}
