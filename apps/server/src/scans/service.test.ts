import { inTransaction, inTransactionOr, Rollback } from '@smile/postgres';
import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryKeys, createRecordSealer, FacesService, NO_FACTS, TemplateVault } from '../faces/index.ts';
import { newId } from '../ids.ts';
import { SCAN_MIGRATIONS } from './index.ts';
import type { ScanTemplate } from './judge/types.ts';
import { type KeptEvidence, SCAN_MOVES, SCAN_STATES, statesBefore } from './model.ts';
import { ScansService } from './service.ts';

const DIMENSION = 8;
let database: TestDatabase;
let scans: ScansService;
let faces: FacesService;
let offsetMs = 0;
let consents = true;
const terminalId = newId('terminal');
const now = () => new Date(Date.parse('2026-05-01T12:00:00Z') + offsetMs);

beforeAll(async () => {
  database = await createTestDatabase(SCAN_MIGRATIONS);
  const keys = createMemoryKeys(Buffer.alloc(32, 3));
  const { pool } = database;
  const vault = new TemplateVault({ pool, keys, now });
  const match = { modelVersion: 'm', dimension: DIMENSION, threshold: 0.5, thresholdFor: () => 0.5 };
  faces = new FacesService({ pool, vault, now, match: { ...match, margin: 0.1, lookAlikeFrom: 0.8 } });
  scans = new ScansService({
    pool,
    sealer: createRecordSealer(keys),
    now,
    faces,
    people: { bySessionToken: async () => null, hasConsent: async () => consents },
    payments: { mayScan: async () => ({ ok: true }) },
    audit: { record: async () => undefined },
  });
});
afterAll(() => database?.drop());

const PROBE = Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0);
const TEMPLATE: ScanTemplate = { mean: PROBE, poses: [PROBE], frameCount: 3, poseCount: 1 };

function evidence(outcome: KeptEvidence['outcome']): KeptEvidence {
  return {
    outcome,
    reasons: [{ code: 'shape_like_face', message: 'The depth has the shape of a face.' }],
    livenessNats: 9.5,
    cameraKind: '3d',
    camera: { kind: 'simulated', model: 'Model', serial: null, driver: 'simulator' },
    simulated: true,
    framesReceived: 10,
    framesJudged: 9,
    framesUsed: 8,
    decisionMs: 640,
    chainLink: 'ab'.repeat(32),
    modelVersion: 'm',
  };
}

/** A payment scan that has come to an outcome. */
async function settledScan(outcome: KeptEvidence['outcome']) {
  const paymentId = newId('payment');
  const scanId = await openedScan(paymentId);
  const settled = await scans.settle(scanId, evidence(outcome), outcome === 'live' ? TEMPLATE : null);
  expect(settled.ok).toBe(true);
  return { scanId, paymentId, terminalId };
}

async function openedScan(paymentId: string): Promise<string> {
  const made = await scans.create({ terminalId, personId: null }, { purpose: 'payment', paymentId });
  if (!made.ok) throw new Error(made.code);
  const opened = await scans.open(made.value.id, terminalId);
  expect(opened.ok).toBe(true);
  return made.value.id;
}

type Wanted = { scanId: string; terminalId: string; paymentId: string };
const take = (wanted: Wanted) => inTransaction(database.pool, (client) => scans.consumeForPayment(client, wanted));

async function rowOf(scanId: string) {
  const found = await database.pool.query('SELECT state, sealed_probe FROM scans WHERE id = $1', [scanId]);
  return found.rows[0];
}

describe('the states of a scan', () => {
  it('are reached from somewhere, but for the first', () => {
    for (const state of SCAN_STATES) expect(statesBefore(state).length > 0).toBe(state !== 'created');
  });
  it('lead nowhere once a template is gone or never was', () => {
    for (const state of ['attack', 'undecided', 'no_face', 'aborted', 'consumed', 'expired'] as const) {
      expect(SCAN_MOVES[state]).toEqual([]);
    }
  });
});

