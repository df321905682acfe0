-- Many postings in a handful of statements, hot accounts in shards, and reversals.

-- A hot account (fees, cover fund, bank clearing) is met by every payment. What it receives goes to one of its shards,
-- which are accounts like any other: each connection has its own, so payments of different connections do not wait for
-- each other's commit. What it pays out comes from the account itself, whose bounds therefore hold; a posting of kind
-- `shard_gather` brings the money there. An account without bounds sends both sides to its shards and needs no gathering.
CREATE TABLE ledger_shards (
  account_id    ledger_id PRIMARY KEY,
  parent_id     ledger_id NOT NULL,
  number        int NOT NULL CHECK (number BETWEEN 0 AND 15),
  takes_debits  boolean NOT NULL,
  takes_credits boolean NOT NULL,
  UNIQUE (parent_id, number)
);
CREATE INDEX ledger_shards_by_number ON ledger_shards (number, parent_id);
CREATE TRIGGER ledger_shards_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_shards
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- What a posting takes back, as a whole and once. The amounts are those of its transfers.
CREATE TABLE ledger_reversals (
  posting_id ledger_id PRIMARY KEY,
  reverses   ledger_id NOT NULL,
  CONSTRAINT ledger_reversals_once UNIQUE (reverses)
);
CREATE TRIGGER ledger_reversals_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_reversals
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- The number of the account's last entry before a moment, 0 if there is none. Within an account time follows the numbers,
-- so that halving finds it without an index on the time.
CREATE FUNCTION ledger_last_entry_before(account text, moment timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  low    bigint := 0;
  high   bigint;
  middle bigint;
  seen   timestamptz;
BEGIN
  SELECT a.entry_count INTO high FROM ledger_accounts AS a WHERE a.id = account;
  WHILE low < high LOOP
    middle := (low + high + 1) / 2;
    SELECT e.created_at INTO seen FROM ledger_entries AS e WHERE e.account_id = account AND e.number = middle;
    IF seen < moment THEN low := middle; ELSE high := middle - 1; END IF;
  END LOOP;
  RETURN low;
END $$;

-- A transfer of a batch while it is worked on, ...
CREATE TYPE ledger_leg AS (
  n          int,  -- the number of its posting in the batch
  leg        int,
  posting_id text,
  phase      text,
  kind       text,
  debit      text,
  credit     text,
  currency   text,
  amount     bigint,
  hold_id    text,
  expires_ms float8,
  pending    bigint,
  posted     bigint
);
-- ... and what it does to one of its accounts, with the counters after.
CREATE TYPE ledger_step AS (
  account_id      text,
  number          bigint,
  posting_id      text,
  leg             int,
  side            text,
  pending         bigint,
  posted          bigint,
  debits_pending  bigint,
  debits_posted   bigint,
  credits_pending bigint,
  credits_posted  bigint,
  is_last         boolean,
  is_sound        boolean
);

-- Where an account's money goes on this side: to the shard of this connection, or to the account itself.
CREATE FUNCTION ledger_shard_of(account text, side text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT s.account_id FROM ledger_shards AS s
    WHERE s.parent_id = account AND s.number = pg_backend_pid() % 16
      AND CASE side WHEN 'debit' THEN s.takes_debits ELSE s.takes_credits END), account)
$$;

-- Applies several postings as if one after the other, all or none, but with few statements: each reads or writes for all
-- of them. The sequence of every transaction is: ids, holds, accounts, each in order.
--
-- Whatever is not in order raises LG002, or the violation of a constraint: then the caller tries smaller parts, down to
-- single postings, which say what it was.
CREATE FUNCTION ledger_apply_many(postings jsonb) RETURNS TABLE (posting_id text, outcome text) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_mergejoin = off
SET enable_hashjoin = on
SET enable_nestloop = on
AS $$
DECLARE
  total    int := jsonb_array_length(postings);
  fresh    text[];
  legs     ledger_leg[];
  holds    ledger_holds[];
  accounts ledger_accounts[];
  shards   ledger_shards[];
  steps    ledger_step[];
  closes   boolean;
  opens    boolean;
  sound    boolean;
