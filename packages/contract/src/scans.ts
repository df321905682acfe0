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
  light: z.boolean().default(false).describe('Whether a light challenge will be asked for, where it can be shown'),
  limits: z.object({
    maxFrames: z.number().int(),
    maxFrameBytes: z.number().int(),
    maxFramesPerSecond: z.number().int(),
    maxDurationMs: z.number().int(),
  }),
});
export type ScanGrant = z.infer<typeof ScanGrantSchema>;

/** The colours of the light challenge, by name; the terminal knows what they look like. */
export const LIGHT_COLOUR_NAMES = ['amber', 'teal', 'rose', 'lime', 'violet', 'grey'] as const;

/** What the screen is to show during this scan, once: rest colour, the slots one after the other, rest colour. */
export const LightChallengeSchema = z.object({
  slots: z.array(z.enum(LIGHT_COLOUR_NAMES)).min(1).max(10),
  slotMs: z.number().int().min(100).max(1_000),
  leadMs: z.number().int().min(0).max(1_000),
  tailMs: z.number().int().min(0).max(1_000),
});

/**
 * Why a scan has no light: the guest asked for it, this screen cannot show it, or the camera cannot see it. It is told in
 * the terminal's first message; a scan without light may ask for the PIN afterwards.
 */
export const NO_LIGHT_REASONS = ['declined', 'unsupported'] as const;
export type NoLightReason = (typeof NO_LIGHT_REASONS)[number];

/**
 * Whether the camera held exposure, gain and white balance: `free` could not be held this time, `unsupported` is a camera
 * without such a control.
 */
export const COLOUR_LOCKS = ['locked', 'free', 'unsupported'] as const;
export type ColourLock = (typeof COLOUR_LOCKS)[number];

/**
 * A note in the frame chain, as JSON: when the screen really showed what. `slot` counts from 0; `lead` is the rest colour
 * before the code, `end` the one after it. Times are on the clock that stamps the frames.
 */
export const LightNoteSchema = z.object({
  type: z.literal('light'),
  shown: z.union([z.literal('lead'), z.literal('end'), z.number().int().min(0).max(9)]),
  deviceTimeMs: z.number(),
  /** How long the shutter is open, where the camera says so. */
  exposureMs: z.number().min(0).max(100).nullable(),
  /** Told with the slots: whether the camera's automatics were held while they were shown. */
  colourLock: z.enum(COLOUR_LOCKS).nullish(),
});
export type LightNote = z.infer<typeof LightNoteSchema>;

/** Guidance while the guest looks: codes, worded by the page in the guest's language. */
export const SCAN_HINTS = [
  'look_here',
  'come_closer',
  'move_back',
  'one_person_please',
  'centre_your_face',
  'hold_still',
  'more_light',
  'less_light',
  'even_light',
  'uncover_your_face',
  'open_your_eyes',
  'turn_left',
  'turn_right',
  'good',
] as const;
export type ScanHint = (typeof SCAN_HINTS)[number];

/** What a scan of the attack lab is judged by. */
export const LabSetupSchema = z.object({
  operatorId: z.string(),
  modelVersion: z.string().describe('Of the face model; liveness comes with the server’s own version'),
  lightChallenge: z.boolean().describe('Whether scans ask for an answer to the screen’s light'),
});
export type LabSetup = z.infer<typeof LabSetupSchema>;

export const SCAN_OUTCOMES = ['live', 'attack', 'undecided', 'no_face', 'aborted'] as const;
export type ScanOutcome = (typeof SCAN_OUTCOMES)[number];

export const ReasonSchema = z.object({
  code: z.string(),
  message: z.string().describe('Plain words, English'),
});

/**
 * What stands behind a decision, cue by cue. Told to the attack lab only: it would teach whoever wants to pass what to
 * mend next.
 */
export const ScanFindingsSchema = z.object({
  livenessNats: z.number().nullable().describe('Log-odds of life; null when the scan could not be measured'),
  evidence: z.record(z.string(), z.number()).describe('Clipped log-likelihood ratio of each cue, nats'),
  measured: z.record(z.string(), z.number()).describe('Medians over the frames; names end in their unit'),
  reasons: z
    .array(
      ReasonSchema.extend({
        value: z.number().nullable(),
        unit: z.string().nullable(),
        threshold: z.number().nullable(),
      }),
    )
    .max(10),
  framesReceived: z.number().int(),
  framesJudged: z.number().int(),
  framesUsed: z.number().int(),
  colourLock: z.enum(COLOUR_LOCKS).nullable().default(null),
  light: z
    .string()
    .describe('What became of the light challenge: shown, faulty, not_shown, declined, unsupported, off'),
});
export type ScanFindings = z.infer<typeof ScanFindingsSchema>;

/** Server -> terminal -> page, as JSON text messages; frames go the other way as binary messages. */
export const ScanEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ready'),
    /** Null: this scan does without. */
    light: LightChallengeSchema.nullish(),
  }),
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
    /** Of scans of the attack lab only. */
    findings: ScanFindingsSchema.optional(),
  }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
]);
export type ScanEvent = z.infer<typeof ScanEventSchema>;
