import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { similarity } from '@smile/face';
import { madeUpEmbedding, randomNumbers } from '@smile/face/testing';
import { inTransaction } from '@smile/postgres';
import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../ids.ts';
import { sealWith } from '../../sealing.ts';
import { createMemoryKeys, type KeyService } from './key-service.ts';
import { TemplateVault } from './template-vault.ts';

const DIMENSION = 64;
const MODEL = 'test-1';
const KEK = Buffer.alloc(32, 1);
const next = randomNumbers(4);
let database: TestDatabase;
let keys: KeyService;
let vault: TemplateVault;
let atMs = Date.parse('2026-05-01T12:00:00Z');
const now = () => new Date(atMs);

beforeAll(async () => {
  database = await createTestDatabase([{ domain: 'faces', dir: join(import.meta.dirname, '../migrations') }]);
});
afterAll(() => database?.drop());
beforeEach(async () => {
  await database.pool.query('DELETE FROM face_keys');
  await database.pool.query('DELETE FROM faces');
  await database.pool.query('DELETE FROM face_vault_runs');
  keys = createMemoryKeys(KEK, () => randomBytes(32));
  vault = new TemplateVault({ pool: database.pool, keys, now });
});

const rows = async <Row extends object>(sql: string) => (await database.pool.query<Row>(sql)).rows;

async function enrol(personId = newId('person'), modelVersion = MODEL) {
  const mean = madeUpEmbedding(next, DIMENSION);
  const template = {
    mean,
    subTemplates: [mean, madeUpEmbedding(next, DIMENSION)],
    facts: { ipdMm: 63.2, faceWidthMm: null },
  };
  const scanId = newId('scan');
  await inTransaction(database.pool, (client) =>
    vault.put(client, { personId, modelVersion, scanId, template, poseCount: 2, frameCount: 3, simulated: true }),
  );
  return { personId, mean, template };
}

async function straightMean(personId: string): Promise<Float32Array> {
  const [opened] = await vault.open([personId], MODEL);
  return opened.straight().mean;
}

describe('keeping', () => {
  it('compares in the turned space as the straight vectors would', async () => {
    const ann = await enrol();
    const [opened] = await vault.open([ann.personId], MODEL);
    const probe = madeUpEmbedding(next, DIMENSION);
    expect(similarity(opened.turn(probe), opened.template.mean)).toBeCloseTo(similarity(probe, ann.mean), 5);
    expect(Math.abs(similarity(opened.template.mean, ann.mean))).toBeLessThan(0.6);
    const straight = opened.straight();
    expect(similarity(straight.mean, ann.mean)).toBeCloseTo(1, 5);
    expect(similarity(straight.anchor, ann.mean)).toBeCloseTo(1, 5);
    expect(similarity(straight.subTemplates[1], ann.template.subTemplates[1])).toBeCloseTo(1, 5);
    expect(straight.facts).toEqual({ ipdMm: 63.2, faceWidthMm: null });
    opened.wipe();
    expect(opened.template.mean).toEqual(new Float32Array(DIMENSION));
  });

  it('keeps a template for each model version beside the others', async () => {
    const { personId } = await enrol();
    await enrol(personId, 'test-2');
    expect(await vault.modelVersionsOf(personId)).toEqual([MODEL, 'test-2']);
    expect(await vault.removeModel(MODEL)).toBe(1);
    expect(await vault.modelVersionsOf(personId)).toEqual(['test-2']);
  });

  it.each([
    [
      'another person’s template',
      `UPDATE faces SET sealed_template = (SELECT sealed_template FROM faces WHERE person_id = 'a') WHERE person_id = 'b'`,
    ],
    [
      'another person’s key',
      `UPDATE face_keys SET wrapped_key = (SELECT wrapped_key FROM face_keys WHERE person_id = 'a') WHERE person_id = 'b'`,
    ],
    ['another version', `UPDATE faces SET template_version = 9 WHERE person_id = 'b'`],
  ])('does not open what was given %s', async (_what, sql) => {
    await enrol('a');
    await enrol('b');
    await database.pool.query(sql);
    await expect(vault.open(['b'], MODEL)).rejects.toThrow('cannot be opened: damaged');
  });

  it('does not open a template and a key that both were put into another person’s rows', async () => {
    await enrol('a');
    await enrol('b');
    await database.pool.query(
      `UPDATE faces b SET sealed_template = a.sealed_template FROM faces a WHERE a.person_id = 'a' AND b.person_id = 'b'`,
    );
    await database.pool.query(
      `UPDATE face_keys b SET wrapped_key = a.wrapped_key FROM face_keys a WHERE a.person_id = 'a' AND b.person_id = 'b'`,
    );
    await expect(vault.open(['b'], MODEL)).rejects.toThrow('cannot be opened: damaged');
  });
});