BEGIN
  -- Claim the ids. Whoever comes second with one waits here until the first has committed.
  WITH claimed AS (
    INSERT INTO ledger_postings AS new (id, kind, metadata, fingerprint)
    SELECT p->>'id', p->>'kind', p->'metadata', sha256(convert_to(p::text, 'UTF8'))
    FROM jsonb_array_elements(postings) AS p ORDER BY p->>'id'
    ON CONFLICT DO NOTHING
    RETURNING new.id
  )
  SELECT array_agg(c.id) INTO fresh FROM claimed AS c;

  IF coalesce(cardinality(fresh), 0) < total THEN
    PERFORM FROM jsonb_array_elements(postings) AS p
    WHERE p->>'id' <> ALL (coalesce(fresh, '{}')) AND NOT EXISTS (
      SELECT FROM ledger_postings AS earlier
      WHERE earlier.id = p->>'id' AND earlier.fingerprint = sha256(convert_to(p::text, 'UTF8')));
    IF FOUND OR total > (SELECT count(DISTINCT p->>'id') FROM jsonb_array_elements(postings) AS p) THEN
      RAISE EXCEPTION 'an id was used before' USING ERRCODE = 'LG002';
    END IF;
    IF fresh IS NULL THEN
      RETURN QUERY SELECT p->>'id', 'replayed' FROM jsonb_array_elements(postings) AS p;
      RETURN;
    END IF;
  END IF;

  IF jsonb_path_exists(postings, '$[*].reverses') THEN
    INSERT INTO ledger_reversals (posting_id, reverses)
    SELECT p->>'id', p->>'reverses' FROM jsonb_array_elements(postings) AS p
    WHERE p ? 'reverses' AND p->>'id' = ANY (fresh);
  END IF;

  SELECT array_agg(s) INTO shards FROM ledger_shards AS s WHERE s.number = pg_backend_pid() % 16;

  SELECT
    array_agg(ROW(
      n, leg - 1, p->>'id', t->>'phase', coalesce(t->>'kind', p->>'kind'), t->>'debit', t->>'credit', t->>'currency',
      (t->>'amount')::ledger_amount, t->>'hold', (t->>'expiresAfterMs')::float8,
      CASE t->>'phase' WHEN 'hold' THEN (t->>'amount')::bigint ELSE 0 END,
      CASE t->>'phase' WHEN 'direct' THEN (t->>'amount')::bigint ELSE 0 END)::ledger_leg ORDER BY n, leg),
    bool_or(t->>'phase' = 'hold'), bool_or(t->>'phase' NOT IN ('direct', 'hold'))
  INTO legs, opens, closes
  FROM jsonb_array_elements(postings) WITH ORDINALITY AS p (p, n),
    jsonb_array_elements(p->'transfers') WITH ORDINALITY AS t (t, leg)
  WHERE total = cardinality(fresh) OR p->>'id' = ANY (fresh);

  IF shards IS NOT NULL THEN
    PERFORM set_config('enable_nestloop', 'off', true);
    SELECT array_agg(ROW(
      l.n, l.leg, l.posting_id, l.phase, l.kind, coalesce(d.account_id, l.debit), coalesce(c.account_id, l.credit),
      l.currency, l.amount, l.hold_id, l.expires_ms, l.pending, l.posted)::ledger_leg)
    INTO legs
    FROM unnest(legs) AS l
    LEFT JOIN unnest(shards) AS d ON d.parent_id = l.debit AND d.takes_debits AND l.kind <> 'shard_gather'
    LEFT JOIN unnest(shards) AS c ON c.parent_id = l.credit AND c.takes_credits AND l.kind <> 'shard_gather';
    PERFORM set_config('enable_nestloop', 'on', true);
  END IF;

  IF closes THEN
    SELECT array_agg(h.hold) INTO holds FROM (
      SELECT h AS hold FROM ledger_holds AS h
      WHERE h.id = ANY (ARRAY(SELECT l.hold_id FROM unnest(legs) AS l WHERE l.phase NOT IN ('direct', 'hold')))
      ORDER BY h.id FOR NO KEY UPDATE) AS h;
    -- What closes a hold takes the accounts from it, and gives all its pending amount back.
    WITH hold AS (
      SELECT h.id, h.debit_account, h.credit_account, h.currency, h.amount,
        h.state = 'pending' AS is_pending, h.expires_at, 0 AS n, 0 AS leg
      FROM unnest(holds) AS h
      UNION ALL
      SELECT l.hold_id, l.debit, l.credit, l.currency, l.amount, true,
        now() + make_interval(secs => l.expires_ms / 1000), l.n, l.leg
      FROM unnest(legs) AS l WHERE l.phase = 'hold'
    )
    SELECT
      array_agg(ROW(
        l.n, l.leg, l.posting_id, l.phase, l.kind, coalesce(h.debit_account, l.debit),
        coalesce(h.credit_account, l.credit), coalesce(h.currency, l.currency), l.amount, l.hold_id, l.expires_ms,
        CASE WHEN l.phase IN ('direct', 'hold') THEN l.pending ELSE -h.amount END,
        CASE WHEN l.phase = 'post_hold' THEN coalesce(l.amount, h.amount) ELSE l.posted END)::ledger_leg),
      bool_and(l.phase IN ('direct', 'hold') OR coalesce(
        h.is_pending AND (h.n, h.leg) < (l.n, l.leg) AND (l.amount <= h.amount) IS NOT FALSE
        AND (l.phase = 'post_hold' AND h.expires_at <= now()) IS NOT TRUE, false))
    INTO legs, sound
    FROM unnest(legs) AS l
    LEFT JOIN hold AS h ON h.id = l.hold_id AND l.phase NOT IN ('direct', 'hold');
    IF NOT sound THEN
      RAISE EXCEPTION 'a hold cannot be closed' USING ERRCODE = 'LG002';
    END IF;
  END IF;

  SELECT array_agg(a.account) INTO accounts FROM (
    SELECT a AS account FROM ledger_accounts AS a
    WHERE a.id = ANY (ARRAY(SELECT l.debit FROM unnest(legs) AS l UNION SELECT l.credit FROM unnest(legs) AS l))
    ORDER BY a.id FOR NO KEY UPDATE) AS a;

  -- The counters of each account after each transfer. Looked at before anything else is written, since a batch in which
  -- one wallet is empty is nothing unusual.
  PERFORM set_config('enable_nestloop', 'off', true);
  WITH side AS (
    SELECT l.n, l.leg, l.posting_id, l.currency, l.debit AS account_id, 'debit' AS side, l.pending, l.posted,
      l.pending AS dp, l.posted AS d, 0::bigint AS cp, 0::bigint AS c
    FROM unnest(legs) AS l
    UNION ALL
    SELECT l.n, l.leg, l.posting_id, l.currency, l.credit, 'credit', l.pending, l.posted, 0, 0, l.pending, l.posted
    FROM unnest(legs) AS l
  ), run AS (
    SELECT s.account_id, s.posting_id, s.n, s.leg, s.side, s.pending, s.posted, a.bounds,
      a.entry_count + row_number() OVER w AS number,
      (a.debits_pending + sum(s.dp) OVER w)::bigint AS debits_pending,
      (a.debits_posted + sum(s.d) OVER w)::bigint AS debits_posted,
      (a.credits_pending + sum(s.cp) OVER w)::bigint AS credits_pending,
      (a.credits_posted + sum(s.c) OVER w)::bigint AS credits_posted,
      lead(s.n) OVER w IS NULL AS is_last,
      a.currency = s.currency AND a.closed_at IS NULL AS is_open
    FROM side AS s JOIN unnest(accounts) AS a ON a.id = s.account_id
    WINDOW w AS (PARTITION BY s.account_id ORDER BY s.n, s.leg ROWS UNBOUNDED PRECEDING)
  )
  SELECT
    array_agg(ROW(r.account_id, r.number, r.posting_id, r.leg, r.side, r.pending, r.posted, r.debits_pending,
      r.debits_posted, r.credits_pending, r.credits_posted, r.is_last, true)::ledger_step),
    bool_and(r.is_open AND CASE r.bounds
      WHEN 'debits_within_credits' THEN r.debits_pending + r.debits_posted <= r.credits_posted
      WHEN 'credits_within_debits' THEN r.credits_pending + r.credits_posted <= r.debits_posted
      ELSE true END)
  INTO steps, sound
  FROM run AS r;
  PERFORM set_config('enable_nestloop', 'on', true);
  IF sound IS NOT TRUE OR cardinality(steps) <> 2 * cardinality(legs) THEN
    RAISE EXCEPTION 'an account cannot take part' USING ERRCODE = 'LG002';
  END IF;

  PERFORM set_config('enable_hashjoin', 'off', true);
  UPDATE ledger_accounts AS a SET
    debits_pending = s.debits_pending, debits_posted = s.debits_posted,
    credits_pending = s.credits_pending, credits_posted = s.credits_posted, entry_count = s.number
  FROM unnest(steps) AS s WHERE s.is_last AND a.id = s.account_id;
  PERFORM set_config('enable_hashjoin', 'on', true);

  INSERT INTO ledger_entries (account_id, number, posting_id, leg, side, pending_change, posted_change,
    debits_pending, debits_posted, credits_pending, credits_posted)
  SELECT s.account_id, s.number, s.posting_id, s.leg, s.side, s.pending, s.posted,
    s.debits_pending, s.debits_posted, s.credits_pending, s.credits_posted
  FROM unnest(steps) AS s;

  INSERT INTO ledger_transfers (posting_id, leg, phase, kind, debit_account, credit_account, currency,
    pending_change, posted_change, hold_id)
  SELECT l.posting_id, l.leg, l.phase, l.kind, l.debit, l.credit, l.currency, l.pending, l.posted, l.hold_id
  FROM unnest(legs) AS l;

  IF opens THEN
    INSERT INTO ledger_holds (id, opened_by, debit_account, credit_account, currency, amount, expires_at)
    SELECT l.hold_id, l.posting_id, l.debit, l.credit, l.currency, l.amount,
      now() + make_interval(secs => l.expires_ms / 1000)
    FROM unnest(legs) AS l WHERE l.phase = 'hold';
  END IF;
  IF closes THEN
    PERFORM set_config('enable_hashjoin', 'off', true);
    UPDATE ledger_holds AS h SET
      state = CASE l.phase WHEN 'post_hold' THEN 'posted' WHEN 'void_hold' THEN 'voided' ELSE 'expired' END,
      closed_by = l.posting_id,
      posted_amount = l.posted
    FROM unnest(legs) AS l WHERE h.id = l.hold_id AND l.phase NOT IN ('direct', 'hold');
  END IF;

  RETURN QUERY SELECT p->>'id', CASE WHEN p->>'id' = ANY (fresh) THEN 'posted' ELSE 'replayed' END
  FROM jsonb_array_elements(postings) AS p;
