-- A submission's number is its sender's own: a participant who returns with another agent may come under the same one.
ALTER TABLE enrolment DROP CONSTRAINT enrolment_pkey;
CREATE UNIQUE INDEX enrolment_key ON enrolment (payer, submission, coalesce(agent_id, ''));

-- What an employer's months come to cost after its workers have changed: whether they earn depends on it. Appended only.
CREATE TABLE contribution_change (
    payer                bigint NOT NULL,
    revision             int    NOT NULL,
    from_month           int    NOT NULL,
    monthly_contribution bigint NOT NULL,
    event_key            uuid   NOT NULL,
    PRIMARY KEY (payer, revision)
);
