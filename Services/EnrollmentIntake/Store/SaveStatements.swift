import Postgres

/// Changed rows, set-based.
enum SaveStatements {
    static let participants = Statement(
        "save_participants",
        """
        UPDATE participant AS p
        SET kpj = u.kpj, first_seen = u.first_seen, bpu_on = u.bpu_on, bpu_agent = u.bpu_agent,
            bpu_branch = u.bpu_branch, bpu_submission = u.bpu_submission, pu_on = u.pu_on
        FROM unnest($1::int8[], $2::int8[], $3::date[], $4::date[], $5::text[], $6::text[], $7::text[], $8::date[])
             AS u(nik, kpj, first_seen, bpu_on, bpu_agent, bpu_branch, bpu_submission, pu_on)
        WHERE p.nik = u.nik
        """)
    static let agents = Statement(
        "save_agents",
        """
        INSERT INTO agent (agent_id, nik, application, trained_on, exam_passed, examined_on, signed_wadah, signed_on,
                           contract_until, state, reasons, decided_on, ended_on, reentry_from, returned_on,
                           returned_wadah, returned_until, dismissed_on)
        SELECT agent_id, nik, application::jsonb, trained_on, exam_passed, examined_on, signed_wadah, signed_on,
               contract_until, state, reasons, decided_on, ended_on, reentry_from, returned_on, returned_wadah,
               returned_until, dismissed_on
        FROM unnest($1::text[], $2::int8[], $3::text[], $4::date[], $5::bool[], $6::date[], $7::text[], $8::date[],
                    $9::date[], $10::int2[], $11::text[], $12::date[], $13::date[], $14::date[], $15::date[],
                    $16::text[], $17::date[], $18::date[])
             AS u(agent_id, nik, application, trained_on, exam_passed, examined_on, signed_wadah, signed_on,
                  contract_until, state, reasons, decided_on, ended_on, reentry_from, returned_on, returned_wadah,
                  returned_until, dismissed_on)
        ORDER BY agent_id
        ON CONFLICT (agent_id) DO UPDATE
        SET nik = excluded.nik, application = excluded.application, trained_on = excluded.trained_on,
            exam_passed = excluded.exam_passed, examined_on = excluded.examined_on,
            signed_wadah = excluded.signed_wadah, signed_on = excluded.signed_on,
            contract_until = excluded.contract_until, state = excluded.state, reasons = excluded.reasons,
            decided_on = excluded.decided_on, ended_on = excluded.ended_on, reentry_from = excluded.reentry_from,
            returned_on = excluded.returned_on, returned_wadah = excluded.returned_wadah,
            returned_until = excluded.returned_until, dismissed_on = excluded.dismissed_on
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
    static let firstPayments = Statement(
        "save_first_payments",
        """
        UPDATE employer AS e SET first_paid_on = u.paid_on FROM unnest($1::int8[], $2::date[]) AS u(npp, paid_on)
        WHERE e.npp = u.npp
        """)
    static let permits = Statement(
        "save_permits",
        """
        INSERT INTO permit (nib, office, application_id, npp, application, state, answer, decided_on)
        SELECT nib, office, application_id, npp, application::jsonb, state, answer, decided_on
        FROM unnest($1::int8[], $2::text[], $3::text[], $4::int8[], $5::text[], $6::int2[], $7::text[], $8::date[])
             AS u(nib, office, application_id, npp, application, state, answer, decided_on)
        ORDER BY nib, office, application_id
        ON CONFLICT (nib, office, application_id) DO UPDATE
        SET npp = excluded.npp, application = excluded.application, state = excluded.state,
            answer = excluded.answer, decided_on = excluded.decided_on
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
    static let businessDate = Statement(
        "save_business_date",
        """
        INSERT INTO business_date (date) VALUES ($1)
        ON CONFLICT (single) DO UPDATE SET date = greatest(business_date.date, excluded.date)
        """)
}
