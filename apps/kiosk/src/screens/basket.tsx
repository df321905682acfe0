import type { DishChange, MenuItem } from '@smile/contract';
import { Button, IconButton, Stepper } from '@smile/ui';
import { type BasketLine, basketTotal, lineTotal, MAX_QUANTITY } from '../basket.ts';
import { changeText, layersOf } from '../dish.ts';
import { DishPicture } from '../drawings/dish-picture.tsx';
import { itemOf, type Kiosk, useKiosk, type Wording } from '../kiosk-context.tsx';
import { Message, Shell } from '../shell.tsx';

export function changeWords({ t, name }: Wording, item: MenuItem, change: DishChange): string {
  const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
  return changeText(item, change, {
    without: (part) => t('change.without', { name: lower(name(part)) }),
    extra: (part, count) =>
      count > 1
        ? t('change.extraTimes', { name: lower(name(part)), times: count })
        : t('change.extra', { name: lower(name(part)) }),
    swap: (part, instead) => t('change.swap', { name: lower(name(part)), instead: lower(name(instead)) }),
  });
}

export function BasketScreen() {
  const kiosk = useKiosk();
  const { state, menu, dispatch, actions, device, t, money } = kiosk;
  const total = basketTotal(state.basket, menu);
  const cameraReady = device.camera.state === 'ready';
  if (state.basket.length === 0 || !total) return <EmptyBasket kiosk={kiosk} />;
  return (
    <Shell
      title={t('basket.title')}
      subtitle={t(state.serving === 'here' ? 'basket.here' : 'basket.toGo')}
      onBack={() => dispatch({ type: 'back' })}
      action={
        <div className="pay-actions">
          <Message />
          {!cameraReady && (
            <p className="hint-line" data-testid="camera-missing">
              {t('basket.noCamera')}
            </p>
          )}
          <p className="total">
            <span>{t('basket.total')}</span>
            <strong data-testid="total">{money(total)}</strong>
          </p>
          {cameraReady ? (
            <>
              <Button
                kind="primary"
                size="large"
                icon="smile"
                wide
                onPress={() => void actions.pay('face')}
                testId="smile-to-pay"
              >
                {t('basket.pay')}
              </Button>
              <p className="hint-line">{t('basket.payHint')}</p>
              <div className="pair">
                <Button icon="phone" onPress={() => void actions.pay('pin')} testId="other-way">
                  {t('basket.other')}
                </Button>
                <Button icon="wallet" onPress={() => actions.join('basket')} testId="join">
                  {t('basket.join')}
                </Button>
              </div>
            </>
          ) : (
            <>
              <Button
                kind="primary"
                size="large"
                icon="phone"
                wide
                onPress={() => void actions.pay('pin')}
                testId="other-way"
              >
                {t('basket.otherOnly')}
              </Button>
              <Button icon="wallet" wide onPress={() => actions.join('basket')} testId="join">
                {t('basket.join')}
              </Button>
            </>
          )}
        </div>
      }
    >
      <ul className="lines">
        {state.basket.map((line) => (
          <Line key={line.id} line={line} />
        ))}
        <li className="lines-more">
          <Button icon="plus" wide onPress={() => dispatch({ type: 'back' })} testId="add-more">
            {t('basket.more')}
          </Button>
        </li>
      </ul>
    </Shell>
  );
}

function EmptyBasket({ kiosk }: { readonly kiosk: Kiosk & Wording }) {
  const { dispatch, t } = kiosk;
  return (
    <Shell
      title={t('basket.title')}
      onBack={() => dispatch({ type: 'back' })}
      action={
        <Button kind="primary" size="large" wide onPress={() => dispatch({ type: 'back' })} testId="to-menu">
          {t('basket.toMenu')}
        </Button>
      }
    >
      <div className="nothing" data-testid="basket-empty">
        <svg viewBox="0 0 240 200" aria-hidden="true">
          <ellipse cx="120" cy="150" rx="104" ry="20" fill="#fffdf7" />
          <ellipse cx="120" cy="146" rx="74" ry="12" fill="#f1e6d0" />
          <path d="M92 138c10 12 46 12 56 0" stroke="#d3472c" strokeWidth="7" fill="none" strokeLinecap="round" />
          <path d="M104 118v5M136 118v5" stroke="#1e3a34" strokeWidth="9" strokeLinecap="round" />
        </svg>
        <h2>{t('basket.empty')}</h2>
        <p className="soft">{t('basket.emptyHint')}</p>
      </div>
    </Shell>
  );
}

function Line({ line }: { readonly line: BasketLine }) {
  const kiosk = useKiosk();
  const { menu, dispatch, t, name, money } = kiosk;
  const item = itemOf(menu, line.itemId);
  const total = lineTotal(line, menu);
  if (!item || !total) return null;
  const setQuantity = (quantity: number) => dispatch({ type: 'quantity_changed', lineId: line.id, quantity });
  return (
    <li className="card line" data-testid="basket-line" data-item={item.id}>
      <span className="line-picture">
        <DishPicture picture={item.picture} layers={layersOf(item, line.changes)} />
      </span>
      <span className="line-words">
        <strong>{name(item.name)}</strong>
        {line.changes.length > 0 && (
          <small>{line.changes.map((change) => changeWords(kiosk, item, change)).join(' · ')}</small>
        )}
      </span>
      <span className="price line-price">{money(total)}</span>
      <span className="line-tools">
        {item.components.length > 0 && (
          <Button kind="quiet" onPress={() => dispatch({ type: 'line_opened', lineId: line.id })} testId="edit-line">
            {t('basket.edit')}
          </Button>
        )}
        <IconButton icon="close" label={t('basket.remove')} onPress={() => setQuantity(0)} testId="remove-line" />
        <Stepper
          value={line.quantity}
          min={1}
          max={MAX_QUANTITY}
          onChange={setQuantity}
          lessLabel={t('dish.less')}
          moreLabel={t('dish.more')}
          testId="line-quantity"
        />
      </span>
    </li>
  );
}
