import type { PayoutBatch } from '@smile/contract';
import { inTransaction } from '@smile/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO } from '../app.ts';
import { failureOf, freshPhone, newKey, openWorld, type TestTerminal, type World } from '../testing/world.ts';

/** Merchants are paid by their bank: from a sale at the kiosk to the line on the statement. */
let world: World;
let operator: World['anyone'];
let staff: World['anyone'];
let sunny: TestTerminal;
let jade: TestTerminal;
const [SUNNY, JADE] = DEMO.merchants.map(({ id }) => id);

beforeAll(async () => {
  world = await openWorld();
  operator = world.as({ authorization: `Bearer ${DEMO.operatorToken}` });
  staff = world.as({ authorization: 'Bearer demo-staff-oldtown' });
  sunny = await world.terminal('oldtown');
  jade = await world.terminal('jadelane');
});
// Closing checks that the books add up after all of it.
afterAll(() => world.close());

/** One guest pays one dish; what the merchant gets of it is on its account. */
async function sells(terminal: TestTerminal, itemId?: string): Promise<void> {
  const phone = freshPhone();
  const guest = await world.join(phone, { balanceMinor: 10_000n, face: phone });
  const ready = await terminal.readyToConfirm(guest, phone, itemId ? [{ itemId }] : undefined);
  await terminal.confirm(ready.id, { pin: guest.pin });
}
const balanceOf = async (merchantId: string) => world.app.rooms.books.merchantBalance(world.pool, merchantId, 'EUR');
const createBatch = (key = newKey()) =>
  operator.call('createPayoutBatch', { body: { currency: 'EUR' }, idempotencyKey: key });
const getBatch = (batchId: string) => operator.call('getPayoutBatch', { params: { batchId } });
const reconciliation = () => operator.call('getReconciliation', { query: { currency: 'EUR' } });
const payoutOf = async (batch: PayoutBatch) =>
  (await staff.call('listPayouts', { query: {} })).data.find(({ batchId }) => batchId === batch.id);

async function fetchFile(path: string, token: string = DEMO.operatorToken) {
  return world.app.http.inject({ url: path, headers: { authorization: `Bearer ${token}` } });
}
async function sendBankFile(xml: string, token: string = DEMO.operatorToken) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/xml' };
  const answer = await world.app.http.inject({ method: 'POST', url: '/v1/operator/bank_files', headers, payload: xml });
  return { status: answer.statusCode, body: answer.json() };
}
const statusReport = (endToEndId: string, status: string, reason = '') => `<Document><CstmrPmtStsRpt>
  <OrgnlPmtInfAndSts><TxInfAndSts><OrgnlEndToEndId>${endToEndId}</OrgnlEndToEndId><TxSts>${status}</TxSts>
  ${reason && `<StsRsnInf><Rsn><Cd>${reason}</Cd></Rsn></StsRsnInf>`}</TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>`;

let statements = 0;
type Line = { amount: string; direction: 'CRDT' | 'DBIT'; endToEndId?: string; batch?: string; reason?: string };
function statement(...lines: Line[]): string {
  statements += 1;
  const entries = lines.map(
    ({ amount, direction, endToEndId, batch, reason }, index) => `<Ntry><NtryRef>${index}</NtryRef>
      <Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>${direction}</CdtDbtInd><BookgDt><Dt>2026-11-24</Dt></BookgDt>
      <NtryDtls><TxDtls><Refs>${batch ? `<PmtInfId>${batch}</PmtInfId>` : ''}
      ${endToEndId ? `<EndToEndId>${endToEndId}</EndToEndId>` : ''}</Refs>
      ${reason ? `<RtrInf><Rsn><Cd>${reason}</Cd></Rsn></RtrInf>` : ''}</TxDtls></NtryDtls></Ntry>`,
  );
  return `<Document><BkToCstmrStmt><Stmt><Id>S${statements}</Id>${entries.join('')}</Stmt></BkToCstmrStmt></Document>`;
}

