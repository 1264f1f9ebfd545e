-- Calls of banks by SNAP BI.

-- X-EXTERNAL-ID is used once a day by a partner, whatever the service; a repetition of the very same payment is let
-- through. Kept for two days.
CREATE TABLE snap_external_id (
    used_on     date     NOT NULL,                     -- of X-TIMESTAMP, in Jakarta
    partner     text     NOT NULL,
    external_id text     NOT NULL,
    service     smallint NOT NULL,
    fingerprint bytea    NOT NULL,                     -- SHA-256 of the request
    PRIMARY KEY (used_on, partner, external_id)
);

-- Payments that were accepted: the answer is repeated as it was given. Kept for 35 days.
CREATE TABLE snap_payment (
    partner       text        NOT NULL,
    request_id    text        NOT NULL,                -- paymentRequestId
    bank          smallint    NOT NULL,
    reference     text        NOT NULL,                -- as in the event and on the statement
    fingerprint   bytea       NOT NULL,                -- SHA-256 of the request without flagAdvise
    event_time    timestamptz NOT NULL,
    event_data    bytea       NOT NULL,                -- PaymentReceived
    answer        bytea       NOT NULL,                -- given once the event is published
    received_at   timestamptz NOT NULL DEFAULT now(),
    published     boolean     NOT NULL DEFAULT false,
    claim         uuid,                                -- of the call that is publishing
    claimed_until timestamptz,
    PRIMARY KEY (partner, request_id),
    UNIQUE (bank, reference)
);
CREATE INDEX snap_payment_received ON snap_payment (received_at);
