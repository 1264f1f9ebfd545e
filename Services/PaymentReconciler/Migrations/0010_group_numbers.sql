-- A group's number is a row of `payment` too, without money (outcome 5): its key keeps a line or a notice of the same
-- number, decided by another worker at the same moment, from being taken in as a payment beside the group.
COMMENT ON COLUMN payment.outcome IS '1 posted, 2 suspended, 3 refused, 4 evidence of another payment, 5 number of a group';

INSERT INTO payment (payment_id, event_key, amount, booked_on, bank, outcome, reference)
SELECT DISTINCT ON (g.payment_id) g.payment_id, p.event_key, 0, p.booked_on, p.bank, 5, ''
FROM payment_group AS g JOIN payment AS p ON p.payment_id = g.member
ORDER BY g.payment_id, g.ordinal
ON CONFLICT (payment_id) DO NOTHING;
