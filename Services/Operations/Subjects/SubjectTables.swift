/// Where data about a person stand: what is read, and what an erasure does to it. docs/personal-data.md says why it is
/// kept, and for how long.
struct SubjectTable {
    /// Schema of the service.
    let schema: String
    let table: String
    /// In words.
    let what: String
    /// What an erasure does to it.
    let fate: String
    /// Reads from `p` (nik, kpj, payer, agents, refs) and its own tables.
    let sql: String
}

extension SubjectTable {
    static let enrollment = "enrollment_intake"
    static let reconciler = "payment_reconciler"
    static let commission = "commission_calculator"
    static let notifier = "notifier"

    static let all = registry + files + money + incentives + messages

    private static let registry = [
        SubjectTable(
            schema: enrollment, table: "participant", what: "membership",
            fate: "deleted; dates and KPJ stay under a keyed hash of the NIK",
            sql: """
                SELECT t.nik, t.kpj, t.first_seen, t.bpu_on, t.bpu_agent, t.bpu_branch, t.bpu_submission, t.pu_on, t.pu_npp,
                    (ARRAY['awaited', 'active', 'grace', 'lapsed', 'returned', 'exited'])[t.cover + 1] AS cover, t.cover_on,
                    t.exited_on, t.staff_since, t.staff_until
                FROM participant AS t, p WHERE (t.nik = p.nik OR t.kpj = p.kpj)
                    AND num_nonnulls(t.kpj, t.first_seen, t.staff_since) > 0
                """),
        SubjectTable(
            schema: enrollment, table: "employer_worker", what: "work for an employer",
            fate: "the NIK goes; KPJ, wage and dates stay",
            sql: """
                SELECT w.npp, e.name AS employer, w.nik, w.kpj, w.wage, w.left_on
                FROM employer_worker AS w LEFT JOIN employer AS e USING (npp), p
                WHERE w.nik = p.nik OR w.nik IN (SELECT nik FROM participant WHERE kpj = p.kpj)
                """),
        SubjectTable(
            schema: enrollment, table: "employer", what: "firm whose tax number is the NIK",
            fate: "the tax number goes once the firm has closed",
            sql: """
                SELECT t.npp, t.name AS employer, t.npwp AS nik, t.phone, t.enrolled_on, t.closed_on
                FROM employer AS t, p WHERE t.npwp = p.nik
                """),
        SubjectTable(
            schema: enrollment, table: "erased_subject", what: "what is kept of an erased membership",
            fate: "stays: names nobody",
            sql: """
                SELECT t.kpj, t.first_seen, t.bpu_on, t.pu_on, t.dismissed_on, t.erased_on
                FROM erased_subject AS t, p WHERE t.kpj = p.kpj
                """),
    ]

    private static let files = [
        SubjectTable(
            schema: enrollment, table: "agent", what: "application as an agent",
            fate: "application deleted; the agent's number and dates stay",
            sql: """
                SELECT t.agent_id, t.nik, t.application ->> 'name' AS name, t.application ->> 'phone' AS phone,
                    t.application ->> 'bank' AS bank, t.application ->> 'account_number' AS account_number,
                    t.application ->> 'account_holder' AS account_holder, t.application ->> 'applied_on' AS applied_on,
                    t.trained_on, t.examined_on, t.exam_passed, t.signed_wadah, t.contract_until, t.decided_on, t.reasons,
                    t.suspended_on, t.suspended_reason, t.ended_on, t.dismissed_on
                FROM agent AS t, p WHERE t.nik = p.nik
                """),
        SubjectTable(
            schema: enrollment, table: "parked_submission", what: "submission that waits for its agent",
            fate: "own submission refused and deleted; an employer's list refuses the erasure",
            sql: """
                SELECT t.agent_id, t.submission_id, t.submitted_on, t.submission ->> 'name' AS name,
                    t.submission ->> 'phone' AS phone
                FROM parked_submission AS t, p
                WHERE t.submission ->> 'nik' = lpad(p.nik::text, 16, '0') OR EXISTS (
                    SELECT FROM jsonb_path_query(t.submission, 'lax $.workers[*].nik') AS w
                    WHERE w #>> '{}' = lpad(p.nik::text, 16, '0'))
                """),
        SubjectTable(
            schema: enrollment, table: "permit", what: "listed by a firm's statement of readiness",
            fate: "the NIK goes from the list; the number of workers listed stays",
            sql: """
                SELECT t.nib, t.office, t.application_id, t.application ->> 'employer_name' AS employer, t.decided_on
                FROM permit AS t, p WHERE t.application -> 'readiness' IS NOT NULL
                    AND t.application -> 'readiness' -> 'workers' ? lpad(p.nik::text, 16, '0')
                """),
        SubjectTable(
            schema: enrollment, table: "subject_request", what: "requests about the own data", fate: "stays: KPJ only",
            sql: """
                SELECT t.request_id, (ARRAY['correction', 'erasure'])[t.kind + 1] AS kind, t.asked_at, t.asked_by,
                    t.approved_by, t.reasons, t.decided_on
                FROM subject_request AS t, p WHERE t.kpj = p.kpj
                """),
        SubjectTable(
            schema: enrollment, table: "subject_access", what: "who has looked at the data", fate: "stays: KPJ only",
            sql: "SELECT t.at, t.by_operator, t.reason FROM subject_access AS t, p WHERE t.kpj = p.kpj ORDER BY t.at"),
    ]

