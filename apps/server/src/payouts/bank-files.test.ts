import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalOf, minorOf } from './amounts.ts';
import { readCamt053, readPain002 } from './bank-files.ts';
import { payoutsCsv } from './csv.ts';
import { nextWorkingDay, type PayoutRow, schedulesDue } from './model.ts';
import { pain001, sepaText } from './pain001.ts';

const PAYOUT: PayoutRow = {
  id: 'pyo_0199aaaabbbbccccddddeeeeffff0001',
  batchId: 'pyb_0199aaaabbbbccccddddeeeeffff0000',
  merchantId: 'mer_demosunnyside',
  amountMinor: 123_405n,
  currency: 'EUR',
  state: 'pending',
  endToEndId: '0199aaaabbbbccccddddeeeeffff0001',
  holderName: 'Café Größe & Søn',
  iban: 'DE89370400440532013000',
  bic: null,
  failureCode: null,
  scheduledFor: null,
  createdAt: new Date('2026-11-23T10:00:00Z'),
  settledAt: null,
};
const BATCH = {
  id: PAYOUT.batchId,
  messageId: '0199aaaabbbbccccddddeeeeffff0000',
  currency: 'EUR',
  executionDate: '2026-11-24',
  count: 1,
  totalMinor: 123_405n,
  createdAt: new Date('2026-11-23T10:00:00Z'),
  submittedAt: null,
} as const;

describe('amounts', () => {
  it.each([
    [5n, 'EUR', '0.05'],
    [123_405n, 'EUR', '1234.05'],
    [1_250n, 'JPY', '1250'],
    [1_250n, 'KWD', '1.250'],
  ] as const)('%d of %s is %s', (minor, currency, decimal) => {
    expect(decimalOf(minor, currency)).toBe(decimal);
    expect(minorOf(decimal, currency)).toBe(minor);
  });

  it('that are none of the currency are refused, not rounded', () => {
    for (const text of ['1.005', '1,00', '-1.00', '1e3', '', '.5']) expect(minorOf(text, 'EUR')).toBeNull();
    expect(minorOf('1.5', 'JPY')).toBeNull();
    expect(minorOf('1.500', 'EUR')).toBe(150n);
  });

  it('come back from their decimals', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.constantFrom('EUR', 'JPY', 'KWD'), (minor, currency) => {
        expect(minorOf(decimalOf(minor, currency as 'EUR'), currency as 'EUR')).toBe(minor);
      }),
    );
  });
});

describe('the order to the bank', () => {
  it('is a SEPA credit transfer with sums that fit', () => {
    const xml = pain001(BATCH, [PAYOUT], { name: 'Smile to Pay', iban: 'FR1420041010050500013M02606' });
    expect(xml).toContain('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">');
    for (const part of [
      '<NbOfTxs>1</NbOfTxs>',
      '<CtrlSum>1234.05</CtrlSum>',
      '<Cd>SEPA</Cd>',
      '<InstdAmt Ccy="EUR">1234.05</InstdAmt>',
      '<EndToEndId>0199aaaabbbbccccddddeeeeffff0001</EndToEndId>',
      '<Nm>Cafe Grosse + Son</Nm>',
      '<IBAN>DE89370400440532013000</IBAN>',
      '<Dt>2026-11-24</Dt>',
    ]) {
      expect(xml).toContain(part);
    }
  });

  it('has names in letters every bank takes, whatever they were', () => {
    expect(sepaText('北京 <script>')).toBe('.. .script.');
    expect(sepaText('   ')).toBe('NOTPROVIDED');
    fc.assert(fc.property(fc.string(), (name) => /^[A-Za-z0-9/\-?:().,'+ ]{1,70}$/.test(sepaText(name))));
  });
});

describe('a CSV file', () => {
  it('quotes what needs it and lets no cell become a formula', () => {
    const csv = payoutsCsv([{ ...PAYOUT, holderName: '=HYPERLINK("x"),Ltd' }]);
    expect(csv.split('\r\n')[1]).toContain(`"'=HYPERLINK(""x""),Ltd"`);
  });
});

describe('days', () => {
  it('skip the weekend', () => {
    expect(nextWorkingDay(new Date('2026-11-23T23:00:00Z'))).toBe('2026-11-24');
    expect(nextWorkingDay(new Date('2026-11-27T08:00:00Z'))).toBe('2026-11-30');
    expect(schedulesDue(new Date('2026-11-28T08:00:00Z'))).toEqual([]);
    expect(schedulesDue(new Date('2026-11-30T08:00:00Z'))).toEqual(['daily', 'weekly']);
  });
});

const statement = (entries: string) => `<?xml version="1.0"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>m</MsgId></GrpHdr>
<Stmt><Id>S1</Id>${entries}</Stmt></BkToCstmrStmt></Document>`;
const ENTRY = `<Ntry><NtryRef>7</NtryRef><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>
  <BookgDt><Dt>2026-11-24</Dt></BookgDt><NtryDtls>
  <TxDtls><Refs><EndToEndId>one</EndToEndId></Refs><Amt Ccy="EUR">4.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls>
  <TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy="EUR">6.00</Amt></TxDtls>
  </NtryDtls></Ntry>`;

describe('a statement', () => {
  it('gives a line for each payment of an entry', () => {
    expect(readCamt053(statement(ENTRY))).toMatchObject([
      { reference: 'S1:7:1', direction: 'debit', amountMinor: 400n, endToEndId: 'one', bookedOn: '2026-11-24' },
      { reference: 'S1:7:2', direction: 'debit', amountMinor: 600n, endToEndId: null },
    ]);
  });

  it.each([
    ['no XML', 'hello'],
    ['another message', '<Document><Other/></Document>'],
    ['an entity that grows', `<!DOCTYPE x [<!ENTITY a "aaaa">]>${statement('')}`],
    ['a broken file', statement(ENTRY).slice(0, -30)],
    ['half a cent', statement(ENTRY.replace('4.00', '4.005'))],
    ['no date', statement(ENTRY.replace('2026-11-24', 'soon'))],
    ['no direction', statement(ENTRY.replaceAll('DBIT', 'SIDE'))],
    ['an unknown currency', statement(ENTRY.replaceAll('EUR', 'XXX'))],
  ])('is refused as a whole: %s', (_, xml) => {
    expect(readCamt053(xml)).toBeNull();
  });

  it('never throws, whatever comes', () => {
    const good = statement(ENTRY);
    fc.assert(
      fc.property(fc.nat(good.length), fc.string(), (at, noise) => {
        readCamt053(good.slice(0, at) + noise + good.slice(at));
        readPain002(noise);
      }),
    );
  });
});

describe('a status report', () => {
  it('says it of payments one by one and of the others together', () => {
    const xml = `<Document><CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>B</OrgnlMsgId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>
      <OrgnlPmtInfAndSts><PmtInfSts>ACSC</PmtInfSts><TxInfAndSts><OrgnlEndToEndId>one</OrgnlEndToEndId><TxSts>RJCT</TxSts>
      <StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>`;
    expect(readPain002(xml)).toEqual([
      { messageId: 'B', endToEndId: null, status: 'ACSC', reasonCode: null },
      { messageId: 'B', endToEndId: 'one', status: 'RJCT', reasonCode: 'AC04' },
    ]);
  });
});
