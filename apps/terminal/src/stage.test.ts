import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import websocket from '@fastify/websocket';
import { encodeColourJpeg } from '@smile/camera';
import { decodeImage } from '@smile/face';
import { captureFrames, proceduralPerson } from '@smile/simulator';
import Fastify, { type FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CameraHub } from './camera-hub.ts';
import { CAST } from './cast.ts';
import { readPhotoLibrary } from './photo-library.ts';
import { Stage } from './stage.ts';

let dir: string;
let portrait: Uint8Array;
let stage: Stage;
let hub: CameraHub;
let app: FastifyInstance;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'smile-terminal-stage-'));
  // A picture of somebody made up: no real face is needed to try photos.
  const [{ colour }] = captureFrames({ subject: proceduralPerson(13), seed: 1, frames: 1, distanceMm: 500 });
  portrait = await encodeColourJpeg(colour, 90);
  await mkdir(join(dir, 'guest'));
  await writeFile(join(dir, 'guest/2.jpg'), portrait);
  await writeFile(join(dir, 'guest/10.jpg'), portrait);
  await writeFile(join(dir, 'guest/notes.txt'), 'no photo');
  await writeFile(join(dir, 'alone.jpeg'), Buffer.from('no photo either'));

  const log = pino({ level: 'silent' });
  stage = new Stage({ photos: await readPhotoLibrary(dir), framesPerSecond: 10, log });
  hub = new CameraHub(() => stage.openCamera());
  app = Fastify();
  await app.register(websocket);
  await app.register((scope) => stage.routes(scope, hub));
  await hub.start();
});
afterAll(async () => {
  await app.close();
  await hub.close();
  await stage.close();
  await rm(dir, { recursive: true, force: true });
});

const stateNow = async () => (await app.inject('/stage/api')).json();
const put = async (change: object) => {
  const { setting } = await stateNow();
  const answer = await app.inject({ method: 'PUT', url: '/stage/api', payload: { ...setting, ...change } });
  return { status: answer.statusCode, body: answer.json() };
};
const upload = (payload: Uint8Array) =>
  app.inject({
    method: 'POST',
    url: '/stage/photos',
    headers: { 'content-type': 'application/octet-stream' },
    payload: Buffer.from(payload),
  });

test('the cast, nobody and the folder’s photos may stand on the stage; photos of one person stand together', async () => {
  const { people } = await stateNow();
  expect(people.map(({ label }: { label: string }) => label)).toEqual([
    ...CAST.map(({ name }) => name),
    'Nobody',
    'alone',
    'guest',
    'guest',
  ]);
  expect(people.slice(-2).map(({ subject }: { subject: object }) => subject)).toEqual([
    { kind: 'photo', photoId: 'guest/2' },
    { kind: 'photo', photoId: 'guest/10' },
  ]);
});

test('a setting that makes no sense is refused and changes nothing', async () => {
  const { setting } = await stateNow();
  expect((await put({ distanceMm: 5 })).status).toBe(400);
  expect((await put({ subject: { kind: 'photo', photoId: '../../etc/passwd' } })).body.error).toMatchObject({
    code: 'unknown_photo',
  });
  expect((await stateNow()).setting).toEqual(setting);
});

test('a photo of the folder comes before the camera, as a person and as a print', async () => {
  const subject = { kind: 'photo', photoId: 'guest/2' };
  expect((await put({ subject })).body.setting).toMatchObject({ subject, presentation: 'person' });
  expect((await put({ subject, presentation: 'print' })).status).toBe(200);
  await put({ presentation: 'person' });
});

test('a file that is no photo says so in plain words', async () => {
  const { status, body } = await put({ subject: { kind: 'photo', photoId: 'alone' } });
  expect([status, body.error.code]).toEqual([422, 'photo_unusable']);
  expect(body.error.message).toContain('not a JPEG, PNG or WebP picture');
});

test('an uploaded portrait becomes somebody to choose, with a thumbnail', async () => {
  const answer = await upload(portrait);
  expect(answer.statusCode).toBe(200);
  const { photoId, people } = answer.json();
  const entry = people.find(({ subject }: { subject: { photoId?: string } }) => subject.photoId === photoId);
  expect(entry.label).toBe('Your photo 1');
  const thumbnail = await app.inject(entry.thumbnail);
  expect(thumbnail.headers['content-type']).toBe('image/jpeg');
  expect(await decodeImage(thumbnail.rawPayload)).toMatchObject({ ok: true, image: { widthPx: 192, heightPx: 192 } });
  expect((await put({ subject: entry.subject })).status).toBe(200);
});

test('uploads that are damaged, faceless or too large are refused in plain words', async () => {
  const damaged = await upload(portrait.subarray(0, 3_000));
  expect([damaged.statusCode, damaged.json().error.message]).toEqual([
    422,
    'this photo cannot be used: the picture is damaged or ends too early',
  ]);
  const [{ colour }] = captureFrames({ subject: null, seed: 1, frames: 1 });
  const empty = await upload(await encodeColourJpeg(colour, 90));
  expect([empty.statusCode, empty.json().error.code]).toEqual([422, 'no_face']);
  expect((await upload(new Uint8Array(9 * 1024 * 1024))).statusCode).toBe(413);
});

test('the stage takes a dozen photos, also when they come all at once', async () => {
  const answers = await Promise.all(Array.from({ length: 13 }, () => upload(portrait)));
  const ids = answers.filter(({ statusCode }) => statusCode === 200).map((answer) => answer.json().photoId);
  // One is there from before.
  expect(ids).toHaveLength(11);
  expect(new Set(ids).size).toBe(11);
  expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(2);
});

test('a member of the cast has a portrait, rendered once', async () => {
  const url = `/stage/people/${CAST[0].seed}`;
  const first = await app.inject(url);
  expect(await decodeImage(first.rawPayload)).toMatchObject({ ok: true });
  const sinceMs = performance.now();
  expect((await app.inject(url)).rawPayload.equals(first.rawPayload)).toBe(true);
  expect(performance.now() - sinceMs).toBeLessThan(100);
  expect((await app.inject('/stage/people/999999')).statusCode).toBe(404);
});

test('a camera that broke is made anew before the same stage', async () => {
  await put({ distanceMm: 700 });
  const camera = await stage.openCamera();
  const stop = new AbortController();
  for await (const frame of camera.frames(stop.signal)) {
    expect(frame.colour.widthPx).toBe(640);
    break;
  }
  expect((await put({ distanceMm: 600 })).status).toBe(200);
  await camera.close();
});
