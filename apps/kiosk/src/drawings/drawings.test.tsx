import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { Layer } from '../dish.ts';
import {
  CategoryPicture,
  ComponentPicture,
  DishPicture,
  isCategoryDrawn,
  isDishDrawn,
  isDrawn,
} from './dish-picture.tsx';
import { isLonelyPickle, pileOf } from './stack.tsx';

/** What the demo's menus name; see apps/server/src/shops/demo-menus.ts. */
const DISHES =
  'burger double-burger chicken-burger veggie-burger fries sweet-potato-fries nuggets salad cola lemonade water coffee ice-cream beef-noodles dan-dan-noodles wonton-soup veggie-noodles dumplings cucumber-salad jasmine-tea soy-milk mango-pudding'.split(
    ' ',
  );
const CATEGORIES = 'burgers sides drinks sweets noodles small-dishes teas'.split(' ');
const COMPONENTS =
  'bun gluten-free-bun patty veggie-patty chicken-patty cheese vegan-cheese bacon lettuce tomato onion pickle sauce fries sweet-potato-fries nuggets salt ketchup mayo dressing cucumber croutons cola lemonade water coffee milk oat-milk ice lemon mint ice-cream chocolate-sauce sprinkles noodles rice-noodles broth beef tofu egg pak-choi spring-onion chilli-oil peanuts coriander minced-pork wontons dumplings vinegar garlic sesame tea soy-milk sugar mango-pudding'.split(
    ' ',
  );
const layer = (picture: string, count = 1): Layer => ({ componentId: picture, picture, count });

describe('drawings', () => {
  it('are there for everything on the demo’s menus', () => {
    expect(DISHES.filter((name) => !isDishDrawn(name))).toEqual([]);
    expect(CATEGORIES.filter((name) => !isCategoryDrawn(name))).toEqual([]);
    expect(COMPONENTS.filter((name) => !isDrawn(name))).toEqual([]);
  });

  it('show each component differently', () => {
    const drawn = COMPONENTS.map((name) => renderToStaticMarkup(<ComponentPicture picture={name} />));
    expect(new Set(drawn).size).toBe(COMPONENTS.length);
  });

  it('are made up for what nobody has drawn yet, each with its own colour', () => {
    const one = renderToStaticMarkup(<ComponentPicture picture="moon-cheese" />);
    expect(one).not.toBe(renderToStaticMarkup(<ComponentPicture picture="star-cheese" />));
    expect(renderToStaticMarkup(<DishPicture picture="surprise" layers={[layer('moon-cheese')]} />)).toContain('<svg');
    expect(renderToStaticMarkup(<CategoryPicture picture="surprises" />)).toContain('<svg');
  });

  it.each(['beef-noodles', 'salad', 'cola', 'coffee', 'jasmine-tea', 'fries', 'nuggets', 'ice-cream', 'mango-pudding'])(
    'of %s differ with what is in it',
    (dish) => {
      const extras = ['beef', 'tomato', 'ice', 'milk', 'sugar', 'ketchup', 'sprinkles'].map((name) => layer(name));
      expect(sceneOf(dish, extras)).not.toBe(sceneOf(dish, []));
    },
  );
});

/** The drawing alone: the element around it lists its layers, which differ anyway. */
function sceneOf(dish: string, layers: readonly Layer[]): string {
  return renderToStaticMarkup(<DishPicture picture={dish} layers={layers} />).replace(/^<svg[^>]*>/, '');
}

describe('a burger', () => {
  const all = ['bun', 'patty', 'cheese', 'lettuce', 'tomato', 'onion', 'pickle', 'sauce'].map((name) => layer(name));
  const order = (layers: readonly Layer[], patties = 1) => pileOf(layers, patties).map((placed) => placed.key);

  it('stands between two halves of its bun', () => {
    const keys = order(all);
    expect(keys.at(0)).toBe('bun-bottom');
    expect(keys.at(-1)).toBe('bun-top');
    expect(keys).toHaveLength(all.length + 1);
  });

  it('puts cheese on each patty, as far as it goes', () => {
    expect(order([layer('patty', 2), layer('cheese', 2)])).toEqual([
      'patty-patty-0',
      'cheese-cheese-0',
      'patty-patty-1',
      'cheese-cheese-1',
    ]);
  });

  it('has two patties where the dish has two', () => {
    expect(order([layer('patty')], 2)).toHaveLength(2);
  });

  it('finds a place for what it does not know', () => {
    expect(order([layer('bun'), layer('moon-cheese')])).toEqual(['bun-bottom', 'moon-cheese-moon-cheese-0', 'bun-top']);
  });

  it('smiles when only the pickle is left', () => {
    expect(isLonelyPickle([layer('pickle')])).toBe(true);
    expect(isLonelyPickle([layer('pickle', 2)])).toBe(false);
    expect(isLonelyPickle(all)).toBe(false);
  });
});
