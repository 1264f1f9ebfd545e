-- What became of an active agent's agency, told by the commission-calculator.
ALTER TABLE agent
    ADD ended_on       date,           -- last day of an agency that was idle
    ADD reentry_from   date,           -- from this day on the wadah may ask for the agent again
    ADD returned_on    date,
    ADD returned_wadah text,
    ADD returned_until date,           -- of that wadah's contract
    ADD dismissed_on   date;           -- first day without rights
