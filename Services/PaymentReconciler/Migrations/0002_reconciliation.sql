-- What a payer's contribution depends on beside its terms, and where its cover or its arrears stand.
ALTER TABLE payer
    ADD payer_kind       smallint,                     -- BPU: 0 self, 1 donor, 2 wadah, 3 APBD, 4 APBN
    ADD labour_intensive boolean,                      -- PU: PP 7/2025
    ADD last_month       int,                          -- left or closed: no month after it is due
    ADD exit_reason      smallint,                     -- 1 claim, 2 death, 3 age, 4 contract end, 5 other, 6 closed
    ADD status           smallint NOT NULL DEFAULT 0,  -- 0 awaited or active (due.cover), 2 grace, 3 lapsed, 4 returned, 5 exited
    ADD unpaid_months    smallint NOT NULL DEFAULT 0,  -- consecutive, due date passed, as the newest run has told
    ADD status_on        date;                         -- date of the run or payment that told it

-- The date of the last instalment settles a month (domain.md 3, S03c 3); waived: arrears that are not collected.
ALTER TABLE due
    ADD settled_on date,
    ADD waived     bigint NOT NULL DEFAULT 0 CHECK (waived >= 0);

-- Every change of what a month costs, after it was opened. Appended only.
CREATE TABLE due_change (
    payer      bigint   NOT NULL,
    month      int      NOT NULL,
    event_key  uuid     NOT NULL,
    reason     smallint NOT NULL,                      -- 1 lapse: old arrears, 2 exit or closing, 3 other terms or rates
    before     bigint   NOT NULL,
    after      bigint   NOT NULL,
    changed_on date     NOT NULL,
    PRIMARY KEY (payer, month, event_key)
);

-- Late fines of employers (PU; PP 44/2015): what the month's lateness costs and what is paid of it. A projection.
CREATE TABLE fine (
    payer       bigint   NOT NULL,
    month       int      NOT NULL,
    amount      bigint   NOT NULL CHECK (amount >= 0),
    paid        bigint   NOT NULL DEFAULT 0 CHECK (paid >= 0 AND paid <= amount),
    months_late smallint NOT NULL,
    assessed_on date     NOT NULL,
    PRIMARY KEY (payer, month)
);

-- rule: Rules/Matching/MatchRule.swift, 0 before this version. source: 1 bank's event or call, 2 news of the day, 4 statement.
-- same_as: the payment that this notice is another evidence of, or that a corrected notice replaces.
ALTER TABLE payment
    ADD rule    smallint NOT NULL DEFAULT 0,
    ADD source  smallint NOT NULL DEFAULT 1,
    ADD same_as uuid;
CREATE INDEX payment_payer ON payment (payer, booked_on) WHERE payer IS NOT NULL;
CREATE INDEX payment_booked ON payment USING brin (booked_on);

-- The parts of a group payment: each is a payment of its own. Appended only.
CREATE TABLE payment_group (
    payment_id uuid     NOT NULL,
    ordinal    smallint NOT NULL,
    member     uuid     NOT NULL,
    PRIMARY KEY (payment_id, ordinal)
);

-- Every further evidence of a payment beside the notice that made it. Appended only.
CREATE TABLE payment_evidence (
    payment_id uuid     NOT NULL,
    event_key  uuid     NOT NULL,
    source     smallint NOT NULL,                      -- as in payment
    booked_on  date     NOT NULL,
    bank       smallint NOT NULL,
    reference  text     NOT NULL,
    PRIMARY KEY (payment_id, event_key)
);

