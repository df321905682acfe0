import { type Currency, CurrencySchema } from '@smile/contract';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { minorOf } from './amounts.ts';

/** What the bank says of one payment, or of a whole batch when `endToEndId` is null. */
export type StatusLine = {
  readonly messageId: string | null;
  readonly endToEndId: string | null;
  /** ISO 20022 ExternalPaymentTransactionStatus, such as ACSC, ACCP or RJCT. */
  readonly status: string;
  readonly reasonCode: string | null;
};

export type StatementLine = {
  /** Made of what the bank numbers its entries by. */
  readonly reference: string;
  readonly bookedOn: string;
  readonly direction: 'credit' | 'debit';
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly endToEndId: string | null;
  /** Of our batch, where the bank books it as a whole. */
  readonly batchMessageId: string | null;
  readonly reasonCode: string | null;
  readonly text: string;
};

/** Most lines a file may have. */
export const MAX_LINES = 10_000;
const MAX_DEPTH = 40;

type Node = { readonly [tag: string]: unknown };

/** A payment status report, pain.002 of any version. Null when it is none. */
export function readPain002(xml: string): StatusLine[] | null {
  const report = documentOf(xml, 'CstmrPmtStsRpt');
  if (!report) return null;
  const lines: StatusLine[] = [];
  const group = child(report, 'OrgnlGrpInfAndSts');
  const messageId = group && text(group, 'OrgnlMsgId');
  const add = (node: Node, statusTag: string, endToEndId: string | null) => {
    const status = text(node, statusTag);
    // PART says no more than that the lines below differ.
    if (!status || status === 'PART') return;
    lines.push({ messageId: messageId ?? null, endToEndId, status, reasonCode: reasonOf(node, 'StsRsnInf') });
  };
  if (group) add(group, 'GrpSts', null);
  for (const batch of children(report, 'OrgnlPmtInfAndSts')) {
    add(batch, 'PmtInfSts', null);
    for (const payment of children(batch, 'TxInfAndSts')) {
      const endToEndId = text(payment, 'OrgnlEndToEndId');
      if (endToEndId) add(payment, 'TxSts', endToEndId);
    }
  }
  return lines.length > MAX_LINES ? null : lines;
}

/** A bank statement, camt.053 of any version: one line for each payment, or each entry that does not list its payments. */
export function readCamt053(xml: string): StatementLine[] | null {
  const root = documentOf(xml, 'BkToCstmrStmt');
  if (!root) return null;
  const lines: StatementLine[] = [];
  for (const statement of children(root, 'Stmt')) {
    const statementId = text(statement, 'Id') ?? '';
    for (const [number, entry] of children(statement, 'Ntry').entries()) {
      const entryReference = text(entry, 'AcctSvcrRef') ?? text(entry, 'NtryRef') ?? String(number + 1);
      const booked = child(entry, 'BookgDt');
      const bookedOn = (booked && (text(booked, 'Dt') ?? text(booked, 'DtTm')))?.slice(0, 10);
      const details = children(entry, 'NtryDtls').flatMap((each) => children(each, 'TxDtls'));
      for (const [index, source] of (details.length > 0 ? details : [entry]).entries()) {
        const refs = child(source, 'Refs');
        const amount = amountOf(source) ?? (details.length <= 1 ? amountOf(entry) : null);
        const direction = text(source, 'CdtDbtInd') ?? text(entry, 'CdtDbtInd');
        if (!amount || !bookedOn || !/^\d{4}-\d{2}-\d{2}$/.test(bookedOn) || amount.amountMinor <= 0n) return null;
        if (direction !== 'CRDT' && direction !== 'DBIT') return null;
        const remittance = child(source, 'RmtInf');
        const endToEndId = refs && text(refs, 'EndToEndId');
        lines.push({
          reference: `${statementId}:${entryReference}:${index + 1}`.slice(0, 200),
          bookedOn,
          direction: direction === 'CRDT' ? 'credit' : 'debit',
          ...amount,
          endToEndId: endToEndId && endToEndId !== 'NOTPROVIDED' ? endToEndId : null,
          batchMessageId: (refs && (text(refs, 'PmtInfId') ?? text(refs, 'MsgId'))) ?? null,
          reasonCode: reasonOf(source, 'RtrInf'),
          text: ((remittance && text(remittance, 'Ustrd')) ?? text(entry, 'AddtlNtryInf') ?? '').slice(0, 500),
        });
      }
    }
  }
  return lines.length > MAX_LINES ? null : lines;
}

function documentOf(xml: string, root: string): Node | null {
  // A type declaration has no place in a bank's message and is how entities that blow up come in.
  if (/<!DOCTYPE|<!ENTITY/i.test(xml) || XMLValidator.validate(xml) !== true) return null;
  let parsed: unknown;
  try {
    parsed = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '@',
      removeNSPrefix: true,
      parseTagValue: false,
      maxNestedTags: MAX_DEPTH,
    }).parse(xml);
  } catch {
    return null;
  }
  const document = isNode(parsed) ? child(parsed, 'Document') : null;
  return document ? child(document, root) : null;
}

function amountOf(node: Node): { amountMinor: bigint; currency: Currency } | null {
  const amount = child(node, 'Amt');
  if (!amount) return null;
  const currency = CurrencySchema.safeParse(amount['@Ccy']);
  const value = amount['#text'];
  if (!currency.success || typeof value !== 'string') return null;
  const amountMinor = minorOf(value, currency.data);
  return amountMinor === null ? null : { amountMinor, currency: currency.data };
}

function reasonOf(node: Node, tag: string): string | null {
  const information = child(node, tag);
  const reason = information && child(information, 'Rsn');
  return (reason && (text(reason, 'Cd') ?? text(reason, 'Prtry')))?.slice(0, 35) ?? null;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function children(node: Node, tag: string): Node[] {
  const found = node[tag];
  return (Array.isArray(found) ? found : [found]).filter(isNode);
}

function child(node: Node, tag: string): Node | null {
  return children(node, tag)[0] ?? null;
}

function text(node: Node, tag: string): string | null {
  const found = Array.isArray(node[tag]) ? node[tag][0] : node[tag];
  const value = isNode(found) ? found['#text'] : found;
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}
