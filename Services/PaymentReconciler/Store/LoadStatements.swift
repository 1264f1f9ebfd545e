import Postgres

/// The statements that read and lock.
enum LoadStatements {
    /// Every statement here finds rows by key. Statistics taken while a table was still small would make the cached plan
    /// of `= ANY` a scan of the table for each element: 200 ms instead of 5 for a batch once it has grown.
    ///
    /// The estimate of a scan that is left all the same, or of a chunk of 20,000 payers, is high enough for the server to
    /// compile the statement first (jit), which takes longer than the statement.
    static let planByKey = Statement(
        "reconciler_plan_by_key", "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)")

    static let date = Statement("reconciler_date", "SELECT started_on FROM business_date")
    static let dateForShare = Statement("reconciler_date_share", "SELECT started_on FROM business_date FOR SHARE")
    static let dateForUpdate = Statement("reconciler_date_update", "SELECT started_on FROM business_date FOR UPDATE")

    static let boundNIKs = Statement(
        "reconciler_bound_niks", "SELECT nik, payer FROM nik_payer WHERE nik = ANY($1::int8[]) AND payer IS NOT NULL")
    static let insertNIKs = Statement(
        "reconciler_insert_niks",
        "INSERT INTO nik_payer (nik) SELECT nik FROM unnest($1::int8[]) AS u(nik) ORDER BY nik ON CONFLICT DO NOTHING")
    static let lockNIKs = Statement(
        "reconciler_lock_niks", "SELECT nik, payer FROM nik_payer WHERE nik = ANY($1::int8[]) ORDER BY nik FOR UPDATE")

