import { hash, verify } from '@node-rs/argon2';

/** Argon2id with 19 MiB and two passes: the first of the OWASP password storage recommendations. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export function hashPin(pin: string): Promise<string> {
  return hash(pin, ARGON2);
}

export function pinMatches(pinHash: string, pin: string): Promise<boolean> {
  return verify(pinHash, pin);
}

/** Checked when there is nobody or no PIN to check against, so that the answer takes as long as any other. */
const NOBODYS_HASH = hash('nobody', ARGON2);

export async function pretendToMatch(pin: string): Promise<false> {
  await verify(await NOBODYS_HASH, pin);
  return false;
}

/**
 * Whether a PIN is among the first that anybody would try: one digit or a short group repeated, digits counting up or
 * down, the same backwards as forwards, pairs.
 */
export function isWeakPin(pin: string): boolean {
  const digits = [...pin].map(Number);
  const steps = digits.slice(1).map((digit, index) => (digit - digits[index] + 10) % 10);
  const counting = steps.every((step) => step === steps[0]);
  const repeatedGroup = [1, 2, 3].some((size) => pin === pin.slice(0, size).repeat(pin.length / size));
  const palindrome = pin === [...pin].reverse().join('');
  const pairs = /^(\d)\1(\d)\2(\d)\3$/.test(pin);
  const runOfThreeTwice = /^(\d)\1\1(\d)\2\2$/.test(pin);
  return counting || repeatedGroup || palindrome || pairs || runOfThreeTwice || new Set(digits).size < 3;
}
