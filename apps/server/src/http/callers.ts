import type { ApiScope, EndpointAuth } from '@smile/contract';

/** A paired terminal, as far as requests need to know it. */
export type TerminalRef = {
  readonly id: string;
  readonly shopId: string;
  readonly merchantId: string;
  /** ISO 3166-1 alpha-2: the default country of phone numbers typed there. */
  readonly country: string;
  /** Only such a terminal may send frames of a simulator or a recording. */
  readonly testMode: boolean;
};

/** Whose key it is, in which of the two worlds. Every question to the data carries both. */
export type MerchantRef = { readonly merchantId: string; readonly livemode: boolean };

export type Callers = {
  none: { readonly kind: 'none' };
  person: { readonly kind: 'person'; readonly personId: string; readonly sessionId: string };
  /** `personId` is there when a session token came along in Smile-Person. */
  terminal: { readonly kind: 'terminal'; readonly terminal: TerminalRef; readonly personId: string | null };
  terminal_person: { readonly kind: 'terminal_person'; readonly terminal: TerminalRef; readonly personId: string };
  terminal_operator: {
    readonly kind: 'terminal_operator';
    readonly terminal: TerminalRef;
    readonly operatorId: string;
  };
  staff: { readonly kind: 'staff'; readonly staffId: string; readonly merchantId: string; readonly shopId: string };
  operator: { readonly kind: 'operator'; readonly operatorId: string };
  merchant: {
    readonly kind: 'merchant';
    readonly keyId: string;
    readonly scopes: readonly ApiScope[];
  } & MerchantRef;
};
export type Caller = Callers[EndpointAuth];

/** What an idempotency key is scoped to: another caller's key of the same name is another key. */
export function callerScope(caller: Caller): string {
  switch (caller.kind) {
    case 'none':
      return 'anyone';
    case 'person':
      return caller.personId;
    case 'terminal':
    case 'terminal_person':
    case 'terminal_operator':
      return caller.terminal.id;
    case 'staff':
      return caller.staffId;
    case 'operator':
      return caller.operatorId;
    // Not the key: a retry after a roll comes with another one, and is a retry all the same.
    case 'merchant':
      return `${caller.merchantId}:${caller.livemode ? 'live' : 'test'}`;
  }
}
