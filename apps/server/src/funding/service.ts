import {
  type AutoTopUp,
  amountOf,
  type FundingSource,
  type Money,
  money,
  type ProviderStep,
  SANDBOX_BANK,
  type TopUpResult,
  type TopUpWithStep,
} from '@smile/contract';
import { type Client, inTransaction, type Pool } from '@smile/postgres';
import type { Logger } from 'pino';
import type { Books } from '../books/service.ts';
import type { AuditPort } from '../context.ts';
import { newId } from '../ids.ts';
import type { PeopleErrorCode } from '../people/errors.ts';
import { TOP_UP_MAX_MINOR, TOP_UP_MIN_MINOR, WALLET_CURRENCY } from '../people/model.ts';
import type { People } from '../people/service.ts';
import { fail, ok, type Result } from '../result.ts';
import { ATTEMPTS, type Attempts } from '../risk/attempts.ts';
import type { FundingErrorCode } from './errors.ts';
import {
  ABANDONED_AFTER_MS,
  ASK_AFTER_MS,
  AUTO_TOP_UP_DEFAULTS,
  DAY_MS,
  LOST_AFTER_MS,
  MAX_OPEN_TOP_UPS,
  MAX_SOURCES,
  type SourceRow,
  TOP_UP_MOVES,
  type TopUpRow,
} from './model.ts';
import type { Answer, Charge, FundingProvider, ProviderEvent, Setup } from './provider.ts';
import * as store from './store.ts';

type Failing<T> = Promise<Result<T, FundingErrorCode | PeopleErrorCode | 'idempotency_key_reused'>>;
type Sources = { data: FundingSource[] };
type Wish = { readonly amount: Money; readonly source?: string | undefined };
/** What came of an event. Each is kept; none but `applied` changed anything. */
type Outcome = 'applied' | 'old' | 'unknown' | 'mismatch' | 'reported' | 'ignored';

const SWEPT_AT_ONCE = 50;
const NEW_CARD = 'new_card';

/**
 * Where wallets get their money: the sandbox bank, and cards by a provider of payments. Providers are asked outside of any
 * transaction; what they say is written in one, with the posting, whose id is the top-up's: so money comes in once, whatever is told
 * how often and in which order.
 */
export type Funding = {
  sources(personId: string): Promise<Sources>;
  addSource(personId: string): Failing<{ source: FundingSource; step: ProviderStep }>;
  setDefault(personId: string, sourceId: string): Failing<Sources>;
  removeSource(personId: string, sourceId: string): Failing<Sources>;

  /**
   * First half of a top-up, outside the caller's transaction: where a card is charged, it is charged here. Null when the sandbox bank
   * is to pay, which the second half does.
   */
  begin(personId: string, requestKey: string, wish: Wish): Failing<TopUpRow | null>;
  /** Second half: its result, in the caller's transaction. */
  finish(client: Client, personId: string, wish: Wish, begun: TopUpRow | null): Failing<TopUpResult>;
  topUp(personId: string, topUpId: string): Failing<TopUpWithStep>;

  autoTopUp(personId: string): Promise<AutoTopUp>;
  setAutoTopUp(personId: string, to: AutoTopUp): Failing<AutoTopUp>;
  /**
   * For payments that are short of money: charges the default card if the person allows it. True when the wallet now holds what is
   * needed. One try for each `cause`.
   */
  coverShortfall(wanted: { personId: string; neededMinor: bigint; currency: string; cause: string }): Promise<boolean>;

  /** What a provider tells of its own accord; its signature is checked here. */
  readEvent(
    provider: string,
    body: Buffer,
    headers: Readonly<Record<string, unknown>>,
  ): Promise<Result<{ received: true }, FundingErrorCode | 'not_found'>>;
  /** Asks after what no event has told, and forgets removed cards at their provider. */
  sweep(): Promise<void>;
};

