import { createHash, createPublicKey, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';
import { FRAME_HEADER_BYTES, type FrameHeader, type FrameLimits, peekFrameHeader } from './frame-codec.ts';
import { type Result, refuse, succeed } from './result.ts';

/**
 * The frames of one scan hang on a hash chain that starts from the server's nonce:
 *
 *     link(-1) = sha256("smile-scan-v1" 0x00 scanId 0x00 nonce)         (UTF-8; the nonce as the text it came in)
 *     link(i)  = sha256(link(i-1) sha256(frameBytes(i)))
 *
 * Each message carries its link and the terminal's Ed25519 signature over that link, so a frame cannot be taken out,
 * put in, exchanged, or come from another scan. What it cannot do: a terminal whose owner controls the software can
 * sign what it likes.
 *
 * A message is "S2PM", u8 version (1), 3 zero bytes, u32 frame length (little-endian), link (32), signature (64),
 * frame bytes. Nothing may follow.
 *
 * Notes (what the screen showed, and when) hang in the same chain between the frames, so nobody on the way can change
 * them: link(i) = sha256(link(i-1) sha256("smile-note-v1" 0x00 noteBytes)), in a message that begins with "S2PN".
 */
export const SIGNED_FRAME_OVERHEAD_BYTES = 108;
const MAGIC = 0x4d503253; // "S2PM"
const NOTE_MAGIC = 0x4e503253; // "S2PN"
/** Enough for a few numbers as JSON. */
export const MAX_NOTE_BYTES = 512;
const VERSION = 1;
const LINK_BYTES = 32;
const SIGNATURE_BYTES = 64;
const LINK_AT = 12;
const SIGNATURE_AT = LINK_AT + LINK_BYTES;

export type SignedFrame = {
  readonly frameBytes: Uint8Array;
  readonly link: Uint8Array;
  readonly signature: Uint8Array;
};

export type ChainErrorCode =
  | 'malformed_frame'
  | 'duplicate_frame'
  | 'out_of_order'
  | 'clock_jump'
  | 'broken_chain'
  | 'bad_signature';

export function chainStart(scanId: string, nonce: string): Uint8Array {
  return createHash('sha256').update(`smile-scan-v1\0${scanId}\0${nonce}`, 'utf8').digest();
}

export function nextLink(previous: Uint8Array, frameBytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(previous).update(sha256(frameBytes)).digest();
}

export function packSignedFrame(signed: SignedFrame): Uint8Array {
  return pack(MAGIC, signed);
}

function pack(magic: number, signed: SignedFrame): Uint8Array {
  if (signed.link.length !== LINK_BYTES || signed.signature.length !== SIGNATURE_BYTES) {
    throw new RangeError('a link has 32 bytes and a signature 64');
  }
  const bytes = new Uint8Array(SIGNED_FRAME_OVERHEAD_BYTES + signed.frameBytes.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint8(4, VERSION);
  view.setUint32(8, signed.frameBytes.length, true);
  bytes.set(signed.link, LINK_AT);
  bytes.set(signed.signature, SIGNATURE_AT);
  bytes.set(signed.frameBytes, SIGNED_FRAME_OVERHEAD_BYTES);
  return bytes;
}

/** Takes a message apart without judging it. The parts are views into `bytes`. */
export function unpackSignedFrame(bytes: Uint8Array): Result<SignedFrame, 'malformed_frame'> {
  if (bytes.length < SIGNED_FRAME_OVERHEAD_BYTES + FRAME_HEADER_BYTES) {
    return refuse('malformed_frame', 'a message is too short to hold a frame');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) return refuse('malformed_frame', 'this is not a signed frame');
  if (view.getUint32(4, true) !== VERSION) return refuse('malformed_frame', 'this version of message is not known');
  if (view.getUint32(8, true) !== bytes.length - SIGNED_FRAME_OVERHEAD_BYTES) {
    return refuse('malformed_frame', 'a message does not have the length it announces');
  }
  return succeed({
    link: bytes.subarray(LINK_AT, SIGNATURE_AT),
    signature: bytes.subarray(SIGNATURE_AT, SIGNED_FRAME_OVERHEAD_BYTES),
    frameBytes: bytes.subarray(SIGNED_FRAME_OVERHEAD_BYTES),
  });
}

/** Whether a message is a note and not a frame; says nothing about its worth. */
export function isNoteMessage(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) === NOTE_MAGIC;
}

function noteLink(previous: Uint8Array, noteBytes: Uint8Array): Uint8Array {
  const digest = createHash('sha256').update('smile-note-v1\0', 'utf8').update(noteBytes).digest();
  return createHash('sha256').update(previous).update(digest).digest();
}

/** The terminal's side: one signer for one scan, one call per frame in order. */
export class FrameSigner {
  readonly #privateKey: KeyObject;
  #link: Uint8Array;

  constructor(options: { readonly scanId: string; readonly nonce: string; readonly privateKey: KeyObject }) {
    if (options.privateKey.asymmetricKeyType !== 'ed25519') throw new TypeError('a device key is an Ed25519 key');
    this.#privateKey = options.privateKey;
    this.#link = chainStart(options.scanId, options.nonce);
  }

  /** Chains and signs what `encodeFrame` made; the message to send. */
  sign(frameBytes: Uint8Array): Uint8Array {
    this.#link = nextLink(this.#link, frameBytes);
    return packSignedFrame({ frameBytes, link: this.#link, signature: sign(null, this.#link, this.#privateKey) });
  }

  /** Chains and signs a note of at most `MAX_NOTE_BYTES`; the message to send. */
  signNote(noteBytes: Uint8Array): Uint8Array {
    if (noteBytes.length > MAX_NOTE_BYTES) throw new RangeError('a note is too long');
    this.#link = noteLink(this.#link, noteBytes);
    const signature = sign(null, this.#link, this.#privateKey);
    return pack(NOTE_MAGIC, { frameBytes: noteBytes, link: this.#link, signature });
  }
}

export type VerifierOptions = {
  readonly scanId: string;
  readonly nonce: string;
  /** The device's Ed25519 key: a key object, or its SPKI DER in base64url as the terminal gave it at pairing. */
  readonly publicKey: KeyObject | string;
  /** The longest time on the device's clock between two frames. */
  readonly maxGapMs?: number;
  /** The shortest; a hundred frames a second is more than any camera here delivers. */
  readonly minGapMs?: number;
  readonly limits?: FrameLimits;
};

export const DEFAULT_MAX_GAP_MS = 1_500;
export const DEFAULT_MIN_GAP_MS = 5;

export type VerifiedFrame = {
  readonly frameBytes: Uint8Array;
  readonly header: FrameHeader;
};

/**
 * The server's side: one verifier for one scan, one call per message. Sequence numbers run from 0 without gaps, the
 * device clock moves forward by plausible steps, no image comes twice. The first refusal is final: afterwards every
 * message gets the same answer, because nothing behind a broken link can be trusted.
 */
export class FrameVerifier {
  readonly #publicKey: KeyObject;
  readonly #maxGapMs: number;
  readonly #minGapMs: number;
  readonly #limits: FrameLimits | undefined;
  /** Hashes of the images (colour and depth, without the header) seen in this scan; bounded by the frame limit of a scan. */
  readonly #seenImages = new Set<string>();
  #link: Uint8Array;
  #expectedSequence = 0;
  #lastDeviceTimeMs: number | null = null;
  #refusal: Result<never, ChainErrorCode> | null = null;

  /** Throws a TypeError when the public key is none: it was checked at pairing. */
  constructor(options: VerifierOptions) {
    this.#publicKey = typeof options.publicKey === 'string' ? devicePublicKey(options.publicKey) : options.publicKey;
    if (this.#publicKey.asymmetricKeyType !== 'ed25519') throw new TypeError('a device key is an Ed25519 key');
    this.#maxGapMs = options.maxGapMs ?? DEFAULT_MAX_GAP_MS;
    this.#minGapMs = options.minGapMs ?? DEFAULT_MIN_GAP_MS;
    this.#limits = options.limits;
    this.#link = chainStart(options.scanId, options.nonce);
  }

  /** How many frames were accepted. */
  get frameCount(): number {
    return this.#expectedSequence;
  }

  verify(message: Uint8Array): Result<VerifiedFrame, ChainErrorCode> {
    if (this.#refusal) return this.#refusal;
    const result = this.#check(message);
    if (!result.ok) this.#refusal = result;
    return result;
  }

  /** A note's bytes, once its link and signature are right. A refusal is final as it is for frames. */
  verifyNote(message: Uint8Array): Result<Uint8Array, ChainErrorCode> {
    if (this.#refusal) return this.#refusal;
    const result = this.#checkNote(message);
    if (!result.ok) this.#refusal = result;
    return result;
  }

  /** The last link that was accepted. */
  get link(): Uint8Array {
    return this.#link;
  }

  /** On the device's clock; null before the first frame. */
  get lastDeviceTimeMs(): number | null {
    return this.#lastDeviceTimeMs;
  }

  #checkNote(message: Uint8Array): Result<Uint8Array, ChainErrorCode> {
    const noteBytes = message.subarray(SIGNED_FRAME_OVERHEAD_BYTES);
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
    if (message.length <= SIGNED_FRAME_OVERHEAD_BYTES || noteBytes.length > MAX_NOTE_BYTES) {
      return refuse('malformed_frame', 'a note has an impossible length');
    }
    if (
      !isNoteMessage(message) ||
      view.getUint32(4, true) !== VERSION ||
      view.getUint32(8, true) !== noteBytes.length
    ) {
      return refuse('malformed_frame', 'this is not a signed note');
    }
    const expectedLink = noteLink(this.#link, noteBytes);
    if (!timingSafeEqual(expectedLink, message.subarray(LINK_AT, SIGNATURE_AT))) {
      return refuse('broken_chain', 'a note does not continue the chain');
    }
    const signature = message.subarray(SIGNATURE_AT, SIGNED_FRAME_OVERHEAD_BYTES);
    if (!verify(null, expectedLink, this.#publicKey, signature)) {
      return refuse('bad_signature', 'a note is not signed by this terminal');
    }
    this.#link = expectedLink;
    return succeed(noteBytes);
  }

  #check(message: Uint8Array): Result<VerifiedFrame, ChainErrorCode> {
    const unpacked = unpackSignedFrame(message);
    if (!unpacked.ok) return unpacked;
    const { frameBytes, link, signature } = unpacked.value;
    const peeked = peekFrameHeader(frameBytes, this.#limits);
    if (!peeked.ok) return refuse('malformed_frame', peeked.message);
    const header = peeked.value;

    const image = sha256(frameBytes.subarray(FRAME_HEADER_BYTES)).toString('base64');
    if (this.#seenImages.has(image)) return refuse('duplicate_frame', 'the same image was sent twice');
    if (header.sequence !== this.#expectedSequence) {
      return refuse('out_of_order', `frame ${header.sequence} came where ${this.#expectedSequence} was due`);
    }
    const expectedLink = nextLink(this.#link, frameBytes);
    if (!timingSafeEqual(expectedLink, link)) return refuse('broken_chain', 'a frame does not continue the chain');
    if (!verify(null, link, this.#publicKey, signature)) {
      return refuse('bad_signature', 'a frame is not signed by this terminal');
    }
    if (this.#lastDeviceTimeMs !== null) {
      const gapMs = header.deviceTimeMs - this.#lastDeviceTimeMs;
      if (gapMs < this.#minGapMs || gapMs > this.#maxGapMs) {
        return refuse('clock_jump', `the device clock moved by ${gapMs.toFixed(1)} ms between two frames`);
      }
    }
    this.#seenImages.add(image);
    this.#link = expectedLink;
    this.#expectedSequence += 1;
    this.#lastDeviceTimeMs = header.deviceTimeMs;
    return succeed({ frameBytes, header });
  }
}

/** Reads a device's public key (SPKI DER, base64url); throws a TypeError when it is not an Ed25519 key. */
export function devicePublicKey(spkiBase64Url: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(spkiBase64Url, 'base64url'), format: 'der', type: 'spki' });
  } catch (error) {
    throw new TypeError('this is not a public key', { cause: error });
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('a device key is an Ed25519 key');
  return key;
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
