import { money } from '@smile/contract';
import { describe, expect, it } from 'vitest';
import { smallMenu } from '../dev/demo-menu.ts';
import {
  type BasketLine,
  basketTotal,
  dishCount,
  MAX_QUANTITY,
  orderLines,
  putIn,
  replaceLine,
  withQuantity,
} from './basket.ts';

const line = (id: string, change: Partial<BasketLine> = {}): BasketLine => ({
  id,
  itemId: 'itm_testburger',
  quantity: 1,
  changes: [],
  ...change,
});
const noBun = { change: 'without', componentId: 'bun' } as const;

describe('the basket', () => {
  it('counts the same dish up instead of listing it twice', () => {
    const lines = putIn(putIn([], line('a')), line('b', { quantity: 2 }));
    expect(lines).toEqual([line('a', { quantity: 3 })]);
    expect(dishCount(lines)).toBe(3);
  });

  it('keeps a changed dish apart', () => {
    expect(putIn([line('a')], line('b', { changes: [noBun] }))).toHaveLength(2);
  });

  it('joins lines that have become the same', () => {
    const lines = [line('a'), line('b', { changes: [noBun] })];
    expect(replaceLine(lines, line('b'))).toEqual([line('a', { quantity: 2 })]);
    expect(replaceLine(lines, line('b', { quantity: 4, changes: [noBun] }))[1].quantity).toBe(4);
  });

  it('takes a line out at zero and stops at the limit of an order', () => {
    expect(withQuantity([line('a')], 'a', 0)).toEqual([]);
    expect(withQuantity([line('a')], 'a', 99)[0].quantity).toBe(MAX_QUANTITY);
  });

  it('adds up what the server will ask for', () => {
    const lines = [line('a', { quantity: 2 }), line('b', { itemId: 'itm_testcola0' })];
    expect(basketTotal(lines, smallMenu)).toEqual(money(890n * 2n + 320n, 'EUR'));
    expect(basketTotal([], smallMenu)).toBeNull();
    expect(orderLines(lines)[0]).toEqual({ itemId: 'itm_testburger', quantity: 2, changes: [] });
  });

  it('does not count what has left the menu', () => {
    expect(basketTotal([line('a', { itemId: 'itm_gone0000' })], smallMenu)).toBeNull();
  });
});
