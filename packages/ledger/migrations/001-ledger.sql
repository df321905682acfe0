-- The ledger: double-entry bookkeeping.
--
--   ledger_accounts   who owns money; four counters, and how far they may go
--   ledger_postings   one business event (a payment, a top-up), known by the id its client made
--   ledger_transfers  the postings' legs: an amount from a debit account to a credit account
--   ledger_entries    what each transfer did to each of its two accounts, numbered without gaps, with the counters after
--   ledger_holds      money set aside by a transfer, until another posts or voids it
--
-- Postings, transfers and entries are written once and never changed. All money moves through ledger_post() below.

CREATE TABLE ledger_accounts (
  id              text PRIMARY KEY,
  currency        text NOT NULL,
  kind            text NOT NULL,
  bounds          text NOT NULL,
  debits_pending  bigint NOT NULL DEFAULT 0,
  debits_posted   bigint NOT NULL DEFAULT 0,
  credits_pending bigint NOT NULL DEFAULT 0,
  credits_posted  bigint NOT NULL DEFAULT 0,
  entry_count     bigint NOT NULL DEFAULT 0,
  created_at      timestamptz NOT NULL DEFAULT now(),
  closed_at       timestamptz,

  CONSTRAINT ledger_accounts_id       CHECK (id ~ '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$'),
  CONSTRAINT ledger_accounts_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ledger_accounts_kind     CHECK (kind ~ '^[a-z][a-z0-9_]{0,39}$'),
  CONSTRAINT ledger_accounts_bounds   CHECK (bounds IN ('debits_within_credits', 'credits_within_debits', 'none')),
  CONSTRAINT ledger_accounts_counters CHECK (
    debits_pending >= 0 AND debits_posted >= 0 AND credits_pending >= 0 AND credits_posted >= 0),
  -- Pending money counts against its owner at once, and for its receiver only when posted.
  CONSTRAINT ledger_accounts_debits_within_credits CHECK (
    bounds <> 'debits_within_credits' OR debits_pending + debits_posted <= credits_posted),
  CONSTRAINT ledger_accounts_credits_within_debits CHECK (
    bounds <> 'credits_within_debits' OR credits_pending + credits_posted <= debits_posted),
  CONSTRAINT ledger_accounts_closed_empty CHECK (
    closed_at IS NULL OR (debits_pending = 0 AND credits_pending = 0 AND debits_posted = credits_posted))
)
-- Room on each page for the next versions of its rows: counters change all the time, ids never do.
WITH (fillfactor = 70);

CREATE TABLE ledger_postings (
  id          text PRIMARY KEY,
  kind        text NOT NULL,
  metadata    jsonb NOT NULL,
  -- SHA-256 of the request, by which a retry is told from another request under the same id.
  fingerprint bytea NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT ledger_postings_id       CHECK (id ~ '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$'),
  CONSTRAINT ledger_postings_kind     CHECK (kind ~ '^[a-z][a-z0-9_]{0,39}$'),
  CONSTRAINT ledger_postings_metadata CHECK (jsonb_typeof(metadata) = 'object' AND octet_length(metadata::text) <= 4096)
);

CREATE TABLE ledger_transfers (
  posting_id     text NOT NULL REFERENCES ledger_postings (id),
  leg            int NOT NULL,
  phase          text NOT NULL,
  kind           text NOT NULL,
  debit_account  text NOT NULL REFERENCES ledger_accounts (id),
  credit_account text NOT NULL REFERENCES ledger_accounts (id),
  currency       text NOT NULL,
  -- What the transfer adds to the pending and posted counters: to the debits of one account, the credits of the other.
  pending_change bigint NOT NULL,
  posted_change  bigint NOT NULL,
  hold_id        text,

  PRIMARY KEY (posting_id, leg),
  CONSTRAINT ledger_transfers_kind         CHECK (kind ~ '^[a-z][a-z0-9_]{0,39}$'),
  CONSTRAINT ledger_transfers_two_accounts CHECK (debit_account <> credit_account),
  CONSTRAINT ledger_transfers_hold         CHECK ((phase = 'direct') = (hold_id IS NULL)),
  CONSTRAINT ledger_transfers_amounts      CHECK (CASE phase
    WHEN 'direct'      THEN pending_change = 0 AND posted_change > 0
    WHEN 'hold'        THEN pending_change > 0 AND posted_change = 0
    WHEN 'post_hold'   THEN pending_change < 0 AND posted_change > 0 AND posted_change <= -pending_change
    WHEN 'void_hold'   THEN pending_change < 0 AND posted_change = 0
    WHEN 'expire_hold' THEN pending_change < 0 AND posted_change = 0
    ELSE false END)
);
-- Whatever else goes wrong, a hold is used up once.
CREATE UNIQUE INDEX ledger_transfers_hold_closed_once ON ledger_transfers (hold_id)
  WHERE phase IN ('post_hold', 'void_hold', 'expire_hold');

