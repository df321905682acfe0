CREATE TABLE receipts (
  id text PRIMARY KEY,
  payment_id text NOT NULL CONSTRAINT receipts_payment_key UNIQUE,
  -- SHA-256 of the link's secret, which is itself derived from the payment's id and the server's secret.
  token_hash bytea NOT NULL CONSTRAINT receipts_token_key UNIQUE,
  paid_at timestamptz NOT NULL
);
