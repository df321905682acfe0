import type { DishChange, NewOrderLine } from '@smile/contract';
import { describe, expect, it } from 'vitest';
import { burgerMenu, noodleMenu } from '../shops/demo-menus.ts';
import { priceOrder } from './pricing.ts';

const BURGER = 'itm_sunny0burger';
const line = (changes: DishChange[] = [], more: Partial<NewOrderLine> = {}): NewOrderLine => ({
  itemId: BURGER,
  quantity: 1,
  changes,
  ...more,
});
const price = (...lines: NewOrderLine[]) => priceOrder(burgerMenu, lines);
const without = (componentId: string): DishChange => ({ change: 'without', componentId });
const extra = (componentId: string, count: number): DishChange => ({ change: 'extra', componentId, count });
const swap = (componentId: string, swapId: string): DishChange => ({ change: 'swap', componentId, swapId });

describe('prices', () => {
  it('are the menu’s, times the quantity', () => {
    expect(price(line(), line([], { quantity: 3 }))).toMatchObject({ value: { totalMinor: 890n * 4n } });
  });

  it('rise with extras and swaps, and stay when something is left out', () => {
    const changes = [extra('cheese', 2), swap('bun', 'gluten-free-bun'), without('onion')];
    expect(price(line(changes, { quantity: 2 }))).toMatchObject({ value: { totalMinor: 2n * (890n + 200n + 120n) } });
  });

  it('tell the kitchen each change in both languages', () => {
    const priced = price(line([without('bun'), extra('pickle', 2), swap('patty', 'veggie-patty')]));
    expect(priced.ok && priced.value.lines[0].changes.map(({ text }) => text)).toEqual([
      { en: 'no sesame bun', zh: '不要芝麻面包' },
      { en: 'extra pickle ×2', zh: '加酸黄瓜 ×2' },
      { en: 'veggie patty instead of beef patty', zh: '牛肉饼换成素肉饼' },
    ]);
  });

  it('let everything go but the pickle', () => {
    const all = burgerMenu.items[0].components.map(({ id }) => id);
    const onlyPickle = all.filter((id) => id !== 'pickle').map(without);
    expect(price(line(onlyPickle))).toMatchObject({ ok: true, value: { totalMinor: 890n } });
    expect(price(line(all.map(without)))).toMatchObject({ code: 'dish_empty', param: 'lines.0.changes' });
  });

  it.each<[string, DishChange[]]>([
    ['component_not_found', [without('diamond')]],
    ['extra_limit_exceeded', [extra('cheese', 4)]],
    ['extra_limit_exceeded', [extra('bun', 1)]],
    ['swap_not_found', [swap('bun', 'caviar')]],
    ['changes_contradict', [without('cheese'), extra('cheese', 1)]],
    ['changes_contradict', [extra('cheese', 1), without('cheese')]],
    ['changes_contradict', [extra('cheese', 2), extra('cheese', 2)]],
  ])('%s: what the kitchen cannot make is refused', (code, changes) => {
    const param = `lines.1.changes.${changes.length - 1}`;
    expect(price(line(), line(changes))).toMatchObject({ ok: false, code, param });
  });

  it('refuse what the menu has not, what cannot be left out, and whole banquets', () => {
    expect(price(line([], { itemId: 'itm_nothing00' }))).toMatchObject({ code: 'menu_item_not_found' });
    expect(price(line([without('fries')], { itemId: 'itm_sunny0fries' }))).toMatchObject({
      code: 'component_not_removable',
    });
    expect(price(...Array.from({ length: 12 }, () => line([], { quantity: 20 })))).toMatchObject({
      code: 'order_total_too_large',
    });
  });
});

it('every dish of both demo menus can be ordered as it is and with each of its changes', () => {
  for (const menu of [burgerMenu, noodleMenu]) {
    for (const item of menu.items) {
      const changes: DishChange[][] = [
        [],
        ...item.components.flatMap((component) => [
          ...(component.removable && item.components.length > 1 ? [[without(component.id)]] : []),
          ...(component.maxExtra > 0 ? [[extra(component.id, component.maxExtra)]] : []),
          ...component.swaps.map(({ id }) => [swap(component.id, id)]),
        ]),
      ];
      for (const change of changes) {
        expect(priceOrder(menu, [line(change, { itemId: item.id })]), item.id).toMatchObject({ ok: true });
      }
    }
  }
});
