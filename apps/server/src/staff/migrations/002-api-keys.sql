-- A merchant's keys for the API. Only their SHA-256 is kept: a key is shown once, when it is made.
CREATE TABLE staff_api_keys (
  id text PRIMARY KEY,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  name text NOT NULL,
  scopes text[] NOT NULL,
  token_hash bytea NOT NULL CONSTRAINT staff_api_keys_token_key UNIQUE,
  -- The last characters, so that people can tell their keys apart.
  hint text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  -- The key that took its place.
  rolled_to text
);
CREATE INDEX staff_api_keys_merchant ON staff_api_keys (merchant_id, livemode, id);
