-- What persons decide, two by two, and what follows from it: schemes and policies as effective-dated rows, closed
-- months, what is owed and paid, disputes, the life of agencies, targets.

-- Of the activation: what a payout needs. Null for agents activated before these were told.
ALTER TABLE agent
    ADD name           text,
    ADD bank           text,
    ADD account_number text,
    ADD account_holder text,
    ADD contract_until date;

-- Of the enrolment: for reports and for the limit of micro employers.
ALTER TABLE enrolment
    ADD branch               text   NOT NULL DEFAULT '',
    ADD persons              int    NOT NULL DEFAULT 1,
    ADD monthly_contribution bigint;            -- of an employer, when enrolled

-- Marks go with the statement that took them, not with its day: a month can be closed twice on a day.
ALTER TABLE statement_mark ADD sequence int;
UPDATE statement_mark AS m SET sequence = coalesce(
    (SELECT min(s.sequence) FROM statement AS s
     WHERE s.agent_id = m.agent_id AND s.month = m.month AND s.issued_on >= m.taken_on),
    (SELECT coalesce(max(s.sequence) + 1, 0) FROM statement AS s
     WHERE s.agent_id = m.agent_id AND s.month = m.month));
ALTER TABLE statement_mark ALTER sequence SET NOT NULL, DROP taken_on;

-- Who looks after a payer from a day on, other than by enrolment: nobody (the branch) or another agent. Append-only.
CREATE TABLE handover (
    payer     bigint NOT NULL,
    passed_on date   NOT NULL,
    agent_id  text,
    reason    text   NOT NULL,
    event_key uuid   NOT NULL,
    PRIMARY KEY (payer, passed_on, event_key)
);

-- Proposals of one person that another decides. `subject` names what it is about: one open proposal for each.
CREATE TABLE proposal (
    proposal_id     uuid        PRIMARY KEY,
    kind            text        NOT NULL,
    subject         text        NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
    payload         jsonb       NOT NULL,
    reason          text        NOT NULL CHECK (length(reason) BETWEEN 3 AND 500),
    proposed_by     text        NOT NULL CHECK (length(proposed_by) BETWEEN 2 AND 64),
    proposed_at     timestamptz NOT NULL,
    decision        text        CHECK (decision IN ('approved', 'rejected')),
    decided_by      text        CHECK (length(decided_by) BETWEEN 2 AND 64),
    decided_at      timestamptz,
    decision_reason text        CHECK (length(decision_reason) BETWEEN 3 AND 500),
    outcome         text,                       -- 'applied', 'rejected', or why it could not be applied
    applied_on      date,
    CONSTRAINT proposal_four_eyes CHECK (
        lower(regexp_replace(decided_by, '\s', '', 'g')) <> lower(regexp_replace(proposed_by, '\s', '', 'g'))),
    CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL)),
    CHECK (outcome IS NULL OR decision IS NOT NULL)
);
CREATE UNIQUE INDEX proposal_one_open ON proposal (kind, subject) WHERE outcome IS NULL;
CREATE INDEX proposal_approved ON proposal (decided_at, proposal_id) WHERE decision = 'approved' AND outcome IS NULL;

CREATE FUNCTION proposal_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a proposal is kept for good' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.proposal_id, NEW.kind, NEW.subject, NEW.payload, NEW.reason, NEW.proposed_by, NEW.proposed_at)
        IS DISTINCT FROM (OLD.proposal_id, OLD.kind, OLD.subject, OLD.payload, OLD.reason, OLD.proposed_by,
            OLD.proposed_at)
        OR OLD.decision IS NOT NULL
            AND (NEW.decision, NEW.decided_by, NEW.decided_at, NEW.decision_reason)
                IS DISTINCT FROM (OLD.decision, OLD.decided_by, OLD.decided_at, OLD.decision_reason)
        OR OLD.outcome IS NOT NULL AND (NEW.outcome, NEW.applied_on) IS DISTINCT FROM (OLD.outcome, OLD.applied_on)
    THEN
        RAISE EXCEPTION 'a proposal stands as it was made and decided' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER proposal_stands BEFORE UPDATE OR DELETE ON proposal
    FOR EACH ROW EXECUTE FUNCTION proposal_stands();

