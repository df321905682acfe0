import { DishChangeSchema, type MenuItem, money } from '@smile/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smallMenu } from '../dev/demo-menu.ts';
import { changePart, changesOf, type DishState, dishOf, isLastLeft, layersOf, unitPrice } from './dish.ts';

const burger = smallMenu.items[0];

describe('changing a dish', () => {
  it('leaves everything as the menu has it at first', () => {
    expect(changesOf(burger, {})).toEqual([]);
    expect(unitPrice(burger, [])).toEqual(money(890n, 'EUR'));
    expect(layersOf(burger, []).map((layer) => layer.picture)).toEqual(['bun', 'patty', 'cheese', 'pickle']);
  });

  it('draws and prices what was swapped, doubled and left out', () => {
    let dish: DishState = {};
    dish = changePart(dish, 'bun', { swapId: 'gluten-free-bun' });
    dish = changePart(dish, 'cheese', { extra: 2 });
    dish = changePart(dish, 'pickle', { without: true });
    const changes = changesOf(burger, dish);
    expect(changes).toEqual([
      { change: 'swap', componentId: 'bun', swapId: 'gluten-free-bun' },
      { change: 'extra', componentId: 'cheese', count: 2 },
      { change: 'without', componentId: 'pickle' },
    ]);
    expect(unitPrice(burger, changes)).toEqual(money(890n + 120n + 200n, 'EUR'));
    expect(layersOf(burger, changes)).toEqual([
      { componentId: 'bun', picture: 'gluten-free-bun', count: 1 },
      { componentId: 'patty', picture: 'patty', count: 1 },
      { componentId: 'cheese', picture: 'cheese', count: 3 },
    ]);
  });

  it('forgets extra and swap of what is left out, and does not bring them back with it', () => {
    let dish = changePart({}, 'patty', { extra: 2, swapId: 'veggie-patty' });
    dish = changePart(dish, 'patty', { without: true });
    expect(changesOf(burger, dish)).toEqual([{ change: 'without', componentId: 'patty' }]);
    expect(changesOf(burger, changePart(dish, 'patty', { without: false }))).toEqual([]);
  });

  it('knows when only the pickle is left', () => {
    let dish: DishState = {};
    for (const id of ['bun', 'patty', 'cheese']) dish = changePart(dish, id, { without: true });
    expect(isLastLeft(burger, dish, 'pickle')).toBe(true);
    expect(isLastLeft(burger, dish, 'cheese')).toBe(false);
    expect(isLastLeft(burger, {}, 'pickle')).toBe(false);
  });

  it('makes only changes the server can take, and finds them again in the basket', () => {
    fc.assert(
      fc.property(anyDish(burger), (dish) => {
        const changes = changesOf(burger, dish);
        for (const change of changes) expect(DishChangeSchema.safeParse(change).success).toBe(true);
        for (const component of burger.components) {
          const kinds = changes.filter((change) => change.componentId === component.id).map((change) => change.change);
          expect(new Set(kinds).size).toBe(kinds.length);
          if (kinds.includes('without')) expect(kinds).toEqual(['without']);
        }
        expect(changesOf(burger, dishOf(changes))).toEqual(changes);
      }),
    );
  });
});

/** Any sequence of taps on the controls of a dish. */
function anyDish(item: MenuItem): fc.Arbitrary<DishState> {
  const tap = fc.constantFrom(...item.components).chain((component) =>
    fc.oneof(
      fc.boolean().map((without) => ({ id: component.id, change: { without } })),
      fc.integer({ min: 0, max: component.maxExtra }).map((extra) => ({ id: component.id, change: { extra } })),
      fc
        .constantFrom(null, ...component.swaps.map((swap) => swap.id))
        .map((swapId) => ({ id: component.id, change: { swapId } })),
    ),
  );
  return fc.array(tap, { maxLength: 20 }).map((taps) => {
    let dish: DishState = {};
    // As on the screen, a part that is left out has no controls but to be taken back.
    for (const { id, change } of taps)
      if (!dish[id]?.without || 'without' in change) dish = changePart(dish, id, change);
    return dish;
  });
}