describe('a scan of the attack lab', () => {
  async function settledLabScan(outcome: KeptEvidence['outcome']) {
    const { id: scanId } = await scans.createForLab({ terminalId, operatorId: 'opr_1' });
    expect(await scans.open(scanId, terminalId)).toMatchObject({ ok: true, value: { purpose: 'lab' } });
    expect(await scans.settle(scanId, evidence(outcome), null)).toEqual({ ok: true, value: undefined });
    return scanId;
  }

  it('keeps what was decided and is over: there is nothing that could be taken', async () => {
    expect(await rowOf(await settledLabScan('live'))).toEqual({ state: 'consumed', sealed_probe: null });
    expect(await rowOf(await settledLabScan('attack'))).toEqual({ state: 'attack', sealed_probe: null });
  });

  it('is no proof for any payment, whatever it came to', async () => {
    for (const outcome of ['live', 'attack'] as const) {
      const wanted = { scanId: await settledLabScan(outcome), terminalId, paymentId: newId('payment') };
      expect(await scans.peekForPayment(wanted)).toEqual({ ok: false, code: 'scan_not_found' });
      expect(await take(wanted)).toEqual({ ok: false, code: 'scan_not_found' });
      // Nor for a payment that claims to have none.
      expect(await take({ ...wanted, paymentId: null as unknown as string })).toMatchObject({ code: 'scan_not_found' });
    }
  });

  it('takes no template, and the database would not keep one nor tie it to a payment', async () => {
    const { id: scanId } = await scans.createForLab({ terminalId, operatorId: 'opr_1' });
    await scans.open(scanId, terminalId);
    await expect(scans.settle(scanId, evidence('live'), TEMPLATE)).rejects.toThrow('a template belongs to');
    for (const change of [`payment_id = 'pay_1'`, `person_id = 'per_1'`, `state = 'live', sealed_probe = 'abc'`]) {
      await expect(database.pool.query(`UPDATE scans SET ${change} WHERE id = $1`, [scanId])).rejects.toThrow(
        'scans_purpose',
      );
    }
  });

  it('teaches the terminal’s light nothing: what passed may be a print', async () => {
    const { id: scanId } = await scans.createForLab({ terminalId, operatorId: 'opr_1' });
    await scans.open(scanId, terminalId);
    const answer = { nats: 5, explainedShare: 0.8, gain: 1, latenessMs: 90, slotsSeen: 5, slope: 1 };
    await scans.settle(scanId, { ...evidence('live'), light: { state: 'shown', latencyMs: 40, answer } }, null);
    const { rows } = await database.pool.query('SELECT * FROM scans_light_calibration');
    expect(rows).toEqual([]);
  });
});