-- Rates and policies by the days on which they apply; of one kind, no two on the same day.
CREATE TABLE effective_row (
    kind        smallint NOT NULL,              -- 1 scheme, 2 tax, 3 payout
    code        text     NOT NULL,
    valid_from  date     NOT NULL,
    valid_until date,                           -- last day
    regulation  text     NOT NULL,
    definition  jsonb    NOT NULL,
    proposal_id uuid REFERENCES proposal,       -- null: published with the software
    PRIMARY KEY (kind, code),
    CHECK (kind IN (1, 2, 3)),
    CHECK (length(code) BETWEEN 1 AND 16 AND length(regulation) BETWEEN 3 AND 300),
    CHECK (kind <> 1 OR coalesce(definition ->> 'code', '') = code),
    CHECK (kind <> 1 OR extract(day FROM valid_from) = 1 AND coalesce(extract(day FROM valid_until + 1), 1) = 1),
    CHECK (valid_until >= valid_from),
    EXCLUDE USING gist (
        int4range(kind, kind, '[]') WITH &&, daterange(valid_from, valid_until, '[]') WITH &&)
);

-- What was computed and earns nothing is in no statement: a new row must not come before it.
CREATE INDEX accrual_unpaid_month ON accrual (month) WHERE agent_id IS NOT NULL AND mark IS NULL;

-- A row is never changed, except that an open end is set.
CREATE FUNCTION effective_row_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.valid_until IS NOT NULL
        OR (NEW.kind, NEW.code, NEW.valid_from, NEW.regulation, NEW.definition, NEW.proposal_id)
            IS DISTINCT FROM (OLD.kind, OLD.code, OLD.valid_from, OLD.regulation, OLD.definition, OLD.proposal_id)
    THEN
        RAISE EXCEPTION 'a rate row stands as it was approved' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER effective_row_stands BEFORE UPDATE OR DELETE ON effective_row
    FOR EACH ROW EXECUTE FUNCTION effective_row_stands();

-- A. domain.md 1.3; B. Perdir 13/PERDIR.02/042022, domain.md 1.4. The same as Scheme.published, which a test compares.
INSERT INTO effective_row VALUES
(1, 'A', '2017-01-01', '2022-03-31', 'Juknis Perisai 2017/2018',
 '{"code": "A", "counts_workers": true,
   "tiers": [{"from_new": 50, "flat": 500000}],
   "steps": [{"rate_ppm": 75000}],
   "employer": {"rate_ppm": 75000, "limit": 7000000, "limit_included": false, "arrears_months": 6},
   "share": {"kind": "within", "agent_ppm": 900000},
   "payee": "owner", "wadah_minimum_agents": 3, "contract_years": 3}', NULL),
(1, 'B', '2022-04-01', NULL, 'Perdir 13/PERDIR.02/042022',
 '{"code": "B", "counts_workers": false,
   "tiers": [{"from_new": 25, "three_programmes": 15000, "two_programmes": 10000}],
   "steps": [{"through": 24, "rate_ppm": 150000}, {"through": 60, "rate_ppm": 50000}],
   "employer": {"rate_ppm": 75000, "enrolled_before": "2022-04-01", "limit": 7000000, "limit_included": true,
                "arrears_months": 0},
   "share": {"kind": "on-top", "wadah_ppm": 100000},
   "payee": "wadah", "wadah_minimum_agents": 5, "contract_years": 1}', NULL),
-- Rates of incentives' tax are not known (domain.md 9): none until somebody proposes them.
(2, 'none', '2017-01-01', NULL, 'no tax withheld: the rate is not published', '{"kind": "none"}', NULL),
-- Partner banks of 2018 (domain.md 1.2); the debtor's account is proposed by operations.
(3, '2018', '2017-01-01', NULL, 'partner banks of 2018: CIMB Niaga and BNI',
 '{"partner_banks": ["022", "009"]}', NULL);

