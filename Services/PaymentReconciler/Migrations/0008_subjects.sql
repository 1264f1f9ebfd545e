-- Requests of persons about the own data (UU 27/2022). The chains cover ledger and decisions, which name payers by KPJ
-- alone; the NIK, names, and what banks wrote beside them stand outside, and can go.
CREATE INDEX nik_payer_payer ON nik_payer (payer) WHERE payer IS NOT NULL;
CREATE INDEX payer_name_payer ON payer_name (payer);
-- Payments that waited, or were refused, when only their NIK was known.
CREATE INDEX payment_nik ON payment (nik) WHERE nik IS NOT NULL AND payer IS NULL;

-- What was erased here, and when: an enrolment that comes late binds no NIK and no name again.
CREATE TABLE subject_erasure (
    request_id text        NOT NULL PRIMARY KEY,
    payer      bigint,
    erased_at  timestamptz NOT NULL,                   -- of the event
    erased_on  date        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX subject_erasure_payer ON subject_erasure (payer);