CREATE TABLE ledger_holds (
  id             text PRIMARY KEY,
  opened_by      text NOT NULL REFERENCES ledger_postings (id),
  debit_account  text NOT NULL,
  credit_account text NOT NULL,
  currency       text NOT NULL,
  amount         bigint NOT NULL,
  state          text NOT NULL DEFAULT 'pending',
  expires_at     timestamptz,
  closed_by      text REFERENCES ledger_postings (id),
  posted_amount  bigint NOT NULL DEFAULT 0,

  CONSTRAINT ledger_holds_id     CHECK (id ~ '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,89}$'),
  CONSTRAINT ledger_holds_state  CHECK (state IN ('pending', 'posted', 'voided', 'expired')),
  CONSTRAINT ledger_holds_closed CHECK ((state = 'pending') = (closed_by IS NULL)),
  CONSTRAINT ledger_holds_posted CHECK (posted_amount <= amount AND (state = 'posted') = (posted_amount > 0))
);
CREATE INDEX ledger_holds_to_expire ON ledger_holds (expires_at) WHERE state = 'pending';

CREATE TABLE ledger_entries (
  account_id      text NOT NULL,
  -- 1, 2, 3... within the account: a missing entry shows.
  number          bigint NOT NULL,
  posting_id      text NOT NULL,
  leg             int NOT NULL,
  side            text NOT NULL,
  pending_change  bigint NOT NULL,
  posted_change   bigint NOT NULL,
  -- The account's counters after this entry: each entry is chained to the one before, and the balance at any time is
  -- that of the last entry before it.
  debits_pending  bigint NOT NULL,
  debits_posted   bigint NOT NULL,
  credits_pending bigint NOT NULL,
  credits_posted  bigint NOT NULL,
  -- Taken while the account is locked, so that within an account time follows the numbers.
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),

  PRIMARY KEY (account_id, number),
  CONSTRAINT ledger_entries_side CHECK (side IN ('debit', 'credit'))
  -- No foreign keys: ledger_apply() makes entries of transfers and accounts it has just written and locked, and
  -- verification compares them. Checking each again would cost a tenth of the ledger's speed.
);

-- What is written stays written.

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is never changed: correct a posting with another one', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER ledger_postings_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_postings
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_transfers_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfers
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entries_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_accounts_stay BEFORE DELETE OR TRUNCATE ON ledger_accounts
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_accounts_identity BEFORE UPDATE OF id, currency, kind, bounds, created_at ON ledger_accounts
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_holds_stay BEFORE DELETE OR TRUNCATE ON ledger_holds
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_holds_identity
  BEFORE UPDATE OF id, opened_by, debit_account, credit_account, currency, amount, expires_at ON ledger_holds
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
-- The only moves of a hold: from pending to an end.
CREATE TRIGGER ledger_holds_closed_for_good BEFORE UPDATE ON ledger_holds
  FOR EACH ROW WHEN (OLD.state <> 'pending') EXECUTE FUNCTION ledger_refuse_change();

-- Applies postings in their order, all or none. A failure is raised: as SQLSTATE LG001 with a code as its message and
-- its subject as its detail, or as the violation of one of the constraints above.
--
-- A posting is {id, kind, metadata, transfers: [{phase, kind, debit, credit, currency, amount, hold, expiresAfterMs}]};
-- amounts are strings. One that is there already with the same content is passed over, as 'replayed'.
CREATE FUNCTION ledger_apply(postings jsonb) RETURNS TABLE (id text, outcome text)
LANGUAGE plpgsql
-- One plan for ever: it must not depend on how many accounts there were when a session first made it.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
  fresh   text[];
  legs    ledger_transfers[];
  code    text;
  subject text;
  placed  bigint;
