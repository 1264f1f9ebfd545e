import Postgres

/// Changed rows, set-based.
enum SaveStatements {
    static let participants = Statement(
        "save_participants",
        """
        UPDATE participant AS p
        SET kpj = u.kpj, first_seen = u.first_seen, bpu_on = u.bpu_on, bpu_agent = u.bpu_agent,
            bpu_branch = u.bpu_branch, bpu_submission = u.bpu_submission, pu_on = u.pu_on, cover = u.cover,
            cover_on = u.cover_on, pu_npp = u.pu_npp, exit_reason = u.exit_reason, exited_on = u.exited_on,
            exit_month = u.exit_month, staff_since = u.staff_since, staff_until = u.staff_until,
            bpu_month = u.bpu_month
        FROM unnest($1::int8[], $2::int8[], $3::date[], $4::date[], $5::text[], $6::text[], $7::text[], $8::date[],
                    $9::int2[], $10::date[], $11::int8[], $12::int2[], $13::date[], $14::int4[], $15::date[],
                    $16::date[], $17::int4[])
             AS u(nik, kpj, first_seen, bpu_on, bpu_agent, bpu_branch, bpu_submission, pu_on, cover, cover_on, pu_npp,
                  exit_reason, exited_on, exit_month, staff_since, staff_until, bpu_month)
        WHERE p.nik = u.nik
        """)
    static let agents = Statement(
        "save_agents",
        """
        INSERT INTO agent (agent_id, nik, application, trained_on, exam_passed, examined_on, signed_wadah, signed_on,
                           contract_until, state, reasons, decided_on, ended_on, reentry_from, returned_on,
                           returned_wadah, returned_until, dismissed_on, documents, documents_on, suspended_on,
                           suspended_until, suspended_reason, resumed_on, standing, credentialed_until, standing_on,
                           agents_listed)
        SELECT agent_id, nik, application::jsonb, trained_on, exam_passed, examined_on, signed_wadah, signed_on,
               contract_until, state, reasons, decided_on, ended_on, reentry_from, returned_on, returned_wadah,
               returned_until, dismissed_on, documents, documents_on, suspended_on, suspended_until,
               suspended_reason, resumed_on, standing, credentialed_until, standing_on, agents_listed
        FROM unnest($1::text[], $2::int8[], $3::text[], $4::date[], $5::bool[], $6::date[], $7::text[], $8::date[],
                    $9::date[], $10::int2[], $11::text[], $12::date[], $13::date[], $14::date[], $15::date[],
                    $16::text[], $17::date[], $18::date[], $19::text[], $20::date[], $21::date[], $22::date[],
                    $23::text[], $24::date[], $25::int2[], $26::date[], $27::date[], $28::int4[])
             AS u(agent_id, nik, application, trained_on, exam_passed, examined_on, signed_wadah, signed_on,
                  contract_until, state, reasons, decided_on, ended_on, reentry_from, returned_on, returned_wadah,
                  returned_until, dismissed_on, documents, documents_on, suspended_on, suspended_until,
                  suspended_reason, resumed_on, standing, credentialed_until, standing_on, agents_listed)
        ORDER BY agent_id
        ON CONFLICT (agent_id) DO UPDATE
        SET nik = excluded.nik, application = excluded.application, trained_on = excluded.trained_on,
            exam_passed = excluded.exam_passed, examined_on = excluded.examined_on,
            signed_wadah = excluded.signed_wadah, signed_on = excluded.signed_on,
            contract_until = excluded.contract_until, state = excluded.state, reasons = excluded.reasons,
            decided_on = excluded.decided_on, ended_on = excluded.ended_on, reentry_from = excluded.reentry_from,
            returned_on = excluded.returned_on, returned_wadah = excluded.returned_wadah,
            returned_until = excluded.returned_until, dismissed_on = excluded.dismissed_on,
            documents = excluded.documents, documents_on = excluded.documents_on,
            suspended_on = excluded.suspended_on, suspended_until = excluded.suspended_until,
            suspended_reason = excluded.suspended_reason, resumed_on = excluded.resumed_on,
            standing = excluded.standing, credentialed_until = excluded.credentialed_until,
            standing_on = excluded.standing_on, agents_listed = excluded.agents_listed
        """)
    static let submissions = Statement(
        "save_submissions",
        """
        UPDATE submission AS s
        SET kind = u.kind, outcome = u.outcome, fingerprint = u.fingerprint, reasons = u.reasons,
            decided_on = u.decided_on
        FROM unnest($1::text[], $2::text[], $3::int2[], $4::int2[], $5::uuid[], $6::text[], $7::date[])
             AS u(agent_id, submission_id, kind, outcome, fingerprint, reasons, decided_on)
        WHERE s.agent_id = u.agent_id AND s.submission_id = u.submission_id
        """)
    static let released = Statement(
        "delete_released",
        """
        DELETE FROM parked_submission AS p USING unnest($1::text[], $2::int8[]) AS u(agent_id, position)
        WHERE p.agent_id = u.agent_id AND p.position = u.position
        """)
    static let employers = Statement(
        "save_employers",
        """
        INSERT INTO employer (
            npp, nib, npwp, name, phone, agent_id, branch, size, risk_class, kbli, labour_intensive, workers, wages,
            monthly_contribution, submission_id, enrolled_on, first_month, first_paid_on, arrears_months, arrears,
            late_fines, arrears_on, closed_on, last_month, changed_from, revision)
        SELECT
            npp, nib, npwp, name, phone, agent_id, branch, size, risk_class, kbli, labour_intensive, workers, wages,
            monthly_contribution, submission_id, enrolled_on, first_month, first_paid_on, arrears_months, arrears,
            late_fines, arrears_on, closed_on, last_month, changed_from, revision
        FROM unnest(
            $1::int8[], $2::int8[], $3::int8[], $4::text[], $5::int8[], $6::text[], $7::text[], $8::text[],
            $9::int2[], $10::text[], $11::bool[], $12::int4[], $13::int8[], $14::int8[], $15::text[], $16::date[],
            $17::int4[], $18::date[], $19::int2[], $20::int8[], $21::int8[], $22::date[], $23::date[], $24::int4[],
            $25::int4[], $26::int4[])
             AS u(
            npp, nib, npwp, name, phone, agent_id, branch, size, risk_class, kbli, labour_intensive, workers, wages,
            monthly_contribution, submission_id, enrolled_on, first_month, first_paid_on, arrears_months, arrears,
            late_fines, arrears_on, closed_on, last_month, changed_from, revision)
        ORDER BY closed_on IS NULL, npp  -- a NIB is given up before it is taken again
        ON CONFLICT (npp) DO UPDATE
        SET
            nib = excluded.nib, npwp = excluded.npwp, name = excluded.name, phone = excluded.phone,
            agent_id = excluded.agent_id, branch = excluded.branch, size = excluded.size,
            risk_class = excluded.risk_class, kbli = excluded.kbli, labour_intensive = excluded.labour_intensive,
            workers = excluded.workers, wages = excluded.wages,
            monthly_contribution = excluded.monthly_contribution, submission_id = excluded.submission_id,
            enrolled_on = excluded.enrolled_on, first_month = excluded.first_month,
            first_paid_on = excluded.first_paid_on, arrears_months = excluded.arrears_months,
            arrears = excluded.arrears, late_fines = excluded.late_fines, arrears_on = excluded.arrears_on,
            closed_on = excluded.closed_on, last_month = excluded.last_month,
            changed_from = excluded.changed_from, revision = excluded.revision
        """)
    static let workers = Statement(
        "save_workers",
        """
        INSERT INTO employer_worker (
            npp, nik, kpj, wage, left_on)
        SELECT
            npp, nik, kpj, wage, left_on
        FROM unnest(
            $1::int8[], $2::int8[], $3::int8[], $4::int8[], $5::date[])
             AS u(
            npp, nik, kpj, wage, left_on)
        ORDER BY npp, nik
        ON CONFLICT (npp, nik) DO UPDATE
        SET
            kpj = excluded.kpj, wage = excluded.wage, left_on = excluded.left_on
        """)
    static let enforcement = Statement(
        "save_enforcement",
        """
        INSERT INTO enforcement (
            subject, number, name, npp, nib, breaches, stage, opened_on, stage_on, deadline, unpaid_months, arrears,
            late_fines, sanction_fine, offices, fined_on, declared_workers,
            declared_wages)
        SELECT
            subject, number, name, npp, nib, breaches, stage, opened_on, stage_on, deadline, unpaid_months, arrears,
            late_fines, sanction_fine, offices, fined_on, declared_workers,
            declared_wages
        FROM unnest(
            $1::int8[], $2::int4[], $3::text[], $4::int8[], $5::int8[], $6::int2[], $7::int2[], $8::date[],
            $9::date[], $10::date[], $11::int2[], $12::int8[], $13::int8[], $14::int8[], $15::text[], $16::date[],
            $17::int4[], $18::int8[])
             AS u(
            subject, number, name, npp, nib, breaches, stage, opened_on, stage_on, deadline, unpaid_months, arrears,
            late_fines, sanction_fine, offices, fined_on, declared_workers,
            declared_wages)
        ORDER BY subject
        ON CONFLICT (subject) DO UPDATE
        SET
            number = excluded.number, name = excluded.name, npp = excluded.npp, nib = excluded.nib,
            breaches = excluded.breaches, stage = excluded.stage, opened_on = excluded.opened_on,
            stage_on = excluded.stage_on, deadline = excluded.deadline, unpaid_months = excluded.unpaid_months,
            arrears = excluded.arrears, late_fines = excluded.late_fines, sanction_fine = excluded.sanction_fine,
            offices = excluded.offices, fined_on = excluded.fined_on,
            declared_workers = excluded.declared_workers, declared_wages = excluded.declared_wages
        """)
    /// The position follows from what the file holds: a case has one writer at a time, by its row's lock.
    static let enforcementSteps = Statement(
        "save_enforcement_steps",
        """
        INSERT INTO enforcement_step (subject, number, position, step, stepped_on, deadline, legal_ground, arrears, fine)
        SELECT u.subject, u.number,
               (SELECT count(*) FROM enforcement_step AS s WHERE s.subject = u.subject AND s.number = u.number)
                   + row_number() OVER (PARTITION BY u.subject, u.number ORDER BY u.ordinal),
               u.step, u.stepped_on, u.deadline, u.legal_ground, u.arrears, u.fine
        FROM unnest($1::int8[], $2::int4[], $3::text[], $4::date[], $5::date[], $6::text[], $7::int8[], $8::int8[])
             WITH ORDINALITY AS u(subject, number, step, stepped_on, deadline, legal_ground, arrears, fine, ordinal)
        """)
    static let permits = Statement(
        "save_permits",
        """
        INSERT INTO permit (
            nib, office, application_id, npp, npwp, application, state, answer, decided_on, until, next_on,
            valid_until, enforced, amended, fingerprint, erased_workers)
        SELECT
            nib, office, application_id, npp, npwp, application::jsonb, state, answer, decided_on, until, next_on,
            valid_until, enforced, amended::jsonb, fingerprint, erased_workers
        FROM unnest(
            $1::int8[], $2::text[], $3::text[], $4::int8[], $5::int8[], $6::text[], $7::int2[], $8::text[],
            $9::date[], $10::date[], $11::date[], $12::date[], $13::bool[], $14::text[],
            $15::uuid[], $16::int4[])
             AS u(
            nib, office, application_id, npp, npwp, application, state, answer, decided_on, until, next_on,
            valid_until, enforced, amended, fingerprint, erased_workers)
        ORDER BY nib, office, application_id
        ON CONFLICT (nib, office, application_id) DO UPDATE
        SET
            npp = excluded.npp, npwp = excluded.npwp, application = excluded.application, state = excluded.state,
            answer = excluded.answer, decided_on = excluded.decided_on, until = excluded.until,
            next_on = excluded.next_on, valid_until = excluded.valid_until, enforced = excluded.enforced,
            amended = excluded.amended, fingerprint = excluded.fingerprint,
            erased_workers = excluded.erased_workers
        """)
    static let kpjCounters = Statement(
        "save_kpj_counters",
        """
        UPDATE kpj_counter AS c SET used = u.used FROM unnest($1::int4[], $2::int2[], $3::int8[]) AS u(month, lane, used)
        WHERE c.month = u.month AND c.lane = u.lane
        """)
    static let nppCounters = Statement(
        "save_npp_counters",
        "UPDATE npp_counter AS c SET used = u.used FROM unnest($1::int2[], $2::int8[]) AS u(lane, used) "
            + "WHERE c.lane = u.lane")
    /// Dates that are newer than the newest one; before that is written.
    static let enforcementDates = Statement(
        "save_enforcement_dates",
        """
        INSERT INTO enforcement_date (date) SELECT u.date FROM unnest($1::date[]) AS u(date)
        WHERE u.date > coalesce((SELECT date FROM business_date), '-infinity'::date) ON CONFLICT DO NOTHING
        """)
    static let businessDate = Statement(
        "save_business_date",
        """
        INSERT INTO business_date (date) VALUES ($1)
        ON CONFLICT (single) DO UPDATE SET date = greatest(business_date.date, excluded.date)
        """)
}
