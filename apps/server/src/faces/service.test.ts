import { join } from 'node:path';
import { inTransaction } from '@smile/postgres';
import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../ids.ts';
import { type FaceFacts, NO_FACTS, packProbe, packTemplate, unpackProbe, unpackTemplate } from './model.ts';
import { FacesService, type MatchPolicy } from './service.ts';
import { createMemoryKeys } from './vault/key-service.ts';
import { TemplateVault } from './vault/template-vault.ts';

const DIMENSION = 16;
let database: TestDatabase;
let faces: FacesService;
let laterMs = 0;
const now = () => new Date(Date.parse('2026-05-01T12:00:00Z') + laterMs);
/** Measured down to 2e-5 a comparison: enough for lists of five. */
const match: MatchPolicy = {
  modelVersion: 'test-1',
  dimension: DIMENSION,
  threshold: 0.5,
  thresholdFor: (rate) => (rate < 2e-5 ? null : rate < 1e-4 ? 0.7 : 0.5),
  margin: 0.1,
  lookAlikeFrom: 0.9,
};
const openVault = (kek = 1) =>
  new TemplateVault({ pool: database.pool, keys: createMemoryKeys(Buffer.alloc(32, kek)), now });
const compare = (personId: string, degrees: number, service = faces) =>
  service.compare({ personId, probe: facing(degrees), facts: NO_FACTS });

beforeAll(async () => {
  database = await createTestDatabase([{ domain: 'faces', dir: join(import.meta.dirname, 'migrations') }]);
  faces = new FacesService({ pool: database.pool, vault: openVault(), now, match });
});
afterAll(() => database?.drop());

/** A unit vector `degrees` away from the first axis. */
function facing(degrees: number): Float32Array {
  const vector = new Float32Array(DIMENSION);
  vector[0] = Math.cos((degrees * Math.PI) / 180);
  vector[1] = Math.sin((degrees * Math.PI) / 180);
  return vector;
}

async function enrol(personId: string, degrees = 0, facts: FaceFacts = NO_FACTS): Promise<void> {
  await inTransaction(database.pool, (client) =>
    faces.enrol(client, {
      personId,
      scanId: newId('scan'),
      template: { mean: facing(degrees), subTemplates: [facing(degrees)], facts },
      poseCount: 1,
      frameCount: 3,
      simulated: true,
    }),
  );
}

describe('comparing', () => {
  it('matches from the threshold on', async () => {
    const personId = newId('person');
    await enrol(personId);
    const near = await compare(personId, 59);
    expect(near).toMatchObject({ ok: true, match: true, threshold: 0.5, modelVersion: 'test-1' });
    expect(near.ok && near.similarity).toBeCloseTo(Math.cos((59 * Math.PI) / 180), 5);
    expect(await compare(personId, 61)).toMatchObject({ ok: true, match: false });
  });

  it('has nobody to compare a stranger with', async () => {
    const personId = newId('person');
    expect(await compare(personId, 0)).toEqual({ ok: false, code: 'no_face_enrolled' });
    expect(await faces.isEnrolled(personId)).toBe(false);
  });

  it('does not compare the numbers of two models: the face has to be taken anew', async () => {
    const personId = newId('person');
    await enrol(personId);
    const next = new FacesService({
      pool: database.pool,
      vault: openVault(),
      now,
      match: { ...match, modelVersion: 'test-2' },
    });
    expect(await compare(personId, 0, next)).toEqual({ ok: false, code: 'no_face_enrolled' });
    expect(await next.enrolment(personId)).toBe('outdated');
    expect(await next.isEnrolled(personId)).toBe(false);
    expect(await next.enrolment(newId('person'))).toBe('none');
    expect(await faces.enrolment(personId)).toBe('enrolled');
  });

  it('refuses a face of another size, where both were measured', async () => {
    const personId = newId('person');
    const sizes = (ipdMm: number | null, faceWidthMm: number | null) => ({ ipdMm, faceWidthMm });
    await enrol(personId, 0, sizes(63, 140));
    const of = (facts: FaceFacts) => faces.compare({ personId, probe: facing(0), facts });
    expect(await of(sizes(65, 138))).toMatchObject({ match: true, sizeFits: true });
    expect(await of(sizes(70, 140))).toMatchObject({ match: false, sizeFits: false });
    expect(await of(sizes(63, 147))).toMatchObject({ match: true, sizeFits: true });
    expect(await of(sizes(63, 150))).toMatchObject({ match: false, sizeFits: false });
    expect(await of(sizes(63, null))).toMatchObject({ match: true, sizeFits: true });
    expect(await of(NO_FACTS)).toMatchObject({ match: true, sizeFits: null });
  });

  it('never matches a probe without direction', async () => {
    const personId = newId('person');
    await enrol(personId);
    await expect(faces.compare({ personId, probe: new Float32Array(DIMENSION), facts: NO_FACTS })).rejects.toThrow(
      'no direction',
    );
    await expect(faces.compare({ personId, probe: facing(0).fill(Number.NaN), facts: NO_FACTS })).rejects.toThrow(
      'no direction',
    );
  });
});

