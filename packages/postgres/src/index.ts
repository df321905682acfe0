export {
  type Client,
  createPool,
  inTransaction,
  inTransactionOr,
  type Pool,
  type PoolOptions,
  type Queryable,
  query,
  Rollback,
  sqlState,
  type TransactionOptions,
  violatedConstraint,
  withRetries,
} from './database.ts';
export { type EmbeddedOptions, type EmbeddedPostgres, findRunningPostgres, startEmbeddedPostgres } from './embedded.ts';
export { EmbeddedPostgresError, type PostgresErrorCode } from './errors.ts';
export { type MigrationSource, migrate } from './migrate.ts';
