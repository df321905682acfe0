-- What each person has paid in a row without a PIN; a payment with it begins anew.
CREATE TABLE risk_no_pin_rows (
  person_id text PRIMARY KEY,
  payments int NOT NULL CHECK (payments >= 0),
  sum_minor bigint NOT NULL CHECK (sum_minor >= 0)
);
