import Postgres

/// The statements of `CoverRun`. $1 and $2 are the newest months past due of participants and employers.
enum CoverStatements {
    static let planByKey = LoadStatements.planByKey

    static let due = Statement(
        "reconciler_cover_due",
        """
        SELECT d.started_on, r.run_on, r.event_time, r.after_payer, (SELECT max(run_on) FROM cover_run),
            (SELECT min(month) FROM month_opening WHERE NOT done)
        FROM business_date AS d
        LEFT JOIN (SELECT * FROM cover_run WHERE NOT done ORDER BY run_on LIMIT 1) AS r ON true
        """)
    static let start = Statement("reconciler_cover_start", "INSERT INTO cover_run (run_on, event_time) VALUES ($1, $2)")
    static let chunk = Statement(
        "reconciler_cover_chunk",
        """
        SELECT max(payer), count(*)
        FROM (SELECT payer FROM payer WHERE payer > $1 AND known ORDER BY payer LIMIT $2) AS p
        """)

    /// The first code of an employer: see PayerNumber.code.
    private static let employers = "200000000000"
    private static let pastDue = "CASE WHEN p.payer < \(employers) THEN $1 ELSE $2 END"

    /// Those whose status seems to differ from what was told, locked. Unpaid months are consecutive, so that the newest
    /// ones tell: one more than make a lapse, and for employers what was told and half a year. Each payer costs one
    /// descent of the index. `CoverRules.step` decides; this only leaves out whom it would leave alone.
    static let candidates = Statement(
        "reconciler_cover_candidates",
        """
        SELECT p.payer FROM payer AS p
        CROSS JOIN LATERAL (
            SELECT count(*)::int4 AS months, coalesce(bool_or(d.cover = 1), false) AS awaited FROM due AS d
            WHERE d.payer = p.payer AND d.month <= \(pastDue) AND d.paid < d.amount
                AND d.month > \(pastDue) - CASE WHEN p.payer < \(employers) THEN $5 + 1 ELSE p.unpaid_months + 6 END
        ) AS u
        WHERE p.payer > $3 AND p.payer <= $4 AND p.known AND CASE
            WHEN p.payer >= \(employers) THEN u.months <> p.unpaid_months
            WHEN p.status IN (3, 5) THEN false
            WHEN u.months > $5 THEN true
            WHEN u.months = 0 OR u.awaited THEN p.unpaid_months <> 0 OR p.status = 2
            ELSE p.status <> 2 OR p.unpaid_months <> u.months END
        ORDER BY p.payer FOR UPDATE OF p
        """)

    /// What is told of a payer, read after its row is locked.
    static let facts = Statement(
        "reconciler_cover_facts",
        """
        SELECT p.payer, p.status, p.unpaid_months, u.months, u.since, u.amount, u.awaited, s.month, f.amount,
            v.amount, v.case_id
        FROM payer AS p
        CROSS JOIN LATERAL (
            SELECT count(*)::int4 AS months, min(d.month) AS since, coalesce(sum(d.amount - d.paid), 0)::int8 AS amount,
                coalesce(bool_or(d.cover = 1), false) AS awaited
            FROM due AS d WHERE d.payer = p.payer AND d.month <= \(pastDue) AND d.paid < d.amount
        ) AS u
        CROSS JOIN LATERAL (
            SELECT max(d.month) AS month FROM due AS d
            WHERE d.payer = p.payer AND d.paid = d.amount AND d.paid > 0 AND d.waived = 0
        ) AS s
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(n.amount - n.paid), 0)::int8 AS amount FROM fine AS n WHERE n.payer = p.payer
        ) AS f
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(n.amount - n.paid), 0)::int8 AS amount,
                (array_agg(n.case_id ORDER BY n.imposed_on DESC, n.month DESC))[1] AS case_id
            FROM sanction_fine AS n WHERE n.payer = p.payer
        ) AS v
        WHERE p.payer = ANY($3::int8[]) ORDER BY p.payer
        """)

    static let update = Statement(
        "reconciler_cover_update",
        """
        UPDATE payer AS p SET status = u.status, unpaid_months = u.months, status_on = u.status_on
        FROM unnest($1::int8[], $2::int2[], $3::int2[], $4::date[]) AS u(payer, status, months, status_on)
        WHERE p.payer = u.payer
        """)
    static let advance = Statement(
        "reconciler_cover_advance",
        """
        UPDATE cover_run SET after_payer = $2, looked_at = looked_at + $3, changed = changed + $4, done = $5
        WHERE run_on = $1
        """)
    static let newest = Statement(
        "reconciler_cover_progress",
        """
        SELECT run_on, looked_at, changed, 0::int8, 0::int8, done FROM cover_run
        ORDER BY run_on DESC LIMIT \(JobProgress.most)
        """)
}
