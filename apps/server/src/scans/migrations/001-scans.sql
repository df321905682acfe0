-- One row a scan. The nonce is no secret once it was used; it stays so that a chain can be checked again. `sealed_probe`
-- is the template of a live scan, sealed (AES-256-GCM), until a payment has taken it or its time is over. No picture,
-- no crop and no mesh is ever written.
CREATE TABLE scans (
  id               text PRIMARY KEY,
  terminal_id      text NOT NULL,
  purpose          text NOT NULL,
  payment_id       text,
  person_id        text,
  state            text NOT NULL,
  nonce            text NOT NULL,
  created_at       timestamptz NOT NULL,
  -- The end of the present state: to open the stream, to come to a decision, to be taken.
  expires_at       timestamptz,
  decided_at       timestamptz,
  evidence         jsonb,
  sealed_probe     bytea,
  CONSTRAINT scans_nonce_once UNIQUE (nonce),
  CONSTRAINT scans_purpose CHECK (
    (purpose = 'payment' AND payment_id IS NOT NULL AND person_id IS NULL)
    OR (purpose = 'enrolment' AND person_id IS NOT NULL AND payment_id IS NULL)),
  CONSTRAINT scans_state CHECK (
    state IN ('created', 'streaming', 'live', 'attack', 'undecided', 'no_face', 'aborted', 'consumed', 'expired')),
  CONSTRAINT scans_probe_only_while_live CHECK (sealed_probe IS NULL OR state = 'live'),
  CONSTRAINT scans_probe_size CHECK (octet_length(sealed_probe) <= 32768),
  CONSTRAINT scans_evidence_size CHECK (octet_length(evidence::text) <= 16384)
);
CREATE INDEX scans_by_end ON scans (state, expires_at);
