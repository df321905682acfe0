import { Button, Icon, SmileMark } from '@smile/ui';
import { useState } from 'react';
import { dishCount } from '../basket.ts';
import { layersOf } from '../dish.ts';
import { DishPicture } from '../drawings/dish-picture.tsx';
import { itemOf, useKiosk } from '../kiosk-context.tsx';
import { Message, Shell, useCountdown } from '../shell.tsx';
import { PIN_LENGTH, PinPad } from './numbers.tsx';

/** Amount and shop, before anything is charged. Only the tap here moves money. */
export function ConfirmScreen() {
  const { state, actions, t, money } = useKiosk();
  const payment = state.attempt?.payment;
  const waits = useCountdown(state.notice?.retryAfterMs ?? null, state.notice) > 0;
  const [pin, setPin] = useState('');
  if (!payment) return null;
  const pinMissing = payment.pinRequired && pin.length < PIN_LENGTH;
  const poor = state.notice?.code === 'insufficient_funds';
  return (
    <Shell
      title={t('confirm.title')}
      className={payment.pinRequired ? 'confirm-screen number-screen' : 'confirm-screen'}
      onBack={() => actions.leavePayment()}
      action={
        <div className="pay-actions">
          {!payment.pinRequired && <Message />}
          {poor && (
            <Button icon="wallet" wide onPress={() => actions.join('confirm')} testId="top-up">
              {t('confirm.topUp')}
            </Button>
          )}
          <Button
            kind="primary"
            size="large"
            wide
            disabled={waits || pinMissing}
            onPress={() => void actions.confirm(payment.pinRequired ? pin : undefined)}
            testId="pay"
          >
            {t('confirm.pay', { amount: money(payment.amount) })}
          </Button>
          {!payment.pinRequired && (
            <Button kind="quiet" wide onPress={() => actions.leavePayment()} testId="not-now">
              {t('confirm.cancel')}
            </Button>
          )}
        </div>
      }
    >
      <div className="confirm">
        <Bill />
        {payment.faceOutdated && (
          <p className="soft" data-testid="face-outdated">
            {t('confirm.faceOutdated')}
          </p>
        )}
        {payment.pinRequired && (
          <section className="confirm-pin" data-testid="pin-required" data-reason={payment.pinReason ?? ''}>
            <h2>{t('confirm.pinTitle')}</h2>
            <p className="soft">{t(`confirm.pin.${payment.pinReason ?? 'risk'}`)}</p>
            <PinPad digits={pin} onChange={setPin} hidden disabled={waits} testId="pin-entry" />
          </section>
        )}
      </div>
    </Shell>
  );
}

function Bill() {
  const { state, menu, t, name, money } = useKiosk();
  const payment = state.attempt?.payment;
  const order = state.attempt?.order;
  if (!payment) return null;
  return (
    <section className="bill card">
      <p className="bill-amount" data-testid="amount">
        {money(payment.amount)}
      </p>
      <p className="bill-shop" data-testid="shop">
        {t('confirm.to', { shop: payment.shopName })}
      </p>
      {payment.payerHint && (
        <p className="bill-payer" data-testid="payer">
          <Icon name="wallet" /> {t('confirm.from', { hint: payment.payerHint })}
        </p>
      )}
      <hr />
      <p className="soft small">{t('confirm.items', { count: dishCount(state.basket) })}</p>
      <ul className="bill-lines">
        {(order?.lines ?? []).map((line, index) => {
          const item = itemOf(menu, line.itemId);
          return (
            <li key={index}>
              {item && (
                <DishPicture
                  picture={item.picture}
                  layers={layersOf(
                    item,
                    line.changes.map((entry) => entry.change),
                  )}
                />
              )}
              <span>
                <strong>
                  {line.quantity} × {name(line.name)}
                </strong>
                {line.changes.length > 0 && <small>{line.changes.map((entry) => name(entry.text)).join(' · ')}</small>}
              </span>
              <span className="price">{money(line.total)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

export function PayingScreen() {
  const { state, t } = useKiosk();
  const lost = state.notice !== null;
  return (
    <Shell bare>
      <div className="nothing" aria-busy="true">
        <span className="cooking">
          <SmileMark size="9rem" />
        </span>
        <h1>{t('paying.title')}</h1>
        {lost ? (
          <p className="message" role="alert" data-testid="message" data-code="network_error">
            <Icon name="offline" size="2rem" />
            {t('paying.lost')}
          </p>
        ) : (
          <p className="soft">{t('paying.stay')}</p>
        )}
      </div>
    </Shell>
  );
}
