import { hkdfSync, randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'server-secret';

/**
 * The secret that other keys are derived from: the given one, else that of the data folder, made at the first start.
 * Losing it makes open sessions of codes, pairing codes and receipt links worthless; no money depends on it.
 */
export async function loadServerSecret(config: {
  readonly serverSecret?: string;
  readonly dataDir: string;
}): Promise<string> {
  if (config.serverSecret) return config.serverSecret;
  const path = join(config.dataDir, FILE);
  await mkdir(config.dataDir, { recursive: true });
  try {
    // 'wx' fails when the file is there: two servers that start together end with the same secret.
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(randomBytes(32).toString('base64url'));
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const secret = (await readFile(path, 'utf8')).trim();
  if (secret.length < 32) throw new Error(`${path} is damaged: delete it, or set SERVER_SECRET`);
  return secret;
}

/** 32 bytes for one purpose (HKDF-SHA256, RFC 5869), always the same for the same secret. */
export function createKeyDerivation(secret: string): (purpose: string) => Buffer {
  return (purpose) => Buffer.from(hkdfSync('sha256', secret, 'smile-to-pay', purpose, 32));
}
