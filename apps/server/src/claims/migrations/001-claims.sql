CREATE TABLE claims (
  id text PRIMARY KEY,
  payment_id text NOT NULL CONSTRAINT claims_payment_key UNIQUE,
  person_id text NOT NULL,
  state text NOT NULL CHECK (state IN ('under_review', 'credited', 'accepted', 'rejected')),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency text NOT NULL,
  -- What was paid back by the cover fund, less what was taken back.
  credited_minor bigint NOT NULL DEFAULT 0 CHECK (credited_minor >= 0),
  -- As things stood when the claim was opened; never changed.
  evidence jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  credited_at timestamptz,
  decided_at timestamptz,
  decided_by text,
  decision_reason text,
  CHECK ((state IN ('accepted', 'rejected')) = (decided_at IS NOT NULL))
);
CREATE INDEX claims_person ON claims (person_id, created_at);
