-- Rules as data: a change makes a new version, and a payment's decision names the version it was made by.
CREATE TABLE risk_rule_sets (
  version int PRIMARY KEY,
  rules jsonb NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL
);
-- What people have paid by face, for sums, speed and places.
CREATE TABLE risk_uses (
  payment_id text PRIMARY KEY,
  person_id text NOT NULL,
  shop_id text NOT NULL,
  terminal_id text NOT NULL,
  amount_minor bigint NOT NULL,
  currency text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX risk_uses_person ON risk_uses (person_id, at);
CREATE INDEX risk_uses_terminal ON risk_uses (person_id, terminal_id);
CREATE TABLE risk_shop_places (
  shop_id text PRIMARY KEY,
  latitude double precision NOT NULL,
  longitude double precision NOT NULL
);
