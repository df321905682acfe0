import { amountOf, type MenuComponent, type MenuItem, money as moneyOf } from '@smile/contract';
import { Button, Icon, Stepper } from '@smile/ui';
import { useState } from 'react';
import { MAX_QUANTITY } from '../basket.ts';
import {
  changePart,
  changesOf,
  type DishState,
  dishOf,
  isLastLeft,
  layersOf,
  partOf,
  pictureOf,
  unitPrice,
} from '../dish.ts';
import { ComponentPicture, DishPicture } from '../drawings/dish-picture.tsx';
import { isLonelyPickle } from '../drawings/stack.tsx';
import { itemOf, useKiosk } from '../kiosk-context.tsx';
import { Shell } from '../shell.tsx';

export function DishScreen() {
  const { state, menu, dispatch } = useKiosk();
  const { screen } = state;
  if (screen.name !== 'dish') return null;
  const item = itemOf(menu, screen.itemId);
  // The dish has left the menu while the guest was looking at it.
  if (!item) return <Shell onBack={() => dispatch({ type: 'back' })}>{null}</Shell>;
  return <DishEditor key={item.id} item={item} lineId={screen.lineId} />;
}

function DishEditor({ item, lineId }: { readonly item: MenuItem; readonly lineId: string | null }) {
  const { state, dispatch, t, name, money } = useKiosk();
  const line = state.basket.find((candidate) => candidate.id === lineId);
  const [dish, setDish] = useState<DishState>(() => dishOf(line?.changes ?? []));
  const [quantity, setQuantity] = useState(line?.quantity ?? 1);
  const changes = changesOf(item, dish);
  const layers = layersOf(item, changes);
  const unit = unitPrice(item, changes);
  const keep = () =>
    dispatch({
      type: 'dish_kept',
      line: { id: line?.id ?? crypto.randomUUID(), itemId: item.id, quantity, changes },
    });
  const last = item.components.length > 1 && layers.length === 1 ? layers[0] : null;
  const lastName = item.components.find((component) => component.id === last?.componentId)?.name;
  return (
    <Shell
      className="dish-screen"
      onBack={() => dispatch({ type: 'back' })}
      action={
        <div className="dish-action">
          <Stepper
            value={quantity}
            min={1}
            max={MAX_QUANTITY}
            onChange={setQuantity}
            lessLabel={t('dish.less')}
            moreLabel={t('dish.more')}
            testId="quantity"
          />
          <Button kind="primary" size="large" wide onPress={keep} testId="add-to-basket">
            <span className="spread">
              <span>{t(line ? 'dish.keep' : 'dish.add')}</span>
              <span data-testid="dish-price">{money(moneyOf(amountOf(unit) * BigInt(quantity), unit.currency))}</span>
            </span>
          </Button>
        </div>
      }
    >
      <div className="dish">
        <section className="dish-show">
          <div className="dish-frame">
            <DishPicture picture={item.picture} layers={layers} label={name(item.name)} />
          </div>
          <h1>{name(item.name)}</h1>
          <p className="soft">{name(item.description)}</p>
          {last && lastName && (
            <p className="joke" data-testid="only-one-left">
              {isLonelyPickle(layers) ? t('dish.onlyPickle') : t('dish.onlyOne', { name: inner(name(lastName)) })}
            </p>
          )}
        </section>
        <section className="dish-parts">
          <header>
            <h2>{t('dish.make')}</h2>
            {changes.length > 0 && (
              <Button kind="quiet" icon="again" onPress={() => setDish({})} testId="dish-reset">
                {t('dish.reset')}
              </Button>
            )}
          </header>
          <ul>
            {item.components.map((component) => (
              <PartRow
                key={component.id}
                component={component}
                dish={dish}
                isLast={isLastLeft(item, dish, component.id)}
                onChange={(change) => setDish((now) => changePart(now, component.id, change))}
              />
            ))}
          </ul>
        </section>
      </div>
    </Shell>
  );
}

/** Within a sentence a name does not begin with a capital. */
function inner(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

type PartRowProps = {
  readonly component: MenuComponent;
  readonly dish: DishState;
  readonly isLast: boolean;
  readonly onChange: (change: { without?: boolean; extra?: number; swapId?: string | null }) => void;
};

function PartRow({ component, dish, isLast, onChange }: PartRowProps) {
  const { t, name, money } = useKiosk();
  const part = partOf(dish, component.id);
  const swap = component.swaps.find((candidate) => candidate.id === part.swapId);
  const canLeaveOut = component.removable && !isLast;
  return (
    <li className={part.without ? 'part part-without' : 'part'} data-testid={`component-${component.id}`}>
      <span className="part-picture">
        <ComponentPicture picture={pictureOf(component, part)} />
      </span>
      <span className="part-words">
        <strong>{name(swap?.name ?? component.name)}</strong>
        {part.without && <small>{t('dish.without')}</small>}
        {!part.without && !component.removable && <small>{t('dish.always')}</small>}
        {!part.without && part.extra > 0 && (
          <small>
            {t('dish.extra')} ×{part.extra}
            {component.extraPrice.amountMinor !== '0' && ` · +${money(component.extraPrice)}`}
          </small>
        )}
        {!part.without && part.extra === 0 && component.maxExtra > 0 && (
          <small>
            {t('dish.extra')}:{' '}
            {component.extraPrice.amountMinor === '0' ? t('dish.free') : `+${money(component.extraPrice)}`}
          </small>
        )}
      </span>
      <span className="part-controls">
        {component.removable && (
          <button
            type="button"
            className="part-button"
            aria-pressed={part.without}
            disabled={!part.without && !canLeaveOut}
            onClick={() => onChange({ without: !part.without })}
            data-testid={`component-${component.id}-${part.without ? 'with' : 'without'}`}
          >
            <Icon name={part.without ? 'again' : 'close'} />
            {t(part.without ? 'dish.with' : 'dish.without')}
          </button>
        )}
        {component.maxExtra > 0 && !part.without && (
          <Stepper
            value={1 + part.extra}
            min={1}
            max={1 + component.maxExtra}
            onChange={(value) => onChange({ extra: value - 1 })}
            lessLabel={t('dish.less')}
            moreLabel={t('dish.more')}
            testId={`component-${component.id}-extra`}
          />
        )}
      </span>
      {component.swaps.length > 0 && !part.without && (
        <span className="part-swaps">
          <button
            type="button"
            className="chip"
            aria-pressed={part.swapId === null}
            onClick={() => onChange({ swapId: null })}
            data-testid={`component-${component.id}-swap-none`}
          >
            {name(component.name)}
          </button>
          {component.swaps.map((option) => (
            <button
              key={option.id}
              type="button"
              className="chip"
              aria-pressed={part.swapId === option.id}
              onClick={() => onChange({ swapId: option.id })}
              data-testid={`component-${component.id}-swap-${option.id}`}
            >
              {name(option.name)}
              {option.priceDelta.amountMinor !== '0' && <em>+{money(option.priceDelta)}</em>}
            </button>
          ))}
        </span>
      )}
    </li>
  );
}
