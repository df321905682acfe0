import { z } from 'zod';
import { LanguageSchema, TimestampSchema } from './common.ts';
import { LabSetupSchema, ReasonSchema, SCAN_OUTCOMES, ScanFindingsSchema } from './scans.ts';

/**
 * Presentation attack instruments by species (ISO/IEC 30107-3), as the simulator makes them and the attack lab counts
 * them. What is put in behind the camera is not here: nobody can hold it before one.
 */
export const INSTRUMENT_KINDS = [
  'print',
  'glossy-print',
  'cut-out',
  'bent-print',
  'rolled-print',
  'eye-holes',
  'nose-hole',
  'strapped-print',
  'curled-print',
  'crumpled-print',
  'phone',
  'tablet',
  'curved-screen',
  'projected-sheet',
  'projected-face',
  'shallow-relief',
  'ellipsoid',
  'doll',
  'folded-mask',
  'rigid-mask',
  'rigid-mask-eyes',
  'printed-head',
  'elastic-mask',
  'patch',
  'twin',
  'eyes-closed',
  'glare',
] as const;
export type InstrumentKind = (typeof INSTRUMENT_KINDS)[number];

export const LAB_GROUPS = ['paper', 'paper_mask', 'screen', 'projection', 'solid', 'person'] as const;
export type LabGroup = (typeof LAB_GROUPS)[number];

const SpeciesWordsSchema = z.object({
  name: z.string(),
  /** What is needed, and how it is made. */
  make: z.string(),
  /** How it is shown to the camera. */
  present: z.string(),
});
export const LabSpeciesSchema = z.object({
  id: z.number().int().describe('Number in the list that all reports use'),
  kind: z.enum(INSTRUMENT_KINDS),
  group: z.enum(LAB_GROUPS),
  inScope: z
    .boolean()
    .describe('False for what structured light and screen light are not expected to tell from a face'),
  words: z.record(LanguageSchema, SpeciesWordsSchema),
});
export type LabSpecies = z.infer<typeof LabSpeciesSchema>;

/** What stands before the camera in an attempt. Labels are letters or numbers, never names. */
export const LabPresentationSchema = z.discriminatedUnion('what', [
  z.object({
    what: z.literal('bona_fide'),
    subject: z.string().trim().min(1).max(40).describe('Which of the willing people'),
    notes: z.string().trim().max(300).default(''),
  }),
  z.object({
    what: z.literal('attack'),
    kind: z.enum(INSTRUMENT_KINDS),
    series: z.string().trim().min(1).max(60).describe('Instruments made the same way from the same source'),
    instrument: z.string().trim().min(1).max(60).describe('Which piece of the series'),
    material: z.string().trim().max(120).default(''),
    notes: z.string().trim().max(300).default(''),
  }),
]);
export type LabPresentation = z.infer<typeof LabPresentationSchema>;

export const NewLabSessionSchema = z.object({
  title: z.string().trim().min(1).max(120),
  place: z
    .string()
    .trim()
    .max(300)
    .default('')
    .describe('Room, light, distance: what somebody would need to do it again'),
  /** The sentence that was shown and agreed to; null keeps no pictures. */
  consent: z.string().max(500).nullable().default(null),
});

export const NewLabAttemptSchema = z.object({
  presentation: LabPresentationSchema,
  /** False leaves the light challenge out, as a guest may. */
  light: z.boolean().default(true),
});

export const VoidLabAttemptSchema = z.object({ reason: z.string().trim().min(3).max(200) });

export const LabAttemptSchema = z.object({
  number: z.number().int().min(1),
  at: TimestampSchema,
  scanId: z.string(),
  presentation: LabPresentationSchema,
  /** `aborted` came to no decision through no fault of what was presented; it does not count. */
  outcome: z.enum(SCAN_OUTCOMES),
  errorCode: z.string().nullable(),
  decisionMs: z.number().nullable(),
  reasons: z.array(ReasonSchema),
  findings: ScanFindingsSchema.nullable(),
  /** File of the frames within the session's folder, where there is consent to keep them. */
  capture: z.string().nullable(),
  /** An operator's mistake is not counted, and not deleted either. */
  voided: z.object({ reason: z.string(), at: TimestampSchema }).nullable(),
});
export type LabAttempt = z.infer<typeof LabAttemptSchema>;