END $$;

-- Locks every hold, then every account that postings touch, each in order of id: two transactions that meet on several
-- of them queue up rather than deadlock.
CREATE OR REPLACE FUNCTION ledger_lock(postings jsonb) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
  hold_ids    text[];
  account_ids text[];
  held_ids    text[];
BEGIN
  SELECT array_agg(t->>'hold') FILTER (WHERE t->>'hold' IS NOT NULL),
    array_agg(CASE WHEN p->>'kind' = 'shard_gather' THEN t->>'debit' ELSE ledger_shard_of(t->>'debit', 'debit') END)
    || array_agg(CASE WHEN p->>'kind' = 'shard_gather' THEN t->>'credit' ELSE ledger_shard_of(t->>'credit', 'credit') END)
  INTO hold_ids, account_ids
  FROM jsonb_array_elements(postings) AS p, jsonb_array_elements(p->'transfers') AS t;

  IF hold_ids IS NOT NULL THEN
    WITH locked AS (SELECT h.* FROM ledger_holds AS h WHERE h.id = ANY (hold_ids) ORDER BY h.id FOR NO KEY UPDATE)
    SELECT array_agg(debit_account) || array_agg(credit_account) INTO held_ids FROM locked;
  END IF;
  PERFORM FROM ledger_accounts AS a WHERE a.id = ANY (account_ids || held_ids) ORDER BY a.id FOR NO KEY UPDATE;
