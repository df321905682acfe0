CREATE TABLE payments (
  id text PRIMARY KEY,
  order_id text NOT NULL,
  shop_id text NOT NULL,
  shop_name text NOT NULL,
  merchant_id text NOT NULL,
  terminal_id text NOT NULL,
  state text NOT NULL CHECK (state IN
    ('requires_identification', 'requires_confirmation', 'requires_capture', 'succeeded', 'canceled')),
  capture_method text NOT NULL CHECK (capture_method IN ('automatic', 'manual')),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency text NOT NULL,
  person_id text,
  payer_hint text,
  method text CHECK (method IN ('face_and_phone', 'phone_and_pin')),
  scan_id text,
  pin_required boolean NOT NULL DEFAULT false,
  pin_reason text,
  pin_used boolean NOT NULL DEFAULT false,
  -- How the payer was recognised (similarity, threshold, model, liveness) and what risk said. No biometrics.
  evidence jsonb,
  risk jsonb,
  cancel_reason text,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  identified_at timestamptz,
  confirmed_at timestamptz,
  captured_at timestamptz,
  canceled_at timestamptz,
  CHECK (state IN ('requires_identification', 'canceled') OR person_id IS NOT NULL),
  CHECK ((state = 'succeeded') = (captured_at IS NOT NULL))
);
CREATE INDEX payments_person ON payments (person_id, id);
-- However often it is tried: an order has one payment that is alive or has succeeded.
CREATE UNIQUE INDEX payments_one_per_order ON payments (order_id) WHERE state <> 'canceled';
CREATE INDEX payments_to_expire ON payments (expires_at)
  WHERE state IN ('requires_identification', 'requires_confirmation', 'requires_capture');