-- Months that were closed. `closed_on` is null while the statements are being issued.
CREATE TABLE month_close (
    month       int  PRIMARY KEY,
    proposal_id uuid,                           -- null: closed by the business date alone
    approved_by text,
    started_on  date NOT NULL,
    closed_on   date
);

-- What is owed to whom: each row takes its amount from one account of the owner and gives it to another, so that all
-- accounts of an owner sum to zero. Append-only.
CREATE TABLE transfer (
    owner_kind   text   NOT NULL CHECK (owner_kind IN ('agent', 'wadah')),
    owner_id     text   NOT NULL,
    transfer_id  uuid   NOT NULL,
    from_account text   NOT NULL,               -- expense, payable, held, transit, paid, tax, forfeited
    to_account   text   NOT NULL,
    amount       bigint NOT NULL CHECK (amount > 0),
    month        int    NOT NULL,               -- of the statement that it belongs to
    booked_on    date   NOT NULL,
    source       text   NOT NULL,               -- statement, dispute, payout, dismissal
    source_id    text   NOT NULL,
    PRIMARY KEY (owner_kind, owner_id, transfer_id),
    CHECK (from_account <> to_account)
);

CREATE FUNCTION transfer_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a posting is never changed or deleted' USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER transfer_stands BEFORE UPDATE OR DELETE ON transfer
    FOR EACH ROW EXECUTE FUNCTION transfer_stands();

-- What earlier statements owe.
INSERT INTO transfer
    SELECT p.owner_kind, p.owner_id, md5(concat_ws('/', p.owner_kind, s.agent_id, s.month, s.sequence))::uuid,
        CASE WHEN p.amount > 0 THEN 'expense' ELSE 'payable' END, CASE WHEN p.amount > 0 THEN 'payable' ELSE 'expense' END,
        abs(p.amount), s.month, s.issued_on, 'statement',
        concat_ws('/', s.agent_id, to_char(make_date(s.month / 12, s.month % 12 + 1, 1), 'YYYY-MM'), s.sequence)
    FROM statement AS s
    CROSS JOIN LATERAL (VALUES ('agent', s.agent_id, s.agent_share), ('wadah', s.wadah_id, s.wadah_share))
        AS p (owner_kind, owner_id, amount)
    WHERE p.amount <> 0;
INSERT INTO month_close (month, started_on, closed_on)
    SELECT month, min(issued_on), min(issued_on) FROM statement GROUP BY month;
CREATE INDEX statement_month ON statement (month);

-- A row starts, and the one before it ends, only where nothing is computed yet, and as two persons have agreed: for
-- whoever writes to the table. (From here on; the published rows above stand since before any statement.)
CREATE FUNCTION effective_row_starts() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    day   date := CASE TG_OP WHEN 'INSERT' THEN NEW.valid_from ELSE NEW.valid_until + 1 END;
    first int  := extract(year FROM day) * 12 + extract(month FROM day) - 1;
    today date := (SELECT business_date FROM business_clock);
BEGIN
    IF TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT FROM proposal
        WHERE proposal_id = NEW.proposal_id AND kind = 'effective-row' AND decision = 'approved')
    THEN
        RAISE EXCEPTION 'a rate row needs an approved proposal' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 1 AND (
        first <= extract(year FROM today) * 12 + extract(month FROM today) - 1
        OR EXISTS (SELECT FROM month_close WHERE month >= first)
        OR EXISTS (SELECT FROM statement WHERE month >= first)
        OR EXISTS (SELECT FROM touched WHERE month >= first)
        OR EXISTS (SELECT FROM accrual WHERE month >= first AND agent_id IS NOT NULL AND mark IS NULL))
        OR NEW.kind <> 1 AND (day < today OR EXISTS (SELECT FROM payout WHERE created_on >= day))
    THEN
        RAISE EXCEPTION 'a rate row never changes what is computed already' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER effective_row_starts BEFORE INSERT OR UPDATE ON effective_row
    FOR EACH ROW EXECUTE FUNCTION effective_row_starts();

