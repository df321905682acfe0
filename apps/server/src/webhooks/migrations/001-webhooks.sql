-- Where a merchant wants to hear of its events. Signing secrets are sealed (src/sealing.ts) for the endpoint's own id.
CREATE TABLE webhook_endpoints (
  id text PRIMARY KEY,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  url text NOT NULL,
  description text,
  -- '*' stands for every type, also those that come later.
  event_types text[] NOT NULL,
  state text NOT NULL CHECK (state IN ('enabled', 'disabled')),
  disabled_reason text CHECK (disabled_reason IN ('gone', 'failing', 'merchant')),
  secret_sealed bytea NOT NULL,
  -- After a rotation, until this time: deliveries carry its signature too.
  previous_secret_sealed bytea,
  previous_until timestamptz,
  -- Since when tries have failed without one success between them.
  failing_since timestamptz,
  created_at timestamptz NOT NULL,
  CHECK ((state = 'disabled') = (disabled_reason IS NOT NULL)),
  CHECK ((previous_secret_sealed IS NULL) = (previous_until IS NULL))
);
CREATE INDEX webhook_endpoints_merchant ON webhook_endpoints (merchant_id, livemode, id);

-- One event on its way to one endpoint. A replay sets the same row going again, so an event is never sent to an endpoint
-- by two rows at once.
CREATE TABLE webhook_deliveries (
  id text PRIMARY KEY,
  endpoint_id text NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
  event_id text NOT NULL,
  event_type text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed', 'canceled')),
  attempts integer NOT NULL,
  -- While a try is under way this is when it counts as lost, and somebody else may try.
  next_attempt_at timestamptz,
  -- The number of the try under way: who comes back late finds another number and changes nothing.
  claim bigint NOT NULL DEFAULT 0,
  last_status integer,
  last_failure text,
  last_attempt_at timestamptz,
  created_at timestamptz NOT NULL,
  CONSTRAINT webhook_deliveries_once UNIQUE (endpoint_id, event_id),
  CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL))
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_attempt_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_listed ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (created_at) WHERE state <> 'pending';
