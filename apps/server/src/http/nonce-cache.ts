/**
 * Remembers the nonces of signed requests for as long as their timestamps are accepted, so that a recorded request
 * cannot be sent a second time to this process. Full means refuse: to forget early would open the door again.
 *
 * Servers side by side do not share it. What moves money does not rest on it: those calls are idempotent by key, and a
 * payment's state allows each step once.
 */
export class NonceCache {
  #current = new Set<string>();
  #previous = new Set<string>();
  #turnAtMs = 0;
  readonly #ttlMs: number;
  readonly #capacity: number;

  /** A nonce is remembered for at least `ttlMs` and at most three times as long. */
  constructor(ttlMs: number, capacity: number) {
    this.#ttlMs = ttlMs;
    this.#capacity = capacity;
  }

  take(nonce: string, nowMs: number): 'fresh' | 'used' | 'full' {
    if (nowMs >= this.#turnAtMs) {
      // Two generations instead of a timer for each nonce: a set is dropped whole once all in it are too old.
      this.#previous = nowMs >= this.#turnAtMs + this.#ttlMs ? new Set() : this.#current;
      this.#current = new Set();
      this.#turnAtMs = nowMs + this.#ttlMs;
    }
    if (this.#current.has(nonce) || this.#previous.has(nonce)) return 'used';
    if (this.#current.size + this.#previous.size >= this.#capacity) return 'full';
    this.#current.add(nonce);
    return 'fresh';
  }
}
