import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeyService, openFileKeyService } from './key-service.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'smile-keys-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const plain = Buffer.from('a face, in numbers');
const keyPath = () => join(dataDir, 'keys', 'biometrics.key');

describe('sealing', () => {
  const keys = createKeyService(Buffer.alloc(32, 7));

  it('gives back what was sealed, in the same context only', async () => {
    const sealed = await keys.seal(plain, 'per_ann');
    expect(await keys.unseal(sealed, 'per_ann')).toEqual({ ok: true, plain });
    expect(await keys.unseal(sealed, 'per_bob')).toEqual({ ok: false, code: 'damaged' });
  });

  it('seals the same thing differently each time, and shows nothing of it', async () => {
    const [one, other] = [await keys.seal(plain, 'x'), await keys.seal(plain, 'x')];
    expect(Buffer.compare(one, other)).not.toBe(0);
    expect(Buffer.from(one).includes('face')).toBe(false);
  });

  it('notices every changed byte', async () => {
    const sealed = Buffer.from(await keys.seal(plain, 'x'));
    for (let i = 0; i < sealed.length; i += 1) {
      const changed = Buffer.from(sealed);
      changed[i] ^= 1;
      expect(await keys.unseal(changed, 'x')).toMatchObject({ ok: false });
    }
    expect(await keys.unseal(sealed.subarray(0, 20), 'x')).toEqual({ ok: false, code: 'damaged' });
  });

  it('tells a foreign key from damage', async () => {
    const sealed = await createKeyService(Buffer.alloc(32, 8)).seal(plain, 'x');
    expect(await keys.unseal(sealed, 'x')).toEqual({ ok: false, code: 'foreign_key' });
  });
});

describe('the key file', () => {
  it('is made once, for the owner alone', async () => {
    const [one, other] = await Promise.all([openFileKeyService(dataDir), openFileKeyService(dataDir)]);
    expect(one.keyId).toBe(other.keyId);
    expect((await stat(keyPath())).mode & 0o777).toBe(0o600);
    expect((await readFile(keyPath())).length).toBe(32);
    expect((await openFileKeyService(dataDir)).keyId).toBe(one.keyId);
  });

  it('is refused when others can read it', async () => {
    await openFileKeyService(dataDir);
    await chmod(keyPath(), 0o644);
    await expect(openFileKeyService(dataDir)).rejects.toThrow('can be read by others');
  });

  it('is refused when it is damaged', async () => {
    await openFileKeyService(dataDir);
    await writeFile(keyPath(), 'short');
    await expect(openFileKeyService(dataDir)).rejects.toThrow('damaged');
  });
});
