import { Button, Icon } from '@smile/ui';
import QRCode from 'qrcode';
import { useEffect, useState } from 'react';
import { useKiosk } from '../kiosk-context.tsx';
import { Shell, useCountdown } from '../shell.tsx';

const RETURN_MS = 20_000;

export function DoneScreen() {
  const { state, actions, device, t, money } = useKiosk();
  const seconds = useCountdown(RETURN_MS, 'begun');
  useEffect(() => {
    const timer = setTimeout(() => actions.startOver(), RETURN_MS);
    return () => clearTimeout(timer);
  }, []);
  const { order, payment } = state.attempt ?? {};
  if (!order || !payment) return null;
  const receiptUrl = payment.receiptUrl ? new URL(payment.receiptUrl, device.serverUrl).href : null;
  return (
    <Shell bare className="done-screen">
      <div className="done">
        <div className="done-cheer">
          <svg viewBox="0 0 200 200" className="done-mark" aria-hidden="true">
            <circle cx="100" cy="100" r="92" fill="#f5b83d" />
            <ellipse cx="72" cy="80" rx="9" ry="13" fill="#1e3a34" />
            <ellipse cx="128" cy="80" rx="9" ry="13" fill="#1e3a34" />
            <path className="done-smile" d="M48 112C60 146 86 158 106 150 130 142 146 122 154 96" pathLength="100" />
          </svg>
          <h1>{t('done.title')}</h1>
          <p className="soft">
            {money(payment.amount)} · {t('done.kitchen')}
          </p>
        </div>
        <section className="done-number">
          <p>{t('done.number')}</p>
          <strong data-testid="order-number">{order.number}</strong>
        </section>
        {receiptUrl && (
          <section className="card done-receipt">
            <ReceiptCode url={receiptUrl} />
            <div>
              <h2>{t('done.receipt')}</h2>
              <p className="soft">{t('done.receiptHint')}</p>
              <p className="small">
                <Icon name="shield" /> {t('done.notMe')}
              </p>
            </div>
          </section>
        )}
        <div className="done-end">
          <p className="soft">{t('done.returning', { seconds })}</p>
          <Button size="large" wide onPress={() => actions.startOver()} testId="next-guest">
            {t('done.next')}
          </Button>
        </div>
      </div>
    </Shell>
  );
}

function ReceiptCode({ url }: { readonly url: string }) {
  const { device } = useKiosk();
  const [svg, setSvg] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    void QRCode.toString(url, {
      type: 'svg',
      margin: 1,
      errorCorrectionLevel: 'M',
      color: { dark: '#1e3a34', light: '#fffcf5' },
    }).then((text) => {
      if (!gone) setSvg(text);
    });
    return () => {
      gone = true;
    };
  }, [url]);
  const code = svg && <img src={`data:image/svg+xml;utf8,${encodeURIComponent(svg)}`} alt={url} />;
  // A guest must not be able to leave the counter's page; at a demo one wants to look.
  if (!device.simulated) return <div className="qr">{code}</div>;
  return (
    <a className="qr" href={url} target="_blank" rel="noreferrer" data-testid="receipt-link">
      {code}
    </a>
  );
}
