import type { ErrorBody, ErrorType } from '@smile/contract';

/** Any failure of a call. Decide by `code`, which is documented in docs/errors.md; `message` is for developers. */
export class SmileError extends Error {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly type: ErrorType;
  readonly code: string;
  /** The field at fault, as a path. */
  readonly param: string | undefined;
  /** For questions to the operator of the platform. */
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, error: ErrorBody['error'], options?: ErrorOptions) {
    super(error.message, options);
    this.name = new.target.name;
    this.status = status;
    this.type = error.type;
    this.code = error.code;
    this.param = error.param;
    this.requestId = error.requestId;
    this.retryAfterMs = error.retryAfterMs;
  }
}

export class InvalidRequestError extends SmileError {}
export class AuthenticationError extends SmileError {}
export class PermissionError extends SmileError {}
export class NotFoundError extends SmileError {}
export class ConflictError extends SmileError {}
export class RateLimitError extends SmileError {}
export class PaymentError extends SmileError {}
export class IdentificationError extends SmileError {}
/** The platform failed, or did not answer in its own words. */
export class ServerError extends SmileError {}
/** No answer came. What was asked for may have happened: the retry with the same idempotency key tells. */
export class ConnectionError extends SmileError {}

const CLASSES: Readonly<Record<ErrorType, typeof SmileError>> = {
  invalid_request_error: InvalidRequestError,
  authentication_error: AuthenticationError,
  permission_error: PermissionError,
  not_found_error: NotFoundError,
  conflict_error: ConflictError,
  rate_limit_error: RateLimitError,
  payment_error: PaymentError,
  identification_error: IdentificationError,
  api_error: ServerError,
};

export function errorOf(status: number, error: ErrorBody['error'], cause: unknown): SmileError {
  const Class = error.code === 'network_error' ? ConnectionError : CLASSES[error.type];
  return new Class(status, error, { cause });
}
