import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { KEY_BYTES } from '../../sealing.ts';
import { type HeldKey, holdKey, type KeyService, unwrapWith, wrapWith } from './key-service.ts';

/** `biometrics.key` is version 1, `biometrics-v2.key` the second, and so on. */
const FIRST_FILE = 'biometrics.key';
const FILE_NAME = /^biometrics(?:-v(\d{1,6}))?\.key$/;
const fileOf = (version: number) => (version === 1 ? FIRST_FILE : `biometrics-v${version}.key`);

/**
 * The default key service: each version of the key is a file of 32 bytes in `DATA_DIR/keys`, readable by the server's
 * user alone; the first is made at the first start. The folder is read again whenever a key is wrapped, and when one
 * turns up that is not known yet, so a rotation by the `vault` command reaches running servers by itself.
 *
 * Throws, in words for whoever starts the server, when a file is not 32 bytes or open to others: a key that others
 * could read must be replaced by a person who knows who they are.
 */
export async function openKeyFiles(dataDir: string): Promise<KeyService> {
  const dir = join(dataDir, 'keys');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const held = new Map<number, HeldKey>();

  async function readFolder(): Promise<HeldKey[]> {
    const found = (await readdir(dir)).flatMap((name) => {
      const match = FILE_NAME.exec(name);
      return match ? [Number(match[1] ?? 1)] : [];
    });
    for (const version of held.keys()) {
      if (found.includes(version)) continue;
      held.get(version)?.secret.fill(0);
      held.delete(version);
    }
    for (const version of found) {
      if (!held.has(version)) held.set(version, await readKeyFile(join(dir, fileOf(version)), version));
    }
    return [...held.values()].sort((a, b) => a.version - b.version);
  }

  async function newest(): Promise<HeldKey> {
    const kek = (await readFolder()).at(-1);
    if (!kek) throw new Error(`there is no key in ${dir} any more: bring back the key files`);
    return kek;
  }

  if ((await readFolder()).length === 0) await makeKeyFileOnce(dir, 1);
  await readFolder();
  return {
    wrap: async (key, context) => wrapWith(await newest(), key, context),
    async unwrap(wrapped, context) {
      const opened = unwrapWith([...held.values()], wrapped, context);
      return !opened.ok && opened.code === 'unknown_key' ? unwrapWith(await readFolder(), wrapped, context) : opened;
    },
    versions: async () => (await readFolder()).map(({ keyId, version }) => ({ keyId, version })),
    async rotate() {
      await makeKeyFileOnce(dir, (await newest()).version + 1);
      const { keyId, version } = await newest();
      return { keyId, version };
    },
    async retire(version) {
      if (version === (await newest()).version) throw new RangeError('the newest version is in use');
      await destroyFile(join(dir, fileOf(version)));
      await readFolder();
    },
  };
}

async function readKeyFile(path: string, version: number): Promise<HeldKey> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    throw new Error(`the key file ${path} can be read by others (mode ${(mode & 0o777).toString(8)}); make it 600`);
  }
  const key = await readFile(path);
  if (key.length !== KEY_BYTES) throw new Error(`the key file ${path} is damaged: it has ${key.length} bytes, not 32`);
  const kek = holdKey(key, version);
  key.fill(0);
  return kek;
}

/** Written in full and synced under another name, then linked: two first starts at once end with one key. */
async function makeKeyFileOnce(dir: string, version: number): Promise<void> {
  const path = join(dir, fileOf(version));
  const draft = join(dir, `.${fileOf(version)}.${randomBytes(6).toString('hex')}`);
  const key = randomBytes(KEY_BYTES);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(key);
    await file.sync();
    await file.close();
    // The mode given to open is cut by the umask, never widened; this makes it exact.
    await chmod(draft, 0o600);
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    // The name is lost in a power cut unless its folder is written too, and what was wrapped by it with the name.
    const folder = await open(dir, 'r');
    await folder.sync().finally(() => folder.close());
  } finally {
    key.fill(0);
    await rm(draft, { force: true });
  }
}

/** Overwritten before it is removed. On flash, and in copies of the disk, that is no proof of destruction. */
async function destroyFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write(randomBytes(KEY_BYTES), 0, KEY_BYTES, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await rm(path);
}
