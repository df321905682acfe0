import { setTimeout as wait } from 'node:timers/promises';
import { inTransaction } from '@smile/postgres';
import type { FaceMatch, FacesPort, ScanEvidence, ScansPort } from '../context.ts';
import type { TerminalRef } from '../http/callers.ts';
import type { E164 } from '../people/phone.ts';
import type { People, PersonSummary } from '../people/service.ts';
import { type Failure, fail, ok, type Result } from '../result.ts';
import { ATTEMPTS, type Attempts } from '../risk/attempts.ts';
import type { ScansErrorCode } from '../scans/errors.ts';
import type { PaymentsErrorCode } from './errors.ts';
import type { IdentificationEvidence } from './model.ts';
import { guestsWithLastFour, type PhoneStepTools, regularsWithoutNumber } from './phone-step.ts';

export type Identified = { readonly person: PersonSummary; readonly evidence: IdentificationEvidence | null };
export type IdentifyFailure = Failure<PaymentsErrorCode | ScansErrorCode | 'pin_locked'>;
type IdentifyResult = Result<Identified, IdentifyFailure['code']>;

/** Nobody has this id: it stands in for unknown numbers, so that they are compared like known ones. */
const NOBODY = 'per_00000000nobody';
/** A refusal takes at least so long, whatever its cause: its time tells nothing. */
const REFUSAL_MS = 300;

export type IdentifyTools = PhoneStepTools & {
  readonly people: Pick<People, 'findByPhone' | 'verifyPinByPhone'>;
  readonly scans: ScansPort;
  readonly faces: Pick<FacesPort, 'compare' | 'compareAmong' | 'learn'>;
  readonly attempts: Attempts;
};

/**
 * Says whether this face is the face of whoever has this number. The scan is used up by asking, whatever comes of it.
 * Unknown number, number without a face and another face get the same answer, as late as each other.
 */
export async function identifyByFace(
  tools: IdentifyTools,
  given: { terminal: TerminalRef; paymentId: string; scanId: string; phone: E164 },
): Promise<IdentifyResult> {
  const startedMs = performance.now();
  const { attempts } = tools;
  const locked = await countAttempt(tools, given.terminal, given.phone);
  if (locked) return locked;
  const forgive = async () => {
    await attempts.giveBack(ATTEMPTS.face, given.phone);
    await attempts.giveBack(ATTEMPTS.terminal, given.terminal.id);
  };

  const scan = await inTransaction(tools.pool, (client) =>
    tools.scans.consumeForPayment(client, {
      scanId: given.scanId,
      terminalId: given.terminal.id,
      paymentId: given.paymentId,
    }),
  );
  if (!scan.ok) {
    // A bad scan says nothing about the number, so it does not count against it.
    await forgive();
    return fail(scan.code, { param: 'scanId' });
  }

  try {
    const person = await tools.people.findByPhone(given.phone);
    const compared = await tools.faces.compare({
      personId: person?.id ?? NOBODY,
      probe: scan.probe,
      facts: scan.facts,
    });
    if (!person || !compared.ok || !compared.match) return await refuse(startedMs);
    await attempts.forget(ATTEMPTS.face, given.phone);
    await attempts.giveBack(ATTEMPTS.terminal, given.terminal.id);
    // Told only to the face that fits the number: to anybody else this person is like any other.
    if (person.facePay !== 'on') return fail('face_pay_not_on');
    // Full number and face: the only answer that a template may learn from. Nobody waits for it or is refused by it.
    await tools.faces.learn({ personId: person.id, probe: scan.probe, facts: scan.facts }).catch(() => false);
    return ok({ person, evidence: evidenceOf(compared, scan.evidence, { phoneStep: 'full', listLength: 1 }) });
  } finally {
    scan.probe.fill(0);
  }
}

/**
 * Says whose face it is among the guests of this shop with these last four digits, or, without digits, among the
 * regulars who want no phone step. Whatever speaks against it (nobody, two who are too near each other, a list too long
 * for the evidence, a look-alike), the answer is the same and as late: `full_number_needed`. The scan is kept for that
 * number; it is not kept for another try with fewer digits.
 */
