-- Channels, providers, receipts, quiet hours, digests and proof.

-- What enrolment events do not say of somebody: stated by the person, a branch desk or the app.
ALTER TABLE contact
    ADD branch         text,
    ADD consent        boolean,
    ADD stated_name    text CHECK (length(stated_name) <= 80),
    ADD stated_phone   bigint,
    ADD whatsapp       bigint,
    ADD email          text CHECK (length(email) <= 254),
    ADD push_token     text CHECK (length(push_token) <= 400),
    ADD language       text,
    ADD stated_zone    text,
    -- purpose=consent:channels, with blanks between: "reminders=no payments=yes:whatsapp,sms".
    ADD choices        text CHECK (length(choices) <= 500),
    -- When each of these was stated, and in which event: the latest statement counts.
    ADD stamps         text CHECK (length(stamps) <= 2000);

ALTER TABLE message
    DROP CONSTRAINT message_state_check,
    DROP CONSTRAINT message_check1,
    DROP CONSTRAINT message_check2,
    ADD purpose        text     NOT NULL DEFAULT 'payments',
    -- Template with language and version: receipt/id/1.
    ADD template       text,
    ADD title          text CHECK (length(title) <= 120),
    -- For SMS; the body is for the other channels.
    ADD short          text CHECK (length(short) <= 640),
    -- One line of a digest; only where the message may go into one.
    ADD line           text CHECK (length(line) <= 240),
    -- The language that the reader has asked for, for what the channel adds.
    ADD language       text     NOT NULL DEFAULT 'id',
    -- When it may leave: now (any hour), or in the daytime of WIB, WITA, WIT, or of ALL three.
    ADD wave           text     NOT NULL DEFAULT 'now' CHECK (wave IN ('now', 'WIB', 'WITA', 'WIT', 'ALL')),
    -- Who reads it, where that is not the recipient: an agent that reads for somebody.
    ADD reader_ref     text,
    -- The last business date on which it makes sense.
    ADD expires_on     date,
    -- Where it goes when its channel fails: channel:address, the next one first.
    ADD fallback       text[]   NOT NULL DEFAULT '{}',
    -- The key that the provider gets: follows from message, channel and resends.
    ADD dispatch_id    uuid,
    ADD resends        int      NOT NULL DEFAULT 0,
    -- The process that has it in hand, until when.
    ADD lease          uuid,
    ADD lease_until    timestamptz,
    ADD provider_reference text CHECK (length(provider_reference) <= 200),
    ADD segments       int,
    -- Of all attempts that were taken, in thousandths of a rupiah.
    ADD cost_milli     bigint   NOT NULL DEFAULT 0,
    ADD queued_at      timestamptz,
    -- Since when it waits for the channel that it has now; NULL: since it was queued.
    ADD channel_at     timestamptz,
    -- Posts that were certainly not taken, under the present dispatch_id.
    ADD tries          int      NOT NULL DEFAULT 0,
    -- How often its outcome was asked for; attempts counts the posts.
    ADD asks           int      NOT NULL DEFAULT 0,
    ADD unknown_since  timestamptz,
    ADD sent_at        timestamptz,
    ADD delivered_at   timestamptz,
    ADD digest_id      uuid,
    -- The state that was announced last.
    ADD told           text,
    ADD CONSTRAINT message_state_check CHECK (state IN (
        'waiting_contact', 'held', 'digested', 'queued', 'sending', 'unknown', 'sent', 'delivered', 'failed', 'expired',
        'undeliverable')),
    -- In a file's batch, or in the hands of a process.
    ADD CONSTRAINT message_hand_check CHECK (batch_id IS NOT NULL OR lease IS NOT NULL OR state <> 'sending'),
    ADD CONSTRAINT message_address_check CHECK (
        address IS NOT NULL OR state IN ('waiting_contact', 'failed', 'expired', 'undeliverable'));

UPDATE message SET channel = CASE WHEN address LIKE '+%' THEN 'sms' ELSE 'file' END
WHERE channel IS NULL AND address IS NOT NULL;
UPDATE message SET told = state WHERE announced;
ALTER TABLE message
    DROP COLUMN announced,
    ADD lane text GENERATED ALWAYS AS (channel || ':' || wave) STORED;

DROP INDEX message_queued;
CREATE INDEX message_queued ON message (lane, next_attempt_at, message_id) WHERE state = 'queued';
-- Taken over when a process has died, and asked about when the outcome is not known.
CREATE INDEX message_in_hand ON message (lease_until) WHERE state = 'sending' AND batch_id IS NULL;
CREATE INDEX message_unknown ON message (provider, next_attempt_at) WHERE state = 'unknown';
CREATE INDEX message_unknown_since ON message (unknown_since) WHERE state = 'unknown';
-- What may leave a channel that is away.
CREATE INDEX message_movable
    ON message (lane, split_part(fallback[1], ':', 1), greatest(channel_at, queued_at))
    WHERE state = 'queued' AND fallback <> '{}';
