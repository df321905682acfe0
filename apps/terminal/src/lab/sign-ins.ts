import { randomBytes } from 'node:crypto';

const COOKIE = 'smile_lab';
const LIFETIME_MS = 8 * 3_600_000;
/** A desk, a laptop and a few forgotten tabs; the oldest goes. */
const MAX_SIGN_INS = 8;

export type SignIn = { readonly operatorId: string; readonly token: string };

/**
 * Who is at work in the lab. The operator's token stays in this process's memory; the page holds a random number that opens
 * nothing but the lab of this terminal. Whether the token is still good is for the server to say, at every attempt.
 */
export class SignIns {
  readonly #open = new Map<string, SignIn & { readonly untilMs: number }>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** The header that makes the page remember. */
  open(signIn: SignIn): string {
    const secret = randomBytes(24).toString('base64url');
    if (this.#open.size >= MAX_SIGN_INS) this.#open.delete(this.#open.keys().next().value as string);
    this.#open.set(secret, { ...signIn, untilMs: this.#now() + LIFETIME_MS });
    return `${COOKIE}=${secret}; HttpOnly; SameSite=Strict; Path=/lab; Max-Age=${LIFETIME_MS / 1_000}`;
  }

  of(cookies: string | undefined): SignIn | null {
    const secret = secretIn(cookies);
    const found = secret === null ? undefined : this.#open.get(secret);
    if (!found || secret === null) return null;
    if (found.untilMs > this.#now()) return found;
    this.#open.delete(secret);
    return null;
  }

  /** The header that makes the page forget. */
  close(cookies: string | undefined): string {
    const secret = secretIn(cookies);
    if (secret !== null) this.#open.delete(secret);
    return `${COOKIE}=; HttpOnly; SameSite=Strict; Path=/lab; Max-Age=0`;
  }
}

function secretIn(cookies: string | undefined): string | null {
  return /(?:^|;\s*)smile_lab=([\w-]{32})(?:;|$)/.exec(cookies ?? '')?.[1] ?? null;
}