CREATE VIEW balance AS
    SELECT owner_kind, owner_id, account, sum(amount)::int8 AS amount
    FROM (
        SELECT owner_kind, owner_id, to_account AS account, amount FROM transfer
        UNION ALL
        SELECT owner_kind, owner_id, from_account, -amount FROM transfer) AS posting
    GROUP BY owner_kind, owner_id, account;

-- Wadah under contract (PKS) with a branch; a new contract is another row.
CREATE TABLE wadah (
    wadah_id       text NOT NULL,
    contract_from  date NOT NULL,
    contract_until date NOT NULL,
    name           text NOT NULL,
    branch         text NOT NULL,
    legal_entity   boolean NOT NULL,
    bank           text NOT NULL,
    account_number text NOT NULL,
    account_holder text NOT NULL,
    proposal_id    uuid NOT NULL,
    PRIMARY KEY (wadah_id, contract_from),
    CHECK (contract_until > contract_from)
);

-- Accounts that replace the one told at activation, repaired by two persons.
CREATE TABLE payee_account (
    owner_kind     text NOT NULL,
    owner_id       text NOT NULL,
    set_on         date NOT NULL,
    set_at         timestamptz NOT NULL,        -- of the approval: the latest counts
    bank           text NOT NULL,
    account_number text NOT NULL,
    account_holder text NOT NULL,
    proposal_id    uuid NOT NULL,
    PRIMARY KEY (owner_kind, owner_id, proposal_id)
);

-- One instruction to the bank for one payee and run; another attempt is another row.
CREATE TABLE payout (
    payout_id      uuid   PRIMARY KEY,
    run_id         uuid   NOT NULL,             -- the proposal that made it
    attempt        int    NOT NULL DEFAULT 1,
    first_id       uuid   NOT NULL,             -- of the first attempt
    payee_kind     text   NOT NULL,
    payee_id       text   NOT NULL,
    bank           text   NOT NULL,
    account_number text   NOT NULL,
    account_holder text   NOT NULL,
    gross          bigint NOT NULL CHECK (gross > 0),
    tax            bigint NOT NULL CHECK (tax >= 0 AND tax < gross),
    tax_kind       text   NOT NULL,
    through_month  int    NOT NULL,
    created_on     date   NOT NULL,
    state          text   NOT NULL,             -- ordered, paid, rejected, returned, replaced, released
    state_on       date   NOT NULL,
    state_reason   text   NOT NULL DEFAULT '',
    UNIQUE (first_id, attempt)
);
CREATE INDEX payout_run ON payout (run_id);
CREATE INDEX payout_payee ON payout (payee_kind, payee_id);
-- At most one attempt of a payout can still bring the money there.
CREATE UNIQUE INDEX payout_one_alive ON payout (first_id) WHERE state IN ('ordered', 'paid');

-- Whose balances an instruction pays.
CREATE TABLE payout_item (
    payout_id  uuid   NOT NULL,
    owner_kind text   NOT NULL,
    owner_id   text   NOT NULL,
    gross      bigint NOT NULL CHECK (gross > 0),
    tax        bigint NOT NULL CHECK (tax >= 0 AND tax < gross),
    PRIMARY KEY (payout_id, owner_kind, owner_id)
);

-- Runs whose file was written first then: the bank may have it.
CREATE TABLE payout_export (
    run_id      uuid        PRIMARY KEY,
    exported_at timestamptz NOT NULL
);

-- Why somebody with a balance got no instruction in a run.
CREATE TABLE payout_refusal (
    run_id     uuid   NOT NULL,
    owner_kind text   NOT NULL,
    owner_id   text   NOT NULL,
    amount     bigint NOT NULL,
    code       text   NOT NULL,
    reason     text   NOT NULL,
    PRIMARY KEY (run_id, owner_kind, owner_id)
);

