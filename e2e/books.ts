import { createLedger } from '@smile/ledger';
import { createPool, type Pool } from '@smile/postgres';

/** The ledger as the auditor sees it: read from the database, not asked of the server. */
export class BooksReader {
  readonly #pool: Pool;

  constructor(databaseUrl: string) {
    this.#pool = createPool(databaseUrl, { maxConnections: 1 });
  }

  /** What a person can spend, in minor units. */
  async wallet(phone: string): Promise<bigint> {
    const found = await this.#pool.query<{ id: string }>('SELECT id FROM people WHERE phone = $1', [phone]);
    const person = found.rows[0];
    if (!person) throw new Error('nobody has joined with this number');
    const balance = await createLedger(this.#pool).balance(`wallet:${person.id}`);
    if (!balance) throw new Error('this person has no wallet');
    return balance.availableMinor;
  }

  /** Amounts of the payments that went through, in the order of their making. */
  async paid(): Promise<bigint[]> {
    const found = await this.#pool.query<{ amount_minor: string }>(
      `SELECT amount_minor FROM payments WHERE state = 'succeeded' ORDER BY id`,
    );
    return found.rows.map((row) => BigInt(row.amount_minor));
  }

  /** What does not add up anywhere in the ledger: nothing, in good books. */
  async problems(): Promise<readonly unknown[]> {
    return (await createLedger(this.#pool).verify()).problems;
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