describe('taking a scan for a payment', () => {
  it('gives the template and the evidence once', async () => {
    const wanted = await settledScan('live');
    const taken = await take(wanted);
    expect(taken).toMatchObject({
      ok: true,
      evidence: { scanId: wanted.scanId, outcome: 'live', cameraKind: '3d', cameraModel: 'Model', simulated: true },
    });
    expect(taken.ok && [...taken.probe]).toEqual([...PROBE]);
    expect(await take(wanted)).toEqual({ ok: false, code: 'scan_already_used' });
    expect(await rowOf(wanted.scanId)).toEqual({ state: 'consumed', sealed_probe: null });
  });

  it('gives it to one of many who ask at once', async () => {
    const wanted = await settledScan('live');
    const answers = await Promise.all(Array.from({ length: 8 }, () => take(wanted)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('leaves it where the payment’s transaction does not commit', async () => {
    const wanted = await settledScan('live');
    await inTransactionOr(database.pool, async (client) => {
      expect(await scans.consumeForPayment(client, wanted)).toMatchObject({ ok: true });
      throw new Rollback('no');
    });
    expect(await take(wanted)).toMatchObject({ ok: true });
  });

  it('belongs to its terminal and its payment', async () => {
    const wanted = await settledScan('live');
    const missing = { ok: false, code: 'scan_not_found' };
    expect(await take({ ...wanted, terminalId: newId('terminal') })).toEqual(missing);
    expect(await take({ ...wanted, paymentId: newId('payment') })).toEqual(missing);
    expect(await take({ ...wanted, scanId: newId('scan') })).toEqual(missing);
    expect(await take(wanted)).toMatchObject({ ok: true });
  });

  it.each([
    ['attack', 'scan_not_live'],
    ['no_face', 'scan_not_live'],
    ['aborted', 'scan_not_live'],
    ['undecided', 'scan_undecided'],
  ] as const)('refuses a scan that ended with %s', async (outcome, code) => {
    expect(await take(await settledScan(outcome))).toEqual({ ok: false, code });
  });

  it('refuses a scan that is still being looked at', async () => {
    const paymentId = newId('payment');
    const scanId = await openedScan(paymentId);
    expect(await take({ scanId, terminalId, paymentId })).toEqual({ ok: false, code: 'scan_undecided' });
  });

  it('refuses a scan of two minutes ago, and the sweep takes its template away', async () => {
    const wanted = await settledScan('live');
    try {
      offsetMs = 120_001;
      expect(await take(wanted)).toEqual({ ok: false, code: 'scan_expired' });
      expect((await rowOf(wanted.scanId)).sealed_probe).not.toBeNull();
      expect((await scans.sweep()).expired).toBeGreaterThanOrEqual(1);
      expect(await rowOf(wanted.scanId)).toEqual({ state: 'expired', sealed_probe: null });
      expect(await take(wanted)).toEqual({ ok: false, code: 'scan_expired' });
    } finally {
      offsetMs = 0;
    }
  });
});

describe('the sweep', () => {
  it('aborts streams whose server is gone, and a decision that comes later changes nothing', async () => {
    const scanId = await openedScan(newId('payment'));
    try {
      offsetMs = 60_000;
      expect((await scans.sweep()).aborted).toBeGreaterThanOrEqual(1);
    } finally {
      offsetMs = 0;
    }
    expect(await scans.settle(scanId, evidence('live'), TEMPLATE)).toMatchObject({ ok: false });
    expect(await rowOf(scanId)).toEqual({ state: 'aborted', sealed_probe: null });
  });
});

describe('enrolling', () => {
  async function openedEnrolment(personId: string): Promise<string> {
    const made = await scans.create({ terminalId, personId }, { purpose: 'enrolment' });
    if (!made.ok) throw new Error(made.code);
    expect((await scans.open(made.value.id, terminalId)).ok).toBe(true);
    return made.value.id;
  }

  it('keeps the face with the person and no template with the scan', async () => {
    const personId = newId('person');
    const scanId = await openedEnrolment(personId);
    expect((await scans.settle(scanId, evidence('live'), TEMPLATE)).ok).toBe(true);
    expect(await rowOf(scanId)).toEqual({ state: 'consumed', sealed_probe: null });
    expect(await faces.compare({ personId, probe: PROBE, facts: NO_FACTS })).toMatchObject({ ok: true, match: true });
  });

  it('stores nothing once the consent was taken back', async () => {
    const personId = newId('person');
    const scanId = await openedEnrolment(personId);
    consents = false;
    try {
      expect(await scans.settle(scanId, evidence('live'), TEMPLATE)).toMatchObject({ code: 'consent_withdrawn' });
    } finally {
      consents = true;
    }
    expect(await faces.isEnrolled(personId)).toBe(false);
    expect((await rowOf(scanId)).state).toBe('streaming');
  });

  it('cannot be taken for a payment', async () => {
    const scanId = await openedEnrolment(newId('person'));
    await scans.settle(scanId, evidence('live'), TEMPLATE);
    expect(await take({ scanId, terminalId, paymentId: newId('payment') })).toEqual({
      ok: false,
      code: 'scan_not_found',
    });
  });
});
