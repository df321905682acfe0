import { electronicFormatIBAN, isValidIBAN } from 'ibantools';
import { z } from 'zod';

const flag = z.union([z.boolean(), z.enum(['on', 'off', 'true', 'false', '1', '0'])]).transform((value) => {
  return value === true || value === 'on' || value === 'true' || value === '1';
});
const minorUnits = z.union([z.bigint(), z.string().regex(/^\d{1,12}$/)]).transform((value) => BigInt(value));

/** Everything the server can be told, parsed once at start; nothing else reads the environment. */
export const ServerConfigSchema = z.object({
  /** 0 takes a free port. */
  port: z.coerce.number().int().min(0).max(65_535).default(8080),
  host: z.string().default('127.0.0.1'),
  /** The address people and terminals reach the server at, where that is not its own; named in the OpenAPI document. */
  publicUrl: z.url().optional(),
  /** Addresses or networks (comma-separated) of proxies whose word is taken for a caller's address. */
  trustedProxies: z.string().max(500).optional(),
  mode: z.enum(['development', 'production']).default('development'),
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  dataDir: z.string().min(1).default('.data'),
  /** Unset: an embedded PostgreSQL with its data in `dataDir`. */
  databaseUrl: z.string().startsWith('postgres').optional(),
  /** Port of the embedded PostgreSQL; 0 takes a free one. */
  databasePort: z.coerce.number().int().min(0).max(65_535).default(0),
  databaseConnections: z.coerce.number().int().min(4).max(200).default(16),
  /** Two merchants, three shops, their menus and terminals. Unset: on in development, off in production. */
  demo: flag.optional(),
  /** Requests of one address within a minute, before they are turned away. */
  requestsPerMinute: z.coerce.number().int().min(10).max(10_000_000).default(3_000),
  requestsPerMinutePerTerminal: z.coerce.number().int().min(10).max(10_000_000).default(1_200),
  /** Claims up to this many minor units are paid back at once. */
  coverCapMinor: minorUnits.default(10_000n),
  /** Share of each face payment that feeds the cover fund, in hundredths of a percent; rounded up to a minor unit. */
  coverPremiumBasisPoints: z.coerce.number().int().min(0).max(1_000).default(10),
  /** What the merchant pays for a payment, in hundredths of a percent; rounded half up. */
  feeBasisPoints: z.coerce.number().int().min(0).max(1_000).default(90),
  /** What a cashier may refund of one payment without a second person. */
  cashierRefundLimitMinor: minorUnits.default(2_000n),
  /** Above this a payment asks for the PIN. */
  noPinPaymentMinor: minorUnits.default(5_000n),
  /** What may be paid in a row without a PIN, in sum and in number of payments. */
  noPinRowMinor: minorUnits.default(15_000n),
  noPinRowPayments: z.coerce.number().int().min(0).max(1_000).default(5),
  /** The least of a phone number that any shop asks for; guests may want more. */
  shortestPhoneStep: z.enum(['full', 'last_four', 'none']).default('last_four'),
  /** A payment nobody has confirmed in this time is cancelled. */
  paymentExpiryMs: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(15 * 60_000),
  /** The operator's own account, from which merchants are paid. Unset: no order to the bank can be written. */
  payoutSourceName: z.string().trim().min(1).max(70).optional(),
  payoutSourceIban: z
    .string()
    .refine((iban) => isValidIBAN(electronicFormatIBAN(iban) ?? ''), 'not a valid IBAN')
    .optional(),
  payoutSourceBic: z
    .string()
    .regex(/^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/)
    .optional(),
  /** Cards by Stripe are on when both keys are there. The publishable key is for the pages that ask for a card. */
  stripeSecretKey: z
    .string()
    .regex(/^(sk|rk)_(test|live)_\w{8,200}$/)
    .optional(),
  stripeWebhookSecret: z
    .string()
    .regex(/^whsec_\w{8,200}$/)
    .optional(),
  stripePublishableKey: z
    .string()
    .regex(/^pk_(test|live)_\w{8,200}$/)
    .optional(),
  /** Where Stripe is, for tests: a stand-in on this machine. */
  stripeApiUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Whether wallets can be filled with play money. Unset: on, but off in production with cards by Stripe. */
  sandboxBank: flag.optional(),
  /** How often is looked for webhooks to send. */
  webhookIntervalMs: z.coerce.number().int().min(10).max(60_000).default(1_000),
  /** An endpoint that takes longer to answer has failed. */
  webhookTimeoutMs: z.coerce.number().int().min(100).max(30_000).default(10_000),
  /** Whether webhooks may go to this very machine. Unset: on in development; production refuses it. */
  webhookLoopback: flag.optional(),
  jobIntervalMs: z.coerce.number().int().min(100).default(30_000),
  /** Whether the screen asks a face to answer in coloured light; payments from scans without it ask for the PIN. */
  lightChallenge: flag.default(true),
  /** Scan workers; each takes a core while it works. */
  scanWorkers: z.coerce.number().int().min(0).max(64).default(1),
  /**
   * Secret that keys of codes, counters and the template vault are derived from; every server of one database needs the
   * same. Unset: made once and kept in `dataDir`.
   */
  serverSecret: z.string().min(32).max(200).optional(),
  /** Token of the first operator; others are made by operators. */
  operatorToken: z.string().min(24).max(200).optional(),
  /** One-time codes that one address may ask for within an hour. */
  codesPerHourPerAddress: z.coerce.number().int().min(1).max(10_000_000).default(300),
  /** Models and native files are looked for in the packages unless another folder is named. */
  modelsDir: z.string().optional(),
  /** Manifest of an embedder of one's own; see docs/faces.md. */
  faceModel: z.string().optional(),
});
export type ServerConfig = z.output<typeof ServerConfigSchema>;
export type ServerConfigInput = z.input<typeof ServerConfigSchema>;

