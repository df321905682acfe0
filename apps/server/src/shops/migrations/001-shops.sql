CREATE TABLE shops_merchants (
  id text PRIMARY KEY,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE shops_shops (
  id text PRIMARY KEY,
  merchant_id text NOT NULL REFERENCES shops_merchants,
  name text NOT NULL,
  currency text NOT NULL,
  country text NOT NULL CHECK (length(country) = 2),
  -- IANA name: a shop's day, and so its order numbers, begin at its own midnight.
  time_zone text NOT NULL,
  default_language text NOT NULL,
  languages text[] NOT NULL,
  -- The contract's Menu.
  menu jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE shops_terminals (
  id text PRIMARY KEY,
  shop_id text NOT NULL REFERENCES shops_shops,
  name text NOT NULL,
  state text NOT NULL DEFAULT 'unpaired' CHECK (state IN ('unpaired', 'active', 'disabled')),
  test_mode boolean NOT NULL DEFAULT false,
  -- Ed25519, SPKI DER in base64url.
  public_key text,
  model text,
  software_version text,
  paired_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (state <> 'active' OR public_key IS NOT NULL)
);

CREATE TABLE shops_pairing_codes (
  -- Keyed hash of the code.
  code_hash bytea PRIMARY KEY,
  terminal_id text NOT NULL REFERENCES shops_terminals,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
