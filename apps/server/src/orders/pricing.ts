import {
  amountOf,
  type DishChange,
  type Menu,
  type MenuComponent,
  type MenuItem,
  money,
  type NewOrderLine,
  type Text,
} from '@smile/contract';
import { fail, ok, type Result } from '../result.ts';
import type { OrdersErrorCode } from './errors.ts';
import { ORDER_MAX_MINOR, type OrderLine } from './model.ts';

export type PricedOrder = { readonly lines: OrderLine[]; readonly totalMinor: bigint };

/**
 * Prices come from the menu, never from the kiosk. What cannot be made is refused, with the path of the change at
 * fault.
 */
export function priceOrder(menu: Menu, wanted: readonly NewOrderLine[]): Result<PricedOrder, OrdersErrorCode> {
  const lines: OrderLine[] = [];
  let totalMinor = 0n;
  for (const [index, line] of wanted.entries()) {
    const item = menu.items.find((candidate) => candidate.id === line.itemId);
    if (!item) return fail('menu_item_not_found', { param: `lines.${index}.itemId` });
    const priced = priceDish(item, line.changes);
    if (!priced.ok) return { ...priced, param: `lines.${index}.${priced.param}` };
    const lineMinor = priced.value.unitMinor * BigInt(line.quantity);
    totalMinor += lineMinor;
    lines.push({
      itemId: item.id,
      name: item.name,
      quantity: line.quantity,
      changes: priced.value.changes,
      total: money(lineMinor, item.price.currency),
    });
  }
  if (totalMinor === 0n) return fail('order_total_zero', { param: 'lines' });
  if (totalMinor > ORDER_MAX_MINOR) return fail('order_total_too_large', { param: 'lines' });
  return ok({ lines, totalMinor });
}

type PricedDish = { readonly unitMinor: bigint; readonly changes: OrderLine['changes'] };

function priceDish(item: MenuItem, changes: readonly DishChange[]): Result<PricedDish, OrdersErrorCode> {
  let unitMinor = amountOf(item.price);
  const done: OrderLine['changes'] = [];
  const seen = new Map<string, DishChange['change'][]>();
  for (const [index, change] of changes.entries()) {
    const param = `changes.${index}`;
    const component = item.components.find((candidate) => candidate.id === change.componentId);
    if (!component) return fail('component_not_found', { param });
    const before = seen.get(component.id) ?? [];
    if (!fitsWith(change.change, before)) return fail('changes_contradict', { param });
    seen.set(component.id, [...before, change.change]);
    const applied = applyChange(component, change);
    if (!applied.ok) return { ...applied, param };
    unitMinor += applied.value.deltaMinor;
    done.push({ change, text: applied.value.text });
  }
  const left = item.components.filter((component) => !seen.get(component.id)?.includes('without'));
  if (item.components.length > 0 && left.length === 0) return fail('dish_empty', { param: 'changes' });
  return ok({ unitMinor, changes: done });
}

/** A component can be swapped and doubled, but what is left out can be neither, and nothing is done twice. */
function fitsWith(change: DishChange['change'], before: readonly DishChange['change'][]): boolean {
  if (before.includes(change) || before.includes('without')) return false;
  return change !== 'without' || before.length === 0;
}

function applyChange(
  component: MenuComponent,
  change: DishChange,
): Result<{ deltaMinor: bigint; text: Text }, OrdersErrorCode> {
  const { name } = component;
  switch (change.change) {
    case 'without':
      if (!component.removable) return fail('component_not_removable');
      return ok({ deltaMinor: 0n, text: { en: `no ${lowerFirst(name.en)}`, zh: `不要${name.zh}` } });
    case 'extra': {
      if (change.count > component.maxExtra) return fail('extra_limit_exceeded');
      const times = change.count > 1 ? ` ×${change.count}` : '';
      return ok({
        deltaMinor: amountOf(component.extraPrice) * BigInt(change.count),
        text: { en: `extra ${lowerFirst(name.en)}${times}`, zh: `加${name.zh}${times}` },
      });
    }
    case 'swap': {
      const swap = component.swaps.find((candidate) => candidate.id === change.swapId);
      if (!swap) return fail('swap_not_found');
      return ok({
        deltaMinor: amountOf(swap.priceDelta),
        text: {
          en: `${lowerFirst(swap.name.en)} instead of ${lowerFirst(name.en)}`,
          zh: `${name.zh}换成${swap.name.zh}`,
        },
      });
    }
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
