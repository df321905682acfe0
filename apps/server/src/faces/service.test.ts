import { join } from 'node:path';
import { inTransaction } from '@smile/postgres';
import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../ids.ts';
import { createKeyService } from './key-service.ts';
import { packTemplate, unpackTemplate } from './model.ts';
import { FacesService } from './service.ts';

const DIMENSION = 16;
let database: TestDatabase;
let faces: FacesService;
const now = () => new Date('2026-05-01T12:00:00Z');
const match = { modelVersion: 'test-1', dimension: DIMENSION, threshold: 0.5 };

beforeAll(async () => {
  database = await createTestDatabase([{ domain: 'faces', dir: join(import.meta.dirname, 'migrations') }]);
  faces = new FacesService({ pool: database.pool, keys: createKeyService(Buffer.alloc(32, 1)), now, match });
});
afterAll(() => database?.drop());

/** A unit vector `degrees` away from the first axis. */
function facing(degrees: number): Float32Array {
  const vector = new Float32Array(DIMENSION);
  vector[0] = Math.cos((degrees * Math.PI) / 180);
  vector[1] = Math.sin((degrees * Math.PI) / 180);
  return vector;
}

async function enrol(personId: string, degrees = 0, service = faces): Promise<void> {
  await inTransaction(database.pool, (client) =>
    service.enrol(client, {
      personId,
      scanId: newId('scan'),
      template: { mean: facing(degrees), subTemplates: [facing(degrees)] },
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
    const near = await faces.compare({ personId, probe: facing(59) });
    expect(near).toMatchObject({ ok: true, match: true, threshold: 0.5, modelVersion: 'test-1' });
    expect(near.ok && near.similarity).toBeCloseTo(Math.cos((59 * Math.PI) / 180), 5);
    expect(await faces.compare({ personId, probe: facing(61) })).toMatchObject({ ok: true, match: false });
  });

  it('has nobody to compare a stranger with', async () => {
    const personId = newId('person');
    expect(await faces.compare({ personId, probe: facing(0) })).toEqual({ ok: false, code: 'no_face_enrolled' });
    expect(await faces.isEnrolled(personId)).toBe(false);
  });

  it('does not compare the numbers of two models', async () => {
    const personId = newId('person');
    await enrol(personId);
    const keys = createKeyService(Buffer.alloc(32, 1));
    const next = new FacesService({ pool: database.pool, keys, now, match: { ...match, modelVersion: 'test-2' } });
    expect(await next.compare({ personId, probe: facing(0) })).toEqual({ ok: false, code: 'no_face_enrolled' });
    expect(await next.isEnrolled(personId)).toBe(false);
  });

  it('never matches a probe without direction', async () => {
    const personId = newId('person');
    await enrol(personId);
    await expect(faces.compare({ personId, probe: new Float32Array(DIMENSION) })).rejects.toThrow('no direction');
    await expect(faces.compare({ personId, probe: facing(0).fill(Number.NaN) })).rejects.toThrow('no direction');
  });
});

describe('keeping', () => {
  it('replaces an earlier face of the same person', async () => {
    const personId = newId('person');
    await enrol(personId, 0);
    await enrol(personId, 90);
    expect(await faces.compare({ personId, probe: facing(90) })).toMatchObject({ ok: true, match: true });
    expect(await faces.compare({ personId, probe: facing(0) })).toMatchObject({ ok: true, match: false });
  });

  it('deletes the row', async () => {
    const personId = newId('person');
    await enrol(personId);
    expect(await faces.deleteFace(personId)).toBe(true);
    expect(await faces.deleteFace(personId)).toBe(false);
    const left = await database.pool.query('SELECT 1 FROM faces WHERE person_id = $1', [personId]);
    expect(left.rows).toEqual([]);
  });

  it('does not open a template that was put into another person’s row', async () => {
    const [ann, bob] = [newId('person'), newId('person')];
    await enrol(ann, 0);
    await enrol(bob, 90);
    await database.pool.query(
      `UPDATE faces SET sealed_template = (SELECT sealed_template FROM faces WHERE person_id = $1) WHERE person_id = $2`,
      [ann, bob],
    );
    await expect(faces.compare({ personId: bob, probe: facing(0) })).rejects.toThrow('cannot be opened: damaged');
  });

  it('writes nothing readable', async () => {
    const personId = newId('person');
    await enrol(personId);
    const found = await database.pool.query<{ sealed_template: Buffer }>(
      'SELECT sealed_template FROM faces WHERE person_id = $1',
      [personId],
    );
    const plain = Buffer.from(packTemplate({ mean: facing(0), subTemplates: [facing(0)] }));
    expect(found.rows[0].sealed_template.includes(plain.subarray(4, 12))).toBe(false);
  });

  it('will not start with a key that does not open what is there', async () => {
    await enrol(newId('person'));
    const stranger = new FacesService({
      pool: database.pool,
      keys: createKeyService(Buffer.alloc(32, 2)),
      now,
      match,
    });
    await expect(stranger.checkKey()).rejects.toThrow('bring back the key file');
    await faces.checkKey();
  });
});

describe('the packed template', () => {
  it('comes back as it was', () => {
    const template = { mean: facing(10), subTemplates: [facing(20), facing(30)] };
    expect(unpackTemplate(packTemplate(template))).toEqual(template);
  });
  it('is refused when its length is not what it announces', () => {
    const bytes = packTemplate({ mean: facing(10), subTemplates: [] });
    expect(() => unpackTemplate(bytes.subarray(0, bytes.length - 4))).toThrow('length');
    expect(() => unpackTemplate(bytes.subarray(0, 2))).toThrow('not a face template');
  });
});