export async function identifyAmongGuests(
  tools: IdentifyTools,
  given: { terminal: TerminalRef; paymentId: string; scanId: string; lastFour: string | null },
): Promise<IdentifyResult> {
  const startedMs = performance.now();
  const { attempts, faces, pool } = tools;
  const { terminal, paymentId, scanId, lastFour } = given;
  const attempt = await attempts.take(ATTEMPTS.terminal, terminal.id);
  if (!attempt.ok) return fail('identification_locked', { retryAfterMs: attempt.retryAfterMs });
  const refused = () => refuse(startedMs, 'full_number_needed');
  if (!(await attempts.take(ATTEMPTS.shortStep, scanId)).ok) return refused();

  const wanted = { scanId, terminalId: terminal.id, paymentId };
  const scan = await tools.scans.peekForPayment(wanted);
  if (!scan.ok) {
    await attempts.giveBack(ATTEMPTS.terminal, terminal.id);
    return fail(scan.code, { param: 'scanId' });
  }
  try {
    const guests =
      lastFour === null
        ? await regularsWithoutNumber(tools, terminal.shopId)
        : await guestsWithLastFour(tools, terminal.shopId, lastFour);
    const { probe, facts } = scan;
    const found = await faces.compareAmong({ personIds: guests.map(({ id }) => id), probe, facts });
    const person = found.ok && guests.find(({ id }) => id === found.personId);
    if (!found.ok || !person || (await faces.hasLookAlike(pool, person.id))) return await refused();
    // Only now is it used up; somebody may have been quicker with the same scan.
    const taken = await inTransaction(pool, (client) => tools.scans.consumeForPayment(client, wanted));
    if (!taken.ok) return fail(taken.code, { param: 'scanId' });
    taken.probe.fill(0);
    await attempts.giveBack(ATTEMPTS.terminal, terminal.id);
    const by = { phoneStep: lastFour === null ? 'none' : 'last_four', listLength: guests.length } as const;
    return ok({ person, evidence: evidenceOf(found, scan.evidence, by) });
  } finally {
    scan.probe.fill(0);
  }
}

function evidenceOf(
  { similarity, threshold, modelVersion, sizeFits }: FaceMatch,
  scan: ScanEvidence,
  by: Pick<IdentificationEvidence, 'phoneStep' | 'listLength'>,
): IdentificationEvidence {
  return { similarity, threshold, modelVersion, sizeFits, ...by, scan };
}

/** The other way: phone number and PIN. */
export async function identifyByPin(
  tools: IdentifyTools,
  given: { terminal: TerminalRef; phone: E164; pin: string },
): Promise<IdentifyResult> {
  const startedMs = performance.now();
  const attempt = await tools.attempts.take(ATTEMPTS.terminal, given.terminal.id);
  if (!attempt.ok) return fail('identification_locked', { retryAfterMs: attempt.retryAfterMs });
  const checked = await tools.people.verifyPinByPhone(given.phone, given.pin);
  if (!checked.ok) {
    return checked.code === 'pin_locked'
      ? fail('pin_locked', { retryAfterMs: checked.retryAfterMs })
      : await refuse(startedMs);
  }
  await tools.attempts.giveBack(ATTEMPTS.terminal, given.terminal.id);
  return ok({ person: checked.value, evidence: null });
}

async function countAttempt(
  { attempts }: IdentifyTools,
  terminal: TerminalRef,
  phone: E164,
): Promise<IdentifyFailure | null> {
  const atTerminal = await attempts.take(ATTEMPTS.terminal, terminal.id);
  if (!atTerminal.ok) return fail('identification_locked', { retryAfterMs: atTerminal.retryAfterMs });
  const ofNumber = await attempts.take(ATTEMPTS.face, phone);
  if (ofNumber.ok) return null;
  await attempts.giveBack(ATTEMPTS.terminal, terminal.id);
  return fail('face_pay_locked', { retryAfterMs: ofNumber.retryAfterMs });
}

async function refuse<C extends 'identification_failed' | 'full_number_needed' = 'identification_failed'>(
  startedMs: number,
  code: C = 'identification_failed' as C,
): Promise<Failure<C>> {
  await wait(Math.max(0, REFUSAL_MS - (performance.now() - startedMs)));
  return fail(code);
}
