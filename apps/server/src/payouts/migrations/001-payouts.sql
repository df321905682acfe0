CREATE TABLE payouts_accounts (
  merchant_id text PRIMARY KEY,
  holder_name text NOT NULL,
  -- Electronic format, checked when it was set.
  iban text NOT NULL,
  bic text,
  schedule text NOT NULL CHECK (schedule IN ('daily', 'weekly', 'manual')),
  currency text NOT NULL,
  minimum_minor bigint NOT NULL CHECK (minimum_minor > 0),
  updated_at timestamptz NOT NULL,
  updated_by text NOT NULL
);

CREATE TABLE payouts_batches (
  id text PRIMARY KEY,
  message_id text NOT NULL CONSTRAINT payouts_batches_message_key UNIQUE,
  currency text NOT NULL,
  execution_date date NOT NULL,
  count int NOT NULL CHECK (count > 0),
  total_minor bigint NOT NULL CHECK (total_minor > 0),
  created_at timestamptz NOT NULL,
  submitted_at timestamptz
);

CREATE TABLE payouts (
  id text PRIMARY KEY,
  batch_id text NOT NULL REFERENCES payouts_batches,
  merchant_id text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'in_transit', 'paid', 'failed', 'returned')),
  end_to_end_id text NOT NULL CONSTRAINT payouts_end_to_end_key UNIQUE,
  -- As they were when the money was sent, whatever the merchant changes later.
  holder_name text NOT NULL,
  iban text NOT NULL,
  bic text,
  failure_code text,
  -- The day of the schedule that made it; null when somebody asked for it.
  scheduled_for date,
  created_at timestamptz NOT NULL,
  settled_at timestamptz,
  CONSTRAINT payouts_once_a_day UNIQUE (merchant_id, currency, scheduled_for)
);
CREATE INDEX payouts_batch ON payouts (batch_id, id);
CREATE INDEX payouts_merchant ON payouts (merchant_id, id);
CREATE INDEX payouts_open ON payouts (currency, created_at) WHERE state IN ('pending', 'in_transit');

CREATE TABLE payouts_bank_lines (
  id text PRIMARY KEY,
  -- Made of what the bank numbers its lines by: a statement that is read twice changes nothing.
  reference text NOT NULL CONSTRAINT payouts_bank_lines_reference_key UNIQUE,
  booked_on date NOT NULL,
  direction text NOT NULL CHECK (direction IN ('credit', 'debit')),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency text NOT NULL,
  end_to_end_id text,
  description text NOT NULL,
  state text NOT NULL CHECK (state IN ('matched', 'unmatched', 'explained')),
  payout_id text,
  note text,
  noted_by text,
  created_at timestamptz NOT NULL
);
CREATE INDEX payouts_bank_lines_left_over ON payouts_bank_lines (currency, booked_on) WHERE state = 'unmatched';

-- A schedule runs once a day, whichever server comes first.
CREATE TABLE payouts_runs (
  currency text NOT NULL,
  day date NOT NULL,
  ran_at timestamptz NOT NULL,
  PRIMARY KEY (currency, day)
);