BEGIN
  -- 1. Claim the ids. Whoever comes second with the same id waits here for the first to commit.
  WITH inserted AS (
    INSERT INTO ledger_postings (id, kind, metadata, fingerprint)
    SELECT p->>'id', p->>'kind', p->'metadata', sha256(convert_to(p::text, 'UTF8'))
    FROM jsonb_array_elements(postings) AS p
    ORDER BY p->>'id'
    ON CONFLICT DO NOTHING
    RETURNING ledger_postings.id
  )
  SELECT coalesce(array_agg(inserted.id), '{}') INTO fresh FROM inserted;

  IF cardinality(fresh) < jsonb_array_length(postings) THEN
    SELECT p->>'id' INTO subject
    FROM jsonb_array_elements(postings) AS p
    JOIN ledger_postings AS earlier ON earlier.id = p->>'id'
    WHERE earlier.fingerprint <> sha256(convert_to(p::text, 'UTF8'))
    LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'id_conflict' USING ERRCODE = 'LG001', DETAIL = subject;
    END IF;
    SELECT p->>'id' INTO subject FROM jsonb_array_elements(postings) AS p GROUP BY p->>'id' HAVING count(*) > 1 LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'id_repeated' USING ERRCODE = 'LG001', DETAIL = subject;
    END IF;
  END IF;

  -- 2. Take the holds that are to be closed, in order of id, and look whether they can be.
  IF jsonb_path_exists(postings, '$[*].transfers[*].phase ? (@ == "post_hold" || @ == "void_hold" || @ == "expire_hold")')
  THEN
    PERFORM FROM ledger_holds AS h
    WHERE h.id IN (SELECT t->>'hold' FROM jsonb_array_elements(postings) AS p, jsonb_array_elements(p->'transfers') AS t)
    ORDER BY h.id FOR UPDATE;

    SELECT problem.code, problem.hold INTO code, subject
    FROM (
      SELECT t->>'hold' AS hold, CASE
        WHEN h.id IS NULL THEN 'hold_not_found'
        WHEN h.state <> 'pending' THEN 'hold_not_pending'
        WHEN t->>'phase' = 'post_hold' AND h.expires_at <= now() THEN 'hold_expired'
        WHEN (t->>'amount')::bigint > h.amount THEN 'hold_amount_exceeded'
        WHEN count(*) OVER (PARTITION BY h.id) > 1 THEN 'hold_not_pending' END AS code
      FROM jsonb_array_elements(postings) AS p, jsonb_array_elements(p->'transfers') AS t
      LEFT JOIN ledger_holds AS h ON h.id = t->>'hold'
      WHERE t->>'phase' IN ('post_hold', 'void_hold', 'expire_hold') AND p->>'id' = ANY (fresh)
    ) AS problem
    WHERE problem.code IS NOT NULL LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION '%', code USING ERRCODE = 'LG001', DETAIL = subject;
    END IF;
  END IF;

  -- 3. Read the legs, in order. What closes a hold takes its accounts from there, and all its pending amount back.
  SELECT array_agg(
    ROW (
      p.posting->>'id', l.number - 1, l.leg->>'phase', coalesce(l.leg->>'kind', p.posting->>'kind'),
      coalesce(h.debit_account, l.leg->>'debit'), coalesce(h.credit_account, l.leg->>'credit'),
      coalesce(h.currency, l.leg->>'currency'),
      CASE l.leg->>'phase' WHEN 'direct' THEN 0 WHEN 'hold' THEN (l.leg->>'amount')::bigint ELSE -h.amount END,
      CASE l.leg->>'phase' WHEN 'direct' THEN (l.leg->>'amount')::bigint
                           WHEN 'post_hold' THEN coalesce((l.leg->>'amount')::bigint, h.amount) ELSE 0 END,
      l.leg->>'hold'
    )::ledger_transfers
    ORDER BY p.number, l.number)
  INTO legs
  FROM jsonb_array_elements(postings) WITH ORDINALITY AS p (posting, number)
  CROSS JOIN LATERAL jsonb_array_elements(p.posting->'transfers') WITH ORDINALITY AS l (leg, number)
  LEFT JOIN ledger_holds AS h ON h.id = l.leg->>'hold' AND l.leg->>'phase' <> 'hold'
  WHERE p.posting->>'id' = ANY (fresh);

  -- 4. Write the transfers, move the counters, write the entries. Accounts are locked in order of id, so that two
  -- postings which meet on the same accounts queue up rather than deadlock.
  WITH leg AS (
    SELECT * FROM unnest(legs) WITH ORDINALITY
      AS leg (posting_id, leg, phase, kind, debit_account, credit_account, currency, pending_change, posted_change, hold_id, turn)
  ), transfer AS (
    INSERT INTO ledger_transfers SELECT (unnest(legs)).*
  ), change AS (
    SELECT debit_account AS account_id, 'debit' AS side, turn * 2 AS turn, posting_id, leg, currency,
      pending_change AS debits_pending, posted_change AS debits_posted, 0 AS credits_pending, 0 AS credits_posted
    FROM leg
    UNION ALL
    SELECT credit_account, 'credit', turn * 2 + 1, posting_id, leg, currency, 0, 0, pending_change, posted_change
    FROM leg
  ), total AS (
    SELECT account_id, currency, count(*) AS entries,
      sum(debits_pending)::bigint AS debits_pending, sum(debits_posted)::bigint AS debits_posted,
      sum(credits_pending)::bigint AS credits_pending, sum(credits_posted)::bigint AS credits_posted
    FROM change GROUP BY account_id, currency
  ), locked AS MATERIALIZED (
    SELECT a.id FROM ledger_accounts AS a WHERE a.id IN (SELECT account_id FROM total)
    ORDER BY a.id FOR NO KEY UPDATE
  ), moved AS (
    UPDATE ledger_accounts AS a SET
      debits_pending  = a.debits_pending  + total.debits_pending,
      debits_posted   = a.debits_posted   + total.debits_posted,
      credits_pending = a.credits_pending + total.credits_pending,
      credits_posted  = a.credits_posted  + total.credits_posted,
      entry_count     = a.entry_count     + total.entries
    FROM locked JOIN total ON total.account_id = locked.id
    WHERE a.id = locked.id AND a.currency = total.currency AND a.closed_at IS NULL
    RETURNING a.id, a.bounds, a.entry_count - total.entries AS entry_count,
      a.debits_pending - total.debits_pending AS debits_pending, a.debits_posted - total.debits_posted AS debits_posted,
      a.credits_pending - total.credits_pending AS credits_pending, a.credits_posted - total.credits_posted AS credits_posted
  ), entry AS MATERIALIZED (
    SELECT change.account_id, moved.entry_count + row_number() OVER so_far AS number,
      change.posting_id, change.leg, change.side,
      change.debits_pending + change.credits_pending AS pending_change,
      change.debits_posted + change.credits_posted AS posted_change,
      (moved.debits_pending  + sum(change.debits_pending)  OVER so_far)::bigint AS debits_pending,
      (moved.debits_posted   + sum(change.debits_posted)   OVER so_far)::bigint AS debits_posted,
      (moved.credits_pending + sum(change.credits_pending) OVER so_far)::bigint AS credits_pending,
      (moved.credits_posted  + sum(change.credits_posted)  OVER so_far)::bigint AS credits_posted,
      moved.bounds
    FROM change JOIN moved ON moved.id = change.account_id
    WINDOW so_far AS (PARTITION BY change.account_id ORDER BY change.turn)
  ), written AS (
    INSERT INTO ledger_entries (account_id, number, posting_id, leg, side, pending_change, posted_change,
      debits_pending, debits_posted, credits_pending, credits_posted)
    SELECT account_id, number, posting_id, leg, side, pending_change, posted_change,
      debits_pending, debits_posted, credits_pending, credits_posted
    FROM entry
  )
  SELECT count(*),
    -- The accounts' own bounds hold after all postings; this one holds after each, which is stricter.
    min(account_id) FILTER (WHERE
      bounds = 'debits_within_credits' AND debits_pending + debits_posted > credits_posted
      OR bounds = 'credits_within_debits' AND credits_pending + credits_posted > debits_posted)
  INTO placed, subject
  FROM entry;

  IF subject IS NOT NULL THEN
    RAISE EXCEPTION 'insufficient_funds' USING ERRCODE = 'LG001', DETAIL = subject;
  END IF;
  IF placed < 2 * cardinality(legs) THEN
    SELECT CASE WHEN a.closed_at IS NOT NULL THEN 'account_closed' ELSE 'currency_mismatch' END, a.id
    INTO STRICT code, subject
    FROM unnest(legs) AS l JOIN ledger_accounts AS a ON a.id IN (l.debit_account, l.credit_account)
    WHERE a.closed_at IS NOT NULL OR a.currency <> l.currency
    LIMIT 1;
    RAISE EXCEPTION '%', code USING ERRCODE = 'LG001', DETAIL = subject;
  END IF;

  -- 5. Open and close the holds.
  IF EXISTS (SELECT FROM unnest(legs) AS l WHERE l.hold_id IS NOT NULL) THEN
    INSERT INTO ledger_holds (id, opened_by, debit_account, credit_account, currency, amount, expires_at)
    SELECT l->>'hold', p->>'id', l->>'debit', l->>'credit', l->>'currency', (l->>'amount')::bigint,
      now() + make_interval(secs => (l->>'expiresAfterMs')::float8 / 1000)
    FROM jsonb_array_elements(postings) AS p, jsonb_array_elements(p->'transfers') AS l
    WHERE l->>'phase' = 'hold' AND p->>'id' = ANY (fresh);

    UPDATE ledger_holds AS h SET
      state = CASE l.phase WHEN 'post_hold' THEN 'posted' WHEN 'void_hold' THEN 'voided' ELSE 'expired' END,
      closed_by = l.posting_id,
      posted_amount = l.posted_change
    FROM unnest(legs) AS l
    WHERE h.id = l.hold_id AND l.phase <> 'hold';
  END IF;

  RETURN QUERY
    SELECT p->>'id', CASE WHEN p->>'id' = ANY (fresh) THEN 'posted' ELSE 'replayed' END
    FROM jsonb_array_elements(postings) AS p;
