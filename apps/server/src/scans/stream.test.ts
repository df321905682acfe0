import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFrame, FRAME_HEADER_BYTES, SIGNED_FRAME_OVERHEAD_BYTES } from '@smile/camera';
import type { ScanGrant } from '@smile/contract';
import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../ids.ts';
import { SCAN_MIGRATIONS } from './index.ts';
import { emptyRoom } from './testing/empty-room.ts';
import { askForScan, ScanClient, SIMULATED_CAMERA } from './testing/scan-client.ts';
import { makeTerminal, type ScanHost, startScanHost, type TestTerminal } from './testing/scan-host.ts';

let database: TestDatabase;
let dataDir: string;
let host: ScanHost;
let frames: Uint8Array[];
let manySmallFrames: Uint8Array[];
const terminal = makeTerminal();
const otherTerminal = makeTerminal();
const realTerminal = makeTerminal({ testMode: false });

beforeAll(async () => {
  database = await createTestDatabase(SCAN_MIGRATIONS);
  dataDir = await mkdtemp(join(tmpdir(), 'smile-scans-'));
  const terminals = [terminal, otherTerminal, realTerminal];
  host = await startScanHost({ pool: database.pool, dataDir, terminals });
  frames = await Promise.all(Array.from({ length: 5 }, (_, i) => encodeFrame(emptyRoom(i))));
  manySmallFrames = await Promise.all(
    Array.from({ length: 55 }, (_, i) => encodeFrame(emptyRoom(i, { widthPx: 64, heightPx: 48 }))),
  );
});
afterAll(async () => {
  await host?.close();
  await database?.drop();
  await rm(dataDir, { recursive: true, force: true });
});

async function grantFor(who: TestTerminal = terminal): Promise<ScanGrant> {
  const answer = await askForScan(host.url, who, { purpose: 'payment', paymentId: newId('payment') });
  if (!('grant' in answer)) throw new Error(`no grant: ${answer.code}`);
  return answer.grant;
}

async function startedClient(): Promise<{ client: ScanClient; grant: ScanGrant }> {
  const grant = await grantFor();
  const client = new ScanClient(host.url, terminal, grant);
  await client.start();
  expect(client.events).toEqual([{ type: 'ready', light: null }]);
  return { client, grant };
}

async function stateOf(scanId: string): Promise<string> {
  const found = await database.pool.query<{ state: string }>('SELECT state FROM scans WHERE id = $1', [scanId]);
  return found.rows[0].state;
}

