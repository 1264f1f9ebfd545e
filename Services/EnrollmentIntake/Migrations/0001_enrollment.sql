-- A row stands for every NIK that was touched: it is the gate that an enrolment and an agent's file both lock.
CREATE TABLE participant (
    nik            int8 PRIMARY KEY,
    kpj            int8 UNIQUE,
    first_seen     date,          -- registered since, BPU or PU; null: not registered
    bpu_on         date,          -- enrolled as BPU
    bpu_agent      text,
    bpu_branch     text,
    bpu_submission text,
    pu_on          date           -- first enrolled as an employer's worker
) WITH (fillfactor = 70);

CREATE TABLE agent (
    agent_id       text PRIMARY KEY,
    nik            int8,
    application    jsonb,
    trained_on     date,
    exam_passed    boolean,
    examined_on    date,
    signed_wadah   text,
    signed_on      date,
    contract_until date,
    state          int2 NOT NULL,  -- 0 waiting, 1 active, 2 refused
    reasons        text NOT NULL,  -- codes of the last refusal
    decided_on     date
);
CREATE INDEX agent_nik ON agent (nik);

-- The number of a submission is its sender's own: unique for one agent ('' for those without an agent).
CREATE TABLE submission (
    agent_id      text NOT NULL,
    submission_id text NOT NULL,
    kind          int2,            -- 0 participant, 1 employer
    outcome       int2,            -- 0 refused, 1 enrolled, 2 waits for the agent's registration; null: gate only
    fingerprint   uuid,
    reasons       text,
    decided_on    date,
    PRIMARY KEY (agent_id, submission_id)
) WITH (fillfactor = 70);

CREATE TABLE parked_submission (
    agent_id      text NOT NULL,
    position      int8 NOT NULL,   -- order of arrival for this agent
    kind          int2 NOT NULL,
    submission_id text NOT NULL,
    submitted_on  date NOT NULL,
    submission    jsonb NOT NULL,
    npp           int8,            -- numbers set aside when it came
    kpjs          text NOT NULL,
    PRIMARY KEY (agent_id, position)
);
CREATE INDEX parked_submission_date ON parked_submission (submitted_on);

CREATE TABLE nib_gate (nib int8 PRIMARY KEY);

CREATE TABLE employer (
    npp                  int8 PRIMARY KEY,
    nib                  int8 UNIQUE,
    name                 text NOT NULL,
    agent_id             text,
    branch               text NOT NULL,
    size                 text NOT NULL,
    risk_class           int2 NOT NULL,
    workers              int4 NOT NULL,
    monthly_contribution int8 NOT NULL,
    submission_id        text NOT NULL,
    enrolled_on          date NOT NULL,
    first_month          int4 NOT NULL,  -- months since January of year 0
    first_paid_on        date
);

CREATE TABLE employer_worker (
    npp  int8 NOT NULL,
    nik  int8 NOT NULL,
    kpj  int8 NOT NULL,
    wage int8 NOT NULL,
    PRIMARY KEY (npp, nik)
);
CREATE INDEX employer_worker_nik ON employer_worker (nik);

CREATE TABLE permit (
    nib            int8 NOT NULL,
    office         text NOT NULL,
    application_id text NOT NULL,
    npp            int8,
    application    jsonb,          -- null: withdrawn before it came
    state          int2 NOT NULL,  -- 0 held, 1 cleared, 2 closed
    answer         text NOT NULL,
    decided_on     date NOT NULL,
    PRIMARY KEY (nib, office, application_id)
);
CREATE INDEX permit_npp ON permit (npp) WHERE npp IS NOT NULL;

CREATE TABLE kpj_counter (month int4 NOT NULL, lane int2 NOT NULL, used int8 NOT NULL, PRIMARY KEY (month, lane));
CREATE TABLE npp_counter (lane int2 PRIMARY KEY, used int8 NOT NULL);
CREATE TABLE business_date (single boolean PRIMARY KEY DEFAULT true CHECK (single), date date NOT NULL);
