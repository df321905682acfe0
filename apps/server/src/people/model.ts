import type { CONSENT_KINDS, FACE_PAY_STATES, PHONE_STEP_WISHES } from '@smile/contract';
import type { E164 } from './phone.ts';

export type FacePayState = (typeof FACE_PAY_STATES)[number];
export type PhoneStepWish = (typeof PHONE_STEP_WISHES)[number];
export type ConsentKind = (typeof CONSENT_KINDS)[number];

export type PersonRow = {
  readonly id: string;
  readonly phone: E164;
  readonly facePay: FacePayState;
  readonly phoneStep: PhoneStepWish;
  readonly pinHash: string | null;
  readonly createdAt: Date;
};

export type ConsentRow = { readonly kind: ConsentKind; readonly version: string; readonly givenAt: Date };

/** Face pay as data: who may move it from where to where. */
export const FACE_PAY_MOVES: Readonly<
  Record<FacePayState, Partial<Record<FacePayState, 'person' | 'claim' | 'operator'>>>
> = {
  off: { on: 'person', frozen: 'claim' },
  on: { off: 'person', frozen: 'claim' },
  frozen: { off: 'operator' },
};

/** The wallet's currency in this version; wallets in several currencies come later. */
export const WALLET_CURRENCY = 'EUR';
export const TOP_UP_MIN_MINOR = 100n;
export const TOP_UP_MAX_MINOR = 50_000n;
export const WALLET_MAX_MINOR = 500_000n;

export const CODE_LIFE_MS = 5 * 60_000;
export const CODE_ATTEMPTS = 5;
export const SESSION_LIFE_MS = 30 * 24 * 3_600_000;
