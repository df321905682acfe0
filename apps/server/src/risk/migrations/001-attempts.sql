-- Attempts that must be counted across servers and restarts: codes asked for, PINs and faces tried, pairings.
CREATE TABLE risk_attempts (
  -- What is counted, and a keyed hash of whom: typed numbers of strangers are not kept.
  key text PRIMARY KEY,
  count int NOT NULL,
  window_ends_at timestamptz NOT NULL,
  locked_until timestamptz
);
CREATE INDEX risk_attempts_window ON risk_attempts (window_ends_at);