-- What banks reported of payouts, line by line as it came; applied by the worker. Nothing that a bank said is lost: what
-- tells nothing of a payout of ours has its outcome from the start.
CREATE TABLE payout_report (
    report_id   uuid        PRIMARY KEY,        -- of the file, the line and the payout
    file_name   text        NOT NULL,
    line        int         NOT NULL,
    reference   text        NOT NULL,           -- the bank's words for which payout, and for what became of it
    bank_status text        NOT NULL,
    payout_id   uuid,                           -- null: no payout has this reference
    status      text        CHECK (status IN ('paid', 'rejected', 'returned')),
    amount      bigint,                         -- null: not told
    reason      text        NOT NULL,
    reported_by text        NOT NULL,
    reported_at timestamptz NOT NULL,
    outcome     text,                           -- 'applied', 'known', 'pending', or why not
    CHECK (outcome IS NOT NULL OR (payout_id IS NOT NULL AND status IS NOT NULL))
);
CREATE INDEX payout_report_open ON payout_report (reported_at, report_id) WHERE outcome IS NULL;
CREATE INDEX payout_report_payout ON payout_report (payout_id);

-- Disputes of statement lines, or of what an agent misses in a month. What was said when it was opened stands.
CREATE TABLE dispute (
    dispute_id   uuid     PRIMARY KEY,
    agent_id     text     NOT NULL,
    month        int      NOT NULL,
    event_key    uuid,                          -- of the line: its event; null: something is missing
    line         smallint,                      -- the allocation in the event; -1: a new participant
    wadah_id     text     NOT NULL,
    scheme       text     NOT NULL,
    agent_amount bigint   NOT NULL,             -- of the line, signed
    wadah_amount bigint   NOT NULL,
    reason       text     NOT NULL CHECK (length(reason) BETWEEN 3 AND 500),
    opened_by    text     NOT NULL CHECK (length(opened_by) BETWEEN 2 AND 64),
    opened_at    timestamptz NOT NULL,
    state        text     NOT NULL CHECK (state IN ('opened', 'held', 'upheld', 'corrected')),
    agent_held   bigint   NOT NULL DEFAULT 0 CHECK (agent_held >= 0),
    wadah_held   bigint   NOT NULL DEFAULT 0 CHECK (wadah_held >= 0),
    decided_on   date,
    correction   bigint   NOT NULL DEFAULT 0,   -- of the total before it is shared, signed
    CHECK ((event_key IS NULL) = (line IS NULL))
);
CREATE UNIQUE INDEX dispute_one_open ON dispute (agent_id, month, event_key, line)
    WHERE state IN ('opened', 'held') AND event_key IS NOT NULL;
CREATE INDEX dispute_agent ON dispute (agent_id, month);
CREATE INDEX dispute_opened ON dispute (opened_at, dispute_id) WHERE state = 'opened';

-- The life of an agency, by change. Append-only; what an agent is follows from agent and these (agency_on).
CREATE TABLE agency_change (
    agent_id     text NOT NULL,
    changed_on   date NOT NULL,
    change       text NOT NULL CHECK (change IN ('idle-1', 'idle-2', 'ended', 'dismissed', 'reactivated')),
    reason       text NOT NULL,
    reentry_from date,
    proposal_id  uuid,
    event_key    uuid NOT NULL,
    PRIMARY KEY (agent_id, changed_on, change),
    CHECK ((change = 'ended') = (reentry_from IS NOT NULL))
);
-- A dismissal is for good.
CREATE UNIQUE INDEX agency_dismissed ON agency_change (agent_id) WHERE change = 'dismissed';

-- Warnings to and ends of wadah contracts. Append-only.
CREATE TABLE wadah_change (
    wadah_id   text NOT NULL,
    changed_on date NOT NULL,
    change     text NOT NULL CHECK (change IN ('below-minimum', 'contract-ends', 'ended')),
    reason     text NOT NULL,
    event_key  uuid NOT NULL,
    PRIMARY KEY (wadah_id, changed_on, change)
);

CREATE FUNCTION life_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened to an agency, a wadah or a portfolio stands' USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER agency_change_stands BEFORE UPDATE OR DELETE ON agency_change
    FOR EACH ROW EXECUTE FUNCTION life_stands();
CREATE TRIGGER wadah_change_stands BEFORE UPDATE OR DELETE ON wadah_change
    FOR EACH ROW EXECUTE FUNCTION life_stands();
