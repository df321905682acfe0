import { join } from 'node:path';
import { ledgerMigrations } from '@smile/ledger';
import type { MigrationSource } from '@smile/postgres';

const own = (domain: string): MigrationSource => ({ domain, dir: join(import.meta.dirname, domain, 'migrations') });

/** Every room's SQL, in the order it has to run in; scans and faces bring theirs. */
export const MIGRATIONS: readonly MigrationSource[] = [
  ledgerMigrations,
  own('http'),
  own('audit'),
  own('events'),
  own('risk'),
  own('staff'),
  own('people'),
  own('funding'),
  own('shops'),
  own('orders'),
  own('payments'),
  own('receipts'),
  own('claims'),
  own('payouts'),
  own('webhooks'),
];
