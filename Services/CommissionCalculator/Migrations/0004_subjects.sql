-- Agents who have asked that the own data be erased (UU 27/2022). Statements, postings and payouts stay with the agent's
-- number; name and account go, once nothing is owed any more.
CREATE TABLE subject_erasure (
    request_id text        NOT NULL,
    agent_id   text        NOT NULL,
    erased_on  date        NOT NULL,
    told_at    timestamptz NOT NULL DEFAULT now(),
    applied_at timestamptz,                             -- null: still to be done, or money is still owed
    PRIMARY KEY (request_id, agent_id)
);
CREATE INDEX subject_erasure_open ON subject_erasure (agent_id) WHERE applied_at IS NULL;

-- A proposal stands as it was made, but for the account of a person who is erased: what stands for it names nobody.
CREATE OR REPLACE FUNCTION proposal_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a proposal is kept for good' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.proposal_id, NEW.kind, NEW.subject, NEW.reason, NEW.proposed_by, NEW.proposed_at)
        IS DISTINCT FROM (OLD.proposal_id, OLD.kind, OLD.subject, OLD.reason, OLD.proposed_by, OLD.proposed_at)
        OR NEW.payload IS DISTINCT FROM OLD.payload
            AND (OLD.outcome IS NULL OR NOT OLD.payload ? 'account_number' OR NEW.payload IS DISTINCT FROM
                OLD.payload || '{"account_number": "000000", "account_holder": "DIHAPUS"}')
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