describe('keeping', () => {
  it('replaces an earlier face of the same person', async () => {
    const personId = newId('person');
    await enrol(personId, 0);
    await enrol(personId, 90);
    expect(await compare(personId, 90)).toMatchObject({ ok: true, match: true });
    expect(await compare(personId, 0)).toMatchObject({ ok: true, match: false });
  });

  it('deletes the row', async () => {
    const personId = newId('person');
    await enrol(personId);
    expect(await faces.deleteFace(personId)).toBe(true);
    expect(await faces.deleteFace(personId)).toBe(false);
    const left = await database.pool.query('SELECT 1 FROM faces WHERE person_id = $1', [personId]);
    expect(left.rows).toEqual([]);
  });

  it('writes nothing readable', async () => {
    const personId = newId('person');
    await enrol(personId);
    const found = await database.pool.query<{ sealed_template: Buffer }>(
      'SELECT sealed_template FROM faces WHERE person_id = $1',
      [personId],
    );
    const plain = Buffer.from(Float32Array.of(facing(0)[0]).buffer);
    expect(found.rows[0].sealed_template.includes(Buffer.concat([plain, Buffer.alloc(8)]))).toBe(false);
  });
});

describe('a short list', () => {
  const list = async (...degrees: number[]) => {
    const ids = degrees.map(() => newId('person'));
    for (const [i, id] of ids.entries()) await enrol(id, degrees[i]);
    return ids;
  };
  const among = (personIds: string[], degrees: number, facts: FaceFacts = NO_FACTS) =>
    faces.compareAmong({ personIds, probe: facing(degrees), facts });

  it('names the one who is clearly the nearest', async () => {
    const [ann, bob] = await list(0, 90);
    expect(await among([ann, bob], 10)).toMatchObject({ ok: true, personId: ann, threshold: 0.7 });
  });

  it('asks for more of one who is near two people', async () => {
    const ids = await list(0, 20);
    expect(await among(ids, 10)).toEqual({ ok: false, code: 'not_clear' });
  });

  it('wants a stricter match the longer it is, and refuses to be longer than the evidence', async () => {
    const [ann, ...others] = await list(0, 180, 190, 200, 270);
    // A cosine of 0.64: enough for one comparison, not for five.
    expect(await among([ann], 50)).toMatchObject({ ok: true, personId: ann, threshold: 0.5 });
    expect(await among([ann, ...others], 50)).toEqual({ ok: false, code: 'nobody' });
    expect(await among([ann, ...others, newId('person')], 0)).toEqual({ ok: false, code: 'list_too_long' });
    expect([faces.canSearch(5), faces.canSearch(6)]).toEqual([true, false]);
  });

  it('names nobody of an empty list, of strangers, or of another size', async () => {
    expect(await among([], 0)).toEqual({ ok: false, code: 'nobody' });
    expect(await among([newId('person')], 0)).toEqual({ ok: false, code: 'nobody' });
    const personId = newId('person');
    await enrol(personId, 0, { ipdMm: 60, faceWidthMm: null });
    expect(await among([personId], 0, { ipdMm: 70, faceWidthMm: null })).toEqual({ ok: false, code: 'nobody' });
  });
});