-- Every line of every statement and what became of it. Appended only.
CREATE TABLE statement_entry (
    event_key  uuid     NOT NULL PRIMARY KEY,
    bank       smallint NOT NULL,
    account    text     NOT NULL,
    statement  text     NOT NULL,
    entry      int      NOT NULL,
    is_credit  boolean  NOT NULL,
    is_interim boolean  NOT NULL,                      -- news of the day: MT942, camt.054
    amount     bigint   NOT NULL,
    booked_on  date     NOT NULL,
    outcome    smallint NOT NULL,                      -- 1 evidence, 2 posted, 3 suspended, 4 reversal, 5 not ours, 6 refused
    payment_id uuid
);
CREATE INDEX statement_entry_reversal ON statement_entry (payment_id) WHERE outcome = 4;
CREATE INDEX statement_entry_place ON statement_entry (bank, account, statement, entry);

-- Payments that a statement has brought and no notice yet: the notice that follows is evidence, not money. payer: a
-- payer number, or the NIK where the line names only that (the ranges of numbers do not meet).
CREATE TABLE unconfirmed (
    payment_id uuid     NOT NULL PRIMARY KEY,
    payer      bigint   NOT NULL,
    amount     bigint   NOT NULL,
    booked_on  date     NOT NULL,
    bank       smallint NOT NULL
);
CREATE INDEX unconfirmed_payer ON unconfirmed (payer);

-- Why a payment went where it went, where more than its own identifier decided. Appended only.
CREATE TABLE match_decision (
    payment_id uuid     NOT NULL,
    event_key  uuid     NOT NULL,
    rule       smallint NOT NULL,
    inputs     text     NOT NULL,                      -- JSON, NIK masked
    rejected   text     NOT NULL,                      -- JSON
    PRIMARY KEY (payment_id, event_key)
);

-- Normalised names of payers (PerisaiModels NameKey), for transfers that name nothing else.
CREATE TABLE payer_name (
    name_key text   NOT NULL,
    payer    bigint NOT NULL,
    PRIMARY KEY (name_key, payer)
);
CREATE INDEX payer_name_lookup ON payer_name (left(name_key, 10));  -- NameKey.lookup

-- The same of money in suspense, so that several transfers can be one month's contribution.
ALTER TABLE suspense
    ADD name_key  text,
    ADD remark    bigint,                              -- RemittanceText.remarkKey: a line whose prefix changed is the same
    ADD event_key uuid,                                -- what put the money here, and the code of its exception
    ADD code      text;
-- A payment that is un-matched goes back to suspense: once more for each time.
ALTER TABLE suspense ADD generation smallint NOT NULL DEFAULT 0;
ALTER TABLE suspense DROP CONSTRAINT suspense_pkey, ADD PRIMARY KEY (payment_id, generation);
ALTER TABLE suspense_release ADD generation smallint NOT NULL DEFAULT 0;
ALTER TABLE suspense_release DROP CONSTRAINT suspense_release_pkey, ADD PRIMARY KEY (payment_id, generation);
CREATE INDEX suspense_name ON suspense (left(name_key, 10)) WHERE name_key IS NOT NULL;
CREATE INDEX suspense_remark ON suspense (remark) WHERE remark IS NOT NULL;

-- The queue of exceptions: one row for each that someone has to look at. payment_exception keeps what was told.
CREATE TABLE exception_case (
    exception_id uuid     NOT NULL PRIMARY KEY,        -- from event key and code
    event_key    uuid     NOT NULL,
    code         text     NOT NULL,
    payment_id   uuid     NOT NULL,
    payer        bigint,
    amount       bigint   NOT NULL,
    bank         smallint NOT NULL,
    reference    text     NOT NULL,
    opened_on    date     NOT NULL,
    deadline     date     NOT NULL,
    owner        text,
    level        smallint NOT NULL DEFAULT 0,          -- escalations so far
    resolution   text,                                 -- null: open
    resolved_on  date
);
CREATE INDEX exception_case_open ON exception_case (deadline, exception_id) WHERE resolution IS NULL;
CREATE INDEX exception_case_payment ON exception_case (payment_id);

