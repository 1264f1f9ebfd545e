-- Months are counted from January of year 0 (year * 12 + month - 1), payers are "1" + KPJ or "2" + NPP + division.

-- Agents as activated; an agent activated again has another row.
CREATE TABLE agent (
    agent_id     text NOT NULL,
    activated_on date NOT NULL,
    event_key    uuid NOT NULL,
    wadah_id     text NOT NULL,
    branch       text NOT NULL,
    PRIMARY KEY (agent_id, activated_on, event_key)
);

-- One row a payer, known or not: batches that touch a payer take turns here.
CREATE TABLE payer (
    payer         bigint  NOT NULL PRIMARY KEY,
    has_reversals boolean NOT NULL DEFAULT false
) WITH (fillfactor = 80);

-- Enrolments with the new participants that they bring (append-only).
CREATE TABLE enrolment (
    payer           bigint NOT NULL,
    submission      text   NOT NULL,
    agent_id        text,
    enrolled_on     date   NOT NULL,
    month           int    NOT NULL,
    first_month     int    NOT NULL,
    three_programmes int   NOT NULL,
    two_programmes  int    NOT NULL,
    workers         int    NOT NULL,
    event_key       uuid   NOT NULL,
    mark            uuid,
    PRIMARY KEY (payer, submission)
);
CREATE INDEX enrolment_agent_month ON enrolment (agent_id, month, mark) WHERE agent_id IS NOT NULL;

-- Money by allocation line and who earns from it (append-only). Revision 0 is the movement itself, without agent while
-- nobody is known to earn; a later revision with units -1 takes an attribution back, one with units 1 makes one.
CREATE TABLE accrual (
    payer              bigint   NOT NULL,
    event_key          uuid     NOT NULL,
    line               smallint NOT NULL,
    revision           smallint NOT NULL,
    units              smallint NOT NULL,
    kind               text     NOT NULL, -- P posted, C credit applied, R reversed
    payment_id         uuid,
    booked_on          date     NOT NULL,
    month              int      NOT NULL,
    contribution_month int      NOT NULL,
    base               bigint   NOT NULL, -- rupiah, signed, units applied
    agent_id           text,
    scheme             text,
    rule               smallint, -- 1 contribution, 2 months 1-24, 3 months 25-60, 4 nothing
    rate_ppm           bigint,
    mark               uuid,
    PRIMARY KEY (payer, event_key, line, revision)
);
-- With the mark, so that the closing of a month reads each row once, and a correction its own rows alone.
CREATE INDEX accrual_agent_month ON accrual (agent_id, month, mark) WHERE agent_id IS NOT NULL;

-- Agents' months with rows that no statement holds yet: one row for each batch that wrote such rows, named by `mark`.
CREATE TABLE touched (
    month    int  NOT NULL,
    agent_id text NOT NULL,
    mark     uuid NOT NULL,
    PRIMARY KEY (month, agent_id, mark)
);

-- Marks whose rows went into the statement issued on `taken_on`.
CREATE TABLE statement_mark (
    agent_id text NOT NULL,
    month    int  NOT NULL,
    mark     uuid NOT NULL,
    taken_on date NOT NULL,
    PRIMARY KEY (agent_id, month, mark)
);

-- Statements: sequence 0, then corrections that hold the difference (append-only).
CREATE TABLE statement (
    agent_id         text   NOT NULL,
    month            int    NOT NULL,
    sequence         int    NOT NULL,
    issued_on        date   NOT NULL,
    wadah_id         text   NOT NULL,
    branch           text   NOT NULL,
    scheme           text   NOT NULL,
    three_programmes bigint NOT NULL,
    two_programmes   bigint NOT NULL,
    workers          bigint NOT NULL,
    new_participants bigint NOT NULL,
    contributions    bigint NOT NULL,
    total            bigint NOT NULL,
    agent_share      bigint NOT NULL,
    wadah_share      bigint NOT NULL,
    PRIMARY KEY (agent_id, month, sequence)
);

CREATE TABLE statement_line (
    agent_id text     NOT NULL,
    month    int      NOT NULL,
    sequence int      NOT NULL,
    scheme   text     NOT NULL,
    rule     smallint NOT NULL, -- 0 acquisition, else as in accrual
    unit     bigint   NOT NULL, -- parts per million, or rupiah for acquisition
    count    bigint   NOT NULL,
    base     bigint   NOT NULL,
    amount   bigint   NOT NULL,
    PRIMARY KEY (agent_id, month, sequence, scheme, rule, unit)
);

-- The business date and how far its closing job has come.
CREATE TABLE business_clock (
    id            smallint NOT NULL PRIMARY KEY CHECK (id = 1),
    business_date date     NOT NULL,
    event_key     uuid     NOT NULL,
    event_time    timestamptz NOT NULL,
    done          boolean  NOT NULL,
    cursor_month  int      NOT NULL,
    cursor_agent  text     NOT NULL
);