/** Everything attempts of one session have in common: one terminal, one camera, one judge. */
export const LabSessionHeaderSchema = z.object({
  format: z.literal(1),
  id: z.string().regex(/^lab_[0-9a-z_]{8,40}$/),
  createdAt: TimestampSchema,
  title: z.string(),
  place: z.string(),
  operatorId: z.string(),
  terminalId: z.string(),
  softwareVersion: z.string(),
  judge: LabSetupSchema.pick({ modelVersion: true, lightChallenge: true }),
  camera: z.object({
    kind: z.string(),
    model: z.string(),
    driver: z.string(),
    serial: z.string().nullable(),
  }),
  simulated: z.boolean().describe('A simulated or recorded camera: evidence about the simulator only'),
  consent: z.string().nullable(),
});
export type LabSessionHeader = z.infer<typeof LabSessionHeaderSchema>;

export const LabSessionSchema = LabSessionHeaderSchema.extend({ attempts: z.array(LabAttemptSchema) });
export type LabSession = z.infer<typeof LabSessionSchema>;

/** A share of the attempts, with one-sided 95 % bounds (Clopper and Pearson). */
const RateSchema = z.object({
  count: z.number().int(),
  rate: z.number().nullable().describe('Null where nothing was tried'),
  low95: z.number(),
  high95: z.number(),
});
export type LabRate = z.infer<typeof RateSchema>;
const SpreadSchema = z.object({ median: z.number().nullable(), p95: z.number().nullable() });
const CountsSchema = z.object({
  attempts: z.number().int(),
  accepted: z.number().int().describe('Taken for living'),
  refused: z.number().int().describe('Taken for an attack'),
  noDecision: z.number().int().describe('Asked to try again, or no face found: no response in the standard’s words'),
  nonResponse: RateSchema,
  decisionMs: SpreadSchema,
  reasons: z.array(z.object({ code: z.string(), count: z.number().int() })),
});

export const LabReportSchema = z.object({
  simulated: z.boolean(),
  /** Things the reader has to know, by code. */
  warnings: z.array(
    z.enum(['simulated', 'light_off', 'few_attempts', 'one_instrument', 'one_subject', 'many_voided', 'no_genuine']),
  ),
  species: z.array(
    CountsSchema.extend({
      id: z.number().int(),
      kind: z.enum(INSTRUMENT_KINDS),
      inScope: z.boolean(),
      series: z.number().int(),
      instruments: z.number().int(),
      instrumentsAccepted: z.number().int().describe('Pieces that were accepted at least once'),
      apcer: RateSchema,
      neededForOnePercent: z.number().int().describe('Attempts in all, if no more are accepted, to say: below 1 %'),
    }),
  ),
  bonaFide: CountsSchema.extend({
    subjects: z.number().int(),
    bpcer: RateSchema,
    neededForOnePercent: z.number().int(),
  }),
  aborted: z.number().int(),
  voided: z.number().int(),
});
export type LabReport = z.infer<typeof LabReportSchema>;

const WordsSchema = z.record(LanguageSchema, z.string());

/** `GET /lab/api` on the terminal. */
export const LabStateSchema = z.object({
  signedIn: z.object({ operatorId: z.string() }).nullable(),
  judge: LabSetupSchema.pick({ modelVersion: true, lightChallenge: true }).nullable(),
  camera: z.object({ state: z.string(), kind: z.string().nullable(), model: z.string().nullable() }),
  simulated: z.boolean(),
  folder: z.string(),
  consent: WordsSchema,
  species: z.array(LabSpeciesSchema),
  groups: z.record(z.enum(LAB_GROUPS), WordsSchema),
  /** What the judge's reason codes mean. */
  reasons: z.record(z.string(), WordsSchema),
  sessions: z.array(
    z.object({
      id: z.string(),
      createdAt: TimestampSchema,
      title: z.string(),
      attempts: z.number().int(),
      simulated: z.boolean(),
      keepsPictures: z.boolean(),
    }),
  ),
});
export type LabState = z.infer<typeof LabStateSchema>;

export const LabSessionStateSchema = z.object({ session: LabSessionSchema, report: LabReportSchema });
export type LabSessionState = z.infer<typeof LabSessionStateSchema>;
