import { z } from 'zod';
import { idSchema } from './ids.ts';
import { INSTRUMENT_KINDS } from './lab.ts';
import { TerminalProfileSchema } from './shops.ts';

/**
 * The terminal's own small API for the kiosk page it serves (same origin, loopback). Everything of the platform that
 * a kiosk may use is reached through `/v1/...` on the terminal, which signs and forwards the calls named here.
 */
export const KIOSK_FORWARDED = [
  'requestCode',
  'openSession',
  'closeSession',
  'getMe',
  'getConsentTexts',
  'giveConsent',
  'setPin',
  'setFacePay',
  'setPhoneStep',
  'topUp',
  'getTerminalProfile',
  'createOrder',
  'getOrder',
  'cancelOrder',
  'createPayment',
  'getPayment',
  'askPhoneStep',
  'identifyPayer',
  'confirmPayment',
  'cancelPayment',
] as const;

/** `GET /local/state` */
export const KioskStateSchema = z.object({
  profile: TerminalProfileSchema.nullable().describe('Null while the server cannot be reached'),
  serverReachable: z.boolean(),
  camera: z.object({
    state: z.enum(['ready', 'starting', 'missing', 'failed']),
    kind: z.string().nullable(),
    model: z.string().nullable(),
    message: z.string().nullable(),
  }),
  simulated: z.boolean().describe('True with the simulator: the page says so and links to the stage'),
  serverUrl: z.string().describe('Where receipts are opened'),
  softwareVersion: z.string(),
});
export type KioskState = z.infer<typeof KioskStateSchema>;

/**
 * `POST /local/scans` -> `{scanId}`; then WebSocket `/local/scans/:scanId`. Over it come ScanEvents as text, and
 * preview pictures as binary JPEG messages at the camera's pace. Closing it aborts the scan.
 */
export const LocalScanRequestSchema = z.discriminatedUnion('purpose', [
  z.object({
    purpose: z.literal('payment'),
    paymentId: idSchema('payment'),
    /** False when the guest would rather not look into coloured light. */
    light: z.boolean().default(true),
  }),
  z.object({ purpose: z.literal('enrolment'), personToken: z.string().max(200) }),
]);

/**
 * Terminal -> page, over the local scan's socket beside the ScanEvents: show these colours now, once, and say when each
 * was painted. The page shows `rest` from the beginning of the scan.
 */
export const LocalLightSchema = z.object({
  type: z.literal('light'),
  rest: z.string().regex(/^#[0-9a-f]{6}$/),
  slots: z.array(z.string().regex(/^#[0-9a-f]{6}$/)).max(10),
  slotMs: z.number().int(),
  leadMs: z.number().int(),
  tailMs: z.number().int(),
  /** The rest colour stays at least this much longer, from now on: the last challenge was a moment ago. */
  pauseMs: z.number().min(0).max(5_000).default(0),
});
export type LocalLight = z.infer<typeof LocalLightSchema>;

/** Page -> terminal, in the frame after the one that was painted; `agoMs` is how long ago that was when this was sent. */
export const LocalPaintedSchema = z.object({
  type: z.literal('painted'),
  shown: z.union([z.literal('lead'), z.literal('end'), z.number().int().min(0).max(9)]),
  agoMs: z.number().min(0).max(1_000),
  /** Unix time of sending: on one machine it tells how long the message was under way. */
  sentAtUnixMs: z.number().min(0).optional(),
});
export type LocalPainted = z.infer<typeof LocalPaintedSchema>;

export const LocalScanStartedSchema = z.object({
  scanId: idSchema('scan'),
  /** Whether coloured light will follow: the page shows the rest colour from now on. */
  light: z.boolean().default(false),
});
export type LocalScanStarted = z.infer<typeof LocalScanStartedSchema>;

/** Stage (simulator only): `GET /stage/api` -> StageState, `PUT /stage/api` with a StageSetting. */
export const StageSubjectSchema = z.union([
  z.object({ kind: z.literal('empty') }),
  z.object({ kind: z.literal('procedural'), seed: z.number().int().min(0).max(1_000_000) }),
  z.object({ kind: z.literal('photo'), photoId: z.string().max(60) }),
]);
export const StageSettingSchema = z.object({
  subject: StageSubjectSchema,
  /** How the subject comes before the camera: itself, or as an attack instrument made of it. */
  presentation: z.enum(['person', ...INSTRUMENT_KINDS]),
  /** Of an instrument: another number is another piece, with its own tilt, bend and hands. */
  instrument: z.number().int().min(1).max(10_000).default(1),
  smiling: z.boolean(),
  distanceMm: z.number().min(250).max(1500),
  offCentreMm: z.number().min(-250).max(250),
  light: z.enum(['normal', 'dim', 'bright']),
  bystander: z.boolean(),
});
export type StageSetting = z.infer<typeof StageSettingSchema>;