END $$;

DROP FUNCTION ledger_apply(jsonb);

-- Applies one posting, transfer by transfer: for few transfers that is faster than the preparations above, and it can
-- say what is wrong. A failure is raised: as SQLSTATE LG001 with a code as its message and its subject as its detail, or
-- as the violation of a constraint.
--
-- A posting is {id, kind, metadata, reverses, transfers: [{phase, kind, debit, credit, currency, amount, hold,
-- expiresAfterMs}]}; amounts are strings. One that is there already with the same content is passed over, as 'replayed'.
CREATE FUNCTION ledger_apply_one(p jsonb) RETURNS text LANGUAGE plpgsql
-- One plan for ever, since planning each statement anew would cost more than running it; and one that takes rows from the
-- index in its order, however small the tables were when it was made.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
  t            jsonb;    -- the transfer at hand,
  t_leg        int := -1; -- the number of that,
  t_phase      text;
  t_hold       ledger_holds; -- the hold it closes,
  t_debit      text;     -- its accounts,
  t_credit     text;
  t_currency   text;
  t_pending    bigint;   -- and what it adds to their counters.
  t_posted     bigint;
  entries_made int;
  problem      text;
  at_fault     text;
BEGIN
  -- Claim the id. Whoever comes second with it waits here until the first has committed.
  INSERT INTO ledger_postings (id, kind, metadata, fingerprint)
  VALUES (p->>'id', p->>'kind', p->'metadata', sha256(convert_to(p::text, 'UTF8')))
  ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    PERFORM FROM ledger_postings AS earlier
    WHERE earlier.id = p->>'id' AND earlier.fingerprint = sha256(convert_to(p::text, 'UTF8'));
    IF NOT FOUND THEN
      RAISE EXCEPTION 'id_conflict' USING ERRCODE = 'LG001', DETAIL = p->>'id';
    END IF;
    RETURN 'replayed';
  END IF;
  IF p ? 'reverses' THEN
    INSERT INTO ledger_reversals (posting_id, reverses) VALUES (p->>'id', p->>'reverses');
  END IF;

  -- A single transfer locks its hold and then, in the order of the index, its two accounts: no need to lock beforehand.
  IF jsonb_array_length(p->'transfers') > 1 THEN
    PERFORM ledger_lock(jsonb_build_array(p));
  END IF;

  FOR t IN SELECT jsonb_array_elements(p->'transfers') LOOP
    t_leg := t_leg + 1;
    t_phase := t->>'phase';

    IF t_phase IN ('direct', 'hold') THEN
      t_debit := t->>'debit';
      t_credit := t->>'credit';
      t_currency := t->>'currency';
      t_pending := CASE t_phase WHEN 'hold' THEN (t->>'amount')::ledger_amount ELSE 0 END;
      t_posted := CASE t_phase WHEN 'direct' THEN (t->>'amount')::ledger_amount ELSE 0 END;
      IF p->>'kind' <> 'shard_gather' THEN
        SELECT coalesce(max(s.account_id) FILTER (WHERE s.parent_id = t_debit AND s.takes_debits), t_debit),
          coalesce(max(s.account_id) FILTER (WHERE s.parent_id = t_credit AND s.takes_credits), t_credit)
        INTO t_debit, t_credit
        FROM ledger_shards AS s WHERE s.number = pg_backend_pid() % 16 AND s.parent_id IN (t_debit, t_credit);
      END IF;
    ELSE
      -- What closes a hold takes the accounts from it, and gives all its pending amount back.
      SELECT * INTO t_hold FROM ledger_holds AS h WHERE h.id = t->>'hold' FOR NO KEY UPDATE;
      problem := CASE
        WHEN t_hold.id IS NULL THEN 'hold_not_found'
        WHEN t_hold.state <> 'pending' THEN 'hold_not_pending'
        WHEN t_phase = 'post_hold' AND t_hold.expires_at <= now() THEN 'hold_expired'
        WHEN (t->>'amount')::ledger_amount > t_hold.amount THEN 'hold_amount_exceeded' END;
      IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = 'LG001', DETAIL = t->>'hold';
      END IF;
      t_debit := t_hold.debit_account;
      t_credit := t_hold.credit_account;
      t_currency := t_hold.currency;
      t_pending := -t_hold.amount;
      t_posted := CASE t_phase WHEN 'post_hold' THEN coalesce((t->>'amount')::ledger_amount, t_hold.amount) ELSE 0 END;
      UPDATE ledger_holds AS h SET
        state = CASE t_phase WHEN 'post_hold' THEN 'posted' WHEN 'void_hold' THEN 'voided' ELSE 'expired' END,
        closed_by = p->>'id',
        posted_amount = t_posted
      WHERE h.id = t_hold.id;
    END IF;

    INSERT INTO ledger_transfers (posting_id, leg, phase, kind, debit_account, credit_account, currency,
      pending_change, posted_change, hold_id)
    VALUES (p->>'id', t_leg, t_phase, coalesce(t->>'kind', p->>'kind'), t_debit, t_credit, t_currency,
      t_pending, t_posted, t->>'hold');

    -- Move the counters of both accounts; the constraints of the table hold their bounds. Note it in their journals.
    WITH moved AS (
      UPDATE ledger_accounts AS a SET
        debits_pending  = a.debits_pending  + CASE a.id WHEN t_debit  THEN t_pending ELSE 0 END,
        debits_posted   = a.debits_posted   + CASE a.id WHEN t_debit  THEN t_posted  ELSE 0 END,
        credits_pending = a.credits_pending + CASE a.id WHEN t_credit THEN t_pending ELSE 0 END,
        credits_posted  = a.credits_posted  + CASE a.id WHEN t_credit THEN t_posted  ELSE 0 END,
        entry_count     = a.entry_count + 1
      WHERE a.id IN (t_debit, t_credit) AND a.currency = t_currency AND a.closed_at IS NULL
      RETURNING a.*
    )
    INSERT INTO ledger_entries (account_id, number, posting_id, leg, side, pending_change, posted_change,
      debits_pending, debits_posted, credits_pending, credits_posted)
    SELECT a.id, a.entry_count, p->>'id', t_leg, CASE a.id WHEN t_debit THEN 'debit' ELSE 'credit' END,
      t_pending, t_posted, a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted
    FROM moved AS a;
    GET DIAGNOSTICS entries_made = ROW_COUNT;

    IF entries_made < 2 THEN
      SELECT asked.id, CASE
        WHEN a.id IS NULL THEN 'account_not_found'
        WHEN a.closed_at IS NOT NULL THEN 'account_closed'
        WHEN a.currency <> t_currency THEN 'currency_mismatch' END
      INTO at_fault, problem
      FROM (VALUES (t_debit), (t_credit)) AS asked (id)
      LEFT JOIN ledger_accounts AS a ON a.id = asked.id
      WHERE a.id IS NULL OR a.closed_at IS NOT NULL OR a.currency <> t_currency
      LIMIT 1;
      RAISE EXCEPTION '%', problem USING ERRCODE = 'LG001', DETAIL = at_fault;
    END IF;

    IF t_phase = 'hold' THEN
      INSERT INTO ledger_holds (id, opened_by, debit_account, credit_account, currency, amount, expires_at)
      VALUES (t->>'hold', p->>'id', t_debit, t_credit, t_currency, t_pending,
        now() + make_interval(secs => (t->>'expiresAfterMs')::float8 / 1000));
    END IF;
  END LOOP;
  RETURN 'posted';
