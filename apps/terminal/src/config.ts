import { z } from 'zod';

/** Everything a terminal can be told, parsed once at start; nothing else reads the environment. */
export const TerminalConfigSchema = z.object({
  /** 0 takes a free port. */
  port: z.coerce.number().int().min(0).max(65_535).default(8081),
  host: z.string().default('127.0.0.1'),
  serverUrl: z.url().default('http://127.0.0.1:8080'),
  /** Wanted once, at the first start; later starts use the device key that was paired. */
  pairingCode: z.string().min(6).max(20).optional(),
  /** Device key and pairing state live here, readable by this user only. */
  dataDir: z.string().default('.data/terminal'),
  /** The built kiosk page. */
  kioskDir: z.string(),
  camera: z
    .union([z.enum(['simulator', 'openni2', 'none']), z.string().regex(/^recording:.+/)])
    .default('simulator')
    .describe('simulator, openni2, none, or recording:FILE'),
  cameraFramesPerSecond: z.coerce.number().min(1).max(30).default(15),
  /** Photos (FOLDER/person/*.png|jpg or FOLDER/*.png|jpg) that the stage may turn into people. */
  photosDir: z.string().optional(),
  /** Off where the screen cannot show the light challenge, or nobody is to see it. */
  light: z
    .enum(['on', 'off'])
    .default('on')
    .transform((value) => value === 'on'),
  /** Where the attack lab keeps its sessions; without it there is no lab. */
  labDir: z.string().optional(),
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
});
export type TerminalConfig = z.infer<typeof TerminalConfigSchema>;

const ENVIRONMENT: Record<keyof TerminalConfig, string> = {
  port: 'TERMINAL_PORT',
  host: 'TERMINAL_HOST',
  serverUrl: 'SERVER_URL',
  pairingCode: 'PAIRING_CODE',
  dataDir: 'TERMINAL_DATA_DIR',
  kioskDir: 'KIOSK_DIR',
  light: 'LIGHT',
  camera: 'CAMERA',
  cameraFramesPerSecond: 'CAMERA_FPS',
  photosDir: 'PHOTOS_DIR',
  labDir: 'LAB_DIR',
  logLevel: 'LOG_LEVEL',
};

/** Reads the environment; the message of a failure names the variable at fault. */
export function configFromEnvironment(
  environment: Record<string, string | undefined>,
  defaults: Partial<TerminalConfig>,
): TerminalConfig {
  const given: Record<string, unknown> = { ...defaults };
  for (const [key, name] of Object.entries(ENVIRONMENT)) {
    const value = environment[name];
    if (value !== undefined && value !== '') given[key] = value;
  }
  const parsed = TerminalConfigSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = issue.path[0] as keyof TerminalConfig;
  throw new Error(`configuration: ${ENVIRONMENT[key] ?? String(key)}: ${issue.message}`);
}