describe('deleting', () => {
  it('takes the key, without which a copy of the template is noise', async () => {
    const { personId } = await enrol();
    const [copy] = await rows<{ sealed_template: Buffer }>('SELECT * FROM faces');
    expect(await vault.remove(personId)).toBe(true);
    expect(await vault.remove(personId)).toBe(false);
    expect(await rows('SELECT 1 FROM face_keys UNION ALL SELECT 1 FROM faces')).toEqual([]);
    // From a backup that holds the faces and not their keys:
    await database.pool.query(
      `INSERT INTO faces (id, person_id, scan_id, model_version, sealed_template, pose_count, frame_count, simulated,
                          enrolled_at, sealed_at) VALUES ('x', $1, 's', $2, $3, 1, 1, true, now(), now())`,
      [personId, MODEL, copy.sealed_template],
    );
    await expect(vault.open([personId], MODEL)).rejects.toThrow('has no key');
  });
});

describe('rotating the key-encryption key', () => {
  it('wraps every data key anew, touches no template, and lets the old version be destroyed', async () => {
    const people = [await enrol(), await enrol(), await enrol()];
    const before = await rows<{ sealed_template: Buffer }>('SELECT sealed_template FROM faces ORDER BY person_id');
    await expect(vault.retireKek(1)).rejects.toThrow('is the newest');
    await keys.rotate();
    await expect(vault.retireKek(1)).rejects.toThrow('3 templates still hang on version 1');
    expect(await vault.rewrap()).toBe(3);
    expect(await rows('SELECT sealed_template FROM faces ORDER BY person_id')).toEqual(before);
    await vault.retireKek(1);
    for (const { personId, mean } of people) expect(similarity(await straightMean(personId), mean)).toBeCloseTo(1, 5);
    expect(await vault.status()).toMatchObject({ keys: [{ version: 2, count: 3, newest: true }], missingKeyIds: [] });
  });

  it('goes on where it was cut off', async () => {
    await enrol();
    await enrol();
    let calls = 0;
    const failing: KeyService = {
      ...keys,
      wrap: async (key, context) => {
        calls += 1;
        if (calls === 2) throw new Error('the key service is away');
        return keys.wrap(key, context);
      },
    };
    const interrupted = new TemplateVault({ pool: database.pool, keys: failing, now });
    await expect(interrupted.rotateKek()).rejects.toThrow('away');
    expect(await rows('SELECT 1 FROM face_keys WHERE kek_version = 2')).toHaveLength(1);
    expect(await vault.rewrap()).toBe(1);
  });
});