describe('a batch', () => {
  it('takes every balance once, and the same key gives the same batch', async () => {
    await sells(sunny);
    const sold = await balanceOf(SUNNY);
    const key = newKey();
    const batch = await createBatch(key);
    expect(batch).toMatchObject({ count: 1, total: { amountMinor: sold.toString() }, states: { pending: 1 } });
    expect(await createBatch(key)).toEqual(batch);
    expect(await balanceOf(SUNNY)).toBe(0n);
    expect((await failureOf(createBatch())).code).toBe('nothing_to_pay_out');
    expect(await reconciliation()).toMatchObject({ agrees: true, clearing: { amountMinor: sold.toString() } });
  });

  it('is in transit once its file was fetched, and paid when the statement says so, read once or twice', async () => {
    await sells(sunny);
    const batch = await createBatch();
    const file = await fetchFile(`/v1/operator/payout_batches/${batch.id}/pain.001`);
    expect(file.statusCode).toBe(200);
    expect(file.headers['content-disposition']).toContain('.xml');
    const payout = await payoutOf(batch);
    expect(payout).toMatchObject({ state: 'in_transit', ibanHint: 'DE…3000' });
    const endToEndId = payout?.endToEndId ?? '';
    expect(file.body).toContain(endToEndId);
    const amount = (Number(payout?.amount.amountMinor) / 100).toFixed(2);
    const camt = statement({ amount, direction: 'DBIT', endToEndId });
    expect(await sendBankFile(camt)).toEqual({ status: 200, body: { read: 1, applied: 1, unchanged: 0, unknown: 0 } });
    expect(await sendBankFile(camt)).toMatchObject({ body: { applied: 0, unchanged: 1 } });
    expect(await getBatch(batch.id)).toMatchObject({ states: { paid: 1 } });
  });

  it('that the bank books as a whole is paid as a whole', async () => {
    await sells(sunny);
    const batch = await createBatch();
    await fetchFile(`/v1/operator/payout_batches/${batch.id}/pain.001`);
    const amount = (Number(batch.total.amountMinor) / 100).toFixed(2);
    await sendBankFile(statement({ amount, direction: 'DBIT', batch: batch.messageId }));
    expect(await getBatch(batch.id)).toMatchObject({ states: { paid: 1 } });
  });

  it('can be looked at with a spreadsheet', async () => {
    await sells(sunny);
    const batch = await createBatch();
    const csv = await fetchFile(`/v1/operator/payout_batches/${batch.id}/csv`);
    expect(csv.body.split('\r\n')[1]).toContain('Sunny Side Burgers,DE89370400440532013000');
    expect((await operator.call('listPayoutBatches', { query: { limit: 1 } })).data[0].id).toBe(batch.id);
  });
});

describe('money that does not arrive', () => {
  it('is the merchant’s again when the bank refuses', async () => {
    await sells(sunny);
    const before = await balanceOf(SUNNY);
    const batch = await createBatch();
    const endToEndId = (await payoutOf(batch))?.endToEndId ?? '';
    expect(await sendBankFile(statusReport(endToEndId, 'ACCP'))).toMatchObject({ body: { applied: 1 } });
    expect(await sendBankFile(statusReport(endToEndId, 'RJCT', 'AC04'))).toMatchObject({ body: { applied: 1 } });
    expect(await payoutOf(batch)).toMatchObject({ state: 'failed', failureCode: 'AC04' });
    expect(await balanceOf(SUNNY)).toBe(before);
    // A late word of success cannot pay what was taken back.
    expect(await sendBankFile(statusReport(endToEndId, 'ACSC'))).toMatchObject({ body: { unknown: 1 } });
    expect(await reconciliation()).toMatchObject({ agrees: true });
  });

  it('is the merchant’s again when it comes back, in whatever order the statement lists it', async () => {
    const batch = await createBatch();
    await fetchFile(`/v1/operator/payout_batches/${batch.id}/pain.001`);
    const payout = await payoutOf(batch);
    const amount = (Number(payout?.amount.amountMinor) / 100).toFixed(2);
    const endToEndId = payout?.endToEndId ?? '';
    const back: Line = { amount, direction: 'CRDT', endToEndId, reason: 'MD07' };
    await sendBankFile(statement(back, { amount, direction: 'DBIT', endToEndId }));
    expect(await payoutOf(batch)).toMatchObject({ state: 'returned', failureCode: 'MD07' });
    expect((await balanceOf(SUNNY)).toString()).toBe(payout?.amount.amountMinor);
  });
});

