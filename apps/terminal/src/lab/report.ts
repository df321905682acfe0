import type { InstrumentKind, LabAttempt, LabRate, LabReport, LabSession } from '@smile/contract';
import { lowerBound, quantile, trialsNeeded, upperBound } from '@smile/rates';
import { LAB_SPECIES } from './species.ts';

type Comparable = Pick<LabSession, 'simulated' | 'judge' | 'camera'>;

/** The claim that the report counts towards. */
const CLAIMED_RATE = 0.01;
/** Below so many attempts with a species, "none accepted" is consistent with one in ten getting through. */
const FEW_ATTEMPTS = 30;
const MANY_VOIDED_SHARE = 0.1;
const MAX_REASONS = 6;

/** Why sessions cannot be counted together, in plain words; null when they can. */
export function poolingFault(sessions: readonly Comparable[]): string | null {
  const [first] = sessions;
  if (!first) return 'there is no session';
  for (const { simulated, judge, camera } of sessions) {
    if (simulated !== first.simulated) return 'simulated and real attempts are not counted together';
    if (camera.model !== first.camera.model || camera.driver !== first.camera.driver) {
      return 'attempts before different cameras are not counted together';
    }
    if (judge.modelVersion !== first.judge.modelVersion || judge.lightChallenge !== first.judge.lightChallenge) {
      return 'attempts before a judge with other settings are not counted together';
    }
  }
  return null;
}

/**
 * Rates of ISO/IEC 30107-3 over the attempts that count. APCER of a species is the share of its attempts that was taken
 * for living; attempts without a decision count as attempts and not as errors, and are told apart as non-response (APNRR,
 * BPNRR). The worst species stands first. Bounds are one-sided, 95 %. Throws a RangeError when the sessions do not belong
 * together.
 */
export function labReport(sessions: readonly LabSession[]): LabReport {
  const fault = poolingFault(sessions);
  if (fault) throw new RangeError(fault);
  const all = sessions.flatMap(({ attempts }) => attempts);
  const valid = all.filter(({ voided, outcome }) => voided === null && outcome !== 'aborted');
  const genuine = valid.filter(({ presentation }) => presentation.what === 'bona_fide');
  const species = LAB_SPECIES.flatMap(({ id, kind, inScope }) => {
    const own = valid.filter(({ presentation }) => presentation.what === 'attack' && presentation.kind === kind);
    return own.length === 0 ? [] : [speciesRates({ id, kind, inScope }, own)];
  }).sort((a, b) => b.apcer.count / b.attempts - a.apcer.count / a.attempts || b.apcer.high95 - a.apcer.high95);
  const bonaFide = bonaFideRates(genuine);
  const voided = all.filter((attempt) => attempt.voided !== null).length;
  const light = sessions.every(({ judge }) => judge.lightChallenge);
  const warnings: [LabReport['warnings'][number], boolean][] = [
    ['simulated', sessions[0].simulated],
    ['light_off', !light],
    ['few_attempts', species.some(({ attempts }) => attempts < FEW_ATTEMPTS)],
    ['one_instrument', species.some(({ instruments }) => instruments === 1)],
    ['no_genuine', genuine.length === 0],
    ['one_subject', bonaFide.subjects === 1],
    ['many_voided', voided > MANY_VOIDED_SHARE * all.length],
  ];
  return {
    simulated: sessions[0].simulated,
    warnings: warnings.flatMap(([code, applies]) => (applies ? [code] : [])),
    species,
    bonaFide,
    aborted: all.filter((attempt) => attempt.voided === null && attempt.outcome === 'aborted').length,
    voided,
  };
}

function speciesRates(
  species: { readonly id: number; readonly kind: InstrumentKind; readonly inScope: boolean },
  own: readonly LabAttempt[],
): LabReport['species'][number] {
  const common = counts(own);
  const accepted = own.filter(isAccepted);
  return {
    ...species,
    ...common,
    series: new Set(own.map(seriesOf)).size,
    instruments: new Set(own.map(pieceOf)).size,
    instrumentsAccepted: new Set(accepted.map(pieceOf)).size,
    apcer: rate(common.accepted, own.length),
    neededForOnePercent: trialsNeeded(CLAIMED_RATE, common.accepted),
  };
}

function bonaFideRates(genuine: readonly LabAttempt[]): LabReport['bonaFide'] {
  const common = counts(genuine);
  return {
    ...common,
    subjects: new Set(genuine.map(pieceOf)).size,
    bpcer: rate(common.refused, genuine.length),
    neededForOnePercent: trialsNeeded(CLAIMED_RATE, common.refused),
  };
}

function counts(attempts: readonly LabAttempt[]) {
  const refused = attempts.filter(({ outcome }) => outcome === 'attack').length;
  const accepted = attempts.filter(isAccepted).length;
  const noDecision = attempts.length - refused - accepted;
  const times = attempts.flatMap(({ outcome, decisionMs }) =>
    (outcome === 'live' || outcome === 'attack') && decisionMs !== null ? [decisionMs] : [],
  );
  const reasons = new Map<string, number>();
  for (const { code } of attempts.flatMap((attempt) => attempt.reasons))
    reasons.set(code, (reasons.get(code) ?? 0) + 1);
  return {
    attempts: attempts.length,
    accepted,
    refused,
    noDecision,
    nonResponse: rate(noDecision, attempts.length),
    decisionMs: { median: quantile(times, 0.5), p95: quantile(times, 0.95) },
    reasons: [...reasons]
      .map(([code, count]) => ({ code, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, MAX_REASONS),
  };
}

function rate(count: number, attempts: number): LabRate {
  return {
    count,
    rate: attempts === 0 ? null : count / attempts,
    low95: lowerBound(count, attempts),
    high95: upperBound(count, attempts),
  };
}

const isAccepted = ({ outcome }: LabAttempt): boolean => outcome === 'live';

function seriesOf({ presentation }: LabAttempt): string {
  return presentation.what === 'attack' ? presentation.series : presentation.subject;
}

function pieceOf({ presentation }: LabAttempt): string {
  return presentation.what === 'attack'
    ? JSON.stringify([presentation.series, presentation.instrument])
    : presentation.subject;
}
