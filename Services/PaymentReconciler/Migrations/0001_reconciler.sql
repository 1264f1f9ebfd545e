-- Payers: terms, how far their months are open, and credit. A row that is not known is a gate: a payment that came
-- before the enrolment has made it, and both lock it before they look for one another.
CREATE TABLE payer (
    payer          bigint   NOT NULL PRIMARY KEY,  -- 1 + KPJ or 2 + NPP and division
    known          boolean  NOT NULL DEFAULT false,
    first_month    int,                            -- months since year 0, as all months here
    opened_through int,
    programmes     smallint,                       -- one bit each: JKK 1, JKM 2, JHT 4, JP 8, JKP 16
    income         bigint,                         -- BPU: declared a month
    transport      boolean,                        -- BPU: occupation group
    risk_class     smallint,                       -- PU: 1 to 5
    wages          bytea,                          -- PU: 8 bytes, big-endian, for each worker
    credit         bigint   NOT NULL DEFAULT 0 CHECK (credit >= 0)
) WITH (fillfactor = 90);

-- NIK to payer, for payments by NIK; without a payer it is a gate as above.
CREATE TABLE nik_payer (
    nik   bigint NOT NULL PRIMARY KEY,
    payer bigint
) WITH (fillfactor = 90);

-- What a month costs and what is paid of it: a projection of the ledger for the hot path.
CREATE TABLE due (
    payer    bigint   NOT NULL,
    month    int      NOT NULL,
    amount   bigint   NOT NULL CHECK (amount >= 0),
    paid     bigint   NOT NULL CHECK (paid >= 0 AND paid <= amount),
    credited bigint   NOT NULL DEFAULT 0 CHECK (credited >= 0 AND credited <= paid),  -- the part paid by credit
    cover    smallint NOT NULL DEFAULT 0,  -- 0 a later month, 1 the first month: starts cover, 2 it has started
    PRIMARY KEY (payer, month)
) WITH (fillfactor = 90);

-- Every payment that a bank has reported, once. Appended only.
CREATE TABLE payment (
    payment_id uuid     NOT NULL PRIMARY KEY,  -- from bank and reference
    event_key  uuid     NOT NULL,
    amount     bigint   NOT NULL,
    payer      bigint,
    nik        bigint,
    booked_on  date     NOT NULL,
    bank       smallint NOT NULL,
    outcome    smallint NOT NULL,              -- 1 posted, 2 suspended, 3 refused
    reference  text     NOT NULL
);

-- Double entry: the lines of a key sum to zero. Accounts: Rules/LedgerAccount.swift. Appended only.
CREATE TABLE ledger (
    event_key uuid     NOT NULL,
    amount    bigint   NOT NULL,               -- debit positive, credit negative
    payer     bigint,
    month     int,
    booked_on date     NOT NULL,
    line      smallint NOT NULL,
    account   smallint NOT NULL,
    PRIMARY KEY (event_key, line)
);

-- Money that waits for its payer; open where no release follows. Appended only.
CREATE TABLE suspense (
    payment_id  uuid        NOT NULL PRIMARY KEY,
    payer       bigint,
    nik         bigint,
    months      smallint,
    received_at timestamptz NOT NULL
);
CREATE INDEX suspense_payer ON suspense (payer) WHERE payer IS NOT NULL;
CREATE INDEX suspense_nik ON suspense (nik) WHERE nik IS NOT NULL;

CREATE TABLE suspense_release (
    payment_id uuid   NOT NULL PRIMARY KEY,
    payer      bigint,                         -- null: given back by a reversal
    event_key  uuid   NOT NULL
);

-- Payments that were taken back. Appended only.
CREATE TABLE reversal (
    payment_id uuid NOT NULL PRIMARY KEY,      -- of the payment
    event_key  uuid NOT NULL,
    booked_on  date NOT NULL,
    reference  text NOT NULL
);

-- Reversals that wait for their payment; deleted when it has come.
CREATE TABLE pending_reversal (
    payment_id uuid        NOT NULL PRIMARY KEY,
    event_key  uuid        NOT NULL,
    event_time timestamptz NOT NULL,
    bank       smallint    NOT NULL,
    reference  text        NOT NULL,
    original   text        NOT NULL,
    amount     bigint      NOT NULL,
    booked_on  date        NOT NULL
);

-- What was reported as PaymentException. Appended only.
CREATE TABLE payment_exception (
    event_key  uuid     NOT NULL,
    code       text     NOT NULL,
    payment_id uuid     NOT NULL,
    amount     bigint   NOT NULL,
    payer      bigint,
    booked_on  date     NOT NULL,
    bank       smallint NOT NULL,
    reference  text     NOT NULL,
    PRIMARY KEY (event_key, code)
);

-- The newest business date; one row.
CREATE TABLE business_date (
    only_one   boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
    started_on date,
    swept      boolean NOT NULL DEFAULT true   -- waiting reversals were looked through on this date
);
INSERT INTO business_date DEFAULT VALUES;

-- A month that is being opened for every payer, in chunks.
CREATE TABLE month_opening (
    month       int         NOT NULL PRIMARY KEY,
    started_on  date        NOT NULL,
    event_time  timestamptz NOT NULL,
    after_payer bigint      NOT NULL DEFAULT 0,
    done        boolean     NOT NULL DEFAULT false
);
