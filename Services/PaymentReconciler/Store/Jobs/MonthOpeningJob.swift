import PerisaiModels
import Postgres
import Worker

/// Opens a new month for every known payer, chunk by chunk; where it has got to is stored, so that another worker can
/// go on.
///
/// No month is opened for a payer whose membership has lapsed or who has left, and none after the last month that is
/// due. A date that skips months opens each of them, in turn with the cover runs between them: who lapses on the way
/// has no month opened after that.
public enum MonthOpeningJob {
    static let chunk = 10_000

    private static let next = Statement(
        "reconciler_opening",
        """
        SELECT month, started_on, event_time, after_payer FROM month_opening
        WHERE NOT done ORDER BY month LIMIT 1 FOR UPDATE
        """)
    /// The months between the newest opened one and the oldest that waits.
    private static let insertSkipped = Statement(
        "reconciler_opening_skipped",
        """
        INSERT INTO month_opening (month, started_on, event_time)
        SELECT m, make_date(m / 12, m % 12 + 1, 1), $2
        FROM generate_series((SELECT max(month) + 1 FROM month_opening WHERE done), $1 - 1) AS m
        ON CONFLICT DO NOTHING
        """)
    /// The last column: through which month to open.
    private static let payers = Statement(
        "reconciler_opening_payers",
        """
        SELECT \(LoadStatements.payerColumns), least($2, last_month) FROM payer
        WHERE payer > $1 AND known AND opened_through < least($2, last_month) AND status NOT IN (3, 5)
        ORDER BY payer LIMIT $3 FOR UPDATE
        """)
    private static let advance = Statement(
        "reconciler_opening_advance",
        """
        UPDATE month_opening
        SET after_payer = $2, done = $3, looked_at = looked_at + $4, failed = failed + $5 WHERE month = $1
        """)
    private static let newestRuns = Statement(
        "reconciler_opening_progress",
        """
        SELECT month, looked_at, looked_at - failed, 0::int8, failed, done FROM month_opening
        ORDER BY month DESC LIMIT \(JobProgress.most)
        """)

    /// False when no month waits, or a cover run of an earlier date comes first.
    static func run(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter
    ) throws -> Bool {
        try run(connection, &outgoing, &writer, chunk: chunk)
    }

    static func run(
        _ connection: Connection, _ outgoing: inout Outgoing, _ writer: inout BatchWriter, chunk: Int
    ) throws -> Bool {
        let waiting = try connection.query(next)
        guard waiting.rowCount > 0 else { return false }
        let newest = try waiting.int32(0, 0)
        let newestTime = try waiting.timestamp(0, 2)
        _ = try connection.query(
            insertSkipped,
            Parameters {
                $0.append(newest)
                $0.append(timestamp: newestTime)
            })
        let opening = try connection.query(next)
        let month = try CorruptRow.checked(ContributionMonth(index: opening.int32(0, 0)), "month")
        if let run = try CoverRun.due(connection), run.date < month.firstDay { return false }
        let date = try CorruptRow.checked(CivilDate(daysSince1970: opening.date(0, 1)), "started_on")
        let time = try CorruptRow.checked(Instant(microseconds: opening.timestamp(0, 2)), "event_time")
        let after = try opening.int64(0, 3)
        var state = ReconcilerState()
        try state.openChain(AuditChain.leader, on: connection)
        let rows = try connection.query(
            payers,
            Parameters {
                $0.append(after)
                $0.append(month.index)
                $0.append(chunk)
            })
        let failed = try open(rows, month, on: date, time, &state, &outgoing)
        state.save(to: &writer)
        let last = rows.rowCount > 0 ? try rows.int64(rows.rowCount - 1, 0) : after
        writer.execute(
            advance,
            Parameters {
                $0.append(month.index)
                $0.append(last)
                $0.append(rows.rowCount < chunk)
                $0.append(rows.rowCount)
                $0.append(failed)
            })
        return true
    }

    /// Returns how many payers could not be served: their month has no rate, or there are too many. They stay as they
    /// are, the next month tries again, and the count is shown; a payment for them meets the same fault and tells it.
    private static func open(
        _ rows: QueryResult, _ month: ContributionMonth, on date: CivilDate, _ time: Instant,
        _ state: inout ReconcilerState, _ outgoing: inout Outgoing
    ) throws -> Int {
        var failed = 0
        let key = EventKey.of(source: "month-opening", id: month.description)
        for row in 0..<rows.rowCount {
            var account = try PayerAccount(rows, row)
            let code = account.payer.code
            let through = try CorruptRow.checked(
                ContributionMonth(index: rows.int32(row, rows.columnCount - 1)), "last_month")
            // The dues that were open stay out: only a payer without any has credit, and a new month takes that.
            guard let credits = try? account.open(through: through) else {
                failed += 1
                continue
            }
            if !credits.isEmpty {
                var cause = Cause(
                    key: EventKey.derived(from: key, ordinal: Int(code), purpose: LedgerPurpose.opening), time: time)
                outgoing.begin(key: cause.key, time: time)
                for applied in credits { state.tellCredit(applied, account.payer, on: date, &cause, &outgoing) }
            }
            state.addAccount(account)
        }
        return failed
    }

    /// Newest month first.
    public static func progress(_ connection: Connection) throws -> [JobProgress] {
        let rows = try connection.query(newestRuns)
        return try JobProgress.read("month-opening", rows) { row in
            try CorruptRow.checked(ContributionMonth(index: rows.int32(row, 0)), "month").description
        }
    }
}
