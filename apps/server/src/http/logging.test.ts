import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { failureOf, GOOD_PIN, openWorld, type World } from '../testing/world.ts';
import { createLogger, hideNumbers } from './logging.ts';

function collector(): { readonly stream: Writable; text(): string } {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

const log = collector();
let world: World;
beforeAll(async () => {
  world = await openWorld({ logLevel: 'debug' }, log.stream);
});
afterAll(() => world.close());

it('a whole visit leaves no number, PIN, code, token or link in the log', async () => {
  const phone = '+491708642097';
  const { authCodeId } = await world.anyone.call('requestCode', { body: { phone } });
  const code = await world.lastCode(phone);
  await world.anyone.call('openSession', { body: { authCodeId, code } });
  const ada = await world.join(phone, { balanceMinor: 5_000n, face: 'ada' });
  const terminal = await world.terminal();
  const ready = await terminal.readyToConfirm(ada, 'ada');
  const paid = await terminal.confirm(ready.id, { pin: GOOD_PIN });
  const token = paid.receiptUrl?.replace('/r/', '') ?? '';
  await world.app.http.inject({ url: `/r/${token}` });
  await world.anyone.call('openClaim', { params: { token } });
  await failureOf(terminal.identify(ready.id, phone, 'stranger'));
  // Something that breaks: the database's own words quote the row at fault.
  await world.pool.query(`UPDATE people SET created_at = 'infinity' WHERE phone = $1`, [phone]);
  await failureOf(ada.api.call('getMe', {}));

  const text = log.text();
  expect(text).toContain('"route":"/v1/auth/codes"');
  expect(text).toContain('"route":"/r/:token"');
  expect(text).toContain('request failed');
  for (const secret of [phone, '1708642097', '8642097', code, ada.token, token, GOOD_PIN, 'demo-staff-oldtown']) {
    expect(secret.length).toBeGreaterThan(4);
    expect(text).not.toContain(secret);
  }
});

it('fields with telling names are blanked wherever somebody logs them', () => {
  const own = collector();
  const logger = createLogger({ logLevel: 'info' }, own.stream);
  logger.info({ phone: '+491701234567', given: { pin: '271828', deep: { token: 'secret-token' } } }, 'hello');
  logger.info({ headers: { authorization: 'Bearer secret', 'smile-device': 'trm;1;2;3' } }, 'hello');
  const error = Object.assign(new Error('duplicate +49 170 1234567'), { detail: 'Key (phone)=(+491701234567)' });
  logger.error({ err: error }, 'oh');
  expect(own.text()).not.toMatch(/1701234567|170 1234567|271828|secret|trm;1/);
  expect(own.text()).toContain('[hidden]');
});

it('runs of digits are hidden, short numbers stay', () => {
  expect(hideNumbers('code 123456 for +49 (0)170 123-4567 after 250 ms at port 8080')).toBe(
    'code ··· for ··· after 250 ms at port 8080',
  );
});