describe('what is left over', () => {
  it('is shown until somebody says what it is', async () => {
    const batch = await createBatch();
    const payout = await payoutOf(batch);
    const wrongAmount: Line = { amount: '0.01', direction: 'DBIT', endToEndId: payout?.endToEndId };
    await sendBankFile(statement(wrongAmount, { amount: '12.50', direction: 'DBIT' }));
    const open = await reconciliation();
    expect(open.unmatched.map(({ amount }) => amount.amountMinor).sort()).toEqual(['1', '1250']);
    for (const { id: lineId } of open.unmatched) {
      const body = { note: 'fees of the bank' };
      expect(await operator.call('explainBankLine', { params: { lineId }, body })).toMatchObject({
        state: 'explained',
      });
    }
    expect(await reconciliation()).toMatchObject({ unmatchedCount: 0, agrees: true });
    expect(await payoutOf(batch)).toMatchObject({ state: 'pending' });
  });

  it('names payouts that take longer than three days', async () => {
    world.clock.advance(4 * 24 * 3_600_000);
    const { late } = await reconciliation();
    expect(late.length).toBeGreaterThan(0);
  });
});

describe('a schedule', () => {
  it('pays each merchant once a day, though two servers look at the same time', async () => {
    const minimum = { amountMinor: '100', currency: 'EUR' } as const;
    const body = { holderName: 'Jade', iban: 'NL91 ABNA 0417 1643 00', schedule: 'daily', minimum } as const;
    await operator.call('setPayoutAccount', { params: { merchantId: JADE }, body });
    await sells(jade, 'itm_jade0beefnoodles');
    const monday = new Date('2027-03-01T03:00:00Z').getTime();
    world.clock.advance(monday - world.clock.now().getTime());
    const { payouts } = world.app.rooms;
    await Promise.all([payouts.runSchedules(), payouts.runSchedules()]);
    await payouts.runSchedules();
    const found = await world.pool.query('SELECT state FROM payouts WHERE merchant_id = $1 AND scheduled_for = $2', [
      JADE,
      '2027-03-01',
    ]);
    expect(found.rowCount).toBe(1);
    expect(await balanceOf(JADE)).toBe(0n);
  });
});

describe('the door', () => {
  it('opens for operators only, before a file is read', async () => {
    expect(await sendBankFile('<x/>', 'nobody')).toMatchObject({ status: 401 });
    expect((await fetchFile('/v1/operator/payout_batches/pyb_00000000/csv', 'demo-staff-oldtown')).statusCode).toBe(
      401,
    );
    expect((await failureOf(staff.call('getReconciliation', { query: {} }))).code).toBe('operator_token_invalid');
  });

  it('says what is wrong with a file, an IBAN, an id', async () => {
    expect((await sendBankFile('<Document/>')).body.error.code).toBe('bank_file_invalid');
    expect((await fetchFile('/v1/operator/payout_batches/pyb_00000000/csv')).statusCode).toBe(404);
    const minimum = { amountMinor: '1', currency: 'EUR' } as const;
    const body = { holderName: 'X', iban: 'DE00370400440532013000', minimum };
    const wrong = failureOf(operator.call('setPayoutAccount', { params: { merchantId: SUNNY }, body }));
    expect(await wrong).toMatchObject({ code: 'iban_invalid', param: 'iban' });
  });

  it('keeps a merchant’s payouts to the merchant', async () => {
    const other = world.as({ authorization: 'Bearer demo-staff-jadelane' });
    const { data } = await other.call('listPayouts', { query: {} });
    expect(data.every(({ merchantId }) => merchantId === JADE)).toBe(true);
    expect(await other.call('getPayoutAccount', {})).toMatchObject({ merchantId: JADE, ibanHint: 'NL…4300' });
  });
});

it('a batch made half is no batch: when its transaction fails, the money stays', async () => {
  await sells(sunny);
  const before = await balanceOf(SUNNY);
  const failing = inTransaction(world.pool, async (client) => {
    await world.app.rooms.payouts.createBatch(client, { currency: 'EUR' }, 'opr_test');
    throw new Error('the plug is pulled');
  });
  await expect(failing).rejects.toThrow('plug');
  expect(await balanceOf(SUNNY)).toBe(before);
});
