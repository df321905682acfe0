import { z } from 'zod';
import { TimestampSchema } from './common.ts';
import { idSchema } from './ids.ts';

export const NewScanSchema = z.discriminatedUnion('purpose', [
  z.object({ purpose: z.literal('payment'), paymentId: idSchema('payment') }),
  z.object({ purpose: z.literal('enrolment') }).describe('Needs the person’s session beside the device signature'),
]);

/** What the terminal may send and for how long. The nonce starts the hash chain of the frames and is used once. */
export const ScanGrantSchema = z.object({
  id: idSchema('scan'),
  nonce: z.string().describe('32 random bytes, base64url'),
  streamPath: z.string().describe('WebSocket path on the server'),
  expiresAt: TimestampSchema,
  limits: z.object({
    maxFrames: z.number().int(),
    maxFrameBytes: z.number().int(),
    maxFramesPerSecond: z.number().int(),
    maxDurationMs: z.number().int(),
  }),
});
export type ScanGrant = z.infer<typeof ScanGrantSchema>;

/** Guidance while the guest looks: codes, worded by the page in the guest's language. */
export const SCAN_HINTS = [
  'look_here',
  'come_closer',
  'move_back',
  'one_person_please',
  'centre_your_face',
  'hold_still',
  'more_light',
  'turn_left',
  'turn_right',
  'good',
] as const;
export type ScanHint = (typeof SCAN_HINTS)[number];

export const SCAN_OUTCOMES = ['live', 'attack', 'undecided', 'no_face', 'aborted'] as const;
export type ScanOutcome = (typeof SCAN_OUTCOMES)[number];

export const ReasonSchema = z.object({
  code: z.string(),
  message: z.string().describe('Plain words, English'),
});

/** Server -> terminal -> page, as JSON text messages; frames go the other way as binary messages. */
export const ScanEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('progress'),
    hint: z.enum(SCAN_HINTS),
    /** 0..1; how much of the evidence (or of the enrolment poses) is in. */
    progress: z.number().min(0).max(1),
    /** Where the face stands in the frame, 0..1 of width and height; null when there is none. */
    face: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).nullable(),
  }),
  z.object({
    type: z.literal('decision'),
    outcome: z.enum(SCAN_OUTCOMES),
    reasons: z.array(ReasonSchema).max(10),
    /** From the first frame to this decision. */
    decisionMs: z.number(),
  }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
]);
export type ScanEvent = z.infer<typeof ScanEventSchema>;
