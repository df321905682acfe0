-- The ledger: double-entry bookkeeping.
--
--   ledger_accounts   who owns money; four counters, and how far they may go
--   ledger_postings   one business event (a payment, a top-up), known by the id its client made
--   ledger_transfers  the postings' legs: an amount from a debit account to a credit account
--   ledger_entries    what each transfer did to each of its two accounts, numbered without gaps, with the counters after
--   ledger_holds      money set aside by a transfer, until another posts or voids it
--
-- Postings, transfers and entries are written once and never changed. All money moves through ledger_post() below.

-- What a value must look like. Domains, not table constraints: these are looked at when a value is given, not again each
-- time another column of its row changes, and PostgreSQL need not read them anew for each statement.
CREATE DOMAIN ledger_id       AS text CONSTRAINT ledger_id       CHECK (VALUE ~ '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$');
CREATE DOMAIN ledger_kind     AS text CONSTRAINT ledger_kind     CHECK (VALUE ~ '^[a-z][a-z0-9_]{0,39}$');
CREATE DOMAIN ledger_currency AS text CONSTRAINT ledger_currency CHECK (VALUE ~ '^[A-Z]{3}$');
CREATE DOMAIN ledger_bounds   AS text CONSTRAINT ledger_bounds
  CHECK (VALUE IN ('debits_within_credits', 'credits_within_debits', 'none'));
CREATE DOMAIN ledger_phase    AS text CONSTRAINT ledger_phase
  CHECK (VALUE IN ('direct', 'hold', 'post_hold', 'void_hold', 'expire_hold'));
CREATE DOMAIN ledger_side     AS text CONSTRAINT ledger_side     CHECK (VALUE IN ('debit', 'credit'));
CREATE DOMAIN ledger_amount   AS bigint CONSTRAINT ledger_amount  CHECK (VALUE > 0);
CREATE DOMAIN ledger_counter  AS bigint CONSTRAINT ledger_counter CHECK (VALUE >= 0);
CREATE DOMAIN ledger_metadata AS jsonb CONSTRAINT ledger_metadata
  CHECK (jsonb_typeof(VALUE) = 'object' AND octet_length(VALUE::text) <= 4096);

CREATE TABLE ledger_accounts (
  id              ledger_id PRIMARY KEY,
  currency        ledger_currency NOT NULL,
  kind            ledger_kind NOT NULL,
  bounds          ledger_bounds NOT NULL,
  debits_pending  ledger_counter NOT NULL DEFAULT 0,
  debits_posted   ledger_counter NOT NULL DEFAULT 0,
  credits_pending ledger_counter NOT NULL DEFAULT 0,
  credits_posted  ledger_counter NOT NULL DEFAULT 0,
  entry_count     ledger_counter NOT NULL DEFAULT 0,
  created_at      timestamptz NOT NULL DEFAULT now(),
  closed_at       timestamptz,

  -- Pending money counts against its owner at once, and for its receiver only when posted.
  CONSTRAINT ledger_accounts_within_bounds CHECK (CASE bounds
    WHEN 'debits_within_credits' THEN debits_pending + debits_posted <= credits_posted
    WHEN 'credits_within_debits' THEN credits_pending + credits_posted <= debits_posted
    ELSE true END),
  CONSTRAINT ledger_accounts_closed_empty CHECK (
    closed_at IS NULL OR (debits_pending + credits_pending = 0 AND debits_posted = credits_posted))
)
-- Room on each page for the next versions of its rows: counters change all the time, ids never do.
WITH (fillfactor = 70);

CREATE TABLE ledger_postings (
  id          ledger_id PRIMARY KEY,
  kind        ledger_kind NOT NULL,
  metadata    ledger_metadata NOT NULL,
  -- SHA-256 of the request, by which a retry is told from another request under the same id.
  fingerprint bytea NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ledger_transfers (
  posting_id     text NOT NULL,
  leg            int NOT NULL,
  phase          ledger_phase NOT NULL,
  kind           ledger_kind NOT NULL,
  debit_account  text NOT NULL,
  credit_account text NOT NULL,
  currency       text NOT NULL,
  -- What the transfer adds to the pending and posted counters: to the debits of one account, the credits of the other.
  --   direct 0, +amount    hold +amount, 0    post_hold -held, +amount    void_hold and expire_hold -held, 0
  pending_change bigint NOT NULL,
  posted_change  ledger_counter NOT NULL,
  hold_id        text,

  PRIMARY KEY (posting_id, leg),
  CONSTRAINT ledger_transfers_two_accounts CHECK (debit_account <> credit_account)
);
-- Whatever else goes wrong, a hold is used up once.
CREATE UNIQUE INDEX ledger_transfers_hold_closed_once ON ledger_transfers (hold_id)
  WHERE phase IN ('post_hold', 'void_hold', 'expire_hold');

CREATE TABLE ledger_holds (
  id             ledger_id PRIMARY KEY,
  opened_by      text NOT NULL,
  debit_account  text NOT NULL,
  credit_account text NOT NULL,
  currency       text NOT NULL,
  amount         ledger_amount NOT NULL,
  state          text NOT NULL DEFAULT 'pending',
  expires_at     timestamptz,
  closed_by      text,
  posted_amount  ledger_counter NOT NULL DEFAULT 0,

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
  side            ledger_side NOT NULL,
  pending_change  bigint NOT NULL,
  posted_change   bigint NOT NULL,
  -- The account's counters after this entry: each entry is chained to the one before, and the balance at any time is
  -- that of the last entry before it.
  debits_pending  ledger_counter NOT NULL,
  debits_posted   ledger_counter NOT NULL,
  credits_pending ledger_counter NOT NULL,
  credits_posted  ledger_counter NOT NULL,
  -- Taken while the account is locked, so that within an account time follows the numbers.
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),

  PRIMARY KEY (account_id, number)
);

