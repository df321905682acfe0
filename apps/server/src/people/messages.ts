import type { Language } from '@smile/contract';
import type { Pool } from '@smile/postgres';
import { newRowId } from '../ids.ts';
import type { E164 } from './phone.ts';

/** The way a one-time code takes to its phone. */
export type MessageSender = { sendCode(phone: E164, code: string, language: Language): Promise<void> };

const WORDS: Readonly<Record<Language, (code: string) => string>> = {
  en: (code) => `${code} is your Smile to Pay code. It is valid for five minutes. Tell it to nobody, also not to us.`,
  zh: (code) => `${code} 是您的“微笑支付”验证码，五分钟内有效。请勿告诉任何人，包括我们。`,
};

export type OutboxMessage = {
  readonly id: string;
  readonly phone: string;
  readonly text: string;
  readonly createdAt: Date;
};
export type Outbox = MessageSender & { newest(limit: number, phone: E164 | null): Promise<OutboxMessage[]> };

/** Development: messages land in a table that the page /dev/outbox shows. */
export function createOutbox(pool: Pool, now: () => Date): Outbox {
  return {
    async sendCode(phone, code, language) {
      await pool.query('INSERT INTO people_outbox (id, phone, text, created_at) VALUES ($1, $2, $3, $4)', [
        newRowId(),
        phone,
        WORDS[language](code),
        now(),
      ]);
    },
    async newest(limit, phone) {
      const found = await pool.query<OutboxMessage>(
        `SELECT id, phone, text, created_at AS "createdAt" FROM people_outbox
         WHERE $2::text IS NULL OR phone = $2 ORDER BY created_at DESC, id DESC LIMIT $1`,
        [limit, phone],
      );
      return found.rows;
    },
  };
}
