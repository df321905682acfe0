-- The outbox: one row for every change of state that a merchant may hear of, written in the transaction of the change.
CREATE TABLE events (
  id text PRIMARY KEY,
  type text NOT NULL,
  object_id text NOT NULL,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  -- The object as the merchant's API shows it at that moment: a pseudonym for the person, nothing biometric.
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  -- Set by whoever has handed it on to every webhook endpoint. Ids ascend with time but not with commits, so what is to
  -- be handed on is found by this column and never by "ids after the last one seen".
  dispatched_at timestamptz
);
CREATE INDEX events_merchant ON events (merchant_id, livemode, id);
CREATE INDEX events_undispatched ON events (id) WHERE dispatched_at IS NULL;