CREATE TRIGGER wadah_stands BEFORE UPDATE OR DELETE ON wadah
    FOR EACH ROW EXECUTE FUNCTION life_stands();
CREATE TRIGGER handover_stands BEFORE UPDATE OR DELETE ON handover
    FOR EACH ROW EXECUTE FUNCTION life_stands();

-- What agents are on a day, by what is known now. `since`: when the present agency began; its months are counted from
-- the month after.
CREATE FUNCTION agency_on(day date) RETURNS TABLE (
    agent_id text, name text, wadah_id text, branch text, first_on date, since date, state text, changed_on date,
    reason text, reentry_from date)
LANGUAGE sql STABLE AS $$
    SELECT a.agent_id, n.name, n.wadah_id, n.branch, a.first_on,
        CASE WHEN c.change = 'reactivated' THEN c.changed_on ELSE a.first_on END,
        CASE WHEN c.change IN ('ended', 'dismissed') THEN c.change ELSE 'active' END,
        c.changed_on, c.reason, c.reentry_from
    FROM (SELECT agent.agent_id, min(activated_on) AS first_on FROM agent WHERE activated_on <= day GROUP BY 1) AS a
    CROSS JOIN LATERAL (
        SELECT l.name, l.wadah_id, l.branch FROM agent AS l WHERE l.agent_id = a.agent_id AND l.activated_on <= day
        ORDER BY l.activated_on DESC, l.event_key DESC LIMIT 1) AS n
    LEFT JOIN LATERAL (
        SELECT h.change, h.changed_on, h.reason, h.reentry_from FROM agency_change AS h
        WHERE h.agent_id = a.agent_id AND h.changed_on <= day AND h.change IN ('ended', 'dismissed', 'reactivated')
        ORDER BY h.change = 'dismissed' DESC, h.changed_on DESC, h.change = 'reactivated' DESC LIMIT 1) AS c ON true
$$;

-- Contracts with the last day on which they are in force: an end for want of agents comes before the agreed one.
CREATE VIEW wadah_contract AS
    SELECT w.*, coalesce(
        (SELECT min(c.changed_on) FROM wadah_change AS c
         WHERE c.wadah_id = w.wadah_id AND c.change = 'ended'
            AND c.changed_on BETWEEN w.contract_from AND w.contract_until), w.contract_until) AS in_force_until
    FROM wadah AS w;

-- How far the looks at agencies and wadah have come.
CREATE TABLE agency_clock (
    id         smallint PRIMARY KEY CHECK (id = 1),
    month      int      NOT NULL,               -- being looked at, or waiting until it is over
    step       smallint NOT NULL,               -- 0 participants whose last month has earned, 1 agencies, 2 wadah
    position   text     NOT NULL,               -- last payer, agent or wadah
    settled_on date                             -- last business date on which contracts and forfeits were looked at
);

-- Portfolios that pass on, to the branch where no agent is named.
CREATE TABLE portfolio_passing (
    agent_id  text   NOT NULL,
    passed_on date   NOT NULL,
    to_agent  text,
    reason    text   NOT NULL,
    event_key uuid   NOT NULL,
    position  bigint NOT NULL DEFAULT 0,        -- last payer
    done      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (agent_id, passed_on),
    CHECK (to_agent <> agent_id)
);
CREATE INDEX portfolio_passing_open ON portfolio_passing (passed_on, agent_id) WHERE NOT done;
CREATE INDEX handover_agent ON handover (agent_id, payer) WHERE agent_id IS NOT NULL;
-- For the month in which a participant's last step of the scheme has ended.
CREATE INDEX enrolment_first_month ON enrolment (first_month, payer) WHERE agent_id IS NOT NULL;

