-- Banks get a post for each payment, with `bank:` and their code as office: the newest of one subscriber are found
-- without a walk over those of all others.
CREATE INDEX webhook_office_position ON webhook (office, position);