describe('a scan of an empty room', () => {
  it('ends with no_face, and nothing but numbers is kept', async () => {
    const { client, grant } = await startedClient();
    await client.sendFrames(frames, 20);
    client.sendText({ type: 'end' });
    const decision = await client.over();
    expect(decision).toMatchObject({ type: 'decision', outcome: 'no_face' });
    expect(client.events.filter(({ type }) => type === 'progress').length).toBeGreaterThan(0);
    const found = await database.pool.query('SELECT state, sealed_probe, evidence FROM scans WHERE id = $1', [
      grant.id,
    ]);
    expect(found.rows[0]).toMatchObject({
      state: 'no_face',
      sealed_probe: null,
      evidence: { outcome: 'no_face', simulated: true, framesReceived: 5, camera: { model: 'Test camera' } },
    });
    expect(found.rows[0].evidence.chainLink).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('who may open a stream', () => {
  it('refuses a second connection with the same nonce', async () => {
    const { client, grant } = await startedClient();
    const second = new ScanClient(host.url, terminal, grant);
    await second.over();
    expect([second.refusedStatus, second.refusedCode]).toEqual([409, 'scan_already_used']);
    client.close();
    await client.over();
  });

  it('refuses another terminal that has stolen the nonce, without saying that it exists', async () => {
    const grant = await grantFor();
    const thief = new ScanClient(host.url, otherTerminal, grant);
    await thief.over();
    expect([thief.refusedStatus, thief.refusedCode]).toEqual([404, 'scan_not_found']);
  });

  it('refuses an unknown terminal', async () => {
    const stranger = new ScanClient(host.url, makeTerminal(), await grantFor());
    await stranger.over();
    expect([stranger.refusedStatus, stranger.refusedCode]).toEqual([401, 'terminal_unknown']);
  });

  it('refuses a nonce that is ten seconds old', async () => {
    const grant = await grantFor();
    host.clock.offsetMs = 10_001;
    try {
      const late = new ScanClient(host.url, terminal, grant);
      await late.over();
      expect([late.refusedStatus, late.refusedCode]).toEqual([409, 'scan_expired']);
    } finally {
      host.clock.offsetMs = 0;
    }
  });

  it('takes a simulated camera from terminals in test mode only', async () => {
    const client = new ScanClient(host.url, realTerminal, await grantFor(realTerminal));
    await client.start();
    expect(await client.over()).toMatchObject({ type: 'error', code: 'test_camera_refused' });
  });

  it('opens two streams of a terminal at most', async () => {
    const open = [await startedClient(), await startedClient()];
    const third = new ScanClient(host.url, terminal, await grantFor());
    await third.over();
    expect([third.refusedStatus, third.refusedCode]).toEqual([503, 'scans_at_capacity']);
    for (const { client } of open) {
      client.close();
      await client.over();
    }
  });
});

describe('who may ask for a scan', () => {
  it('asks payments first', async () => {
    host.neighbours.mayScan = async () => ({ ok: false, code: 'payment_not_waiting' });
    try {
      const answer = await askForScan(host.url, terminal, { purpose: 'payment', paymentId: newId('payment') });
      expect(answer).toEqual({ status: 409, code: 'payment_not_waiting' });
    } finally {
      host.neighbours.mayScan = async () => ({ ok: true });
    }
  });

  it('enrols a signed-in person with consent only', async () => {
    host.neighbours.sessions.set('session-of-ann', newId('person'));
    expect(await askForScan(host.url, terminal, { purpose: 'enrolment' })).toMatchObject({ code: 'session_invalid' });
    expect(await askForScan(host.url, terminal, { purpose: 'enrolment' }, 'no-such-session')).toMatchObject({
      code: 'session_invalid',
    });
    host.neighbours.consents = false;
    expect(await askForScan(host.url, terminal, { purpose: 'enrolment' }, 'session-of-ann')).toMatchObject({
      code: 'consent_required',
    });
    host.neighbours.consents = true;
    expect(await askForScan(host.url, terminal, { purpose: 'enrolment' }, 'session-of-ann')).toHaveProperty('grant');
  });
});

/** What goes wrong on an open stream, and the code it gets. Each ends the stream; the server goes on. */
const BAD_INPUT: readonly {
  readonly what: string;
  readonly code: string;
  send(client: ScanClient): void;
}[] = [
  {
    what: 'foreign bytes',
    code: 'malformed_frame',
    send: (c) => c.sendBytes(Buffer.from('GET / HTTP/1.1'.repeat(40))),
  },
  { what: 'an empty message', code: 'malformed_frame', send: (c) => c.sendBytes(new Uint8Array(0)) },
  {
    what: 'a truncated frame',
    code: 'malformed_frame',
    send: (c) => c.sendBytes(c.signer.sign(frames[0]).subarray(0, 900)),
  },
  {
    what: 'a frame that was cut before it was signed',
    code: 'malformed_frame',
    send: (c) => c.sendBytes(c.signer.sign(frames[0].slice(0, 900))),
  },
  {
    what: 'a picture that is no JPEG',
    code: 'malformed_frame',
    send: (c) => c.sendBytes(c.signer.sign(frames[0].with(FRAME_HEADER_BYTES, 0).fill(7, FRAME_HEADER_BYTES, 900))),
  },
  {
    what: 'depth that does not unpack',
    code: 'malformed_frame',
    send: (c) => c.sendBytes(c.signer.sign(frames[0].slice().fill(255, frames[0].length - 400))),
  },
  {
    what: 'intrinsics that are not numbers',
    code: 'malformed_frame',
    send: (c) => c.sendBytes(c.signer.sign(withFocalLength(frames[0], Number.NaN))),
  },
  {
    what: 'absurd intrinsics',
    code: 'malformed_frame',
    send: (c) => c.sendBytes(c.signer.sign(withFocalLength(frames[0], 1e9))),
  },
  {
    what: 'a wrong signature',
    code: 'bad_signature',
    send: (c) => {
      const message = c.signer.sign(frames[0]);
      message[SIGNED_FRAME_OVERHEAD_BYTES - 1] ^= 1;
      c.sendBytes(message);
    },
  },
  {
    what: 'a chain that began with another nonce',
    code: 'broken_chain',
    send: (c) => {
      const message = c.signer.sign(frames[0]);
      message[SIGNED_FRAME_OVERHEAD_BYTES - 70] ^= 1;
      c.sendBytes(message);
    },
  },
  {
    what: 'frames out of order',
    code: 'out_of_order',
    send: (c) => {
      c.sendBytes(c.signer.sign(frames[0]));
      c.sendBytes(c.signer.sign(frames[2]));
    },
  },
  {
    what: 'the same frame twice',
    code: 'duplicate_frame',
    send: (c) => {
      c.sendBytes(c.signer.sign(frames[0]));
      c.sendBytes(c.signer.sign(frames[0]));
    },
  },
  { what: 'an oversized frame', code: 'frame_too_large', send: (c) => c.sendBytes(new Uint8Array(400_001)) },
  {
    what: 'frames faster than the limit',
    code: 'too_many_frames',
    send: (c) => {
      for (const frame of manySmallFrames) c.sendBytes(c.signer.sign(frame));
    },
  },
  { what: 'text that is no JSON', code: 'malformed_message', send: (c) => c.sendText('hello') },
  { what: 'an unknown message', code: 'malformed_message', send: (c) => c.sendText({ type: 'pay' }) },
  { what: 'a very long text', code: 'malformed_message', send: (c) => c.sendText('x'.repeat(100_000)) },
  {
    what: 'a second start',
    code: 'unexpected_message',
    send: (c) => c.sendText({ type: 'start', camera: SIMULATED_CAMERA }),
  },
];

function withFocalLength(frame: Uint8Array, fxPx: number): Uint8Array {
  const bytes = frame.slice();
  new DataView(bytes.buffer).setFloat64(24, fxPx, true);
  return bytes;
}

describe('bad input', () => {
  it.each(BAD_INPUT)('answers $what with $code', async ({ code, send }) => {
    const { client, grant } = await startedClient();
    send(client);
    expect(await client.over()).toMatchObject({ type: 'error', code });
    expect(client.closeCode).toBe(1008);
    await expect.poll(() => stateOf(grant.id)).toBe('aborted');
  });

  it('answers frames before start with unexpected_message', async () => {
    const client = new ScanClient(host.url, terminal, await grantFor());
    await client.open();
    client.sendBytes(client.signer.sign(frames[0]));
    expect(await client.over()).toMatchObject({ type: 'error', code: 'unexpected_message' });
  });

  it('closes a socket that sends more than a message may hold', async () => {
    const { client, grant } = await startedClient();
    client.sendBytes(new Uint8Array(3 * 1024 * 1024));
    await client.over();
    expect(client.closeCode).toBe(1009);
    await expect.poll(() => stateOf(grant.id)).toBe('aborted');
  });

  it('leaves a server that scans on', async () => {
    const { client } = await startedClient();
    await client.sendFrames(frames.slice(0, 2), 20);
    client.sendText({ type: 'end' });
    expect(await client.over()).toMatchObject({ type: 'decision', outcome: 'no_face' });
  });
});

describe('a terminal that goes away', () => {
  it('leaves an aborted scan', async () => {
    const { client, grant } = await startedClient();
    await client.sendFrames(frames.slice(0, 2), 20);
    client.close();
    await client.over();
    await expect.poll(() => stateOf(grant.id)).toBe('aborted');
  });
});

describe('a server that stops', () => {
  it('says so on every open stream and leaves aborted scans', async () => {
    const second = await startScanHost({ pool: database.pool, dataDir, terminals: [terminal] });
    const answer = await askForScan(second.url, terminal, { purpose: 'payment', paymentId: newId('payment') });
    if (!('grant' in answer)) throw new Error(answer.code);
    const client = new ScanClient(second.url, terminal, answer.grant);
    await client.start();
    await client.sendFrames(frames.slice(0, 3), 100);
    await second.close();
    expect(await client.over()).toMatchObject({ type: 'error', code: 'server_closing' });
    expect(await stateOf(answer.grant.id)).toBe('aborted');
  });
});

describe('an `end` that crosses the decision', () => {
  it('is no mistake', async () => {
    const { client } = await startedClient();
    client.sendBytes(client.signer.sign(frames[0]));
    client.sendText({ type: 'end' });
    client.sendText({ type: 'end' });
    expect(await client.over()).toMatchObject({ type: 'decision', outcome: 'no_face' });
  });
});

describe('what the screen showed, in the chain', () => {
  async function litClient(frameCount = 0) {
    const grant = await grantFor();
    const client = new ScanClient(host.url, terminal, grant);
    await client.start(undefined, 'shown');
    for (let sequence = 0; sequence < frameCount; sequence += 1) {
      client.sendBytes(client.signer.sign(frames[sequence]));
    }
    return client;
  }

  it('is asked for with a challenge that no other scan has', async () => {
    const challenges = [];
    for (let scan = 0; scan < 4; scan += 1) {
      const client = await litClient();
      challenges.push(client.events[0]);
      client.close();
      await client.over();
    }
    expect(challenges[0]).toMatchObject({ type: 'ready', light: { slotMs: 200, slots: expect.any(Array) } });
    expect(new Set(challenges.map((event) => JSON.stringify(event))).size).toBeGreaterThan(1);
  });

  it.each<[string, string, (client: ScanClient) => void]>([
    ['a slot before the lead', 'light_report_out_of_order', (client) => client.sendNote(0, 1_000)],
    [
      'the same paint twice',
      'light_report_out_of_order',
      (client) => {
        client.sendNote('lead', 1_000);
        client.sendNote('lead', 1_050);
      },
    ],
    [
      'a paint before the last one',
      'light_report_out_of_order',
      (client) => {
        client.sendNote('lead', 1_000);
        client.sendNote(0, 900);
      },
    ],
    ['an end before the code', 'light_report_out_of_order', (client) => client.sendNote('end', 1_000)],
    ['a time far from the frames', 'light_report_implausible', (client) => client.sendNote('lead', 60_000)],
    [
      'words that are not known',
      'light_report_malformed',
      (client) => client.sendBytes(client.signer.signNote(Buffer.from('{"type":"light"}'))),
    ],
    [
      'a note that was changed on its way',
      'broken_chain',
      (client) => {
        const note = client.signer.signNote(Buffer.from(JSON.stringify({ type: 'light', shown: 'lead' })));
        note[note.length - 3] ^= 1;
        client.sendBytes(note);
      },
    ],
  ])('ends the stream: %s', async (_, code, send) => {
    const client = await litClient(code === 'light_report_implausible' ? 1 : 0);
    send(client);
    expect(await client.over()).toMatchObject({ type: 'error', code });
  });

  it('has no place in a scan without light', async () => {
    const { client } = await startedClient();
    client.sendNote('lead', 1_000);
    expect(await client.over()).toMatchObject({ type: 'error', code: 'unexpected_message' });
  });
});
