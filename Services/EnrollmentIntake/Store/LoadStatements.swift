import Postgres

/// Reading and locking. Locks are always taken in the order participant, agent, submission, NIB gate, tax number,
/// employer, worker, enforcement, permit, counters, and by key within a table, so that two workers cannot wait for one another.
enum LoadStatements {
    // MARK: What a batch reaches, without locks

    static let reachedAgents = Statement(
        "reached_agents",
        "SELECT agent_id, nik FROM agent WHERE agent_id = ANY($1::text[]) OR nik = ANY($2::int8[])")
    static let parked = Statement(
        "parked_submissions",
        """
        SELECT p.agent_id, p.position, p.kind, p.submission, p.npp, p.kpjs
        FROM parked_submission AS p JOIN agent AS a USING (agent_id)
        WHERE a.agent_id = ANY($1::text[]) OR a.nik = ANY($2::int8[])
        ORDER BY p.agent_id, p.position
        """)
    static let reachedNIBs = Statement(
        "reached_nibs",
        """
        SELECT nib FROM employer WHERE npp = ANY($1::int8[]) AND nib IS NOT NULL
        UNION SELECT nib FROM permit WHERE npp = ANY($1::int8[])
        UNION SELECT nib FROM employer WHERE npwp = ANY($2::int8[]) AND nib IS NOT NULL
        UNION SELECT nib FROM permit WHERE npwp = ANY($2::int8[])
        """)
    /// Also what the applications of a NIB name besides: they are looked at with it.
    static let reachedNPPs = Statement(
        "reached_npps",
        """
        SELECT npp, npwp FROM employer
        WHERE npwp = ANY($1::int8[]) OR npp = ANY($2::int8[]) OR nib = ANY($3::int8[])
        UNION SELECT npp, npwp FROM permit WHERE nib = ANY($3::int8[])
        """)
    static let reachedPersons = Statement(
        "reached_persons",
        """
        SELECT nik FROM participant WHERE kpj = ANY($1::int8[])
        UNION SELECT nik FROM employer_worker WHERE npp = ANY($2::int8[]) AND left_on IS NULL AND nik > 0
        """)

    /// What else holds the NIK of a person who asks: submissions that wait, employers, permits.
    static let subjectAgents = Statement(
        "subject_agents",
        """
        SELECT DISTINCT agent_id FROM parked_submission AS p
        WHERE p.submission ->> 'nik' = ANY($1::text[]) OR EXISTS (
            SELECT FROM jsonb_path_query(p.submission, 'lax $.workers[*].nik') AS w WHERE w #>> '{}' = ANY($1::text[]))
        """)
    static let subjectEmployers = Statement(
        "subject_employers", "SELECT DISTINCT npp FROM employer_worker WHERE nik = ANY($1::int8[])")
    static let subjectPermits = Statement(
        "subject_permits",
        """
        SELECT DISTINCT nib FROM permit
        WHERE application -> 'readiness' IS NOT NULL AND application -> 'readiness' -> 'workers' ?| $1::text[]
        UNION SELECT nib FROM permit WHERE amended IS NOT NULL AND amended -> 'readiness' -> 'workers' ?| $1::text[]
        """)
    /// Where workers that a report names work; $2: those who leave every employer.
    static let employments = Statement(
        "employments",
        """
        SELECT nik, npp, nik = ANY($2::int8[]) FROM employer_worker
        WHERE (nik = ANY($1::int8[]) OR npp = ANY($3::int8[])) AND left_on IS NULL AND nik > 0
        """)

    // MARK: Gates: a row for every key, locked