END $$;

-- Applies postings, each on its own: what it says of one is independent of the others. Tries all at once first, which is
-- several times quicker; only when one of them fails does it go one by one.
--
-- `failure` is null, or a code, or the name of the violated constraint. A failed posting leaves nothing behind, and the
-- surrounding transaction can go on.
CREATE FUNCTION ledger_post(postings jsonb) RETURNS TABLE (id text, outcome text, failure text, subject text)
LANGUAGE plpgsql AS $$
DECLARE
  state      text;
  message    text;
  constraint_name text;
  detail     text;
BEGIN
  BEGIN
    RETURN QUERY SELECT a.id, a.outcome, NULL, NULL FROM ledger_apply(postings) AS a;
    RETURN;
  EXCEPTION WHEN SQLSTATE 'LG001' OR check_violation OR unique_violation OR foreign_key_violation OR numeric_value_out_of_range THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
      constraint_name = CONSTRAINT_NAME, detail = PG_EXCEPTION_DETAIL;
  END;

  IF jsonb_array_length(postings) = 1 THEN
    id := postings->0->>'id';
    outcome := 'failed';
    failure := CASE state WHEN 'LG001' THEN message WHEN '22003' THEN 'counter_overflow' ELSE constraint_name END;
    -- The details of a violated constraint quote a row, which is nobody's business.
    subject := CASE state WHEN 'LG001' THEN detail END;
    RETURN NEXT;
    RETURN;
  END IF;

  -- One by one takes locks in the order of the postings; so all of them are taken beforehand in the agreed order.
  PERFORM FROM ledger_holds AS h
  WHERE h.id IN (SELECT l->>'hold' FROM jsonb_array_elements(postings) AS p, jsonb_array_elements(p->'transfers') AS l)
  ORDER BY h.id FOR UPDATE;
  PERFORM FROM ledger_accounts AS a
  WHERE a.id IN (
    SELECT unnest(ARRAY[coalesce(h.debit_account, l->>'debit'), coalesce(h.credit_account, l->>'credit')])
    FROM jsonb_array_elements(postings) AS p
    CROSS JOIN LATERAL jsonb_array_elements(p->'transfers') AS l
    LEFT JOIN ledger_holds AS h ON h.id = l->>'hold')
  ORDER BY a.id FOR NO KEY UPDATE;
  FOR number IN 0 .. jsonb_array_length(postings) - 1 LOOP
    RETURN QUERY SELECT p.* FROM ledger_post(jsonb_build_array(postings->number)) AS p;
  END LOOP;
END $$;
