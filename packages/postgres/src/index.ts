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
export { createGatherer, type Gatherer, type GatherOptions } from './gather.ts';
export { type MigrationSource, migrate } from './migrate.ts';
export { inPipelinedTransaction, together } from './pipeline.ts';
export { prepared, runWrite, runWrites, UnexpectedRows, type Write } from './statements.ts';
