export type PostgresErrorCode =
  | 'port_taken'
  | 'folder_not_writable'
  | 'wrong_version'
  | 'already_running'
  | 'no_binaries'
  | 'no_postgres_user'
  | 'start_timeout'
  | 'start_failed';

/** Why the embedded PostgreSQL cannot be used, in words for the person who started it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly code: PostgresErrorCode;
  constructor(code: PostgresErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
