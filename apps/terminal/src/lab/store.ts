import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type LabAttempt,
  LabAttemptSchema,
  type LabSession,
  type LabSessionHeader,
  LabSessionHeaderSchema,
} from '@smile/contract';
import { z } from 'zod';

export type LabStoreErrorCode = 'session_not_found' | 'session_damaged' | 'session_full' | 'too_many_sessions';

export class LabStoreError extends Error {
  override readonly name = 'LabStoreError';
  readonly code: LabStoreErrorCode;
  constructor(code: LabStoreErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const MAX_SESSIONS = 500;
export const MAX_ATTEMPTS = 5_000;
const HEADER = 'session.json';
const LINES = 'attempts.jsonl';
const CAPTURES = 'captures';
const NEW_LINE = 0x0a;
const SESSION_ID = /^lab_[0-9a-z_]{8,40}$/;

const LineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('attempt'), attempt: LabAttemptSchema }),
  z.object({ type: z.literal('void'), number: z.number().int(), reason: z.string(), at: z.string() }),
  z.object({ type: z.literal('captures_deleted'), at: z.string() }),
]);
type Line = z.infer<typeof LineSchema>;

/**
 * Sessions as files in one folder: `<id>/session.json` says what all attempts have in common, `<id>/attempts.jsonl` takes
 * one line for each attempt and for each that was voided. Lines are only ever added, so that a power cut costs one at most
 * and nothing that was written can be made to look otherwise by the lab.
 */
export class LabStore {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  async create(header: Omit<LabSessionHeader, 'id' | 'format'>): Promise<LabSession> {
    await mkdir(this.dir, { recursive: true, mode: 0o700 });
    if ((await this.#ids()).length >= MAX_SESSIONS) {
      throw new LabStoreError('too_many_sessions', `${this.dir} holds ${MAX_SESSIONS} sessions; move some elsewhere`);
    }
    const day = header.createdAt.slice(0, 16).replace(/[^0-9]/g, '');
    const id = `lab_${day}_${randomBytes(4).toString('hex')}`;
    const full = LabSessionHeaderSchema.parse({ ...header, id, format: 1 });
    await mkdir(join(this.dir, id), { mode: 0o700 });
    const file = await open(join(this.dir, id, HEADER), 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(full, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    return { ...full, attempts: [] };
  }

  /** The newest first; folders that are no session, or a damaged one, are left out. */
  async list(): Promise<LabSession[]> {
    const read = await Promise.all((await this.#ids()).map((id) => this.read(id).catch(() => null)));
    return read.filter((session) => session !== null).sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  async read(id: string): Promise<LabSession> {
    if (!SESSION_ID.test(id)) throw new LabStoreError('session_not_found', 'there is no such session');
    return readLabSession(join(this.dir, id));
  }

  async addAttempt(id: string, attempt: LabAttempt): Promise<void> {
    if (attempt.number > MAX_ATTEMPTS) {
      throw new LabStoreError('session_full', `a session holds ${MAX_ATTEMPTS} attempts; begin another`);
    }
    await this.#append(id, { type: 'attempt', attempt });
  }

  async voidAttempt(id: string, number: number, reason: string, at: string): Promise<void> {
    await this.#append(id, { type: 'void', number, reason, at });
  }

  /** Where the frames of an attempt go; the folder is there when this resolves. */
  async capturePath(id: string, number: number): Promise<{ readonly path: string; readonly name: string }> {
    const { id: known } = await this.read(id);
    const dir = join(this.dir, known, CAPTURES);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const name = `${CAPTURES}/${String(number).padStart(4, '0')}.s2pcap`;
    return { path: join(this.dir, known, name), name };
  }

  /** Frames are gone when this resolves; what was measured stays. */
  async deleteCaptures(id: string, at: string): Promise<void> {
    const { id: known } = await this.read(id);
    await rm(join(this.dir, known, CAPTURES), { recursive: true, force: true });
    await this.#append(known, { type: 'captures_deleted', at });
  }

  async #append(id: string, line: Line): Promise<void> {
    const { id: known } = await this.read(id);
    const file = await open(join(this.dir, known, LINES), 'a+', 0o600);
    try {
      const text = await file.readFile();
      // What a power cut left of a line must not become the beginning of this one.
      if (text.length > 0 && text.at(-1) !== NEW_LINE) await file.truncate(text.lastIndexOf(NEW_LINE) + 1);
      await file.appendFile(`${JSON.stringify(line)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async #ids(): Promise<string[]> {
    const entries = await readdir(this.dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return entries.filter((entry) => entry.isDirectory() && SESSION_ID.test(entry.name)).map(({ name }) => name);
  }
}

/** Reads a session's folder. Throws a LabStoreError in plain words when there is none, or when it was damaged. */
export async function readLabSession(dir: string): Promise<LabSession> {
  const text = await readFile(join(dir, HEADER), 'utf8').catch(() => {
    throw new LabStoreError('session_not_found', `${dir} holds no session of the lab`);
  });
  const header = LabSessionHeaderSchema.safeParse(parseJson(text));
  if (!header.success) throw new LabStoreError('session_damaged', `${join(dir, HEADER)} cannot be read`);
  const lines = (await readFile(join(dir, LINES), 'utf8').catch(() => '')).split('\n');
  // What a power cut left of the last line is no line.
  lines.pop();
  const attempts = new Map<number, LabAttempt>();
  for (const [index, text] of lines.entries()) {
    const line = LineSchema.safeParse(parseJson(text));
    if (!line.success) throw new LabStoreError('session_damaged', `${join(dir, LINES)}: line ${index + 1} is damaged`);
    apply(attempts, line.data);
  }
  return { ...header.data, attempts: [...attempts.values()] };
}

function apply(attempts: Map<number, LabAttempt>, line: Line): void {
  if (line.type === 'attempt') {
    attempts.set(line.attempt.number, line.attempt);
  } else if (line.type === 'void') {
    const attempt = attempts.get(line.number);
    if (attempt) attempts.set(line.number, { ...attempt, voided: { reason: line.reason, at: line.at } });
  } else {
    for (const [number, attempt] of attempts) attempts.set(number, { ...attempt, capture: null });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
