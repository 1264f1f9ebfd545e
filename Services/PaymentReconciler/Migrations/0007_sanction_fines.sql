-- Sanction fines of employers (0,1 % a month of contributions due, PP 86/2013 Art. 7 and 10): imposed by enforcement,
-- one for each case. A projection of the ledger's account 9, as `fine` is of account 5. `credited`: the part of `paid`
-- that came from credit. Cancelled: amount = paid.
CREATE TABLE sanction_fine (
    payer       bigint NOT NULL,
    month       int    NOT NULL,   -- of the deposit that it is paid with
    case_id     uuid   NOT NULL,
    amount      bigint NOT NULL CHECK (amount >= 0),
    paid        bigint NOT NULL DEFAULT 0 CHECK (paid >= 0 AND paid <= amount),
    credited    bigint NOT NULL DEFAULT 0 CHECK (credited >= 0 AND credited <= paid),
    imposed_on  date   NOT NULL,
    PRIMARY KEY (payer, month),
    UNIQUE (payer, case_id)
);
