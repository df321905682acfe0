import type { PhoneStep, PhoneStepAnswer, PhoneStepReason } from '@smile/contract';
import type { Pool } from '@smile/postgres';
import type { FacesPort, ScansPort } from '../context.ts';
import type { TerminalRef } from '../http/callers.ts';
import type { People, PersonSummary } from '../people/service.ts';
import { fail, ok, type Result } from '../result.ts';
import type { ScansErrorCode } from '../scans/errors.ts';
import { paymentsAtShop, regularsOfShop } from './known-guests.ts';

export type PhoneStepTools = {
  readonly pool: Pool;
  readonly now: () => Date;
  readonly people: Pick<People, 'summaries' | 'findByLastFour'>;
  readonly scans: Pick<ScansPort, 'peekForPayment'>;
  readonly faces: Pick<FacesPort, 'guess' | 'canSearch' | 'hasLookAlike'>;
  /** The operator's rule. */
  readonly shortestPhoneStep: PhoneStep;
};

/** Whom a face might belong to, among everybody; those whom the shop knows are then looked at. */
const MAX_GUESSES = 10;
/** More regulars than that are never searched without a number: no evidence reaches so far. */
const MAX_REGULARS = 200;

/**
 * How much of the number to ask for: all of it the first time at a shop, the last four digits where the shop knows
 * the guest, nothing of a regular who wants it so where the operator allows it. It is a guess from the face of who
 * stands there; whoever does not like it types the full number, and whoever pays is decided by `identify` alone.
 */
export async function choosePhoneStep(
  tools: PhoneStepTools,
  given: { readonly terminal: TerminalRef; readonly paymentId: string; readonly scanId: string },
): Promise<Result<PhoneStepAnswer, ScansErrorCode>> {
  const { faces, people, pool, now, shortestPhoneStep } = tools;
  const full = (reason: PhoneStepReason) => ok<PhoneStepAnswer>({ step: 'full', reason });
  const { terminal, paymentId, scanId } = given;
  const scan = await tools.scans.peekForPayment({ scanId, terminalId: terminal.id, paymentId });
  if (!scan.ok) return fail(scan.code, { param: 'scanId' });
  const guesses = faces.guess(scan.probe, MAX_GUESSES);
  scan.probe.fill(0);
  if (shortestPhoneStep === 'full') return full('shop_rule');

  const known = await paymentsAtShop(pool, { shopId: terminal.shopId, personIds: guesses, now: now() });
  const nearest = guesses.find((personId) => known.has(personId));
  const [guest] = nearest === undefined ? [] : await people.summaries([nearest]);
  if (guest?.facePay !== 'on') return full('first_time');
  if (guest.phoneStep === 'always_full') return full('your_wish');
  if (await faces.hasLookAlike(pool, guest.id)) return full('to_be_sure');
  if (guest.phoneStep === 'none' && shortestPhoneStep === 'none') {
    const list = await regularsWithoutNumber(tools, terminal.shopId);
    if (list.some(({ id }) => id === guest.id) && faces.canSearch(list.length))
      return ok({ step: 'none', reason: 'regular' });
  }
  return faces.canSearch(1) ? ok({ step: 'last_four', reason: 'known_here' }) : full('to_be_sure');
}

/** Those who may be found by these digits: known at this shop, face pay on, and no wish for the full number. */
export async function guestsWithLastFour(
  tools: PhoneStepTools,
  shopId: string,
  lastFour: string,
): Promise<readonly PersonSummary[]> {
  if (tools.shortestPhoneStep === 'full') return [];
  const people = (await tools.people.findByLastFour(lastFour)).filter(
    ({ facePay, phoneStep }) => facePay === 'on' && phoneStep !== 'always_full',
  );
  const personIds = people.map(({ id }) => id);
  const known = await paymentsAtShop(tools.pool, { shopId, personIds, now: tools.now() });
  return people.filter(({ id }) => known.has(id));
}

/** Those who may be found by their face alone. */
export async function regularsWithoutNumber(tools: PhoneStepTools, shopId: string): Promise<readonly PersonSummary[]> {
  if (tools.shortestPhoneStep !== 'none') return [];
  const regulars = await regularsOfShop(tools.pool, { shopId, now: tools.now(), limit: MAX_REGULARS });
  const people = await tools.people.summaries(regulars);
  return people.filter(({ facePay, phoneStep }) => facePay === 'on' && phoneStep === 'none');
}
