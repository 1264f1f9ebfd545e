-- How people are reached, learned from enrolment events. A row without a name is a gate: somebody waits for the
-- contact, or learns it, and holds the row locked while it looks at the messages that wait.
CREATE TABLE contact (
    ref        text NOT NULL PRIMARY KEY CHECK (length(ref) <= 64),
    name       text CHECK (length(name) <= 80),
    phone      bigint,
    zone       text,
    agent      text,
    learned_at timestamptz,
    learned_by uuid
);

-- One row for each message, for ever: the key is derived from the event, the recipient and the template, so that
-- no event makes a message twice.
CREATE TABLE message (
    message_id      uuid        NOT NULL PRIMARY KEY,
    event_key       uuid        NOT NULL,
    traceparent     text,
    kind            text        NOT NULL,
    recipient_kind  text        NOT NULL,
    recipient_ref   text        NOT NULL,
    body            text        NOT NULL CHECK (length(body) BETWEEN 1 AND 1600),
    state           text        NOT NULL
        CHECK (state IN ('waiting_contact', 'queued', 'sending', 'sent', 'failed', 'undeliverable')),
    -- The contact that the message waits for.
    waits_for       text CHECK ((waits_for IS NOT NULL) = (state = 'waiting_contact')),
    -- Filled once and then kept, so that a message that is written again is the same.
    address         text CHECK ((address IS NOT NULL) = (state IN ('queued', 'sending', 'sent', 'failed'))),
    name            text,
    subject         text,
    attempts        int         NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    batch_id        uuid CHECK (batch_id IS NOT NULL OR state <> 'sending'),
    channel         text,
    provider        text,
    reason          text CHECK (length(reason) <= 200),
    created_at      timestamptz NOT NULL DEFAULT now(),
    finished_at     timestamptz,
    -- Whether NotificationSent or NotificationFailed is in the outbox.
    announced       boolean     NOT NULL DEFAULT false
) WITH (fillfactor = 80);

CREATE INDEX message_waiting ON message (waits_for) WHERE state = 'waiting_contact';
CREATE INDEX message_queued ON message (next_attempt_at, message_id) WHERE state = 'queued';
CREATE INDEX message_batch ON message (batch_id) WHERE state = 'sending';
CREATE INDEX message_unannounced ON message (finished_at, message_id)
    WHERE NOT announced AND state IN ('sent', 'failed', 'undeliverable');

-- Batches in hand. Whoever finds a batch whose lease is over takes the whole batch, with the same messages.
CREATE TABLE delivery (
    batch_id    uuid        NOT NULL PRIMARY KEY,
    lease       uuid        NOT NULL,
    lease_until timestamptz NOT NULL,
    channel     text        NOT NULL
);
CREATE INDEX delivery_lease ON delivery (lease_until);