const ENVIRONMENT: Record<keyof ServerConfig, string> = {
  port: 'PORT',
  host: 'HOST',
  publicUrl: 'PUBLIC_URL',
  trustedProxies: 'TRUSTED_PROXIES',
  mode: 'MODE',
  logLevel: 'LOG_LEVEL',
  dataDir: 'DATA_DIR',
  databaseUrl: 'DATABASE_URL',
  databasePort: 'DATABASE_PORT',
  databaseConnections: 'DATABASE_CONNECTIONS',
  demo: 'DEMO',
  requestsPerMinute: 'REQUESTS_PER_MINUTE',
  requestsPerMinutePerTerminal: 'REQUESTS_PER_MINUTE_PER_TERMINAL',
  coverCapMinor: 'COVER_CAP_MINOR',
  coverPremiumBasisPoints: 'COVER_PREMIUM_BASIS_POINTS',
  feeBasisPoints: 'FEE_BASIS_POINTS',
  cashierRefundLimitMinor: 'CASHIER_REFUND_LIMIT_MINOR',
  noPinPaymentMinor: 'NO_PIN_PAYMENT_MINOR',
  noPinRowMinor: 'NO_PIN_ROW_MINOR',
  noPinRowPayments: 'NO_PIN_ROW_PAYMENTS',
  shortestPhoneStep: 'SHORTEST_PHONE_STEP',
  paymentExpiryMs: 'PAYMENT_EXPIRY_MS',
  payoutSourceName: 'PAYOUT_SOURCE_NAME',
  payoutSourceIban: 'PAYOUT_SOURCE_IBAN',
  payoutSourceBic: 'PAYOUT_SOURCE_BIC',
  stripeSecretKey: 'STRIPE_SECRET_KEY',
  stripeWebhookSecret: 'STRIPE_WEBHOOK_SECRET',
  stripePublishableKey: 'STRIPE_PUBLISHABLE_KEY',
  stripeApiUrl: 'STRIPE_API_URL',
  sandboxBank: 'SANDBOX_BANK',
  webhookIntervalMs: 'WEBHOOK_INTERVAL_MS',
  webhookTimeoutMs: 'WEBHOOK_TIMEOUT_MS',
  webhookLoopback: 'WEBHOOK_LOOPBACK',
  jobIntervalMs: 'JOB_INTERVAL_MS',
  lightChallenge: 'LIGHT_CHALLENGE',
  scanWorkers: 'SCAN_WORKERS',
  serverSecret: 'SERVER_SECRET',
  operatorToken: 'OPERATOR_TOKEN',
  codesPerHourPerAddress: 'CODES_PER_HOUR_PER_ADDRESS',
  modelsDir: 'MODELS_DIR',
  faceModel: 'FACE_MODEL',
};

/** Reads the environment; the message of a failure names the variable at fault. */
export function configFromEnvironment(environment: Record<string, string | undefined>): ServerConfig {
  const given: Record<string, unknown> = {};
  for (const [key, name] of Object.entries(ENVIRONMENT)) {
    const value = environment[name];
    if (value !== undefined && value !== '') given[key] = value;
  }
  const parsed = ServerConfigSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = issue.path[0] as keyof ServerConfig;
  throw new Error(`configuration: ${ENVIRONMENT[key] ?? String(key)}: ${issue.message}`);
}