CREATE INDEX message_expiring ON message (expires_on) WHERE state IN ('waiting_contact', 'held', 'queued');
CREATE INDEX message_held ON message (queued_at, message_id) WHERE state = 'held';
CREATE INDEX message_held_for ON message (address, purpose) WHERE state = 'held';
CREATE INDEX message_digest ON message (digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX message_reader ON message (reader_ref) WHERE reader_ref IS NOT NULL;
CREATE INDEX message_untold ON message (finished_at, message_id)
    WHERE told IS DISTINCT FROM state AND state IN ('sent', 'delivered', 'failed', 'expired', 'undeliverable');
CREATE INDEX message_dispatch ON message (dispatch_id) WHERE dispatch_id IS NOT NULL;
CREATE INDEX message_created ON message (created_at);
-- What a provider's bad hour has left, to be sent again.
CREATE INDEX message_failed ON message (finished_at, message_id) WHERE state = 'failed';

-- Every attempt, written down before it is made: one without an end was under way when its process ended.
CREATE TABLE attempt (
    dispatch_id  uuid        NOT NULL,
    number       int         NOT NULL,          -- of the message, from 1
    message_id   uuid        NOT NULL,
    channel      text        NOT NULL,
    provider     text        NOT NULL,
    -- send: the message was posted; ask: its outcome was asked for.
    action       text        NOT NULL CHECK (action IN ('send', 'ask')),
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    milliseconds int,
    outcome      text CHECK (outcome IN ('accepted', 'delivered', 'refused', 'not_taken', 'unknown', 'not_found')),
    detail       text CHECK (length(detail) <= 200),
    -- What the provider calls the message.
    reference    text CHECK (length(reference) <= 200),
    PRIMARY KEY (message_id, number)
);
-- Receipts find their message by its dispatch or by the provider's reference, also after it has gone another way.
CREATE INDEX attempt_dispatch ON attempt (dispatch_id);
CREATE INDEX attempt_reference ON attempt (provider, reference) WHERE reference IS NOT NULL;

-- What providers report of messages, once for each report. Appended only.
CREATE TABLE receipt (
    provider    text        NOT NULL,
    receipt_id  text        NOT NULL CHECK (length(receipt_id) <= 200),
    dispatch_id uuid,
    reference   text CHECK (length(reference) <= 200),
    status      text        NOT NULL CHECK (status IN ('queued', 'sent', 'delivered', 'failed', 'expired')),
    reported_at timestamptz NOT NULL,
    detail      text CHECK (length(detail) <= 200),
    received_at timestamptz NOT NULL DEFAULT now(),
    -- What it did: moved, nothing (late, or older than what is known), unmatched (no such message yet).
    effect      text        NOT NULL CHECK (effect IN ('moved', 'nothing', 'unmatched')),
    PRIMARY KEY (provider, receipt_id)
);
CREATE INDEX receipt_dispatch ON receipt (dispatch_id) WHERE dispatch_id IS NOT NULL;
CREATE INDEX receipt_unmatched ON receipt (provider, reference) WHERE effect = 'unmatched';

-- Health of the providers, shared by all processes: circuit breaker, rate limit, and what the latest attempts took.
CREATE TABLE provider (
    name         text             NOT NULL PRIMARY KEY,
    failures     int              NOT NULL DEFAULT 0,    -- in a row
    open_until   timestamptz,                            -- nothing is sent until then; NULL: closed
    away_since   timestamptz,                            -- when the breaker opened
    trial        uuid,                                   -- whoever tries it first after that
    tokens       double precision NOT NULL DEFAULT 0,
    refilled_at  timestamptz      NOT NULL DEFAULT now(),
    latency_ms   double precision NOT NULL DEFAULT 0,    -- moving averages
    failure_rate double precision NOT NULL DEFAULT 0,
    updated_at   timestamptz      NOT NULL DEFAULT now()
);

-- Who has sent a message again.
CREATE TABLE message_resend (
    message_id uuid        NOT NULL,
    resent_at  timestamptz NOT NULL DEFAULT now(),
    resent_by  text        NOT NULL CHECK (length(resent_by) <= 64),
    was        text        NOT NULL
);
CREATE INDEX message_resend_of ON message_resend (message_id, resent_at);

-- The newest business date: what expires is counted by it. One row.
CREATE TABLE business_date (
    only_one   boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
    started_on date
);
INSERT INTO business_date DEFAULT VALUES;