    static let gateParticipants = Statement(
        "gate_participants",
        """
        INSERT INTO participant (nik) SELECT nik FROM unnest($1::int8[]) AS u(nik) ORDER BY nik
        ON CONFLICT (nik) DO NOTHING
        """)
    /// In the order of `IntakeState.readParticipants`.
    static let participantColumns = """
        nik, kpj, first_seen, bpu_on, bpu_agent, bpu_branch, bpu_submission, pu_on, cover, cover_on, pu_npp,
        exit_reason, exited_on, exit_month, staff_since, staff_until, bpu_month
        """
    static let participants = Statement(
        "lock_participants",
        """
        SELECT \(participantColumns)
        FROM participant WHERE nik = ANY($1::int8[]) ORDER BY nik FOR UPDATE
        """)
    /// In the order of `IntakeState.readAgents`.
    static let agentColumns = """
        agent_id, application, trained_on, exam_passed, examined_on, signed_wadah, signed_on,
        contract_until, state, reasons, decided_on, ended_on, reentry_from, returned_on, returned_wadah,
        returned_until, dismissed_on, documents, documents_on, suspended_on, suspended_until,
        suspended_reason, resumed_on, standing, credentialed_until, standing_on, agents_listed
        """
    static let agents = Statement(
        "lock_agents",
        """
        SELECT \(agentColumns)
        FROM agent WHERE agent_id = ANY($1::text[]) OR nik = ANY($2::int8[]) ORDER BY agent_id FOR UPDATE
        """)
    static let gateSubmissions = Statement(
        "gate_submissions",
        """
        INSERT INTO submission (agent_id, submission_id)
        SELECT agent, id FROM unnest($1::text[], $2::text[]) AS u(agent, id) ORDER BY agent, id
        ON CONFLICT (agent_id, submission_id) DO NOTHING
        """)
    static let submissions = Statement(
        "lock_submissions",
        """
        SELECT s.agent_id, s.submission_id, s.kind, s.outcome, s.fingerprint, s.reasons, s.decided_on
        FROM submission AS s JOIN unnest($1::text[], $2::text[]) AS u(agent, id)
             ON s.agent_id = u.agent AND s.submission_id = u.id
        ORDER BY s.agent_id, s.submission_id FOR UPDATE OF s
        """)
    static let gateNIBs = Statement(
        "gate_nibs",
        "INSERT INTO nib_gate (nib) SELECT nib FROM unnest($1::int8[]) AS u(nib) ORDER BY nib ON CONFLICT DO NOTHING")
    static let nibs = Statement(
        "lock_nibs", "SELECT nib FROM nib_gate WHERE nib = ANY($1::int8[]) ORDER BY nib FOR UPDATE")
    /// So that an application and a registration under the same tax number that come at once see one another. Nothing is
    /// stored: the number may be a person's NIK. The offset keeps the locks apart from those of others.
    static let npwps = Statement(
        "lock_npwps",
        """
        SELECT pg_advisory_xact_lock(3000000000000000000 + npwp)
        FROM (SELECT npwp FROM unnest($1::int8[]) AS u(npwp) ORDER BY npwp) AS n
        """)
    static let employers = Statement(
        "lock_employers",
        """
        SELECT npp, nib, npwp, name, phone, agent_id, branch, size, risk_class, kbli, labour_intensive, workers, wages,
               monthly_contribution, submission_id, enrolled_on, first_month, first_paid_on, arrears_months, arrears,
               late_fines, arrears_on, closed_on, last_month, changed_from, revision
        FROM employer
        WHERE nib = ANY($1::int8[]) OR npp = ANY($2::int8[]) OR npwp = ANY($3::int8[]) ORDER BY npp FOR UPDATE
        """)
    static let workers = Statement(
        "lock_workers",
        """
        SELECT npp, nik, kpj, wage, left_on FROM employer_worker
        WHERE npp = ANY($1::int8[]) AND nik > 0 ORDER BY npp, nik FOR UPDATE  -- below 0: erased persons
        """)
    static let enforcement = Statement(
        "lock_enforcement",
        """
        SELECT subject, number, name, npp, nib, breaches, stage, opened_on, stage_on, deadline, unpaid_months, arrears,
               late_fines, sanction_fine, offices, fined_on, declared_workers, declared_wages
        FROM enforcement WHERE subject = ANY($1::int8[]) ORDER BY subject FOR UPDATE
        """)
    static let businessDate = Statement("read_business_date", "SELECT date FROM business_date")
    static let erased = Statement(
        "read_erased",
        "SELECT subject_key, kpj, first_seen, bpu_on, pu_on, erased_on, dismissed_on FROM erased_subject "
            + "WHERE subject_key = ANY($1::uuid[])")
    static let requests = Statement(
        "read_subject_requests",
        "SELECT request_id FROM subject_request WHERE request_id = ANY($1::text[]) AND outcome IS NOT NULL")
    static let permits = Statement(
        "lock_permits",
        """
        SELECT nib, office, application_id, application, state, answer, decided_on, until, next_on, valid_until,
               enforced, amended, fingerprint, erased_workers
        FROM permit
        WHERE nib = ANY($1::int8[]) OR npp = ANY($2::int8[]) OR npwp = ANY($3::int8[])
        ORDER BY nib, office, application_id FOR UPDATE
        """)

    // MARK: Counters

    static let gateKPJCounters = Statement(
        "gate_kpj_counters",
        """
        INSERT INTO kpj_counter (month, lane, used)
        SELECT month, lane, 0 FROM unnest($1::int4[], $2::int2[]) AS u(month, lane) ORDER BY month, lane
        ON CONFLICT DO NOTHING
        """)
    static let kpjCounters = Statement(
        "lock_kpj_counters",
        """
        SELECT c.month, c.lane, c.used
        FROM kpj_counter AS c JOIN unnest($1::int4[], $2::int2[]) AS u(month, lane)
             ON c.month = u.month AND c.lane = u.lane
        ORDER BY c.month, c.lane FOR UPDATE OF c
        """)
    static let gateNPPCounters = Statement(
        "gate_npp_counters",
        """
        INSERT INTO npp_counter (lane, used) SELECT lane, 0 FROM unnest($1::int2[]) AS u(lane) ORDER BY lane
        ON CONFLICT DO NOTHING
        """)
    static let nppCounters = Statement(
        "lock_npp_counters", "SELECT lane, used FROM npp_counter WHERE lane = ANY($1::int2[]) ORDER BY lane FOR UPDATE")
}
