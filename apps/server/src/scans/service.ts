import { randomBytes } from 'node:crypto';
import type { ScanGrant } from '@smile/contract';
import type { LightChallenge } from '@smile/liveness';
import { type Client, inTransactionOr, type Pool, Rollback } from '@smile/postgres';
import type { Logger } from 'pino';
import type { AuditPort, PaymentsPort, PeoplePort, ScanConsumption, ScanEvidence, ScansPort } from '../context.ts';
import {
  type FacesService,
  MAX_SUB_TEMPLATES,
  NO_FACTS,
  packProbe,
  type RecordSealer,
  unpackProbe,
} from '../faces/index.ts';
import { newId } from '../ids.ts';
import { fail, ok, type Result } from '../result.ts';
import type { ScansErrorCode } from './errors.ts';
import type { ScanTemplate } from './judge/types.ts';
import { cameraKey, challengeOfScan, expectedLatency, type LightCalibration, nextLatencyMs } from './light.ts';
import { type KeptEvidence, OPEN_WITHIN_MS, PROBE_LIFETIME_MS, SCAN_LIMITS, type ScanPurpose } from './model.ts';
import {
  consumeScan,
  findLightCalibration,
  findScan,
  insertScan,
  lockScan,
  openScan,
  putLightCalibration,
  type ScanRow,
  settleScan,
  sweepScans,
} from './store.ts';

export type ScansServiceTools = {
  readonly pool: Pool;
  readonly now: () => Date;
  readonly people: PeoplePort;
  readonly payments: PaymentsPort;
  readonly audit: AuditPort;
  readonly faces: FacesService;
  readonly sealer: RecordSealer;
  readonly log?: Pick<Logger, 'error'>;
  /** Whether payment scans are asked to answer a light challenge. */
  readonly lightChallenge?: boolean;
};

type SettleFailure = 'consent_withdrawn' | 'scan_already_used';

export type ScanRequest =
  | { readonly purpose: 'payment'; readonly paymentId: string }
  | { readonly purpose: 'enrolment' };

/** A scan whose stream is open, and can be opened by nobody else. */
export type OpenedScan = {
  readonly id: string;
  readonly purpose: ScanPurpose;
  readonly nonce: string;
  /** What the screen is to show, and what is known of how late this terminal's frames show it; null without light. */
  readonly light: { readonly challenge: LightChallenge; readonly calibration: LightCalibration | null } | null;
};

/** A stream may outlive its scan's limit by this much while the decision is made and stored. */
const STREAM_GRACE_MS = 30_000;
const SWEEP_LIMIT = 1_000;

/** The rules of scans: who may start one, that a nonce opens one stream, what a decision leaves behind. */
export class ScansService implements ScansPort {
  readonly #tools: ScansServiceTools;

  constructor(tools: ScansServiceTools) {
    this.#tools = tools;
  }

