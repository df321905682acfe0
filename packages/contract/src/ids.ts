import { z } from 'zod';

/** Every id is a prefix and a UUIDv7 without dashes, made in the application: `pay_0193...`. */
export const ID_PREFIXES = {
  person: 'per',
  session: 'ses',
  authCode: 'otp',
  merchant: 'mer',
  shop: 'shp',
  terminal: 'trm',
  menuItem: 'itm',
  order: 'ord',
  scan: 'scn',
  face: 'fac',
  payment: 'pay',
  receipt: 'rcp',
  topUp: 'top',
  fundingSource: 'src',
  claim: 'clm',
  payout: 'pyo',
  payoutBatch: 'pyb',
  bankLine: 'bnl',
  refund: 'ref',
  event: 'evt',
  apiKey: 'key',
  webhookEndpoint: 'whe',
  webhookDelivery: 'whd',
  payer: 'pyr',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

export function idSchema(kind: IdKind) {
  return z
    .string()
    .regex(new RegExp(`^${ID_PREFIXES[kind]}_[0-9a-z]{8,40}$`))
    .describe(`Id of a ${kind}, prefix \`${ID_PREFIXES[kind]}_\``);
}