describe('renewing', () => {
  it('gives a person another transform and key, and keeps the face', async () => {
    const { personId, mean } = await enrol();
    const [before] = await vault.open([personId], MODEL);
    const [keyBefore] = await rows<{ wrapped_key: Buffer }>('SELECT wrapped_key FROM face_keys');
    expect(await vault.renew(personId)).toBe(1);
    const [after] = await vault.open([personId], MODEL);
    expect(Math.abs(similarity(before.template.mean, after.template.mean))).toBeLessThan(0.6);
    expect(similarity(after.straight().mean, mean)).toBeCloseTo(1, 5);
    expect(after.templateVersion).toBe(before.templateVersion + 1);
    // The old key no longer opens anything.
    await database.pool.query('UPDATE face_keys SET wrapped_key = $1', [keyBefore.wrapped_key]);
    await expect(vault.open([personId], MODEL)).rejects.toThrow('damaged');
  });

  it('takes up a run that was cut off, without doing anything twice', async () => {
    const people = [await enrol(), await enrol(), await enrol()];
    atMs += 1_000;
    let wraps = 0;
    const failing = new TemplateVault({
      pool: database.pool,
      now,
      keys: {
        ...keys,
        wrap: async (key, context) => {
          wraps += 1;
          if (wraps === 3) throw new Error('the key service is away');
          return keys.wrap(key, context);
        },
      },
    });
    await expect(failing.renewAll()).rejects.toThrow('away');
    expect((await vault.status()).renewal).toMatchObject({ left: 1 });
    atMs += 1_000;
    // Enrolled since the run began: it has a new key already.
    await enrol();
    expect(await vault.renewAll()).toBe(1);
    expect((await vault.status()).renewal).toBeNull();
    for (const { personId, mean } of people) expect(similarity(await straightMean(personId), mean)).toBeCloseTo(1, 5);
  });

  it('leaves alone what was enrolled anew while it worked', async () => {
    const { personId } = await enrol();
    let second: Float32Array | null = null;
    const slow = new TemplateVault({
      pool: database.pool,
      now,
      keys: {
        ...keys,
        wrap: async (key, context) => {
          if (!second) second = (await enrol(personId)).mean;
          return keys.wrap(key, context);
        },
      },
    });
    expect(await slow.renew(personId)).toBe(0);
    expect(similarity(await straightMean(personId), second ?? new Float32Array(DIMENSION))).toBeCloseTo(1, 5);
  });
});

describe('templates from before the vault', () => {
  /** As the first version wrote them: sealed by the key itself, the vectors as they are. */
  async function oldRow(personId: string, mean: Float32Array): Promise<void> {
    const packed = Buffer.alloc(4 + 2 * DIMENSION * 4);
    packed.writeUInt8(1, 0);
    packed.writeUInt8(1, 1);
    packed.writeUInt16LE(DIMENSION, 2);
    for (let i = 0; i < 2 * DIMENSION; i += 1) packed.writeFloatLE(mean[i % DIMENSION], 4 + 4 * i);
    const [{ keyId }] = await keys.versions();
    const sealed = sealWith(KEK, packed, `face-template\n${personId}\n${MODEL}`);
    await database.pool.query(
      `INSERT INTO faces (id, person_id, scan_id, model_version, key_id, sealed_template, pose_count, frame_count,
                          simulated, enrolled_at, sealed_at) VALUES ($1, $2, 's', $3, $4, $5, 1, 3, true, $6, $6)`,
      [newId('face'), personId, MODEL, keyId, Buffer.concat([Buffer.of(1), Buffer.from(keyId, 'hex'), sealed]), now()],
    );
  }

  it('are compared as they are, and move in', async () => {
    const mean = madeUpEmbedding(next, DIMENSION);
    await oldRow('ann', mean);
    expect(similarity(await straightMean('ann'), mean)).toBeCloseTo(1, 5);
    expect(await vault.status()).toMatchObject({ fromBefore: 1 });
    expect(await vault.adopt()).toBe(1);
    expect(await vault.status()).toMatchObject({ fromBefore: 0, keys: [{ count: 1 }] });
    expect(await rows('SELECT key_id FROM faces')).toEqual([{ key_id: null }]);
    const [opened] = await vault.open(['ann'], MODEL);
    expect(Math.abs(similarity(opened.template.mean, mean))).toBeLessThan(0.6);
    expect(similarity(opened.straight().mean, mean)).toBeCloseTo(1, 5);
    expect(await vault.adopt()).toBe(0);
  });

  it('keep an old version of the key from being retired until they have moved', async () => {
    await oldRow('ann', madeUpEmbedding(next, DIMENSION));
    await keys.rotate();
    await expect(vault.retireKek(1)).rejects.toThrow('1 templates still hang');
    await vault.adopt();
    await vault.retireKek(1);
    expect(await straightMean('ann')).toHaveLength(DIMENSION);
  });
});

it('will not start with keys that do not open what is there', async () => {
  await enrol();
  const stranger = new TemplateVault({ pool: database.pool, now, keys: createMemoryKeys(Buffer.alloc(32, 9)) });
  await expect(stranger.checkKeys()).rejects.toThrow('bring back the key files');
  await vault.checkKeys();
});
