import { XMLBuilder } from 'fast-xml-parser';
import { decimalOf } from './amounts.ts';
import type { BatchRow, PayoutRow } from './model.ts';

/** The operator's own account, from which the bank pays. */
export type PayoutSource = { readonly name: string; readonly iban: string; readonly bic?: string };

/**
 * The order to the bank: an ISO 20022 customer credit transfer initiation, pain.001.001.09. Euro batches are SEPA credit
 * transfers by the EPC's implementation guidelines; other currencies leave the service level to the bank.
 */
export function pain001(batch: BatchRow, payouts: readonly PayoutRow[], source: PayoutSource): string {
  const total = decimalOf(batch.totalMinor, batch.currency);
  const isSepa = batch.currency === 'EUR';
  const document = {
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    Document: {
      '@xmlns': 'urn:iso:std:iso:20022:tech:xsd:pain.001.001.09',
      CstmrCdtTrfInitn: {
        GrpHdr: {
          MsgId: batch.messageId,
          CreDtTm: batch.createdAt.toISOString().slice(0, 19),
          NbOfTxs: String(payouts.length),
          CtrlSum: total,
          InitgPty: { Nm: sepaText(source.name) },
        },
        PmtInf: {
          PmtInfId: batch.messageId,
          PmtMtd: 'TRF',
          BtchBookg: 'true',
          NbOfTxs: String(payouts.length),
          CtrlSum: total,
          ...(isSepa ? { PmtTpInf: { SvcLvl: { Cd: 'SEPA' } } } : {}),
          ReqdExctnDt: { Dt: batch.executionDate },
          Dbtr: { Nm: sepaText(source.name) },
          DbtrAcct: { Id: { IBAN: source.iban }, Ccy: batch.currency },
          DbtrAgt: { FinInstnId: agent(source.bic) },
          ChrgBr: isSepa ? 'SLEV' : 'SHAR',
          CdtTrfTxInf: payouts.map((payout) => ({
            PmtId: { EndToEndId: payout.endToEndId },
            Amt: {
              InstdAmt: { '@Ccy': payout.currency, '#text': decimalOf(payout.amountMinor, payout.currency) },
            },
            ...(payout.bic ? { CdtrAgt: { FinInstnId: { BICFI: payout.bic } } } : {}),
            Cdtr: { Nm: sepaText(payout.holderName) },
            CdtrAcct: { Id: { IBAN: payout.iban } },
            RmtInf: { Ustrd: `Smile to Pay ${payout.endToEndId}` },
          })),
        },
      },
    },
  };
  return new XMLBuilder({ attributeNamePrefix: '@', ignoreAttributes: false, format: true }).build(document);
}

function agent(bic: string | null | undefined): object {
  return bic ? { BICFI: bic } : { Othr: { Id: 'NOTPROVIDED' } };
}

/**
 * What every bank of the SEPA scheme must take (EPC217-08): Latin letters without marks, digits and a few signs. Marks are
 * taken off letters, a few letters are spelled out, the rest becomes a full stop, which banks print as it is.
 */
export function sepaText(text: string): string {
  const spelled = text.replace(/[ßæœøđłÆŒØĐŁ&]/g, (letter) => SPELLED[letter] ?? letter);
  const plain = spelled.normalize('NFD').replace(/\p{M}/gu, '');
  const kept = plain.replace(/[^A-Za-z0-9/\-?:().,'+ ]/g, '.').slice(0, 70);
  return kept.trim() || 'NOTPROVIDED';
}

const SPELLED: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ł: 'l',
  Æ: 'AE',
  Œ: 'OE',
  Ø: 'O',
  Đ: 'D',
  Ł: 'L',
  '&': '+',
};
