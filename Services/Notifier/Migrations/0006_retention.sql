-- Where the walk over what is old stands: an hour after its end it begins anew.
CREATE TABLE retention (
    only_one boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
    passed   timestamptz NOT NULL DEFAULT '-infinity',   -- created_at of the messages that this walk has looked at
    due_at   timestamptz NOT NULL DEFAULT now() + interval '1 hour'
);
INSERT INTO retention DEFAULT VALUES;

CREATE INDEX receipt_received ON receipt (received_at);
