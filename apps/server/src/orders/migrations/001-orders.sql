CREATE TABLE orders (
  id text PRIMARY KEY,
  shop_id text NOT NULL,
  terminal_id text NOT NULL,
  number text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'paid', 'preparing', 'ready', 'handed_over', 'canceled')),
  serving text NOT NULL CHECK (serving IN ('here', 'to_go')),
  language text NOT NULL,
  -- The contract's order lines: names and prices as they were when it was placed.
  lines jsonb NOT NULL,
  total_minor bigint NOT NULL CHECK (total_minor > 0),
  currency text NOT NULL,
  payment_id text,
  created_at timestamptz NOT NULL,
  paid_at timestamptz
);
CREATE INDEX orders_shop_state ON orders (shop_id, state, created_at);

-- How many orders a shop has had on a day of its own calendar.
CREATE TABLE orders_day_counts (
  shop_id text NOT NULL,
  day date NOT NULL,
  count int NOT NULL,
  PRIMARY KEY (shop_id, day)
);