-- Where branches are, and what was set as a target, each with its source and definition. Sources that disagree stand
-- side by side; what a source says is changed only openly, and what it said before is kept.
CREATE TABLE place (
    branch text        PRIMARY KEY,
    name   text        NOT NULL CHECK (length(name) BETWEEN 2 AND 100),
    region text        NOT NULL,                -- one of the 11 kanwil
    office text        NOT NULL CHECK (office IN ('cabang', 'perintis')),
    set_by text        NOT NULL,
    set_at timestamptz NOT NULL
);
CREATE TABLE target (
    level       text        NOT NULL CHECK (level IN ('nation', 'region', 'branch', 'group', 'wadah')),
    place       text        NOT NULL,           -- '' for the nation; of a group: the branch
    measure     text        NOT NULL,
    first_month int         NOT NULL,
    last_month  int         NOT NULL,
    source      text        NOT NULL CHECK (length(source) BETWEEN 3 AND 200),
    value       bigint      CHECK (value >= 0), -- null: a share of another target of the same months and source
    share_ppm   int         CHECK (share_ppm BETWEEN 1 AND 1000000),
    of_level    text,
    of_place    text,
    of_measure  text,
    reported    bigint      CHECK (reported >= 0), -- what the source itself says was reached
    definition  text        NOT NULL CHECK (length(definition) BETWEEN 3 AND 500),
    set_by      text        NOT NULL,
    set_at      timestamptz NOT NULL,
    PRIMARY KEY (level, place, measure, first_month, last_month, source),
    FOREIGN KEY (of_level, of_place, of_measure, first_month, last_month, source) REFERENCES target,
    CHECK (last_month >= first_month),
    CHECK ((level = 'nation') = (place = '')),
    CHECK (num_nonnulls(value, share_ppm) = 1),
    CHECK (num_nonnulls(share_ppm, of_level, of_place, of_measure) IN (0, 4))
);
CREATE TABLE target_history (
    LIKE target,
    replaced_by text        NOT NULL,
    replaced_at timestamptz NOT NULL
);

CREATE FUNCTION target_is_kept() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' OR TG_TABLE_NAME = 'target_history' THEN
        RAISE EXCEPTION 'a target and its history are kept for good' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO target_history SELECT OLD.*, NEW.set_by, NEW.set_at;
    RETURN NEW;
END
$$;
CREATE TRIGGER target_is_kept BEFORE UPDATE OR DELETE ON target
    FOR EACH ROW EXECUTE FUNCTION target_is_kept();
CREATE TRIGGER target_is_kept BEFORE UPDATE OR DELETE ON target_history
    FOR EACH ROW EXECUTE FUNCTION target_is_kept();

-- Targets in numbers: a share of a parent, half-up.
CREATE VIEW target_amount AS
    SELECT t.*, coalesce(t.value, round(p.value::numeric * t.share_ppm / 1000000)::int8) AS amount
    FROM target AS t
    LEFT JOIN target AS p
        ON (p.level, p.place, p.measure, p.first_month, p.last_month, p.source)
            = (t.of_level, t.of_place, t.of_measure, t.first_month, t.last_month, t.source);

-- Payers by the months at whose end they were so: where they are enrolled, how many persons, and which agent looks
-- after them. From `since` up to but without `until`.
CREATE VIEW tenure AS
    SELECT payer, agent_id, branch, persons, since,
        lead(since, 1, 2147483647) OVER (PARTITION BY payer ORDER BY told_on, step, key) AS until
    FROM (
        SELECT payer, enrolled_on AS told_on, 0 AS step, submission COLLATE "C" AS key, agent_id, branch, persons,
            month AS since
        FROM enrolment
        UNION ALL
        SELECT h.payer, h.passed_on, 1, h.event_key::text COLLATE "C", h.agent_id, e.branch, e.persons,
            (extract(year FROM h.passed_on) * 12 + extract(month FROM h.passed_on) - 1)::int
        FROM handover AS h
        CROSS JOIN LATERAL (
            SELECT branch, persons FROM enrolment AS e
            WHERE e.payer = h.payer AND e.enrolled_on <= h.passed_on
            ORDER BY enrolled_on DESC, submission COLLATE "C" DESC LIMIT 1) AS e) AS turn;

-- Contribution months that a payer has paid something for, net of reversals. Revision 0 is the money; later revisions
-- say only who earns from it.
CREATE VIEW paid_month AS
    SELECT payer, contribution_month FROM accrual WHERE revision = 0
    GROUP BY payer, contribution_month HAVING sum(base) > 0;
