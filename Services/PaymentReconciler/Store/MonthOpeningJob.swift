import PerisaiModels
import Postgres
import Worker

/// Opens a new month for every known payer, 10,000 payers a transaction; where it has got to is stored, so that
/// another worker can go on.
enum MonthOpeningJob {
    static let chunk = 10_000

    private static let next = Statement(
        "reconciler_opening",
        """
        SELECT month, started_on, event_time, after_payer FROM month_opening
        WHERE NOT done ORDER BY month LIMIT 1 FOR UPDATE
        """)
    private static let payers = Statement(
        "reconciler_opening_payers",
        """
        SELECT \(LoadStatements.payerColumns) FROM payer
        WHERE payer > $1 AND known AND opened_through < $2 ORDER BY payer LIMIT \(chunk) FOR UPDATE
        """)
    private static let advance = Statement(
        "reconciler_opening_advance", "UPDATE month_opening SET after_payer = $2, done = $3 WHERE month = $1")

    /// False when no month waits.
    static func run(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> Bool {
        let opening = try connection.query(next)
        guard opening.rowCount > 0 else { return false }
        let month = try CorruptRow.checked(ContributionMonth(index: opening.int32(0, 0)), "month")
        let date = try CorruptRow.checked(CivilDate(daysSince1970: opening.date(0, 1)), "started_on")
        let time = try CorruptRow.checked(Instant(microseconds: opening.timestamp(0, 2)), "event_time")
        let after = try opening.int64(0, 3)
        let rows = try connection.query(
            payers,
            Parameters {
                $0.append(after)
                $0.append(month.index)
            })
        var state = ReconcilerState()
        try state.openChain(AuditChain.leader, on: connection)
        let key = EventKey.of(source: "month-opening", id: month.description)
        for row in 0..<rows.rowCount {
            var account = try PayerAccount(rows, row)
            let code = account.payer.code
            // The dues that were open stay out: only a payer without any has credit, and a new month takes that.
            // A payer without a rate for the month is left as it is; the next payment meets the same fault and tells it.
            guard let credits = try? account.open(through: month) else { continue }
            if !credits.isEmpty {
                var cause = Cause(
                    key: EventKey.derived(from: key, ordinal: Int(code), purpose: LedgerPurpose.opening), time: time)
                outgoing.begin(key: cause.key, time: time)
                for applied in credits { state.tellCredit(applied, account.payer, on: date, &cause, &outgoing) }
            }
            state.addAccount(account)
        }
        let last = rows.rowCount > 0 ? try rows.int64(rows.rowCount - 1, 0) : after
        state.save(to: &writer)
        writer.execute(
            advance,
            Parameters {
                $0.append(month.index)
                $0.append(last)
                $0.append(rows.rowCount < chunk)
            })
        return true
    }
}
