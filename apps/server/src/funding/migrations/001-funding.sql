-- Who a person is at a provider of payments.
CREATE TABLE funding_customers (
  person_id text NOT NULL,
  provider text NOT NULL,
  reference text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (person_id, provider)
);

-- Cards kept for later, at their provider: what stands here is enough to know one by, and a name to charge it with.
CREATE TABLE funding_sources (
  id text PRIMARY KEY,
  person_id text NOT NULL,
  provider text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'ready', 'failed', 'removed')),
  setup_reference text,
  method_reference text,
  brand text,
  last_four text,
  expires_on text,
  is_default boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  CHECK (state <> 'ready' OR method_reference IS NOT NULL),
  CHECK (NOT is_default OR state = 'ready')
);
CREATE INDEX funding_sources_person ON funding_sources (person_id, id);
CREATE UNIQUE INDEX funding_sources_default ON funding_sources (person_id) WHERE is_default;
CREATE INDEX funding_sources_to_forget ON funding_sources (id) WHERE state = 'removed' AND method_reference IS NOT NULL;

CREATE TABLE funding_top_ups (
  id text PRIMARY KEY,
  person_id text NOT NULL REFERENCES people,
  provider text NOT NULL,
  -- 'sandbox_bank', 'new_card' or the id of a source.
  source text NOT NULL,
  -- What the caller's wish is known by: asking again is not a second wish.
  request_key text,
  automatic boolean NOT NULL DEFAULT false,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'requires_action', 'succeeded', 'failed')),
  -- The provider's name for it.
  reference text,
  failure_code text,
  created_at timestamptz NOT NULL,
  settled_at timestamptz,
  CONSTRAINT funding_top_ups_request UNIQUE (person_id, request_key)
);
CREATE UNIQUE INDEX funding_top_ups_reference ON funding_top_ups (provider, reference);
CREATE INDEX funding_top_ups_person ON funding_top_ups (person_id, created_at);
CREATE INDEX funding_top_ups_open ON funding_top_ups (created_at) WHERE state IN ('pending', 'requires_action');

INSERT INTO funding_top_ups (id, person_id, provider, source, amount_minor, currency, state, created_at, settled_at)
  SELECT id, person_id, 'sandbox_bank', 'sandbox_bank', amount_minor, currency, 'succeeded', created_at, created_at
  FROM people_top_ups;
DROP TABLE people_top_ups;

-- What providers have told us, each once, and what came of it.
CREATE TABLE funding_events (
  provider text NOT NULL,
  event_id text NOT NULL,
  type text NOT NULL,
  top_up_id text,
  outcome text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (provider, event_id)
);

CREATE TABLE funding_auto_top_ups (
  person_id text PRIMARY KEY REFERENCES people,
  enabled boolean NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  per_day_minor bigint NOT NULL CHECK (per_day_minor > 0),
  currency text NOT NULL,
  updated_at timestamptz NOT NULL
);
