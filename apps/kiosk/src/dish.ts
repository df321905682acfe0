import {
  amountOf,
  type DishChange,
  type MenuComponent,
  type MenuItem,
  type Money,
  money,
  type Text,
} from '@smile/contract';

/** What a guest has done to one component of a dish. */
export type PartState = { readonly without: boolean; readonly extra: number; readonly swapId: string | null };
/** By component id; a component that is not in it is as the menu has it. */
export type DishState = Readonly<Record<string, PartState>>;

/** One thing to draw: the picture's name, how many of it, and the component it came from. */
export type Layer = { readonly componentId: string; readonly picture: string; readonly count: number };

const UNTOUCHED: PartState = { without: false, extra: 0, swapId: null };

export function partOf(dish: DishState, componentId: string): PartState {
  return dish[componentId] ?? UNTOUCHED;
}

export function changePart(dish: DishState, componentId: string, change: Partial<PartState>): DishState {
  const next = { ...partOf(dish, componentId), ...change };
  // What is left out can be neither doubled nor swapped: the server refuses both together.
  return { ...dish, [componentId]: next.without ? { ...UNTOUCHED, without: true } : next };
}

/** The changes as the contract wants them, in the menu's order. */
export function changesOf(item: MenuItem, dish: DishState): DishChange[] {
  return item.components.flatMap((component): DishChange[] => {
    const part = partOf(dish, component.id);
    const componentId = component.id;
    if (part.without) return [{ change: 'without', componentId }];
    const changes: DishChange[] = [];
    if (part.swapId !== null) changes.push({ change: 'swap', componentId, swapId: part.swapId });
    if (part.extra > 0) changes.push({ change: 'extra', componentId, count: part.extra });
    return changes;
  });
}

/** The other way round, for a dish that is taken out of the basket to be changed again. */
export function dishOf(changes: readonly DishChange[]): DishState {
  let dish: DishState = {};
  for (const change of changes) {
    if (change.change === 'without') dish = changePart(dish, change.componentId, { without: true });
    else if (change.change === 'extra') dish = changePart(dish, change.componentId, { extra: change.count });
    else dish = changePart(dish, change.componentId, { swapId: change.swapId });
  }
  return dish;
}

/** Price of one such dish. The server prices anew and has the last word; the guest sees its total before paying. */
export function unitPrice(item: MenuItem, changes: readonly DishChange[]): Money {
  let totalMinor = amountOf(item.price);
  for (const change of changes) {
    const component = item.components.find((candidate) => candidate.id === change.componentId);
    if (!component) continue;
    if (change.change === 'extra') totalMinor += amountOf(component.extraPrice) * BigInt(change.count);
    if (change.change === 'swap') {
      const swap = component.swaps.find((candidate) => candidate.id === change.swapId);
      if (swap) totalMinor += amountOf(swap.priceDelta);
    }
  }
  return money(totalMinor, item.price.currency);
}

/** What is to be drawn of a dish, in the menu's order, without what was left out. */
export function layersOf(item: MenuItem, changes: readonly DishChange[]): Layer[] {
  const dish = dishOf(changes);
  return item.components
    .filter((component) => !partOf(dish, component.id).without)
    .map((component) => {
      const part = partOf(dish, component.id);
      return { componentId: component.id, picture: pictureOf(component, part), count: 1 + part.extra };
    });
}

export function pictureOf(component: MenuComponent, part: PartState): string {
  return component.swaps.find((swap) => swap.id === part.swapId)?.picture ?? component.picture;
}

/** Whether this one is all that is left: it cannot go too, since the kitchen will not serve an empty plate. */
export function isLastLeft(item: MenuItem, dish: DishState, componentId: string): boolean {
  return item.components.every((component) => (component.id === componentId) !== partOf(dish, component.id).without);
}

/** A change in words, as the basket lists it. `word` says "no", "extra" and "instead of" in the guest's language. */
export function changeText(
  item: MenuItem,
  change: DishChange,
  word: {
    without: (name: Text) => string;
    extra: (name: Text, count: number) => string;
    swap: (name: Text, instead: Text) => string;
  },
): string {
  const component = item.components.find((candidate) => candidate.id === change.componentId);
  if (!component) return '';
  if (change.change === 'without') return word.without(component.name);
  if (change.change === 'extra') return word.extra(component.name, change.count);
  const swap = component.swaps.find((candidate) => candidate.id === change.swapId);
  return swap ? word.swap(component.name, swap.name) : '';
}