END $$;

-- Applies postings, each on its own: what becomes of one is independent of the others. Tries all of them at once first;
-- when one of them fails it halves them until it has found that one.
--
-- `failure` is null, or a code, or the name of the violated constraint. A failed posting leaves nothing behind, and the
-- surrounding transaction can go on.
CREATE OR REPLACE FUNCTION ledger_post(postings jsonb)
RETURNS TABLE (posting_id text, outcome text, failure text, subject text) LANGUAGE plpgsql
AS $$
DECLARE
  total   int := jsonb_array_length(postings);
  state   text;
  message text;
  rule    text;
  detail  text;
BEGIN
  -- Measured: below three transfers the preparations cost more than they save.
  IF total > 1 OR jsonb_array_length(postings->0->'transfers') > 2 THEN
    BEGIN
      RETURN QUERY SELECT a.posting_id, a.outcome, NULL, NULL FROM ledger_apply_many(postings) AS a;
      RETURN;
    EXCEPTION WHEN SQLSTATE 'LG002' OR check_violation OR unique_violation OR numeric_value_out_of_range THEN
      -- Which one it was, the parts tell.
    END;
    IF total > 1 THEN
      PERFORM ledger_lock(postings);
      RETURN QUERY SELECT part.* FROM (VALUES (0, total / 2), (total / 2, total)) AS half (first, beyond),
        ledger_post((SELECT jsonb_agg(p ORDER BY n) FROM jsonb_array_elements(postings) WITH ORDINALITY AS p (p, n)
                     WHERE n > half.first AND n <= half.beyond)) AS part;
      RETURN;
    END IF;
  END IF;

  posting_id := postings->0->>'id';
  BEGIN
    outcome := ledger_apply_one(postings->0);
  EXCEPTION WHEN SQLSTATE 'LG001' OR check_violation OR unique_violation OR numeric_value_out_of_range THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
      rule = CONSTRAINT_NAME, detail = PG_EXCEPTION_DETAIL;
    outcome := 'failed';
    failure := CASE state WHEN 'LG001' THEN message WHEN '22003' THEN 'counter_overflow' ELSE rule END;
    -- The details of a violated constraint quote a row, which is nobody's business.
    subject := CASE state WHEN 'LG001' THEN detail END;
  END;
  RETURN NEXT;
END $$;
