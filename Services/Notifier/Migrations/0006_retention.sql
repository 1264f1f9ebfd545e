-- When it was last looked for what is long over; one look a minute is enough.
CREATE TABLE retention (
    only_one  boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
    looked_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO retention DEFAULT VALUES;

-- Rows come in the order of their time: a few pages of summary, and no cost for whoever writes.
CREATE INDEX receipt_received ON receipt USING brin (received_at);
