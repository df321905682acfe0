import { z } from 'zod';
import { LanguageSchema, PhoneInputSchema, PinSchema, TimestampSchema } from './common.ts';
import { idSchema } from './ids.ts';
import { MoneySchema } from './money.ts';

export const RequestCodeSchema = z.object({
  phone: PhoneInputSchema,
  country: z.string().length(2).optional().describe('Default country of the number; a terminal sends its shop’s'),
  language: LanguageSchema.default('en'),
});
export const CodeRequestedSchema = z.object({
  authCodeId: idSchema('authCode'),
  phoneHint: z.string().describe('The number with its middle hidden'),
  expiresAt: TimestampSchema,
});
export const OpenSessionSchema = z.object({
  authCodeId: idSchema('authCode'),
  code: z.string().regex(/^[0-9]{6}$/),
});

export const CONSENT_KINDS = ['terms', 'biometrics'] as const;
export const ConsentTextSchema = z.object({
  kind: z.enum(CONSENT_KINDS),
  version: z.string(),
  language: LanguageSchema,
  text: z.string(),
});
export type ConsentText = z.infer<typeof ConsentTextSchema>;
export const GiveConsentSchema = z.object({ kind: z.enum(CONSENT_KINDS), version: z.string().max(40) });

/** Face pay is `off` until switched on; a claim makes it `frozen`, which only an operator ends. */
export const FACE_PAY_STATES = ['off', 'on', 'frozen'] as const;

/**
 * The least of the phone number that a person wants to be asked for at a shop that knows them. The operator's own rule
 * and the evidence of the matcher may ask for more.
 */
export const PHONE_STEP_WISHES = ['always_full', 'last_four', 'none'] as const;

export const PersonSchema = z.object({
  id: idSchema('person'),
  phoneHint: z.string(),
  facePay: z.enum(FACE_PAY_STATES),
  faceEnrolled: z.boolean(),
  faceOutdated: z.boolean().describe('There is a face, but of an earlier model: it has to be taken anew'),
  pinAlways: z.boolean().describe('Every payment by face asks for the PIN, to be on the safe side'),
  phoneStep: z.enum(PHONE_STEP_WISHES),
  pinSet: z.boolean(),
  consents: z.array(z.object({ kind: z.enum(CONSENT_KINDS), version: z.string(), givenAt: TimestampSchema })),
  balance: MoneySchema,
  createdAt: TimestampSchema,
});
export type Person = z.infer<typeof PersonSchema>;

export const SessionSchema = z.object({
  token: z.string().describe('Opaque; send as `Authorization: Bearer`, or as `Smile-Person` beside a device signature'),
  expiresAt: TimestampSchema,
  isNew: z.boolean(),
  person: PersonSchema,
});
export type Session = z.infer<typeof SessionSchema>;

export const SetPinSchema = z.object({ pin: PinSchema, currentPin: PinSchema.optional() });
export const SetFacePaySchema = z.object({ enabled: z.boolean() });
export const SetPhoneStepSchema = z.object({ phoneStep: z.enum(PHONE_STEP_WISHES) });
