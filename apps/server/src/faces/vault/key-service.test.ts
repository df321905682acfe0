import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKeyFiles } from './key-files.ts';
import { createMemoryKeys, type WrappedKey } from './key-service.ts';
import { createRecordSealer } from './record-sealer.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'smile-keys-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const plain = Buffer.from('32 bytes that are a key of data!');
const keyPath = () => join(dataDir, 'keys', 'biometrics.key');
const changedAt = (bytes: Uint8Array, i: number) => {
  const changed = Buffer.from(bytes);
  changed[i] ^= 1;
  return changed;
};

describe('wrapping', () => {
  const keys = createMemoryKeys(Buffer.alloc(32, 7));

  it('gives back what was wrapped, in the same context only', async () => {
    const wrapped = await keys.wrap(plain, 'per_ann');
    expect(await keys.unwrap(wrapped, 'per_ann')).toEqual({ ok: true, key: plain });
    expect(await keys.unwrap(wrapped, 'per_bob')).toEqual({ ok: false, code: 'damaged' });
  });

  it('wraps the same thing differently each time, and shows nothing of it', async () => {
    const [one, other] = [await keys.wrap(plain, 'x'), await keys.wrap(plain, 'x')];
    expect(Buffer.compare(one.bytes, other.bytes)).not.toBe(0);
    expect(Buffer.from(one.bytes).includes('key of data')).toBe(false);
  });

  it('notices every changed byte', async () => {
    const wrapped = await keys.wrap(plain, 'x');
    const withBytes = (bytes: Uint8Array): WrappedKey => ({ ...wrapped, bytes });
    for (let i = 0; i < wrapped.bytes.length; i += 1) {
      expect(await keys.unwrap(withBytes(changedAt(wrapped.bytes, i)), 'x')).toMatchObject({ ok: false });
    }
    expect(await keys.unwrap(withBytes(wrapped.bytes.subarray(0, 20)), 'x')).toEqual({ ok: false, code: 'damaged' });
  });

  it('tells a foreign key from damage', async () => {
    const wrapped = await createMemoryKeys(Buffer.alloc(32, 8)).wrap(plain, 'x');
    expect(await keys.unwrap(wrapped, 'x')).toEqual({ ok: false, code: 'unknown_key' });
  });
});

describe('a sealed record', () => {
  const sealer = createRecordSealer(createMemoryKeys(Buffer.alloc(32, 7)));

  it('opens in its own context, and is refused when any byte was changed', async () => {
    const sealed = await sealer.seal(plain, 'scan-probe\nscn_1');
    expect(await sealer.unseal(sealed, 'scan-probe\nscn_1')).toEqual({ ok: true, plain });
    expect(await sealer.unseal(sealed, 'scan-probe\nscn_2')).toMatchObject({ ok: false });
    // The key's name and version at the front only say which key to take: they are no part of what was sealed.
    for (let i = 24; i < sealed.length; i += 1) {
      expect(await sealer.unseal(changedAt(sealed, i), 'scan-probe\nscn_1')).toMatchObject({ ok: false });
    }
    for (let length = 0; length < 40; length += 1) {
      expect(await sealer.unseal(sealed.subarray(0, length), 'scan-probe\nscn_1')).toMatchObject({ ok: false });
    }
  });
});

describe('the key files', () => {
  it('begin with one, made once, for the owner alone', async () => {
    const [one, other] = await Promise.all([openKeyFiles(dataDir), openKeyFiles(dataDir)]);
    expect(await one.versions()).toEqual(await other.versions());
    expect((await stat(keyPath())).mode & 0o777).toBe(0o600);
    expect((await readFile(keyPath())).length).toBe(32);
    expect(await (await openKeyFiles(dataDir)).versions()).toEqual(await one.versions());
  });

  it('are refused when others can read one', async () => {
    await openKeyFiles(dataDir);
    await chmod(keyPath(), 0o644);
    await expect(openKeyFiles(dataDir)).rejects.toThrow('can be read by others');
  });

  it('are refused when one is damaged', async () => {
    await openKeyFiles(dataDir);
    await writeFile(keyPath(), 'short');
    await expect(openKeyFiles(dataDir)).rejects.toThrow('damaged');
  });

  it('reach a running server when another process makes a new version', async () => {
    const server = await openKeyFiles(dataDir);
    const early = await server.wrap(plain, 'x');
    const command = await openKeyFiles(dataDir);
    const second = await command.rotate();
    expect(second.version).toBe(2);
    const wrappedElsewhere = await command.wrap(plain, 'x');
    expect(await server.unwrap(wrappedElsewhere, 'x')).toMatchObject({ ok: true });
    expect((await server.wrap(plain, 'x')).version).toBe(2);
    expect(await command.unwrap(early, 'x')).toMatchObject({ ok: true });
  });

  it('open nothing any more that hangs on a retired version', async () => {
    const keys = await openKeyFiles(dataDir);
    const early = await keys.wrap(plain, 'x');
    await expect(keys.retire(1)).rejects.toThrow('in use');
    await keys.rotate();
    await keys.retire(1);
    expect(await keys.unwrap(early, 'x')).toEqual({ ok: false, code: 'unknown_key' });
    expect(await keys.versions()).toMatchObject([{ version: 2 }]);
    await expect(stat(keyPath())).rejects.toThrow('ENOENT');
  });
});
