-- Requests of persons about the own data (UU 27/2022): what happened before is known no more, whichever event comes first.
ALTER TABLE contact ADD erased_at timestamptz;

-- All messages to a person; and what an agent was written for others.
CREATE INDEX message_recipient ON message (recipient_ref);
CREATE INDEX message_through_agent ON message (address) WHERE subject IS NOT NULL;

-- What was erased here, and when.
CREATE TABLE subject_erasure (
    request_id text        NOT NULL PRIMARY KEY,
    kpj        bigint,
    agents     text        NOT NULL,                   -- with commas between
    erased_on  date        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
