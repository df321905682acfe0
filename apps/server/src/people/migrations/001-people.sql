CREATE TABLE people (
  id text PRIMARY KEY,
  -- E.164. The only copy of a phone number that outlives its one-time code.
  phone text NOT NULL CONSTRAINT people_phone_key UNIQUE,
  face_pay text NOT NULL DEFAULT 'off' CHECK (face_pay IN ('off', 'on', 'frozen')),
  pin_hash text,
  created_at timestamptz NOT NULL
);

CREATE TABLE people_sessions (
  id text PRIMARY KEY,
  person_id text NOT NULL REFERENCES people,
  -- SHA-256 of the token: the token itself is known to its holder alone.
  token_hash bytea NOT NULL CONSTRAINT people_sessions_token_key UNIQUE,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX people_sessions_person ON people_sessions (person_id);

CREATE TABLE people_auth_codes (
  id text PRIMARY KEY,
  phone text NOT NULL,
  code_hash bytea NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX people_auth_codes_expiry ON people_auth_codes (expires_at);

CREATE TABLE people_consents (
  person_id text NOT NULL REFERENCES people,
  kind text NOT NULL CHECK (kind IN ('terms', 'biometrics')),
  version text NOT NULL,
  given_at timestamptz NOT NULL,
  PRIMARY KEY (person_id, kind, version)
);

CREATE TABLE people_top_ups (
  id text PRIMARY KEY,
  person_id text NOT NULL REFERENCES people,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency text NOT NULL,
  created_at timestamptz NOT NULL
);

-- Where messages land that a phone would get, in development only.
CREATE TABLE people_outbox (
  id uuid PRIMARY KEY,
  phone text NOT NULL,
  text text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX people_outbox_newest ON people_outbox (created_at);
