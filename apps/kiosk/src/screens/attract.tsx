import { Icon, LanguageSwitch, SmileMark } from '@smile/ui';
import { useEffect, useState } from 'react';
import { layersOf } from '../dish.ts';
import { DishPicture } from '../drawings/dish-picture.tsx';
import { useKiosk } from '../kiosk-context.tsx';

const NEXT_DISH_MS = 4_000;

/** Tap anywhere. Language and joining have places of their own. */
export function AttractScreen() {
  const { menu, shop, state, dispatch, actions, device, t, name } = useKiosk();
  const shown = menu.items.filter((item) => item.tags.includes('popular'));
  const dishes = shown.length > 0 ? shown : menu.items;
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((now) => now + 1), NEXT_DISH_MS);
    return () => clearInterval(timer);
  }, []);
  const dish = dishes[turn % Math.max(1, dishes.length)];
  return (
    <div className="screen screen-attract" data-testid="screen" data-screen="attract">
      <button type="button" className="attract" onClick={() => dispatch({ type: 'begin' })} data-testid="start">
        <span className="attract-brand">
          <SmileMark size="3.4rem" />
          {t('brand.name')}
        </span>
        <span className="attract-stage" aria-hidden="true">
          <span className="attract-sun" />
          {dish && (
            <span className="attract-dish" key={dish.id}>
              <DishPicture picture={dish.picture} layers={layersOf(dish, [])} />
            </span>
          )}
        </span>
        <span className="attract-words">
          <span className="attract-shop">
            {shop.merchantName} · {shop.name}
          </span>
          <span className="attract-title">{t('attract.title')}</span>
          <span className="attract-subtitle">{t('attract.subtitle')}</span>
          <span className="attract-go">
            {t('attract.begin')}
            <Icon name="forward" />
          </span>
          {dish && <span className="visually-hidden">{name(dish.name)}</span>}
        </span>
      </button>
      <footer className="attract-bar">
        <LanguageSwitch
          value={state.language}
          label={t('bar.language')}
          onChange={(language) => dispatch({ type: 'language_chosen', language })}
        />
        <button type="button" className="attract-join" onClick={() => actions.join('attract')} data-testid="join">
          <Icon name="smile" size="2.2rem" />
          <span>
            <strong>{t('attract.join')}</strong>
            <small>{t('attract.joinHint')}</small>
          </span>
        </button>
        <p className="attract-promise">
          <Icon name="shield" /> {t('attract.promise')}
          {device.simulated && (
            <a className="demo-badge" href="/stage" target="_blank" rel="noreferrer" data-testid="demo-camera">
              {t('brand.camera')}
            </a>
          )}
        </p>
      </footer>
    </div>
  );
}