-- What someone proposes and someone else decides. The worker applies what is approved.
CREATE TABLE exception_proposal (
    proposal_id  uuid        NOT NULL PRIMARY KEY,
    exception_id uuid,                                 -- null for an unmatch of a payment without exception
    payment_id   uuid        NOT NULL,
    action       text        NOT NULL CHECK (action IN ('match', 'write-off', 'refund', 'unmatch', 'note')),
    payer        bigint,                               -- of a match
    reason       text        NOT NULL CHECK (length(reason) BETWEEN 3 AND 500),
    proposed_by  text        NOT NULL CHECK (length(proposed_by) BETWEEN 2 AND 64),
    proposed_at  timestamptz NOT NULL,
    decision     text        CHECK (decision IN ('approved', 'rejected')),
    decided_by   text        CHECK (length(decided_by) BETWEEN 2 AND 64),
    decided_at   timestamptz,
    outcome      text,                                 -- set by the worker: applied, or why not
    CHECK ((decision IS NULL) = (decided_by IS NULL)),
    CHECK (lower(decided_by) <> lower(proposed_by))    -- the one who proposes never approves
);
CREATE INDEX exception_proposal_open ON exception_proposal (proposed_at) WHERE outcome IS NULL;

-- Statements that were imported, by content and by number.
CREATE TABLE statement_file (
    sha256      bytea       NOT NULL,
    bank        smallint    NOT NULL,
    account     text        NOT NULL,
    statement   text        NOT NULL,
    format      text        NOT NULL,
    file_name   text        NOT NULL,
    opening     bigint,
    closing     bigint,
    opened_on   date,
    closed_on   date,
    entries     int         NOT NULL,
    credits     bigint      NOT NULL,
    debits      bigint      NOT NULL,
    imported_by text        NOT NULL,
    imported_at timestamptz NOT NULL,
    completed   boolean     NOT NULL DEFAULT false,    -- every line is published
    examined    boolean     NOT NULL DEFAULT false,    -- notices that it does not show were looked for
    PRIMARY KEY (bank, account, statement, sha256)
);
CREATE INDEX statement_file_content ON statement_file (sha256);

-- Batches of ledger lines and decisions of persons, each chained to the one before: what is changed later breaks the
-- chain. One chain for each Kafka partition, and one each for the leader's work (-1) and for persons (-2).
CREATE TABLE audit_head (
    chain int    NOT NULL PRIMARY KEY,
    seq   bigint NOT NULL,
    hash  bytea  NOT NULL
);
CREATE TABLE audit_log (
    chain  int      NOT NULL,
    seq    bigint   NOT NULL,
    kind   smallint NOT NULL,                          -- 1 ledger lines of a batch, 2 what a person did
    lines  int      NOT NULL,
    digest bytea    NOT NULL,                          -- SHA-256 of the lines, or of the detail
    hash   bytea    NOT NULL,                          -- SHA-256 of the hash before and the digest
    detail text,
    PRIMARY KEY (chain, seq)
);
-- chain and seq of the batch that wrote the line: (chain + 2) * 2^40 + seq; null before this version.
ALTER TABLE ledger ADD batch bigint;

-- A run over all payers that a date has started: cover and arrears. Resumable.
CREATE TABLE cover_run (
    run_on      date        NOT NULL PRIMARY KEY,
    event_time  timestamptz NOT NULL,
    after_payer bigint      NOT NULL DEFAULT 0,
    looked_at   bigint      NOT NULL DEFAULT 0,
    changed     bigint      NOT NULL DEFAULT 0,
    done        boolean     NOT NULL DEFAULT false
);

-- A change of rates that is carried into months already open (surplus becomes credit; PP 50/2025). Resumable.
CREATE TABLE repricing (
    repricing_id uuid        NOT NULL PRIMARY KEY,
    from_month   int         NOT NULL,
    requested_by text        NOT NULL,
    requested_at timestamptz NOT NULL,
    after_payer  bigint      NOT NULL DEFAULT 0,
    changed      bigint      NOT NULL DEFAULT 0,
    done         boolean     NOT NULL DEFAULT false
);
