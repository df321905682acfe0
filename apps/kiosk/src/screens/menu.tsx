import type { MenuItem } from '@smile/contract';
import { Button } from '@smile/ui';
import { useState } from 'react';
import { basketTotal, dishCount } from '../basket.ts';
import { layersOf } from '../dish.ts';
import { CategoryPicture, DishPicture } from '../drawings/dish-picture.tsx';
import { useKiosk } from '../kiosk-context.tsx';
import { Shell } from '../shell.tsx';

export function MenuScreen() {
  const { menu, state, dispatch, t, name, money } = useKiosk();
  const [chosen, setChosen] = useState<string | null>(null);
  // The menu may have been changed while it was being read.
  const categoryId = (menu.categories.find(({ id }) => id === chosen) ?? menu.categories[0])?.id ?? '';
  const count = dishCount(state.basket);
  const total = basketTotal(state.basket, menu);
  return (
    <Shell
      title={t('menu.title')}
      subtitle={t('menu.change')}
      onBack={() => dispatch({ type: 'back' })}
      action={
        <Button
          kind="primary"
          size="large"
          icon="basket"
          wide
          disabled={count === 0}
          onPress={() => dispatch({ type: 'basket_opened' })}
          testId="open-basket"
        >
          <span className="spread">
            <span>{count === 0 ? t('menu.emptyBasket') : t('menu.toBasket', { count })}</span>
            {total && <span data-testid="basket-total">{money(total)}</span>}
          </span>
        </Button>
      }
    >
      <div className="menu">
        <nav className="categories">
          {menu.categories.map((category) => (
            <button
              key={category.id}
              type="button"
              className="category"
              aria-pressed={category.id === categoryId}
              onClick={() => setChosen(category.id)}
              data-testid={`category-${category.id}`}
            >
              <CategoryPicture picture={category.picture} />
              <span>{name(category.name)}</span>
            </button>
          ))}
        </nav>
        <div className="cards" key={categoryId}>
          {menu.items
            .filter((item) => item.category === categoryId)
            .map((item) => (
              <DishCard key={item.id} item={item} onOpen={() => dispatch({ type: 'dish_opened', itemId: item.id })} />
            ))}
        </div>
      </div>
    </Shell>
  );
}

function DishCard({ item, onOpen }: { readonly item: MenuItem; readonly onOpen: () => void }) {
  const { t, name, money } = useKiosk();
  const tags = item.tags.filter((tag) => !(tag === 'vegetarian' && item.tags.includes('vegan')));
  return (
    <button type="button" className="card dish-card" onClick={onOpen} data-testid={`item-${item.id}`}>
      <span className="dish-card-picture">
        <DishPicture picture={item.picture} layers={layersOf(item, [])} />
      </span>
      <span className="tags">
        {tags.map((tag) => (
          <span key={tag} className={`tag tag-${tag}`}>
            {t(`menu.${tag}`)}
          </span>
        ))}
      </span>
      <strong className="dish-card-name">{name(item.name)}</strong>
      <span className="dish-card-text">{name(item.description)}</span>
      <span className="price">{money(item.price)}</span>
    </button>
  );
}
