import Postgres

/// The statements that read and lock.
enum LoadStatements {
    /// Every statement here finds rows by key. Statistics taken while a table was still small would make the cached plan
    /// of `= ANY` a scan of the table for each element: 200 ms instead of 5 for a batch once it has grown.
    static let planByKey = Statement("reconciler_plan_by_key", "SELECT set_config('enable_seqscan', 'off', true)")

    static let dateForShare = Statement("reconciler_date_share", "SELECT started_on FROM business_date FOR SHARE")
    static let dateForUpdate = Statement("reconciler_date_update", "SELECT started_on FROM business_date FOR UPDATE")

    static let boundNIKs = Statement(
        "reconciler_bound_niks", "SELECT nik, payer FROM nik_payer WHERE nik = ANY($1::int8[]) AND payer IS NOT NULL")
    static let insertNIKs = Statement(
        "reconciler_insert_niks",
        "INSERT INTO nik_payer (nik) SELECT nik FROM unnest($1::int8[]) AS u(nik) ORDER BY nik ON CONFLICT DO NOTHING")
    static let lockNIKs = Statement(
        "reconciler_lock_niks", "SELECT nik, payer FROM nik_payer WHERE nik = ANY($1::int8[]) ORDER BY nik FOR UPDATE")

    static let payments = Statement(
        "reconciler_payments",
        """
        SELECT payment_id, event_key, bank, reference, payer, nik, amount, booked_on, outcome
        FROM payment WHERE payment_id = ANY($1::uuid[])
        """)
    static let pendingReversals = Statement(
        "reconciler_pending",
        """
        SELECT event_key, event_time, bank, reference, original, amount, booked_on
        FROM pending_reversal
        WHERE EXISTS (SELECT FROM pending_reversal) AND payment_id = ANY($1::uuid[])  -- nearly always empty: one look
        """)
    static let reversals = Statement(
        "reconciler_reversals", "SELECT payment_id, event_key FROM reversal WHERE payment_id = ANY($1::uuid[])")
    static let openDues = Statement(
        "reconciler_open_dues",
        """
        SELECT payer, month, amount, paid, credited, cover FROM due
        WHERE payer = ANY($1::int8[]) AND paid < amount ORDER BY payer, month FOR UPDATE
        """)
    static let duesOfLocked = Statement(
        "reconciler_dues_of_locked",
        """
        SELECT payer, month, amount, paid, credited, cover FROM due
        WHERE payer = ANY($1::int8[]) AND (paid < amount OR payer = ANY($2::int8[])) ORDER BY payer, month FOR UPDATE
        """)

    static let exceptions = Statement(
        "reconciler_exceptions",
        "SELECT event_key, code FROM payment_exception WHERE event_key = ANY($1::uuid[])")
    static let releases = Statement(
        "reconciler_releases", "SELECT payment_id, payer FROM suspense_release WHERE payment_id = ANY($1::uuid[])")
    static let ledger = Statement(
        "reconciler_ledger",
        """
        SELECT event_key, account, month, amount FROM ledger
        WHERE event_key = ANY($1::uuid[]) ORDER BY event_key, line
        """)

    static let insertPayers = Statement(
        "reconciler_insert_payers",
        "INSERT INTO payer (payer) SELECT payer FROM unnest($1::int8[]) AS u(payer) ORDER BY payer ON CONFLICT DO NOTHING"
    )
    static let payerColumns =
        "payer, known, first_month, opened_through, programmes, income, transport, risk_class, wages, credit"
    static let lockPayers = Statement(
        "reconciler_lock_payers",
        "SELECT \(payerColumns) FROM payer WHERE payer = ANY($1::int8[]) ORDER BY payer FOR UPDATE")

    /// Columns as in `payments`, then what the suspense keeps. `payer` and `nik` are those that the bank named.
    static let waiting = Statement(
        "reconciler_waiting",
        """
        SELECT p.payment_id, p.event_key, p.bank, p.reference, p.payer, p.nik, p.amount, p.booked_on, p.outcome,
            s.months, s.received_at
        FROM (
            SELECT payment_id, months, received_at FROM suspense WHERE payer = ANY($1::int8[])
            UNION ALL
            SELECT payment_id, months, received_at FROM suspense WHERE nik = ANY($2::int8[])
        ) AS s JOIN payment AS p USING (payment_id)
        WHERE NOT EXISTS (SELECT FROM suspense_release AS r WHERE r.payment_id = s.payment_id)
        """)
}
