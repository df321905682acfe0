import { amountOf, type DishChange, type Menu, type Money, money, type NewOrderLine } from '@smile/contract';
import { unitPrice } from './dish.ts';

export type BasketLine = {
  readonly id: string;
  readonly itemId: string;
  readonly quantity: number;
  readonly changes: readonly DishChange[];
};

/** Limits of the contract's NewOrderLine and NewOrder. */
export const MAX_QUANTITY = 20;
export const MAX_LINES = 50;

function sameDish(a: Pick<BasketLine, 'itemId' | 'changes'>, b: Pick<BasketLine, 'itemId' | 'changes'>): boolean {
  return a.itemId === b.itemId && JSON.stringify(a.changes) === JSON.stringify(b.changes);
}

/** Puts a dish in; the same dish with the same changes raises the quantity of the line that is there. */
export function putIn(lines: readonly BasketLine[], added: BasketLine): BasketLine[] {
  const at = lines.findIndex((line) => sameDish(line, added));
  if (at >= 0) {
    return lines.map((line, index) =>
      index === at ? { ...line, quantity: Math.min(MAX_QUANTITY, line.quantity + added.quantity) } : line,
    );
  }
  return lines.length >= MAX_LINES ? [...lines] : [...lines, added];
}

/** A changed line keeps its place; one that has become the same as another joins it. */
export function replaceLine(lines: readonly BasketLine[], changed: BasketLine): BasketLine[] {
  const twin = lines.find((line) => line.id !== changed.id && sameDish(line, changed));
  if (twin)
    return putIn(
      lines.filter((line) => line.id !== changed.id),
      changed,
    );
  return lines.map((line) => (line.id === changed.id ? changed : line));
}

/** Zero takes the line out. */
export function withQuantity(lines: readonly BasketLine[], lineId: string, quantity: number): BasketLine[] {
  if (quantity <= 0) return lines.filter((line) => line.id !== lineId);
  return lines.map((line) => (line.id === lineId ? { ...line, quantity: Math.min(MAX_QUANTITY, quantity) } : line));
}

export function dishCount(lines: readonly BasketLine[]): number {
  return lines.reduce((count, line) => count + line.quantity, 0);
}

/** Lines whose dish has left the menu since are dropped: they could not be ordered. */
export function stillOnMenu(lines: readonly BasketLine[], menu: Menu): BasketLine[] {
  return lines.filter((line) => menu.items.some((item) => item.id === line.itemId));
}

export function lineTotal(line: BasketLine, menu: Menu): Money | null {
  const item = menu.items.find((candidate) => candidate.id === line.itemId);
  if (!item) return null;
  const unit = unitPrice(item, line.changes);
  return money(amountOf(unit) * BigInt(line.quantity), unit.currency);
}

/** Null for an empty basket, which has no currency. */
export function basketTotal(lines: readonly BasketLine[], menu: Menu): Money | null {
  let total: Money | null = null;
  for (const line of lines) {
    const part = lineTotal(line, menu);
    if (part) total = total ? money(amountOf(total) + amountOf(part), total.currency) : part;
  }
  return total;
}

export function orderLines(lines: readonly BasketLine[]): NewOrderLine[] {
  return lines.map((line) => ({ itemId: line.itemId, quantity: line.quantity, changes: [...line.changes] }));
}