    static let paymentColumns =
        "payment_id, event_key, bank, reference, payer, nik, amount, booked_on, outcome, rule, source, same_as"
    static let payments = Statement(
        "reconciler_payments",
        "SELECT \(paymentColumns) FROM payment WHERE payment_id = ANY($1::uuid[]) AND outcome <> 5")
    static let groups = Statement(
        "reconciler_groups",
        """
        SELECT payment_id, member FROM payment_group
        WHERE EXISTS (SELECT FROM payment_group) AND payment_id = ANY($1::uuid[]) ORDER BY payment_id, ordinal
        """)
    /// Nearly always empty: one look.
    static let unconfirmed = Statement(
        "reconciler_unconfirmed",
        """
        SELECT payer, payment_id, amount, booked_on, bank FROM unconfirmed
        WHERE EXISTS (SELECT FROM unconfirmed) AND payer = ANY($1::int8[]) ORDER BY booked_on, payment_id
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
    static let dueColumns = "payer, month, amount, paid, credited, cover, settled_on, waived"
    static let openDues = Statement(
        "reconciler_open_dues",
        """
        SELECT \(dueColumns) FROM due
        WHERE payer = ANY($1::int8[]) AND paid < amount ORDER BY payer, month FOR UPDATE
        """)
    static let duesOfLocked = Statement(
        "reconciler_dues_of_locked",
        """
        SELECT \(dueColumns) FROM due
        WHERE payer = ANY($1::int8[]) AND (paid < amount OR payer = ANY($2::int8[])) ORDER BY payer, month FOR UPDATE
        """)

    static let exceptions = Statement(
        "reconciler_exceptions",
        "SELECT event_key, code FROM payment_exception WHERE event_key = ANY($1::uuid[])")
    static let evidenceKeys = Statement(
        "reconciler_evidence_keys",
        "SELECT event_key FROM payment_evidence WHERE payment_id = ANY($1::uuid[]) AND event_key = ANY($2::uuid[])")
    /// A reversal and an un-match of one payment are decided one after the other.
    static let lockPayments = Statement(
        "reconciler_lock_payments",
        "SELECT payment_id FROM payment WHERE payment_id = ANY($1::uuid[]) ORDER BY payment_id FOR UPDATE")
    static let suspensions = Statement(
        "reconciler_suspensions",
        """
        SELECT payment_id, event_key, code FROM suspense WHERE payment_id = ANY($1::uuid[])
        ORDER BY payment_id, generation
        """)
    static let releases = Statement(
        "reconciler_releases",
        """
        SELECT payment_id, payer, event_key FROM suspense_release WHERE payment_id = ANY($1::uuid[])
        ORDER BY payment_id, generation
        """)
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
        """
        payer, known, first_month, opened_through, programmes, income, transport, risk_class, wages, credit, payer_kind, \
        labour_intensive, last_month, exit_reason, status, unpaid_months, status_on, terms_from, terms_revision
        """
    static let lockPayers = Statement(
        "reconciler_lock_payers",
        "SELECT \(payerColumns) FROM payer WHERE payer = ANY($1::int8[]) ORDER BY payer FOR UPDATE")

    static let fines = Statement(
        "reconciler_fines",
        """
        SELECT payer, month, amount, paid, months_late, assessed_on FROM fine
        WHERE payer = ANY($1::int8[]) ORDER BY payer, month FOR UPDATE
        """)

    static let sanctions = Statement(
        "reconciler_sanctions",
        """
        SELECT payer, month, case_id, amount, paid, credited, imposed_on FROM sanction_fine
        WHERE payer = ANY($1::int8[]) ORDER BY payer, month FOR UPDATE
        """)

    private static let waitingColumns =
        "\(paymentColumns.split(separator: ", ").map { "p.\($0)" }.joined(separator: ", ")), s.months, s.received_at, "
        + "s.generation, s.event_key, s.code, s.name_key, s.remark, \(stillWaiting)"
    private static let stillWaiting = """
        NOT EXISTS (
            SELECT FROM suspense_release AS r WHERE r.payment_id = s.payment_id AND r.generation = s.generation)
        """

    /// Columns of the payment, then what the suspense keeps. `payer` and `nik` are those that the bank named.
    static let waiting = Statement(
        "reconciler_waiting",
        """
        SELECT \(waitingColumns)
        FROM (
            SELECT * FROM suspense WHERE payer = ANY($1::int8[])
            UNION ALL
            SELECT * FROM suspense WHERE nik = ANY($2::int8[])
        ) AS s JOIN payment AS p USING (payment_id)
        WHERE \(stillWaiting)
        """)

    // For lines of statements.

    static let knownEntries = Statement(
        "reconciler_known_entries", "SELECT event_key FROM statement_entry WHERE event_key = ANY($1::uuid[])")
    static let payersByName = Statement(
        "reconciler_payers_by_name",
        """
        SELECT left(name_key, 10), name_key, payer FROM payer_name WHERE left(name_key, 10) = ANY($1::text[])
        ORDER BY name_key, payer LIMIT \(nameLimit)
        """)
    /// Most payers that the names of one batch lead to: beyond them nothing is matched by name.
    static let nameLimit = 20_000
    static let paymentsOfPayers = Statement(
        "reconciler_payments_of_payers",
        """
        SELECT \(paymentColumns) FROM payment
        WHERE payer = ANY($1::int8[]) AND booked_on BETWEEN $2 AND $3 AND outcome IN (1, 2) ORDER BY payment_id
        """)
    static let waitingForEntries = Statement(
        "reconciler_waiting_for_entries",
        """
        SELECT \(waitingColumns)
        FROM (
            SELECT * FROM suspense WHERE nik = ANY($1::int8[])
            UNION SELECT * FROM suspense WHERE left(name_key, 10) = ANY($2::text[])
            UNION SELECT * FROM suspense WHERE remark = ANY($3::int8[])
        ) AS s JOIN payment AS p USING (payment_id)
        WHERE \(stillWaiting) OR s.remark = ANY($3::int8[]) ORDER BY s.payment_id, s.generation
        """)
    static let reversalLines = Statement(
        "reconciler_reversal_lines",
        "SELECT payment_id, event_key FROM statement_entry WHERE outcome = 4 AND payment_id = ANY($1::uuid[])")
    static let evidence = Statement(
        "reconciler_evidence",
        """
        SELECT payment_id, bit_or(source) FROM payment_evidence WHERE payment_id = ANY($1::uuid[]) GROUP BY payment_id
        """)
}
