import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleFrame } from '../test/sample-frames.ts';
import {
  chainStart,
  encodeFrame,
  FrameSigner,
  FrameVerifier,
  isNoteMessage,
  MAX_NOTE_BYTES,
  nextLink,
  packSignedFrame,
  SIGNED_FRAME_OVERHEAD_BYTES,
  unpackSignedFrame,
} from './index.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const scan = { scanId: 'scn_0001', nonce: 'bm9uY2U' };
const frames = await Promise.all([0, 1, 2, 3].map((sequence) => encodeFrame(sampleFrame({ sequence }))));

const signerOf = () => new FrameSigner({ ...scan, privateKey });
const verifierOf = (options = {}) => new FrameVerifier({ ...scan, publicKey, ...options });
const signAll = (all: Uint8Array[]) => {
  const signer = signerOf();
  return all.map((bytes) => signer.sign(bytes));
};
const encodeWith = (changes: Partial<Parameters<typeof sampleFrame>[0]>) => encodeFrame(sampleFrame(changes));

/** What the verifier says to the last of these messages, after accepting all before. */
function verdictOnLast(messages: Uint8Array[], verifier = verifierOf()) {
  const results = messages.map((message) => verifier.verify(message));
  for (const earlier of results.slice(0, -1)) expect(earlier).toMatchObject({ ok: true });
  return results.at(-1);
}

