/** An expected failure: a documented code, and what a caller can do with it. */
export type Failure<C extends string = string> = {
  readonly ok: false;
  readonly code: C;
  /** The field at fault, as a path. */
  readonly param?: string;
  readonly retryAfterMs?: number;
};
export type Ok<T> = { readonly ok: true; readonly value: T };
export type Result<T, C extends string = string> = Ok<T> | Failure<C>;

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

export function fail<C extends string>(code: C, more: { param?: string; retryAfterMs?: number } = {}): Failure<C> {
  return { ok: false, code, ...more };
}
