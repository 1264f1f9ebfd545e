-- A run over all payers of a kind for the contribution month that is due next. Resumable; one for each kind and month,
-- so that a setting changed in the middle of a month reminds nobody twice.
CREATE TABLE reminder_run (
    kind        smallint    NOT NULL,                  -- 1 BPU before due, 2 PU bill, 3 PU before due
    month       int         NOT NULL,
    run_on      date        NOT NULL,
    due_on      date        NOT NULL,
    event_time  timestamptz NOT NULL,
    after_payer bigint      NOT NULL,
    looked_at   bigint      NOT NULL DEFAULT 0,
    reminded    bigint      NOT NULL DEFAULT 0,
    done        boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (kind, month)
);