describe('the frame chain', () => {
  it('accepts what the terminal signed, in order', () => {
    const verifier = verifierOf();
    const results = signAll(frames).map((message) => verifier.verify(message));
    expect(results.map((r) => r.ok && r.value.header.sequence)).toEqual([0, 1, 2, 3]);
    expect(results.map((r) => r.ok && Buffer.from(r.value.frameBytes).equals(frames[r.value.header.sequence]))).toEqual(
      [true, true, true, true],
    );
    expect(verifier.frameCount).toBe(4);
  });

  it('takes the public key as the terminal gave it at pairing', () => {
    const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64url');
    expect(verifierOf({ publicKey: spki }).verify(signAll(frames)[0]).ok).toBe(true);
    expect(() => verifierOf({ publicKey: 'AAAA' })).toThrow(TypeError);
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
    expect(() => verifierOf({ publicKey: rsa.publicKey })).toThrow(TypeError);
    expect(() => new FrameSigner({ ...scan, privateKey: rsa.privateKey })).toThrow(TypeError);
  });

  it('refuses a repeated message, a left-out one and an exchanged pair', () => {
    const [a, b, c] = signAll(frames);
    expect(verdictOnLast([a, a])).toMatchObject({ ok: false, code: 'duplicate_frame' });
    expect(verdictOnLast([a, c])).toMatchObject({ ok: false, code: 'out_of_order' });
    expect(verdictOnLast([b])).toMatchObject({ ok: false, code: 'out_of_order' });
  });

  it('refuses the same image under a new number and time', async () => {
    const same = await encodeWith({ sequence: 1, seed: 1 });
    expect(verdictOnLast(signAll([frames[0], same]))).toMatchObject({ ok: false, code: 'duplicate_frame' });
  });

  it('refuses messages of another scan, another nonce and another device', () => {
    for (const other of [{ scanId: 'scn_0002' }, { nonce: 'b3RoZXI' }]) {
      expect(verdictOnLast(signAll([frames[0]]), verifierOf(other))).toMatchObject({ ok: false, code: 'broken_chain' });
    }
    const foreign = new FrameSigner({ ...scan, privateKey: generateKeyPairSync('ed25519').privateKey });
    expect(verdictOnLast([foreign.sign(frames[0])])).toMatchObject({ ok: false, code: 'bad_signature' });
  });

  it('refuses a frame exchanged under an old signature', () => {
    const [a, b] = signAll(frames);
    const unpacked = unpackSignedFrame(b);
    if (!unpacked.ok) throw new Error(unpacked.message);
    const other = Uint8Array.from(frames[1]);
    other[other.length - 1] ^= 1;
    expect(verdictOnLast([a, packSignedFrame({ ...unpacked.value, frameBytes: other })])).toMatchObject({
      ok: false,
      code: 'broken_chain',
    });
    const link = nextLink(nextLink(chainStart(scan.scanId, scan.nonce), frames[0]), other);
    expect(verdictOnLast([a, packSignedFrame({ ...unpacked.value, frameBytes: other, link })])).toMatchObject({
      ok: false,
      code: 'bad_signature',
    });
  });

  it.each([
    ['standing still', 1000],
    ['running back', 900],
    ['a leap', 5000],
    ['too fast for a camera', 1001],
  ])('refuses a clock %s', async (_, deviceTimeMs) => {
    const second = await encodeWith({ sequence: 1, deviceTimeMs });
    expect(verdictOnLast(signAll([frames[0], second]))).toMatchObject({ ok: false, code: 'clock_jump' });
  });

  it('stays closed after the first refusal', () => {
    const [a, b, c] = signAll(frames);
    const verifier = verifierOf();
    verifier.verify(a);
    verifier.verify(c);
    expect(verifier.verify(b)).toMatchObject({ ok: false, code: 'out_of_order' });
    expect(verifier.frameCount).toBe(1);
  });

  it('answers malformed_frame to every kind of nonsense', async () => {
    const [a] = signAll(frames);
    const other = (change: (bytes: Uint8Array) => void) => {
      const bytes = Uint8Array.from(a);
      change(bytes);
      return bytes;
    };
    const nonsense = [
      new Uint8Array(0),
      a.subarray(0, SIGNED_FRAME_OVERHEAD_BYTES),
      a.subarray(0, a.length - 1),
      Uint8Array.of(...a, 0),
      other((bytes) => bytes.fill(0, 0, 4)),
      other((bytes) => bytes.fill(9, 4, 5)),
      other((bytes) => bytes.fill(0xff, SIGNED_FRAME_OVERHEAD_BYTES + 16, SIGNED_FRAME_OVERHEAD_BYTES + 24)),
    ];
    for (const bytes of nonsense) {
      expect(verifierOf().verify(bytes)).toMatchObject({ ok: false, code: 'malformed_frame' });
    }
    const limits = { maxBytes: 500, maxWidthPx: 1280, maxHeightPx: 960 };
    expect(verifierOf({ limits }).verify(a)).toMatchObject({ ok: false, code: 'malformed_frame' });
  });

  it('notices any single changed byte', () => {
    const [a] = signAll(frames);
    fc.assert(
      fc.property(fc.nat(a.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Uint8Array.from(a);
        bytes[at] ^= flip;
        expect(verifierOf().verify(bytes).ok).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a note in the chain', () => {
  const note = Buffer.from('{"shown":1}');

  it('stands between frames and is part of what they hang on', () => {
    const signer = signerOf();
    const verifier = verifierOf();
    expect(verifier.verify(signer.sign(frames[0])).ok).toBe(true);
    const message = signer.signNote(note);
    expect(isNoteMessage(message)).toBe(true);
    const read = verifier.verifyNote(message);
    expect(read.ok && Buffer.from(read.value).toString()).toBe('{"shown":1}');
    expect(verifier.verify(signer.sign(frames[1])).ok).toBe(true);
    expect(Buffer.from(verifier.link).equals(Buffer.from(chainStart(scan.scanId, scan.nonce)))).toBe(false);
  });

  it('cannot be left out, changed, repeated or taken for a frame', () => {
    const signer = signerOf();
    const message = signer.signNote(note);
    const next = signer.sign(frames[0]);
    expect(verifierOf().verify(next)).toMatchObject({ ok: false, code: 'broken_chain' });
    const changed = Buffer.from(message);
    changed[changed.length - 2] ^= 1;
    expect(verifierOf().verifyNote(changed)).toMatchObject({ ok: false, code: 'broken_chain' });
    const verifier = verifierOf();
    verifier.verifyNote(message);
    expect(verifier.verifyNote(message)).toMatchObject({ ok: false, code: 'broken_chain' });
    expect(verifierOf().verify(message)).toMatchObject({ ok: false, code: 'malformed_frame' });
    const forged = Buffer.from(message);
    forged[50] ^= 1;
    expect(verifierOf().verifyNote(forged)).toMatchObject({ ok: false, code: 'bad_signature' });
  });

  it('is short, and nonsense is refused', () => {
    expect(() => signerOf().signNote(new Uint8Array(MAX_NOTE_BYTES + 1))).toThrow(RangeError);
    for (const bytes of [new Uint8Array(0), new Uint8Array(108), new Uint8Array(700)]) {
      expect(verifierOf().verifyNote(bytes)).toMatchObject({ ok: false, code: 'malformed_frame' });
    }
  });
});
