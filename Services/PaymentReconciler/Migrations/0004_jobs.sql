-- The leader's work tells what it has done, and whom it could not serve.
ALTER TABLE month_opening
    ADD looked_at bigint NOT NULL DEFAULT 0,
    ADD failed    bigint NOT NULL DEFAULT 0;           -- payers whose month could not be computed: tried again each month

-- Left to the core: lapsed (arrears are waived on return) and exited payers. failed as above.
ALTER TABLE repricing
    ADD looked_at bigint NOT NULL DEFAULT 0,
    ADD skipped   bigint NOT NULL DEFAULT 0,
    ADD failed    bigint NOT NULL DEFAULT 0;
