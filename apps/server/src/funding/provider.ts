import type { ChargeNews } from './model.ts';

export type Card = {
  readonly brand: string;
  readonly lastFour: string;
  /** Year and month: `2030-05`. */
  readonly expiresOn: string;
};

export type Charge = {
  readonly news: ChargeNews;
  /** The provider's name for it; null when it was refused before it got one. */
  readonly reference: string | null;
  /** What has really come in; 0 unless it succeeded. */
  readonly receivedMinor: bigint;
  readonly currency: string;
  readonly failureCode: string | null;
};

export type Setup =
  | { readonly state: 'pending' }
  | { readonly state: 'ready'; readonly methodReference: string; readonly card: Card }
  | { readonly state: 'failed' };

/** `unavailable`: no answer, or none that says whether it has happened. Asking again with the same ids is safe. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: 'unavailable' };

export type ProviderEvent = { readonly eventId: string; readonly type: string } & (
  | { readonly about: 'charge'; readonly topUpId: string | null; readonly charge: Charge }
  | { readonly about: 'setup'; readonly sourceId: string | null; readonly setupReference: string }
  /** Money that went back without us: somebody has to look at it. */
  | { readonly about: 'reversal'; readonly topUpId: string | null; readonly chargeReference: string | null }
  | { readonly about: 'nothing' }
);

/**
 * A provider of payments (PSP). Stripe is the first; another one fits by implementing this. Every call carries ids of ours that
 * make it safe to repeat: the provider does it once for each. None is made within a database transaction.
 */
export type FundingProvider = {
  /** Lower case, for accounts (`bank:stripe:EUR`), rows and the address of its events. */
  readonly name: string;
  /** What a page needs to speak with the provider itself. */
  readonly publicKey: string | null;
  /** The person's name at the provider: nothing but our id is told. */
  createCustomer(personId: string): Promise<Answer<string>>;
  /** Begins to keep a card, which the person enters on a page of the provider. */
  beginSetup(wanted: {
    sourceId: string;
    customer: string;
  }): Promise<Answer<{ setupReference: string; clientSecret: string }>>;
  findSetup(setupReference: string): Promise<Answer<Setup>>;
  /** Charges a kept card while its owner is not there to answer questions. */
  chargeKept(wanted: ChargeWish & { readonly methodReference: string }): Promise<Answer<Charge>>;
  /** Begins a charge that the person finishes on a page of the provider. */
  beginCharge(wanted: ChargeWish): Promise<Answer<Charge>>;
  findCharge(reference: string): Promise<Answer<{ charge: Charge; clientSecret: string | null }>>;
  /** As it is after trying to: one that has succeeded meanwhile stays so. */
  cancelCharge(reference: string): Promise<Answer<Charge>>;
  forgetMethod(methodReference: string): Promise<Answer<null>>;
  /** Null when the provider did not sign it, or too long ago. */
  readEvent(body: Buffer, headers: Readonly<Record<string, unknown>>): ProviderEvent | null;
};

export type ChargeWish = {
  readonly topUpId: string;
  readonly customer: string;
  readonly amountMinor: bigint;
  readonly currency: string;
};
