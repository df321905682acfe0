-- How long after a paint a terminal's frames show it: estimated from genuine scans, watched for drift.
CREATE TABLE scans_light_calibration (
  terminal_id text PRIMARY KEY,
  latency_ms  double precision NOT NULL,
  samples     integer NOT NULL,
  updated_at  timestamptz NOT NULL
);