    private static let money = [
        SubjectTable(
            schema: reconciler, table: "nik_payer", what: "NIK by which contributions are paid", fate: "deleted",
            sql: "SELECT t.nik, t.payer FROM nik_payer AS t, p WHERE t.nik = p.nik OR t.payer = p.payer"),
        SubjectTable(
            schema: reconciler, table: "payer_name", what: "name by which transfers are found", fate: "deleted",
            sql: "SELECT t.name_key AS name FROM payer_name AS t, p WHERE t.payer = p.payer"),
        SubjectTable(
            schema: reconciler, table: "payer", what: "terms of the contributions", fate: "stays: KPJ only",
            sql: """
                SELECT t.payer, t.income, t.transport, t.credit, t.unpaid_months FROM payer AS t, p WHERE t.payer = p.payer
                """),
        SubjectTable(
            schema: reconciler, table: "due", what: "contributions by month", fate: "stays: KPJ only",
            sql: """
                SELECT make_date(t.month / 12, t.month % 12 + 1, 1) AS month, t.amount, t.paid, t.settled_on
                FROM due AS t, p WHERE t.payer = p.payer ORDER BY t.month
                """),
        SubjectTable(
            schema: reconciler, table: "payment", what: "payments",
            fate: "NIK goes, from the bank's number too; amount, date and KPJ stay",
            sql: """
                SELECT t.booked_on, t.amount, t.bank, t.reference, t.nik FROM payment AS t, p WHERE t.payer = p.payer
                UNION ALL
                SELECT t.booked_on, t.amount, t.bank, t.reference, t.nik FROM payment AS t, p
                WHERE t.nik = p.nik AND t.payer IS NULL ORDER BY 1
                """),
        SubjectTable(
            schema: reconciler, table: "suspense", what: "money that waited for its payer", fate: "NIK and name go",
            sql: """
                SELECT t.received_at, t.nik, t.name_key AS name FROM suspense AS t, p
                WHERE t.nik = p.nik OR t.payer = p.payer
                """),
        SubjectTable(
            schema: reconciler, table: "match_decision", what: "how payments were matched", fate: "name goes",
            sql: """
                SELECT d.rule, d.inputs::jsonb ->> 'payer_name' AS name FROM match_decision AS d
                JOIN payment AS t USING (payment_id), p WHERE t.payer = p.payer
                """),
        SubjectTable(
            schema: reconciler, table: "exception_case", what: "exceptions of payments",
            fate: "NIK goes from the reference",
            sql: """
                SELECT t.opened_on, t.code, t.amount, t.reference, t.resolution FROM exception_case AS t, p
                WHERE t.payer = p.payer OR t.payment_id IN (SELECT payment_id FROM payment WHERE payer = p.payer)
                """),
    ]

    private static let incentives = [
        SubjectTable(
            schema: commission, table: "enrolment", what: "enrolment by which an agent earns", fate: "stays: KPJ only",
            sql:
                "SELECT t.submission, t.agent_id, t.enrolled_on, t.branch FROM enrolment AS t, p WHERE t.payer = p.payer"
        ),
        SubjectTable(
            schema: commission, table: "agent", what: "agent as activated",
            fate: "name and account go once nothing is owed; the agent's number stays",
            sql: """
                SELECT t.agent_id, t.activated_on, t.name, t.bank, t.account_number, t.account_holder
                FROM agent AS t, p WHERE t.agent_id = ANY(p.agents)
                """),
        SubjectTable(
            schema: commission, table: "payee_account", what: "account that replaces the first",
            fate: "account number and holder overwritten",
            sql: """
                SELECT t.owner_id AS agent_id, t.set_on, t.bank, t.account_number, t.account_holder
                FROM payee_account AS t, p WHERE t.owner_kind = 'agent' AND t.owner_id = ANY(p.agents)
                """),
        SubjectTable(
            schema: commission, table: "payout", what: "incentives paid out",
            fate: "account number and holder overwritten; amounts and dates stay",
            sql: """
                SELECT t.payee_id AS agent_id, t.created_on, t.gross, t.tax, t.state, t.account_number, t.account_holder
                FROM payout AS t, p WHERE t.payee_kind = 'agent' AND t.payee_id = ANY(p.agents)
                """),
        SubjectTable(
            schema: commission, table: "statement", what: "statements of incentives",
            fate: "stays: agent's number only",
            sql: """
                SELECT t.agent_id, make_date(t.month / 12, t.month % 12 + 1, 1) AS month, t.sequence, t.total
                FROM statement AS t, p WHERE t.agent_id = ANY(p.agents) ORDER BY 2, 3
                """),
        SubjectTable(
            schema: commission, table: "dispute", what: "disputes of statements", fate: "stays: agent's number only",
            sql: """
                SELECT t.agent_id, t.opened_at, t.reason, t.state FROM dispute AS t, p WHERE t.agent_id = ANY(p.agents)
                """),
    ]

    private static let messages = [
        SubjectTable(
            schema: notifier, table: "contact", what: "how the person is reached", fate: "deleted; a mark stays",
            sql: """
                SELECT t.ref, t.name, t.phone, t.zone, t.agent, t.learned_at FROM contact AS t, p
                WHERE t.ref = ANY(p.refs) AND t.name <> ''
                """),
        SubjectTable(
            schema: notifier, table: "message", what: "messages to the person",
            fate: "words, name and address overwritten; what was not sent is not sent",
            sql: """
                SELECT t.created_at, t.kind, t.state, t.address, t.name, t.subject AS name_of_whom, t.body
                FROM message AS t, p WHERE t.recipient_ref = ANY(p.refs) ORDER BY t.created_at
                """),
    ]
}
