-- One model for what a kiosk starts for an order and what a merchant's own till starts through the API.
ALTER TABLE payments ALTER COLUMN order_id DROP NOT NULL;
ALTER TABLE payments ADD COLUMN tip_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN captured_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN fee_minor bigint NOT NULL DEFAULT 0;
-- False for payments at terminals in test mode; keys of one mode never see the other's.
ALTER TABLE payments ADD COLUMN livemode boolean NOT NULL DEFAULT false;
ALTER TABLE payments ADD COLUMN description text;
ALTER TABLE payments ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}';
-- "This wasn't me": from then on it is the cover fund's matter, and a refund would pay twice.
ALTER TABLE payments ADD COLUMN claimed_at timestamptz;
UPDATE payments SET captured_minor = amount_minor WHERE state = 'succeeded';
UPDATE payments AS p SET livemode = NOT t.test_mode FROM shops_terminals AS t WHERE t.id = p.terminal_id;
ALTER TABLE payments ADD CONSTRAINT payments_tip_within CHECK (tip_minor >= 0 AND tip_minor < amount_minor);
ALTER TABLE payments ADD CONSTRAINT payments_captured_within CHECK (captured_minor >= 0 AND captured_minor <= amount_minor);
ALTER TABLE payments ADD CONSTRAINT payments_refunded_within CHECK (refunded_minor >= 0 AND refunded_minor <= captured_minor);
ALTER TABLE payments ADD CONSTRAINT payments_captured_when CHECK ((captured_minor > 0) = (captured_at IS NOT NULL));
CREATE INDEX payments_merchant ON payments (merchant_id, livemode, id);

-- Every try to name a payer or to pay, with what came of it. Never who it was that failed.
CREATE TABLE payments_attempts (
  id text PRIMARY KEY,
  payment_id text NOT NULL REFERENCES payments,
  step text NOT NULL CHECK (step IN ('identify', 'confirm')),
  method text CHECK (method IN ('face_and_phone', 'phone_and_pin')),
  -- Null when it succeeded.
  failure_code text,
  created_at timestamptz NOT NULL
);
CREATE INDEX payments_attempts_payment ON payments_attempts (payment_id, id);

CREATE TABLE payments_refunds (
  id text PRIMARY KEY,
  payment_id text NOT NULL REFERENCES payments,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  state text NOT NULL CHECK (state IN ('requires_approval', 'succeeded', 'declined')),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency text NOT NULL,
  reason text NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}',
  requested_by text NOT NULL,
  decided_by text,
  created_at timestamptz NOT NULL,
  decided_at timestamptz,
  -- Above the cashier's limit it takes two.
  CHECK (decided_by IS NULL OR decided_by <> requested_by)
);
CREATE INDEX payments_refunds_payment ON payments_refunds (payment_id, id);
CREATE INDEX payments_refunds_merchant ON payments_refunds (merchant_id, livemode, id);
