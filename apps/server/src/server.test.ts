import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@smile/contract';
import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startServer } from './index.ts';

let database: TestDatabase;
let dataDir: string;
beforeAll(async () => {
  database = await createTestDatabase([]);
  dataDir = await mkdtemp(join(tmpdir(), 'smile-server-'));
});
afterAll(async () => {
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});
// No scan workers: what they do is tested where they live, and loading models takes its time.
const config = () => ({ port: 0, dataDir, databaseUrl: database.url, logLevel: 'silent' as const, scanWorkers: 0 });

it('starts on an empty database, serves over a socket, ends, and starts again on what is there', async () => {
  for (const expected of [true, false]) {
    const server = await startServer(config());
    try {
      expect(await (await fetch(`${server.url}/readyz`)).json()).toMatchObject({ ready: true });
      const api = createClient({ baseUrl: server.url });
      const { authCodeId } = await api.call('requestCode', { body: { phone: '+491701234567' } });
      const outbox = await (await fetch(`${server.url}/dev/outbox.json?phone=%2B491701234567`)).json();
      const code = /\d{6}/.exec(outbox.data[0].text)?.[0] ?? '';
      expect(await api.call('openSession', { body: { authCodeId, code } })).toMatchObject({ isNew: expected });
    } finally {
      await server.close();
    }
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  }
});

it('says in words what keeps it from starting, and leaves nothing running', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const address = taken.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await expect(startServer({ ...config(), port })).rejects.toThrow(`port ${port} is taken; choose another with PORT`);
  await new Promise((resolve) => taken.close(resolve));

  const nowhere = startServer({ ...config(), databaseUrl: `postgres://nobody@127.0.0.1:${port}/nothing` });
  await expect(nowhere).rejects.toThrow(/the database cannot be reached: .*check DATABASE_URL/);
});

it('does not open a demo in production, nor the outbox', async () => {
  await expect(startServer({ ...config(), mode: 'production', demo: true })).rejects.toThrow('DEMO');
  const server = await startServer({ ...config(), mode: 'production' });
  try {
    expect((await fetch(`${server.url}/dev/outbox.json`)).status).toBe(404);
    const asked = await fetch(`${server.url}/v1/auth/codes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ phone: '+491701234567' }),
    });
    expect(await asked.json()).toMatchObject({ error: { code: 'messages_unavailable' } });
  } finally {
    await server.close();
  }
});
