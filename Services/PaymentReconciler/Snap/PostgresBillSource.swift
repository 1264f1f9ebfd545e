import PerisaiModels
import Postgres

/// Bills from the tables of the reconciler. Reads without locks: a bill may be a moment old, and the posting decides.
struct PostgresBillSource: BillSource {
    let connection: Connection

    /// Months that credit may cover before the first one that is asked for.
    private static let creditMonthLimit = 24

    private static let payer = Statement(
        "snap_payer", "SELECT \(LoadStatements.payerColumns) FROM payer WHERE payer = $1 AND known")
    private static let standing = Statement(
        "snap_standing",
        "SELECT status, last_month, exit_reason, (SELECT started_on FROM business_date) FROM payer WHERE payer = $1")
    private static let open = Statement(
        "snap_open",
        """
        SELECT 0::int2, month, amount - paid FROM due WHERE payer = $1 AND paid < amount
        UNION ALL
        SELECT 1::int2, month, amount - paid FROM fine WHERE payer = $1 AND paid < amount
        UNION ALL
        SELECT 2::int2, month, amount - paid FROM sanction_fine WHERE payer = $1 AND paid < amount
        ORDER BY 1, 2 LIMIT \(2 * PayerAccount.monthLimit)
        """)

    /// Codes of `payer.status` and `payer.exit_reason` (0002_reconciliation.sql).
    private enum Code {
        static let lapsed: Int16 = 3
        static let exited: Int16 = 5
        /// After a claim, the end of a contract or for another reason; not after death, age or closing (domain.md 2.4).
        static let mayReturn: Set<Int16> = [1, 4, 5]
        static let closed: Int16 = 6
    }

    /// The months follow the business date where one has started, and `date` before.
    func bill(of payer: PayerNumber, on date: CivilDate) throws -> Bill? {
        let key = Parameters { $0.append(payer.code) }
        let rows = try connection.query(Self.payer, key)
        guard rows.rowCount > 0 else { return nil }
        let account = try PayerAccount(rows, 0)
        let state = try connection.query(Self.standing, key)
        guard state.rowCount > 0 else { return nil }
        let (status, reason) = (try state.int16(0, 0), try state.optionalInt16(0, 2))
        let last = try state.optionalInt32(0, 1).flatMap { ContributionMonth(index: $0) }
        let month = (try state.optionalDate(0, 3).flatMap { CivilDate(daysSince1970: $0) } ?? date).contributionMonth
        let isGone = status == Code.exited && reason != Code.closed
        let isBack =
            payer.kpj != nil && (status == Code.lapsed || isGone && reason.map(Code.mayReturn.contains) == true)
        if isGone, !isBack { return Bill(payer: payer, standing: .exited) }
        var lines = try openLines(key)
        if isBack {
            // Old arrears are not collected: the month of the payment starts cover anew (S21, S28b; domain.md 2.4).
            lines.removeAll { $0.month != month }
            if lines.isEmpty, account.openedThrough.map({ $0 < month }) ?? true || last.map({ $0 < month }) ?? false,
                let amount = try account.terms?.contribution(for: month)
            {
                lines = [Bill.Line(kind: .contribution, month: month, amount: amount)]
            }
        } else {
            lines.removeAll { line in last.map { line.kind == .contribution && line.month > $0 } ?? false }
        }
        if lines.isEmpty { lines = try nextMonth(account, last) }
        return Bill(payer: payer, standing: lines.isEmpty ? .settled : .open, lines: lines)
    }

    /// Contributions, then late fines, then sanction fines, oldest first.
    private func openLines(_ key: Parameters) throws -> [Bill.Line] {
        let rows = try connection.query(Self.open, key)
        return try (0..<rows.rowCount).map { row in
            Bill.Line(
                kind: try CorruptRow.checked(Bill.Line.Kind(rawValue: rows.int16(row, 0)), "kind"),
                month: try CorruptRow.checked(ContributionMonth(index: rows.int32(row, 1)), "month"),
                amount: try rows.int64(row, 2))
        }
    }

    /// The first month that credit does not cover, less what is left of the credit.
    private func nextMonth(_ account: PayerAccount, _ last: ContributionMonth?) throws -> [Bill.Line] {
        guard var month = account.openedThrough?.next ?? account.firstMonth else { return [] }
        var credit = account.credit
        for _ in 0..<Self.creditMonthLimit {
            guard last.map({ month <= $0 }) ?? true, let amount = try account.terms?.contribution(for: month) else {
                return []
            }
            if amount > credit { return [Bill.Line(kind: .contribution, month: month, amount: amount - credit)] }
            credit -= amount
            month = month.next
        }
        return []
    }
}
