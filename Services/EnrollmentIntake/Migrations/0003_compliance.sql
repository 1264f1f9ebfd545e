-- Membership as the reconciler reports it, the employer of a wage earner, exits, and employment at BPJS Ketenagakerjaan.
ALTER TABLE participant
    ADD cover       int2,            -- 0 awaited, 1 active, 2 grace, 3 lapsed, 4 returned, 5 exited; null: not told yet
    ADD cover_on    date,
    ADD pu_npp      int8,            -- the employer that enrolled the worker last; null: left
    ADD exit_reason int2,            -- 0 JHT claim, 1 death, 2 age, 3 end of contract, 4 other; of the BPU membership
    ADD exited_on   date,
    ADD exit_month  int4,            -- the last month that is due
    ADD staff_since date,
    ADD staff_until date,
    ADD bpu_month   int4;            -- first month of the BPU membership

ALTER TABLE agent
    ADD documents          text NOT NULL DEFAULT '',  -- received by the branch, with commas between
    ADD documents_on       date,
    ADD suspended_on       date,
    ADD suspended_until    date,
    ADD suspended_reason   text,
    ADD resumed_on         date,
    ADD standing           int2 NOT NULL DEFAULT 0,   -- as told last: 0 active, 1 suspended, 2 membership lapsed, 3 staff
    ADD standing_on        date,                      -- the latest day that the standing was judged for
    ADD agents_listed      int4,                      -- by the contract (PKS)
    ADD credentialed_until date;
-- Those whose standing an end date may give back.
CREATE INDEX agent_standing ON agent (standing) WHERE standing <> 0;

ALTER TABLE employer
    ADD npwp             int8,
    ADD phone            int8,
    ADD kbli             text,
    ADD labour_intensive boolean NOT NULL DEFAULT false,
    ADD wages            int8    NOT NULL DEFAULT 0,  -- of all workers a month
    ADD arrears_months   int2    NOT NULL DEFAULT 0,  -- as the reconciler reports it
    ADD arrears          int8    NOT NULL DEFAULT 0,
    ADD late_fines       int8    NOT NULL DEFAULT 0,
    ADD arrears_on       date,
    ADD closed_on        date,
    ADD last_month       int4,
    ADD changed_from     int4,                        -- from which the newest list of workers counts
    ADD revision         int4    NOT NULL DEFAULT 0;  -- changes so far
-- The NIB of a closed employer may be enrolled again, under a new NPP.
ALTER TABLE employer DROP CONSTRAINT employer_nib_key;
CREATE INDEX employer_nib ON employer (nib) WHERE nib IS NOT NULL;
CREATE UNIQUE INDEX employer_nib_open ON employer (nib) WHERE closed_on IS NULL;
CREATE INDEX employer_npwp ON employer (npwp) WHERE npwp IS NOT NULL;

ALTER TABLE employer_worker ADD left_on date;

ALTER TABLE permit
    ADD npwp        int8,
    ADD until       date,            -- last day of the deadline of a held application
    ADD next_on     date,            -- when to remind next
    ADD valid_until date,            -- of an issued permit
    ADD enforced    boolean NOT NULL DEFAULT false,  -- its missed deadline has been handed to enforcement
    ADD amended     jsonb,           -- what was amended before the application came
    ADD fingerprint uuid;            -- of the application as it was handed in
COMMENT ON COLUMN permit.state IS '0 held, 1 cleared, 2 closed, 3 issued, 4 only amended: the application has not come';
CREATE INDEX permit_npwp ON permit (npwp) WHERE npwp IS NOT NULL;
CREATE INDEX permit_next ON permit (next_on) WHERE next_on IS NOT NULL;
CREATE INDEX permit_missed ON permit (until) WHERE state = 0 AND NOT enforced AND until IS NOT NULL;

-- An employer that is called to account. The row stays when all is settled; the next case has the next number.
CREATE TABLE enforcement (
    subject        int8 PRIMARY KEY,        -- EnforcementSubject.code: an NPP, or a NIB that nobody is registered under
    number         int4   NOT NULL,         -- cases of the subject so far
    name           text   NOT NULL,
    npp            int8,
    nib            int8,
    breaches       int2   NOT NULL,         -- bits: 1 arrears, 2 not registered, 4 partial
    stage          int2   NOT NULL,         -- EnforcementStage
    opened_on      date   NOT NULL,
    stage_on       date   NOT NULL,
    deadline       date,                    -- last day before the next step; null: none is due by itself
    unpaid_months  int2   NOT NULL,
    arrears        int8   NOT NULL,
    late_fines     int8   NOT NULL,
    sanction_fine  int8   NOT NULL,
    offices        text   NOT NULL,         -- permit offices that were asked to withhold services, with commas between
    fined_on       date,                    -- day of the sanction fine, where one was imposed
    declared_workers int4,                  -- what was declared to the permit office, to measure the register by
    declared_wages   int8
);
CREATE INDEX enforcement_deadline ON enforcement (deadline) WHERE deadline IS NOT NULL;

-- Business dates whose run is still to be done.
CREATE TABLE enforcement_date (date date PRIMARY KEY);

-- What was done, for the file. Appended only.
CREATE TABLE enforcement_step (
    subject      int8 NOT NULL,
    number       int4 NOT NULL,
    position     int4 NOT NULL,
    step         text NOT NULL,
    stepped_on   date NOT NULL,
    deadline     date,
    legal_ground text NOT NULL,
    arrears      int8 NOT NULL,
    fine         int8 NOT NULL,
    PRIMARY KEY (subject, number, position)
);

-- NIKs that a statement of readiness lists, to find a person's.
CREATE INDEX permit_listed ON permit USING gin ((application -> 'readiness' -> 'workers'))
    WHERE application -> 'readiness' IS NOT NULL;
CREATE INDEX permit_amended ON permit (nib) WHERE amended IS NOT NULL;
-- Workers whose NIK was erased from the statement of readiness: they still count as listed.
ALTER TABLE permit ADD erased_workers int4 NOT NULL DEFAULT 0;

-- Persons whose data were erased at their request: the key is a keyed hash of the NIK, so that a NIK that was
-- registered before does not count as new (Perdir 13/PERDIR.02/042022) and a dismissal holds, and names nobody.
CREATE TABLE erased_subject (
    subject_key  uuid PRIMARY KEY,
    kpj          int8,
    first_seen   date,
    bpu_on       date,
    pu_on        date,
    dismissed_on date,
    erased_on    date NOT NULL
);

-- Requests of persons. A row without an outcome is taken and not decided yet.
CREATE TABLE subject_request (
    request_id  text PRIMARY KEY,
    kind        int2 NOT NULL,              -- 0 correction, 1 erasure
    asked_at    timestamptz NOT NULL,       -- 3 x 24 hours from here (UU 27/2022)
    asked_by    text,
    approved_by text,
    kpj         int8,
    outcome     int2,                       -- 0 refused, 1 done; null: not decided yet
    reasons     text NOT NULL DEFAULT '',   -- codes, with commas between
    decided_on  date,
    decided_at  timestamptz
);
-- Who has looked at a person's data, and why (UU 27/2022).
CREATE TABLE subject_access (
    access_id   uuid PRIMARY KEY,
    kpj         int8,
    by_operator text NOT NULL,
    reason      text NOT NULL,
    at          timestamptz NOT NULL DEFAULT now()
);
