import Postgres

/// The statements of `ReminderJob`.
enum ReminderStatements {
    static let planByKey = LoadStatements.planByKey

    /// The business date, the oldest month that waits to be opened, the run under way (null: none), and the newest month
    /// of each kind.
    static let due = Statement(
        "reconciler_reminder_due",
        """
        SELECT d.started_on, (SELECT min(month) FROM month_opening WHERE NOT done),
            r.kind, r.month, r.run_on, r.due_on, r.event_time, r.after_payer,
            (SELECT max(month) FROM reminder_run WHERE kind = 1), (SELECT max(month) FROM reminder_run WHERE kind = 2),
            (SELECT max(month) FROM reminder_run WHERE kind = 3)
        FROM business_date AS d
        LEFT JOIN (SELECT * FROM reminder_run WHERE NOT done ORDER BY run_on, kind LIMIT 1) AS r ON true
        """)
    static let start = Statement(
        "reconciler_reminder_start",
        """
        INSERT INTO reminder_run (kind, month, run_on, due_on, event_time, after_payer, done)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """)

    /// The next $3 payers after $1 and through $2, and what those who have not paid month $4 owe for it. The limit in the
    /// lateral query keeps it a descent of the key of `due` for each payer, however large the tables have grown.
    static let chunk = Statement(
        "reconciler_reminder_chunk",
        """
        WITH looked_at AS MATERIALIZED (
            SELECT payer, status FROM payer WHERE payer > $1 AND payer <= $2 AND known ORDER BY payer LIMIT $3
        )
        SELECT c.last, c.count, r.payer, r.amount
        FROM (SELECT max(payer) AS last, count(*) AS count FROM looked_at) AS c
        LEFT JOIN (
            SELECT p.payer, u.amount FROM looked_at AS p
            CROSS JOIN LATERAL (
                SELECT d.amount - d.paid AS amount FROM due AS d
                WHERE d.payer = p.payer AND d.month = $4 AND d.paid < d.amount LIMIT 1
            ) AS u
            WHERE p.status NOT IN (3, 5)  -- lapsed, exited
        ) AS r ON true
        ORDER BY r.payer
        """)
    static let advance = Statement(
        "reconciler_reminder_advance",
        """
        UPDATE reminder_run
        SET after_payer = $3, looked_at = looked_at + $4, reminded = reminded + $5, done = $6
        WHERE kind = $1 AND month = $2
        """)
    /// The newest runs of all kinds.
    static let newest = Statement(
        "reconciler_reminder_progress",
        """
        SELECT kind, looked_at, reminded, 0::int8, 0::int8, done, run_on FROM reminder_run
        ORDER BY run_on DESC, kind DESC LIMIT \(JobProgress.most)
        """)
}