-- Transfers, entries and holds carry no foreign keys. ledger_apply() writes them in one go with the posting they belong
-- to and the accounts it has locked, none of these is ever deleted, and verification compares them all. Looking each one
-- up again would take a fifth of the time of a posting.

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

-- Locks every hold, then every account that postings touch, each in order of id: two transactions that meet on several
-- of them queue up rather than deadlock.
CREATE FUNCTION ledger_lock(postings jsonb) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
  hold_ids    text[];
  account_ids text[];
  held_ids    text[];
BEGIN
  SELECT array_agg(t->>'hold') FILTER (WHERE t->>'hold' IS NOT NULL), array_agg(t->>'debit') || array_agg(t->>'credit')
  INTO hold_ids, account_ids
  FROM jsonb_array_elements(postings) AS p, jsonb_array_elements(p->'transfers') AS t;

  IF hold_ids IS NOT NULL THEN
    WITH locked AS (SELECT h.* FROM ledger_holds AS h WHERE h.id = ANY (hold_ids) ORDER BY h.id FOR NO KEY UPDATE)
    SELECT array_agg(debit_account) || array_agg(credit_account) INTO held_ids FROM locked;
  END IF;
  PERFORM FROM ledger_accounts AS a WHERE a.id = ANY (account_ids || held_ids) ORDER BY a.id FOR NO KEY UPDATE;
END $$;

-- Applies postings in their order, all or none. A failure is raised: as SQLSTATE LG001 with a code as its message and
-- its subject as its detail, or as the violation of one of the constraints above.
--
-- A posting is {id, kind, metadata, transfers: [{phase, kind, debit, credit, currency, amount, hold, expiresAfterMs}]};
-- amounts are strings. One that is there already with the same content is passed over, as 'replayed'.
CREATE FUNCTION ledger_apply(postings jsonb) RETURNS TABLE (posting_id text, outcome text) LANGUAGE plpgsql
-- One plan for ever, since planning each statement anew would cost more than running it; and one that takes rows from the
-- index in its order, however small the tables were when it was made.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
  p            jsonb;    -- the posting at hand
  t            jsonb;    -- its transfer at hand,
  t_leg        int;      -- the number of that,
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
  -- A single transfer locks its hold and then, in the order of the index, its two accounts: no need to lock beforehand.
  IF jsonb_array_length(postings) > 1 OR jsonb_array_length(postings->0->'transfers') > 1 THEN
    PERFORM ledger_lock(postings);
  END IF;

  FOR p IN SELECT jsonb_array_elements(postings) LOOP
    posting_id := p->>'id';

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
      outcome := 'replayed';
      RETURN NEXT;
      CONTINUE;
    END IF;

    t_leg := -1;
    FOR t IN SELECT jsonb_array_elements(p->'transfers') LOOP
      t_leg := t_leg + 1;
      t_phase := t->>'phase';

      IF t_phase IN ('direct', 'hold') THEN
        t_debit := t->>'debit';
        t_credit := t->>'credit';
        t_currency := t->>'currency';
        t_pending := CASE t_phase WHEN 'hold' THEN (t->>'amount')::ledger_amount ELSE 0 END;
        t_posted := CASE t_phase WHEN 'direct' THEN (t->>'amount')::ledger_amount ELSE 0 END;
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

    outcome := 'posted';
    RETURN NEXT;
  END LOOP;
END $$;

-- Applies postings, each on its own: what becomes of one is independent of the others. Tries all of them at once first,
-- since a point to return to for each one takes time; only when one of them fails does it go one by one.
--
-- `failure` is null, or a code, or the name of the violated constraint. A failed posting leaves nothing behind, and the
-- surrounding transaction can go on.
CREATE FUNCTION ledger_post(postings jsonb) RETURNS TABLE (posting_id text, outcome text, failure text, subject text)
LANGUAGE plpgsql
AS $$
DECLARE
  state         text;
  message       text;
  rule          text;
  detail        text;
BEGIN
  BEGIN
    RETURN QUERY SELECT a.posting_id, a.outcome, NULL, NULL FROM ledger_apply(postings) AS a;
    RETURN;
  EXCEPTION WHEN SQLSTATE 'LG001' OR check_violation OR unique_violation OR numeric_value_out_of_range THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
      rule = CONSTRAINT_NAME, detail = PG_EXCEPTION_DETAIL;
  END;

  IF jsonb_array_length(postings) = 1 THEN
    posting_id := postings->0->>'id';
    outcome := 'failed';
    failure := CASE state WHEN 'LG001' THEN message WHEN '22003' THEN 'counter_overflow' ELSE rule END;
    -- The details of a violated constraint quote a row, which is nobody's business.
    subject := CASE state WHEN 'LG001' THEN detail END;
    RETURN NEXT;
    RETURN;
  END IF;

  PERFORM ledger_lock(postings);
  FOR number IN 0 .. jsonb_array_length(postings) - 1 LOOP
    RETURN QUERY SELECT one.* FROM ledger_post(jsonb_build_array(postings->number)) AS one;
  END LOOP;
END $$;
