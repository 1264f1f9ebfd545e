-- From which month the terms of a payer hold, and which of its changes they are: months before keep the price of the
-- terms that held then. Null: since the first month.
ALTER TABLE payer
    ADD terms_from     int,
    ADD terms_revision int NOT NULL DEFAULT 0;
