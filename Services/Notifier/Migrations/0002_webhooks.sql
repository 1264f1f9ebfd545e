-- Answers that are posted to permit offices: one row for each event with a callback address, for ever. Rows of one
-- application (or case) form a stream and are sent in the order of their position.
CREATE TABLE webhook (
    webhook_id       uuid        NOT NULL PRIMARY KEY,      -- the event's CloudEvents id
    position         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    stream           text        NOT NULL CHECK (length(stream) <= 160),
    office           text        NOT NULL CHECK (length(office) <= 32),
    kind             text        NOT NULL,
    url              text        NOT NULL CHECK (length(url) <= 300),
    traceparent      text,
    -- The bytes that are posted and signed: always the same.
    body             bytea       NOT NULL,
    state            text        NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    -- Why it has failed: NOT_TAKEN, GONE, HOST_NOT_AGREED.
    reason           text        CHECK ((reason IS NOT NULL) = (state = 'failed')),
    attempts         int         NOT NULL DEFAULT 0,
    -- Attempts before the latest resend: they do not count for the waits.
    attempts_before  int         NOT NULL DEFAULT 0,
    -- Since the latest resend.
    first_attempt_at timestamptz,
    -- Of the latest attempt; no status means no answer.
    status           int,
    detail           text        CHECK (length(detail) <= 100),
    created_at       timestamptz NOT NULL DEFAULT now(),
    finished_at      timestamptz CHECK ((finished_at IS NULL) = (state = 'waiting')),
    resends          int         NOT NULL DEFAULT 0,
    -- Whether NotificationSent or NotificationFailed is in the outbox.
    announced        boolean     NOT NULL DEFAULT false
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX webhook_position ON webhook (position);
CREATE INDEX webhook_stream_position ON webhook (stream, position);
CREATE INDEX webhook_waiting ON webhook (stream, position) WHERE state = 'waiting';
CREATE INDEX webhook_failed ON webhook (position) WHERE state = 'failed';
CREATE INDEX webhook_unannounced ON webhook (finished_at, webhook_id) WHERE NOT announced AND state <> 'waiting';

-- Every attempt, written down before it is made: one without an answer was under way when its process ended.
CREATE TABLE webhook_attempt (
    webhook_id   uuid        NOT NULL,
    number       int         NOT NULL,
    started_at   timestamptz NOT NULL,
    milliseconds int,
    status       int,
    detail       text        CHECK (length(detail) <= 100),
    PRIMARY KEY (webhook_id, number)
);

-- Who has sent a failed answer again.
CREATE TABLE webhook_resend (
    webhook_id uuid        NOT NULL,
    resent_at  timestamptz NOT NULL DEFAULT now(),
    resent_by  text        NOT NULL CHECK (length(resent_by) <= 64)
);
CREATE INDEX webhook_resend_of ON webhook_resend (webhook_id, resent_at);

-- Streams with something to send; the row goes with their last answer. Whoever holds the lease sends the first answer
-- of the stream; when the lease is over the stream is due again, for anyone.
CREATE TABLE webhook_stream (
    stream text        NOT NULL PRIMARY KEY,
    office text        NOT NULL,
    due_at timestamptz NOT NULL,
    lease  uuid
);
CREATE INDEX webhook_stream_due ON webhook_stream (office, due_at);