export function createFunding(deps: {
  readonly pool: Pool;
  readonly now: () => Date;
  readonly log: Logger;
  readonly people: Pick<People, 'checkTopUp'>;
  readonly books: Pick<Books, 'topUp' | 'walletBalance'>;
  readonly audit: AuditPort;
  readonly attempts: Pick<Attempts, 'take' | 'giveBack'>;
  /** The first one keeps cards; all of them may tell events. */
  readonly providers: readonly FundingProvider[];
  readonly sandboxBank: boolean;
}): Funding {
  const { pool, now, log, people, books, audit, attempts } = deps;
  const providers = new Map(deps.providers.map((provider) => [provider.name, provider]));
  const cards: FundingProvider | undefined = deps.providers[0];

  const providerOf = (name: string): FundingProvider => {
    const provider = providers.get(name);
    if (!provider) throw new Error(`the provider ${name} is not configured any more`);
    return provider;
  };

  async function listed(personId: string): Promise<Sources> {
    const rows = await store.listSources(pool, personId);
    const bank: FundingSource = {
      id: SANDBOX_BANK,
      kind: SANDBOX_BANK,
      state: 'ready',
      brand: null,
      lastFour: null,
      expiresOn: null,
      isDefault: !rows.some(({ isDefault }) => isDefault),
    };
    return { data: [...(deps.sandboxBank ? [bank] : []), ...rows.map(toSource)] };
  }

  /** Made at the first need. Two at once get the same: the provider knows it by our id. */
  async function customerOf(provider: FundingProvider, personId: string): Promise<Answer<string>> {
    const known = await store.findCustomer(pool, personId, provider.name);
    if (known !== null) return { ok: true, value: known };
    const made = await provider.createCustomer(personId);
    if (made.ok) {
      await store.keepCustomer(pool, { personId, provider: provider.name, reference: made.value, at: now() });
    }
    return made;
  }

  async function ownReady(personId: string, sourceId: string): Promise<Result<SourceRow, FundingErrorCode>> {
    const source = await store.findSource(pool, sourceId);
    if (source?.personId !== personId || source.state === 'removed') return fail('funding_source_not_found');
    return source.state === 'ready' ? ok(source) : fail('funding_source_not_ready', { param: 'source' });
  }

  /** What a provider has said of a charge becomes the top-up's state, and money if that is `succeeded`. */
  async function settle(client: Client, topUpId: string, provider: string, charge: Charge): Promise<Outcome> {
    const row = await store.lockTopUp(client, topUpId);
    if (!row || row.provider !== provider) return 'unknown';
    if (row.reference !== null && charge.reference !== null && row.reference !== charge.reference) return 'mismatch';
    const state = TOP_UP_MOVES[row.state][charge.news];
    if (state === undefined) return 'old';
    if (state === 'succeeded' && (charge.receivedMinor !== row.amountMinor || charge.currency !== row.currency)) {
      log.error({ topUpId, provider }, 'a provider received another amount than was asked for: nothing was credited');
      await audit.record(client, { actor: provider, action: 'top_up.mismatch', subject: topUpId });
      return 'mismatch';
    }
    const settled = state === 'succeeded' || state === 'failed';
    await store.updateTopUp(client, topUpId, {
      state,
      reference: charge.reference,
      failureCode: state === 'failed' ? charge.failureCode : null,
      settledAt: settled ? now() : null,
    });
    if (state === 'succeeded') {
      const { personId, amountMinor, currency } = row;
      await books.topUp(client, { topUpId, personId, amountMinor, currency, bank: provider });
      await audit.record(client, {
        actor: row.automatic ? 'auto_top_up' : personId,
        action: 'wallet.topped_up',
        subject: topUpId,
        details: { amountMinor: amountMinor.toString(), currency, provider },
      });
    }
    return 'applied';
  }

  const settleAlone = (row: TopUpRow, charge: Charge) =>
    inTransaction(pool, (client) => settle(client, row.id, row.provider, charge));

  async function askToCharge(
    provider: FundingProvider,
    row: TopUpRow,
    source: SourceRow | null,
  ): Promise<Answer<Charge>> {
    const customer = await customerOf(provider, row.personId);
    if (!customer.ok) return customer;
    const { id: topUpId, amountMinor, currency } = row;
    const wish = { topUpId, customer: customer.value, amountMinor, currency };
    return source?.methodReference
      ? provider.chargeKept({ ...wish, methodReference: source.methodReference })
      : provider.beginCharge(wish);
  }

  /** Asks the provider to charge what the row says, once, and writes down the answer. */
  async function charge(row: TopUpRow, source: SourceRow | null): Promise<Result<TopUpRow, FundingErrorCode>> {
    const provider = providerOf(row.provider);
    const tries = source ? ATTEMPTS.declinedCards : ATTEMPTS.newCards;
    const allowed = await attempts.take(tries, row.personId);
    if (!allowed.ok) return fail('card_tries_limited', { retryAfterMs: allowed.retryAfterMs });
    const charged = await askToCharge(provider, row, source);
    const declined = charged.ok && charged.value.news === 'failed';
    if (source && !declined) await attempts.giveBack(tries, row.personId);
    // It may have been charged all the same: the row stays open, and an event, a retry or the sweep tells.
    if (!charged.ok) return fail('funding_unavailable');
    await settleAlone(row, charged.value);
    return ok(await known(row.id));
  }

  async function known(topUpId: string): Promise<TopUpRow> {
    const row = await store.findTopUp(pool, topUpId);
    if (!row) throw new Error('a top-up was there and is not');
    return row;
  }

  async function view(db: Client | Pool, row: TopUpRow): Promise<TopUpResult> {
    return {
      id: row.id,
      amount: money(row.amountMinor, WALLET_CURRENCY),
      state: row.state,
      source: row.source,
      automatic: row.automatic,
      failureCode: row.failureCode,
      balance: money(await books.walletBalance(db, row.personId), WALLET_CURRENCY),
      createdAt: row.createdAt.toISOString(),
    };
  }

  /** Opens the row of a wish, or finds that of the same wish. */
  async function open(
    provider: FundingProvider,
    wanted: { personId: string; requestKey: string; source: string; amount: Money; automatic: boolean },
  ): Failing<TopUpRow> {
    const { personId, requestKey } = wanted;
    return inTransaction(pool, async (client): Failing<TopUpRow> => {
      const earlier = await store.findTopUpByRequest(client, personId, requestKey);
      if (earlier) return ok(earlier);
      // Holds the person's row, so that what is counted here stays true.
      const openNow = await store.countOpenTopUps(client, personId);
      const allowed = await people.checkTopUp(client, personId, wanted.amount, openNow.sumMinor);
      if (!allowed.ok) return allowed;
      if (openNow.count >= MAX_OPEN_TOP_UPS) return fail('top_ups_open_limit');
      const row = await store.insertTopUp(client, {
        id: newId('topUp'),
        personId,
        provider: provider.name,
        source: wanted.source,
        requestKey,
        automatic: wanted.automatic,
        amountMinor: amountOf(wanted.amount),
        currency: wanted.amount.currency,
        state: 'pending',
        createdAt: now(),
      });
      return ok(row);
    });
  }

  async function defaultSource(personId: string): Promise<string | null> {
    const rows = await store.listSources(pool, personId);
    return rows.find(({ isDefault }) => isDefault)?.id ?? (deps.sandboxBank ? SANDBOX_BANK : null);
  }

  async function keepSetup(client: Client, source: SourceRow, setup: Setup): Promise<Outcome> {
    if (setup.state === 'pending') return 'old';
    if (setup.state === 'failed') return (await store.setSourceFailed(client, source.id)) ? 'applied' : 'old';
    if (!(await store.setSourceReady(client, source.id, setup))) {
      await store.noteMethodOfRemoved(client, source.id, setup.methodReference);
      return 'old';
    }
    const others = await store.listSources(client, source.personId);
    if (!others.some(({ isDefault }) => isDefault)) await store.setDefaultSource(client, source.personId, source.id);
    await audit.record(client, { actor: source.personId, action: 'funding_source.added', subject: source.id });
    return 'applied';
  }

  /** The part of an event that may have to ask the provider, and so runs before the transaction. */
  async function setupOfEvent(
    provider: FundingProvider,
    event: ProviderEvent,
  ): Promise<Answer<{ source: SourceRow; setup: Setup } | null>> {
    if (event.about !== 'setup' || event.sourceId === null) return { ok: true, value: null };
    const source = await store.findSource(pool, event.sourceId);
    if (!source || source.provider !== provider.name || source.setupReference !== event.setupReference) {
      return { ok: true, value: null };
    }
    const setup = await provider.findSetup(event.setupReference);
    return setup.ok ? { ok: true, value: { source, setup: setup.value } } : setup;
  }

  async function apply(
    client: Client,
    provider: FundingProvider,
    event: ProviderEvent,
    setup: { source: SourceRow; setup: Setup } | null,
  ): Promise<{ outcome: Outcome; topUpId: string | null }> {
    if (event.about === 'setup') {
      return { outcome: setup ? await keepSetup(client, setup.source, setup.setup) : 'unknown', topUpId: null };
    }
    if (event.about === 'nothing') return { outcome: 'ignored', topUpId: null };
    const reference = event.about === 'charge' ? event.charge.reference : event.chargeReference;
    const byReference = reference === null ? null : await store.findTopUpByReference(client, provider.name, reference);
    const topUpId = byReference?.id ?? event.topUpId;
    if (topUpId === null) return { outcome: 'unknown', topUpId };
    if (event.about === 'charge') {
      return { outcome: await settle(client, topUpId, provider.name, event.charge), topUpId };
    }
    log.warn({ topUpId, provider: provider.name, type: event.type }, 'a top-up was reversed at its provider');
    await audit.record(client, {
      actor: provider.name,
      action: 'top_up.reversal_reported',
      subject: topUpId,
      details: { type: event.type },
    });
    return { outcome: 'reported', topUpId };
  }

  /** False when the provider does not answer: then the rest waits, too. */
  async function askAfter(row: TopUpRow): Promise<boolean> {
    const ageMs = now().getTime() - row.createdAt.getTime();
    if (row.reference === null) {
      const lost = { news: 'failed', reference: null, receivedMinor: 0n, failureCode: 'not_started' } as const;
      // Should it have been charged after all, the provider's event moves it on from `failed`.
      if (ageMs > LOST_AFTER_MS) await settleAlone(row, { ...lost, currency: row.currency });
      return true;
    }
    const provider = providerOf(row.provider);
    const found = await provider.findCharge(row.reference);
    if (!found.ok) return false;
    let news = found.value.charge;
    if (news.news === 'requires_action' && ageMs > ABANDONED_AFTER_MS) {
      const canceled = await provider.cancelCharge(row.reference);
      if (!canceled.ok) return false;
      news = canceled.value;
    }
    await settleAlone(row, news);
    return true;
  }

  /** The same for a card that nobody has told of: a lost event, or a person who did not come back. */
  async function askAfterSource(source: SourceRow): Promise<boolean> {
    let setup: Setup = { state: 'failed' };
    if (source.setupReference !== null) {
      const found = await providerOf(source.provider).findSetup(source.setupReference);
      if (!found.ok) return false;
      setup = found.value;
    }
    const abandoned = now().getTime() - source.createdAt.getTime() > ABANDONED_AFTER_MS;
    const news: Setup = setup.state === 'pending' && abandoned ? { state: 'failed' } : setup;
    await inTransaction(pool, (client) => keepSetup(client, source, news));
    return true;
  }

  return {
    sources: listed,

    async addSource(personId) {
      if (!cards) return fail('funding_unavailable');
      const id = newId('fundingSource');
      const existing = await store.listSources(pool, personId);
      if (existing.length >= MAX_SOURCES) return fail('funding_source_limit');
      const allowed = await attempts.take(ATTEMPTS.newCards, personId);
      if (!allowed.ok) return fail('card_tries_limited', { retryAfterMs: allowed.retryAfterMs });
      await store.insertSource(pool, { id, personId, provider: cards.name, at: now() });
      const customer = await customerOf(cards, personId);
      const begun = customer.ok ? await cards.beginSetup({ sourceId: id, customer: customer.value }) : customer;
      if (!begun.ok) {
        await store.setSourceFailed(pool, id);
        return fail('funding_unavailable');
      }
      await store.setSetupReference(pool, id, begun.value.setupReference);
      const source = await store.findSource(pool, id);
      if (!source) throw new Error('a source was there and is not');
      const { clientSecret } = begun.value;
      return ok({ source: toSource(source), step: { provider: cards.name, clientSecret, publicKey: cards.publicKey } });
    },

    async setDefault(personId, sourceId) {
      if (sourceId !== SANDBOX_BANK) {
        const source = await ownReady(personId, sourceId);
        if (!source.ok) return source;
      } else if (!deps.sandboxBank) return fail('funding_source_not_found');
      await inTransaction(pool, async (client) => {
        await store.setDefaultSource(client, personId, sourceId === SANDBOX_BANK ? null : sourceId);
        await audit.record(client, { actor: personId, action: 'funding_source.default', subject: sourceId });
      });
      return ok(await listed(personId));
    },

    async removeSource(personId, sourceId) {
      const source = sourceId === SANDBOX_BANK ? null : await store.findSource(pool, sourceId);
      if (source?.personId !== personId || source.state === 'removed') return fail('funding_source_not_found');
      await inTransaction(pool, async (client) => {
        await store.setSourceRemoved(client, sourceId);
        await audit.record(client, { actor: personId, action: 'funding_source.removed', subject: sourceId });
      });
      // Should the provider not answer, the sweep asks it again.
      if (source.methodReference) await forget(source);
      return ok(await listed(personId));
    },

    async begin(personId, requestKey, wish) {
      const earlier = await store.findTopUpByRequest(pool, personId, requestKey);
      // The wish as it was understood then: the default may be another one by now.
      const source = wish.source ?? earlier?.source ?? (await defaultSource(personId));
      const sameWish = (row: TopUpRow) => row.source === source && row.amountMinor === amountOf(wish.amount);
      if (earlier && !sameWish(earlier)) return fail('idempotency_key_reused');
      if (earlier && wasAsked(earlier)) return earlier.state === 'failed' ? fail('top_up_declined') : ok(earlier);

      if (source === SANDBOX_BANK && deps.sandboxBank) return ok(null);
      if (source === null || source === SANDBOX_BANK) return fail('funding_unavailable', { param: 'source' });
      const kept = source === NEW_CARD ? null : await ownReady(personId, source);
      if (kept && !kept.ok) return kept;
      const provider = kept ? providers.get(kept.value.provider) : cards;
      if (!provider) return fail('funding_unavailable', { param: 'source' });
      const opened = await open(provider, { personId, requestKey, source, amount: wish.amount, automatic: false });
      if (!opened.ok) return opened;
      const row = opened.value;
      if (!sameWish(row)) return fail('idempotency_key_reused');
      const charged = wasAsked(row) ? ok(row) : await charge(row, kept?.value ?? null);
      if (!charged.ok) return charged;
      return charged.value.state === 'failed' ? fail('top_up_declined') : charged;
    },

    async finish(client, personId, wish, begun) {
      if (begun) return ok(await view(client, begun));
      const allowed = await people.checkTopUp(client, personId, wish.amount, 0n);
      if (!allowed.ok) return allowed;
      const amountMinor = amountOf(wish.amount);
      const { currency } = wish.amount;
      const row = await store.insertTopUp(client, {
        id: newId('topUp'),
        personId,
        provider: SANDBOX_BANK,
        source: SANDBOX_BANK,
        requestKey: null,
        automatic: false,
        amountMinor,
        currency,
        state: 'succeeded',
        createdAt: now(),
      });
      await books.topUp(client, { topUpId: row.id, personId, amountMinor, currency });
      await audit.record(client, {
        actor: personId,
        action: 'wallet.topped_up',
        subject: row.id,
        details: { amountMinor: wish.amount.amountMinor, currency },
      });
      return ok(await view(client, row));
    },

    async topUp(personId, topUpId) {
      const row = await store.findTopUp(pool, topUpId);
      if (row?.personId !== personId) return fail('top_up_not_found');
      if (row.state !== 'requires_action' || row.reference === null)
        return ok({ ...(await view(pool, row)), step: null });
      const provider = providerOf(row.provider);
      const found = await provider.findCharge(row.reference);
      if (!found.ok) return fail('funding_unavailable');
      // Whoever comes back from the provider's page asks at once, and need not wait for the event.
      await settleAlone(row, found.value.charge);
      const { clientSecret } = found.value;
      const fresh = await known(topUpId);
      const step =
        fresh.state === 'requires_action' && clientSecret !== null
          ? { provider: provider.name, clientSecret, publicKey: provider.publicKey }
          : null;
      return ok({ ...(await view(pool, fresh)), step });
    },

    async autoTopUp(personId) {
      return toAutoTopUp((await store.findAutoTopUp(pool, personId)) ?? AUTO_TOP_UP_DEFAULTS);
    },

    async setAutoTopUp(personId, to) {
      if (to.amount.currency !== WALLET_CURRENCY || to.perDay.currency !== WALLET_CURRENCY) {
        return fail('currency_not_supported', { param: 'amount.currency' });
      }
      const [amountMinor, perDayMinor] = [amountOf(to.amount), amountOf(to.perDay)];
      if (amountMinor < TOP_UP_MIN_MINOR || amountMinor > TOP_UP_MAX_MINOR || perDayMinor < amountMinor) {
        return fail('auto_top_up_bounds', { param: 'amount' });
      }
      await inTransaction(pool, async (client) => {
        const { enabled } = to;
        await store.putAutoTopUp(client, personId, {
          enabled,
          amountMinor,
          perDayMinor,
          currency: WALLET_CURRENCY,
          at: now(),
        });
        await audit.record(client, {
          actor: personId,
          action: enabled ? 'auto_top_up.on' : 'auto_top_up.off',
          subject: personId,
          details: { amountMinor: amountMinor.toString(), perDayMinor: perDayMinor.toString() },
        });
      });
      return ok(to);
    },

    async coverShortfall({ personId, neededMinor, currency, cause }) {
      const rule = await store.findAutoTopUp(pool, personId);
      if (!rule?.enabled || currency !== WALLET_CURRENCY) return false;
      const source = (await store.listSources(pool, personId)).find(({ isDefault }) => isDefault);
      const provider = source && providers.get(source.provider);
      if (!source || !provider) return false;
      const shortMinor = neededMinor - (await books.walletBalance(pool, personId));
      if (shortMinor <= 0n) return true;
      const amountMinor = shortMinor > rule.amountMinor ? shortMinor : rule.amountMinor;
      const requestKey = `auto:${cause}`;
      if (!(await store.findTopUpByRequest(pool, personId, requestKey))) {
        const today = await store.automaticSince(pool, personId, new Date(now().getTime() - DAY_MS));
        if (today + amountMinor > rule.perDayMinor) return false;
      }
      const amount = money(amountMinor, WALLET_CURRENCY);
      const opened = await open(provider, { personId, requestKey, source: source.id, amount, automatic: true });
      if (!opened.ok) return false;
      const row = opened.value;
      const charged = wasAsked(row) ? ok(row) : await charge(row, source);
      return charged.ok && charged.value.state === 'succeeded';
    },

    async readEvent(name, body, headers) {
      const provider = providers.get(name);
      if (!provider) return fail('not_found');
      const event = provider.readEvent(body, headers);
      if (!event) return fail('funding_event_invalid');
      const setup = await setupOfEvent(provider, event);
      // Not noted as received: the provider will tell it again.
      if (!setup.ok) return fail('funding_unavailable');
      await inTransaction(pool, async (client) => {
        const key = { provider: name, eventId: event.eventId };
        if (!(await store.insertEvent(client, { ...key, type: event.type, at: now() }))) return;
        const { outcome, topUpId } = await apply(client, provider, event, setup.value);
        await store.setEventOutcome(client, key, outcome, topUpId);
      });
      return ok({ received: true });
    },

    async sweep() {
      const before = new Date(now().getTime() - ASK_AFTER_MS);
      for (const row of await store.openTopUps(pool, before, SWEPT_AT_ONCE)) {
        if (!providers.has(row.provider)) continue;
        if (!(await askAfter(row))) break;
      }
      for (const source of await store.pendingSources(pool, before, SWEPT_AT_ONCE)) {
        if (providers.has(source.provider) && !(await askAfterSource(source))) break;
      }
      for (const source of await store.sourcesToForget(pool, SWEPT_AT_ONCE)) {
        if (providers.has(source.provider) && !(await forget(source))) break;
      }
    },
  };

  async function forget(source: SourceRow): Promise<boolean> {
    const done = await providerOf(source.provider).forgetMethod(source.methodReference ?? '');
    if (done.ok) await store.setMethodForgotten(pool, source.id);
    return done.ok;
  }
}

/** Whether the provider has said something of it: until then it may be asked, again and again, with the same ids. */
function wasAsked(row: TopUpRow): boolean {
  return row.state !== 'pending' || row.reference !== null;
}

function toSource(row: SourceRow): FundingSource {
  const { id, state, brand, lastFour, expiresOn, isDefault } = row;
  return { id, kind: 'card', state, brand, lastFour, expiresOn, isDefault };
}

function toAutoTopUp(row: { enabled: boolean; amountMinor: bigint; perDayMinor: bigint }): AutoTopUp {
  return {
    enabled: row.enabled,
    amount: money(row.amountMinor, WALLET_CURRENCY),
    perDay: money(row.perDayMinor, WALLET_CURRENCY),
  };
}
