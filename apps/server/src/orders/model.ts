import type { Order, OrderState } from '@smile/contract';

export type OrderLine = Order['lines'][number];

export type OrderRow = {
  readonly id: string;
  readonly shopId: string;
  readonly number: string;
  readonly state: OrderState;
  readonly serving: Order['serving'];
  readonly lines: OrderLine[];
  readonly totalMinor: bigint;
  readonly currency: Order['total']['currency'];
  /** The live payment that holds this order; no second one may begin meanwhile. */
  readonly paymentId: string | null;
  readonly createdAt: Date;
};

type Mover = 'guest' | 'payment' | 'kitchen';

/** The life of an order as data: which moves there are, and who makes them. The kitchen may take a step back. */
export const ORDER_MOVES: Readonly<Record<OrderState, Partial<Record<OrderState, Mover>>>> = {
  open: { paid: 'payment', canceled: 'guest' },
  paid: { preparing: 'kitchen' },
  preparing: { ready: 'kitchen', paid: 'kitchen' },
  ready: { handed_over: 'kitchen', preparing: 'kitchen' },
  handed_over: { ready: 'kitchen' },
  canceled: {},
};

/** The one state from which an order is paid. */
export const PAID_FROM = 'open' satisfies OrderState;

export function mayMove(from: OrderState, to: OrderState, mover: Mover): boolean {
  return ORDER_MOVES[from][to] === mover;
}

/** Largest total of one order: 2,000.00. */
export const ORDER_MAX_MINOR = 200_000n;
/** An open order nobody pays is given up after this. */
export const ORDER_OPEN_MS = 2 * 3_600_000;

const NUMBERS_PER_LETTER = 99;

/**
 * What a guest is called by, then B-1 and so on, beginning anew each day and after Z-99.
 *
 * @param count the shop's orders of this day so far, this one included
 */
export function orderNumber(count: number): string {
  const letter = Math.floor((count - 1) / NUMBERS_PER_LETTER) % 26;
  return `${String.fromCharCode(65 + letter)}-${((count - 1) % NUMBERS_PER_LETTER) + 1}`;
}

/** The calendar day (YYYY-MM-DD) it is in the shop. */
export function shopDay(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(at);
}