describe('learning', () => {
  const WEEK_MS = 7 * 24 * 3_600_000;
  const learn = (personId: string, degrees: number, facts: FaceFacts = NO_FACTS) =>
    faces.learn({ personId, probe: facing(degrees), facts });
  /** How far the mean is from the first axis, by comparing. */
  const meanDegrees = async (personId: string) => {
    const compared = await compare(personId, 0);
    return compared.ok ? (Math.acos(compared.similarity) * 180) / Math.PI : Number.NaN;
  };
  const enrolled = async (facts: FaceFacts = NO_FACTS) => {
    const personId = newId('person');
    await enrol(personId, 0, facts);
    // Everybody of these tests faces the same way; here they are no look-alikes.
    await database.pool.query('UPDATE faces SET compared_at = now() WHERE person_id = $1', [personId]);
    return personId;
  };

  it('moves the template a little towards a sure match, once a week', async () => {
    const personId = await enrolled();
    expect(await learn(personId, 20)).toBe(false);
    laterMs += WEEK_MS;
    expect(await learn(personId, 20)).toBe(true);
    expect(await meanDegrees(personId)).toBeGreaterThan(1);
    expect(await meanDegrees(personId)).toBeLessThan(3);
    expect(await learn(personId, 20)).toBe(false);
  });

  it('never goes far from what was enrolled, however often', async () => {
    const personId = await enrolled();
    for (let week = 0; week < 40; week += 1) {
      laterMs += WEEK_MS;
      await learn(personId, 25 + (await meanDegrees(personId)) * 0.9);
    }
    const reached = await meanDegrees(personId);
    // A cosine of 0.95 is 18.2 degrees.
    expect(reached).toBeGreaterThan(12);
    expect(reached).toBeLessThanOrEqual(18.3);
  });

  it('learns nothing from a match that is not sure, from another size, or about somebody with a look-alike', async () => {
    const personId = await enrolled({ ipdMm: 60, faceWidthMm: null });
    laterMs += WEEK_MS;
    expect(await learn(personId, 40)).toBe(false);
    expect(await learn(personId, 5, { ipdMm: 69, faceWidthMm: null })).toBe(false);
    expect(await learn(newId('person'), 5)).toBe(false);
    await database.pool.query('UPDATE faces SET compared_at = NULL WHERE person_id = $1', [personId]);
    expect(await learn(personId, 5)).toBe(false);
  });
});

describe('the look-alike guard', () => {
  // Apart from the faces of other tests: far from the plane they lie in.
  const apart = (degrees: number) => {
    const vector = new Float32Array(DIMENSION);
    vector[2] = Math.cos((degrees * Math.PI) / 180);
    vector[3] = Math.sin((degrees * Math.PI) / 180);
    return vector;
  };
  const put = (personId: string, degrees: number, service = faces) =>
    inTransaction(database.pool, (client) =>
      service.enrol(client, {
        personId,
        scanId: newId('scan'),
        template: { mean: apart(degrees), subTemplates: [], facts: NO_FACTS },
        poseCount: 1,
        frameCount: 1,
        simulated: true,
      }),
    );
  const guarded = (personId: string) => faces.hasLookAlike(database.pool, personId);

  it('asks both of a pair for the PIN, and nobody else', async () => {
    const [ann, twin, bob] = [newId('person'), newId('person'), newId('person')];
    await put(ann, 0);
    await put(bob, 90);
    // Until the search has been done, the PIN is asked for.
    expect(await guarded(ann)).toBe(true);
    await faces.refresh();
    expect([await guarded(ann), await guarded(bob)]).toEqual([false, false]);
    await put(twin, 10);
    await faces.refresh();
    expect([await guarded(ann), await guarded(twin), await guarded(bob)]).toEqual([true, true, false]);
    // The other one's face is gone, or has become another: then there is nobody to be mistaken for.
    await faces.deleteFace(twin);
    expect(await guarded(ann)).toBe(false);
  });

  it('finds the pair that two servers enrolled at the same time', async () => {
    const elsewhere = new FacesService({ pool: database.pool, vault: openVault(), now, match });
    const [carl, double] = [newId('person'), newId('person')];
    await put(carl, 180);
    await put(double, 185, elsewhere);
    await Promise.all([faces.refresh(), elsewhere.refresh()]);
    expect([await guarded(carl), await guarded(double)]).toEqual([true, true]);
  });

  it('guesses who somebody might be, from what it has taken in', async () => {
    const dora = newId('person');
    await put(dora, 270);
    expect(faces.guess(apart(271), 5)).toEqual([]);
    await faces.refresh();
    expect(faces.guess(apart(271), 5)).toEqual([dora]);
    await faces.deleteFace(dora);
    expect(faces.guess(apart(271), 5)).toEqual([]);
  });
});

describe('the packed template', () => {
  const template = {
    anchor: facing(15),
    mean: facing(10),
    subTemplates: [facing(20), facing(30)],
    facts: { ipdMm: 61.7, faceWidthMm: null },
  };
  it('comes back as it was', () => {
    expect(unpackTemplate(packTemplate(template))).toEqual(template);
  });
  it('is refused when its length is not what it announces', () => {
    const bytes = packTemplate(template);
    expect(() => unpackTemplate(bytes.subarray(0, bytes.length - 4))).toThrow('length');
    expect(() => unpackTemplate(bytes.subarray(0, 2))).toThrow('not a face template');
    expect(() => unpackTemplate(bytes.subarray(0, 6))).toThrow('not a face template');
  });
  it('has a smaller sister for the scan', () => {
    const probe = { probe: facing(3), facts: { ipdMm: null, faceWidthMm: 138.5 } };
    expect(unpackProbe(packProbe(probe.probe, probe.facts))).toEqual(probe);
    expect(() => unpackProbe(Buffer.alloc(4))).toThrow('not a probe');
  });
});
