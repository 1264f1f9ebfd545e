-- Why a proposal was rejected.
ALTER TABLE exception_proposal
    ADD decision_reason text CHECK (length(decision_reason) BETWEEN 3 AND 500);

-- One proposal at a time for a case, and for a payment without a case.
CREATE UNIQUE INDEX exception_proposal_one_open ON exception_proposal (coalesce(exception_id, payment_id))
    WHERE outcome IS NULL;
CREATE INDEX exception_proposal_approved ON exception_proposal (decided_at, proposal_id)
    WHERE decision = 'approved' AND outcome IS NULL;
CREATE INDEX exception_proposal_case ON exception_proposal (exception_id) WHERE exception_id IS NOT NULL;
CREATE INDEX exception_proposal_payment ON exception_proposal (payment_id);

-- Blanks and case do not make another person. A match names its payer; what is not decided has no outcome; only an
-- unmatch needs no case.
ALTER TABLE exception_proposal
    ADD CONSTRAINT exception_proposal_four_eyes CHECK (
        lower(regexp_replace(decided_by, '\s', '', 'g')) <> lower(regexp_replace(proposed_by, '\s', '', 'g'))),
    ADD CONSTRAINT exception_proposal_names_payer CHECK ((action = 'match') = (payer IS NOT NULL)),
    ADD CONSTRAINT exception_proposal_is_decided CHECK (outcome IS NULL OR decision IS NOT NULL),
    ADD CONSTRAINT exception_proposal_has_case CHECK (exception_id IS NOT NULL OR action = 'unmatch');

-- What was proposed is what is approved: neither the proposal nor a decision nor an outcome is changed or removed later.
CREATE FUNCTION exception_proposal_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a proposal is kept for good' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.proposal_id, NEW.exception_id, NEW.payment_id, NEW.action, NEW.payer, NEW.reason, NEW.proposed_by,
            NEW.proposed_at)
        IS DISTINCT FROM (OLD.proposal_id, OLD.exception_id, OLD.payment_id, OLD.action, OLD.payer, OLD.reason,
            OLD.proposed_by, OLD.proposed_at)
        OR OLD.decision IS NOT NULL
            AND (NEW.decision, NEW.decided_by, NEW.decided_at, NEW.decision_reason)
                IS DISTINCT FROM (OLD.decision, OLD.decided_by, OLD.decided_at, OLD.decision_reason)
        OR OLD.outcome IS NOT NULL AND NEW.outcome IS DISTINCT FROM OLD.outcome
    THEN
        RAISE EXCEPTION 'a proposal stands as it was made and decided' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER exception_proposal_stands BEFORE UPDATE OR DELETE ON exception_proposal
    FOR EACH ROW EXECUTE FUNCTION exception_proposal_stands();

-- Those that can still go up a level.
CREATE INDEX exception_case_rising ON exception_case (deadline, exception_id)
    WHERE resolution IS NULL AND level < 3;

-- Who was given a case, and when it went up. Appended only.
CREATE TABLE exception_assignment (
    exception_id uuid        NOT NULL,
    assigned_at  timestamptz NOT NULL,
    owner        text        NOT NULL CHECK (length(owner) BETWEEN 2 AND 64),
    assigned_by  text        NOT NULL CHECK (length(assigned_by) BETWEEN 2 AND 64),
    PRIMARY KEY (exception_id, assigned_at)
);
CREATE TABLE exception_escalation (
    exception_id uuid     NOT NULL,
    level        smallint NOT NULL,
    escalated_on date     NOT NULL,
    missed       date     NOT NULL,                    -- the deadline that had passed
    PRIMARY KEY (exception_id, level)
);
