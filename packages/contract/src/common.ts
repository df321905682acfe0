import { z } from 'zod';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];
export const LanguageSchema = z.enum(LANGUAGES);

/** A text in every language of the product. */
export const TextSchema = z.object({ en: z.string().max(500), zh: z.string().max(500) });
export type Text = z.infer<typeof TextSchema>;

export const TimestampSchema = z.iso.datetime().describe('ISO 8601, UTC');

/** Any spelling of a phone number; the server normalises it to E.164 with the shop's country as the default. */
export const PhoneInputSchema = z.string().min(3).max(40).describe('A phone number in any spelling');
export const PinSchema = z
  .string()
  .regex(/^[0-9]{6}$/)
  .describe('Six digits');

export const ERROR_TYPES = [
  'invalid_request_error',
  'authentication_error',
  'permission_error',
  'not_found_error',
  'conflict_error',
  'rate_limit_error',
  'payment_error',
  'identification_error',
  'api_error',
] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];

/** Every failure of the API has this body. `code` is stable and documented; `message` is for developers. */
export const ErrorBodySchema = z.object({
  error: z.object({
    type: z.enum(ERROR_TYPES),
    code: z.string(),
    message: z.string(),
    param: z.string().optional().describe('The field at fault, as a path'),
    requestId: z.string().optional(),
    retryAfterMs: z.number().int().optional(),
  }),
});
export type ErrorBody = z.infer<typeof ErrorBodySchema>;