  async create(
    caller: { readonly terminalId: string; readonly personId: string | null },
    wanted: ScanRequest,
  ): Promise<Result<ScanGrant, 'payment_not_found' | 'payment_not_waiting' | 'session_invalid' | 'consent_required'>> {
    const { people, payments } = this.#tools;
    if (wanted.purpose === 'payment') {
      const may = await payments.mayScan({ paymentId: wanted.paymentId, terminalId: caller.terminalId });
      if (!may.ok) return fail(may.code);
    } else {
      if (!caller.personId) return fail('session_invalid');
      if (!(await people.hasConsent(caller.personId, 'biometrics'))) return fail('consent_required');
    }
    return ok(
      await this.#grant({
        terminalId: caller.terminalId,
        purpose: wanted.purpose,
        paymentId: wanted.purpose === 'payment' ? wanted.paymentId : null,
        personId: wanted.purpose === 'enrolment' ? caller.personId : null,
      }),
    );
  }

  /** For an operator who tries the judge: never a payment's proof, nobody's face. */
  async createForLab(caller: { readonly terminalId: string; readonly operatorId: string }): Promise<ScanGrant> {
    const grant = await this.#grant({ terminalId: caller.terminalId, purpose: 'lab', paymentId: null, personId: null });
    await this.#tools.audit.record(this.#tools.pool, {
      actor: caller.operatorId,
      action: 'lab.scan_started',
      subject: grant.id,
      details: { terminalId: caller.terminalId },
    });
    return grant;
  }

  async #grant(scan: Pick<ScanRow, 'terminalId' | 'purpose' | 'paymentId' | 'personId'>): Promise<ScanGrant> {
    const { pool, now } = this.#tools;
    const createdAt = now();
    const expiresAt = new Date(createdAt.getTime() + OPEN_WITHIN_MS);
    const id = newId('scan');
    const nonce = randomBytes(32).toString('base64url');
    await insertScan(pool, { ...scan, id, nonce, createdAt, expiresAt });
    return {
      id,
      nonce,
      streamPath: streamPath(id),
      expiresAt: expiresAt.toISOString(),
      light: this.#asksForLight(scan.purpose),
      limits: SCAN_LIMITS[scan.purpose],
    };
  }

  /** Uses up the nonce. Somebody else's scan is answered like one that does not exist. */
  async open(
    scanId: string,
    terminalId: string,
  ): Promise<Result<OpenedScan, 'scan_not_found' | 'scan_expired' | 'scan_already_used'>> {
    const { pool } = this.#tools;
    const now = this.#tools.now();
    const scan = await findScan(pool, scanId);
    if (!scan || scan.terminalId !== terminalId) return fail('scan_not_found');
    const endsAt = new Date(now.getTime() + SCAN_LIMITS[scan.purpose].maxDurationMs + STREAM_GRACE_MS);
    const opened = await openScan(pool, { id: scanId, terminalId, now, expiresAt: endsAt });
    if (opened) {
      const { id, purpose, nonce } = opened;
      return ok({ id, purpose, nonce, light: await this.#lightFor(id, purpose, nonce, terminalId) });
    }
    const neverOpened = scan.state === 'expired' || (scan.state === 'created' && (scan.expiresAt ?? now) <= now);
    return fail(neverOpened ? 'scan_expired' : 'scan_already_used');
  }

  #asksForLight(purpose: ScanPurpose): boolean {
    return this.#tools.lightChallenge === true && purpose !== 'enrolment';
  }

  /** An enrolment takes half a minute and several poses, which one short code does not cover: it goes without. */
  async #lightFor(
    scanId: string,
    purpose: ScanPurpose,
    nonce: string,
    terminalId: string,
  ): Promise<OpenedScan['light']> {
    if (!this.#asksForLight(purpose)) return null;
    return {
      challenge: challengeOfScan(scanId, nonce),
      calibration: await findLightCalibration(this.#tools.pool, terminalId),
    };
  }

  /** The terminal's latency, a little nearer to what a genuine scan showed. */
  async #calibrateLight(terminalId: string, evidence: KeptEvidence): Promise<void> {
    const { answer, latencyMs: usedMs } = evidence.light ?? {};
    if (evidence.outcome !== 'live' || !answer || usedMs === undefined || !evidence.camera) return;
    const { pool, now } = this.#tools;
    const camera = cameraKey(evidence.camera);
    const stored = await findLightCalibration(pool, terminalId);
    const samples = stored?.camera === camera ? stored.samples : 0;
    const { latencyMs } = expectedLatency(stored, camera);
    await putLightCalibration(pool, {
      terminalId,
      latencyMs: nextLatencyMs(latencyMs, samples, usedMs + answer.latenessMs - latencyMs),
      samples: samples + 1,
      camera,
      updatedAt: now(),
    });
  }

  /**
   * Stores a decision. A live payment scan keeps its sealed template for two minutes; a live enrolment becomes the
   * person's face at once; of the attack lab's only the evidence stays. `consent_withdrawn`: the person took the consent back meanwhile, and nothing was stored.
   */
  async settle(
    scanId: string,
    evidence: KeptEvidence,
    template: ScanTemplate | null,
  ): Promise<Result<undefined, SettleFailure>> {
    const { pool, now, sealer, people, audit, faces } = this.#tools;
    const scan = await findScan(pool, scanId);
    if (!scan) throw new Error('a scan that was streaming has vanished');
    const live = evidence.outcome === 'live';
    const wantsTemplate = live && scan.purpose !== 'lab';
    if (wantsTemplate !== (template !== null)) throw new Error('a template belongs to a live scan and to no other');
    const decidedAt = now();
    const keepsProbe = live && scan.purpose === 'payment';
    const sealedProbe =
      keepsProbe && template
        ? await sealer.seal(packProbe(template.mean, template.facts ?? NO_FACTS), probeContext(scanId))
        : null;
    const expiresAt = keepsProbe ? new Date(decidedAt.getTime() + PROBE_LIFETIME_MS) : null;
    // Asked before the transaction, which holds a connection; a consent taken back later deletes the face anyway.
    if (live && scan.personId && !(await people.hasConsent(scan.personId, 'biometrics'))) {
      return fail('consent_withdrawn');
    }
    const settled = await inTransactionOr<Result<undefined, SettleFailure>>(pool, async (client) => {
      const stored = await settleScan(client, {
        id: scanId,
        state: evidence.outcome,
        decidedAt,
        evidence,
        sealedProbe,
        expiresAt,
      });
      if (!stored) throw new Rollback(fail('scan_already_used'));
      if (live && scan.purpose === 'lab') await consumeScan(client, scanId);
      if (live && template && scan.personId) {
        await consumeScan(client, scanId);
        await faces.enrol(client, {
          personId: scan.personId,
          scanId,
          template: {
            mean: template.mean,
            subTemplates: template.poses.slice(0, MAX_SUB_TEMPLATES),
            facts: template.facts ?? NO_FACTS,
          },
          poseCount: template.poseCount,
          frameCount: template.frameCount,
          simulated: evidence.simulated,
        });
        await audit.record(client, {
          actor: scan.personId,
          action: 'face.enrolled',
          subject: scan.personId,
          details: { scanId, poses: template.poseCount, frames: template.frameCount, simulated: evidence.simulated },
        });
      }
      return ok(undefined);
    });
    // What passes for living in the lab may be a print.
    if (settled.ok && scan.purpose !== 'lab') {
      await this.#calibrateLight(scan.terminalId, evidence).catch((error: unknown) =>
        this.#tools.log?.error({ err: error }, 'the light of a terminal was not calibrated'),
      );
    }
    // Whoever looks alike is found after the face is safely stored; until then the PIN is asked for.
    if (settled.ok && live && scan.personId) {
      void faces
        .refresh()
        .catch((error: unknown) => this.#tools.log?.error({ err: error }, 'look-alikes not searched'));
    }
    return settled;
  }

  async consumeForPayment(
    client: Client,
    wanted: { readonly scanId: string; readonly terminalId: string; readonly paymentId: string },
  ): Promise<ScanConsumption> {
    const taken = await this.#look(await lockScan(client, wanted.scanId), wanted);
    if (taken.ok && !(await consumeScan(client, wanted.scanId))) throw new Error('a locked scan has changed its state');
    return taken;
  }

  async peekForPayment(wanted: {
    readonly scanId: string;
    readonly terminalId: string;
    readonly paymentId: string;
  }): Promise<ScanConsumption> {
    return this.#look(await findScan(this.#tools.pool, wanted.scanId), wanted);
  }

  async #look(
    scan: ScanRow | null,
    wanted: { readonly terminalId: string; readonly paymentId: string },
  ): Promise<ScanConsumption> {
    if (scan?.purpose !== 'payment' || scan.terminalId !== wanted.terminalId || scan.paymentId !== wanted.paymentId) {
      return { ok: false, code: 'scan_not_found' };
    }
    const refused = this.#whyNotUsable(scan);
    if (refused) return { ok: false, code: refused };
    if (!scan.sealedProbe || !scan.evidence) throw new Error('a live payment scan has neither template nor evidence');
    const opened = await this.#tools.sealer.unseal(scan.sealedProbe, probeContext(scan.id));
    if (!opened.ok) throw new Error(`the template of a scan cannot be opened: ${opened.code}`);
    const probe = unpackProbe(opened.plain);
    opened.plain.fill(0);
    return { ok: true, ...probe, evidence: evidenceOf(scan, scan.evidence) };
  }

  #whyNotUsable(scan: ScanRow): Exclude<ScansErrorCode, 'scan_not_found' | 'scans_at_capacity'> | null {
    switch (scan.state) {
      case 'live':
        return scan.expiresAt && scan.expiresAt > this.#tools.now() ? null : 'scan_expired';
      case 'consumed':
        return 'scan_already_used';
      case 'expired':
        return 'scan_expired';
      case 'created':
      case 'streaming':
      case 'undecided':
        return 'scan_undecided';
      case 'attack':
      case 'no_face':
      case 'aborted':
        return 'scan_not_live';
    }
  }

  /** Ends scans whose time is over; templates nobody took go with it. */
  sweep(): Promise<{ readonly expired: number; readonly aborted: number }> {
    return sweepScans(this.#tools.pool, this.#tools.now(), SWEEP_LIMIT);
  }
}

export const STREAM_ROUTE = '/v1/terminal/scans/:scanId/stream';

function streamPath(scanId: string): string {
  return STREAM_ROUTE.replace(':scanId', scanId);
}

function probeContext(scanId: string): string {
  return `scan-probe\n${scanId}`;
}

function evidenceOf(scan: ScanRow, kept: KeptEvidence): ScanEvidence & KeptEvidence & { readonly terminalId: string } {
  return { ...kept, scanId: scan.id, terminalId: scan.terminalId, cameraModel: kept.camera?.model ?? null };
}
