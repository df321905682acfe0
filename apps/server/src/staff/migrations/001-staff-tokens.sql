-- Tokens of a merchant's staff (for one shop) and of operators. Only their SHA-256 is kept.
CREATE TABLE staff_tokens (
  id text PRIMARY KEY,
  token_hash bytea NOT NULL CONSTRAINT staff_tokens_token_key UNIQUE,
  role text NOT NULL CHECK (role IN ('staff', 'operator')),
  merchant_id text,
  shop_id text,
  label text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz,
  CHECK ((role = 'staff') = (shop_id IS NOT NULL AND merchant_id IS NOT NULL))
);
