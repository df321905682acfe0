/**
 * Walks through the built kiosk before the fake terminal in a real Chromium and keeps a picture of every screen:
 * `npm run look -w apps/kiosk -- FOLDER [MENU.json]`. For eyes, not a test; the tests are beside the code.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Language, Menu } from '@smile/contract';
import { chromium, type Page } from 'playwright-core';
import { smallMenu } from './demo-menu.ts';
import { type FakeTerminal, GUEST, STRAIGHT, startFakeTerminal } from './fake-terminal.ts';

const SIZES = { portrait: { width: 1080, height: 1920 }, laptop: { width: 1440, height: 900 } } as const;
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const [folder = 'artifacts/kiosk', menuFile, only] = process.argv.slice(2);
const menu: Menu = menuFile ? JSON.parse(readFileSync(menuFile, 'utf8')) : smallMenu;
mkdirSync(folder, { recursive: true });

const terminal = await startFakeTerminal({
  menu,
  merchantName: 'Sunny Side',
  shopName: 'Harbour Street',
  distDir: join(import.meta.dirname, '..', 'dist'),
});
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
try {
  for (const size of ['portrait', 'laptop'] as const) {
    for (const language of ['en', 'zh'] as const) {
      if (only && `${size}-${language}` !== only) continue;
      terminal.bend(STRAIGHT);
      const context = await browser.newContext({ viewport: SIZES[size] });
      const page = await context.newPage();
      page.on('console', (message) => message.type() === 'error' && console.log('console:', message.text()));
      page.on('pageerror', (error) => console.log('page error:', error.message));
      await walk(page, terminal, language, `${size}-${language}`);
      await context.close();
    }
  }
} finally {
  await browser.close();
  await terminal.close();
}

async function walk(page: Page, terminal: FakeTerminal, language: Language, prefix: string): Promise<void> {
  let taken = 0;
  const tap = (testId: string) => page.getByTestId(testId).first().click();
  const digits = async (text: string) => {
    for (const digit of text) await tap(`keypad-${digit}`);
  };
  const shot = async (name: string) => {
    taken += 1;
    await page.waitForTimeout(650);
    if (prefix.startsWith('portrait')) await complainOfSmallTargets(page, name);
    await page.screenshot({ path: join(folder, `${prefix}-${String(taken).padStart(2, '0')}-${name}.png`) });
  };
  const screen = (name: string) => page.locator(`[data-screen="${name}"]`).waitFor({ timeout: 8_000 });

  await page.goto(terminal.url);
  await screen('attract');
  await tap(`language-${language}`);
  await shot('attract');
  await page.getByTestId('start').click({ position: { x: 200, y: 300 } });
  await shot('serving');
  await tap('serve-here');
  await shot('menu');
  for (const category of menu.categories.slice(1)) {
    await tap(`category-${category.id}`);
    await shot(`menu-${category.id}`);
  }
  const dish = menu.items.find((item) => item.components.length > 3) ?? menu.items[0];
  await tap(`category-${menu.categories[0].id}`);
  await tap(`item-${dish.id}`);
  await shot('dish');
  for (const component of dish.components.slice(1)) {
    if (component.swaps.length > 0) {
      await tap(`component-${component.id}-swap-${component.swaps[0].id}`);
      break;
    }
  }
  for (const component of dish.components.filter((candidate) => candidate.maxExtra > 0).slice(0, 3))
    await tap(`component-${component.id}-extra-more`);
  await shot('dish-more');
  await tap('add-to-basket');
  await tap(`item-${dish.id}`);
  const kept = dish.components.find((component) => component.id === 'pickle') ?? dish.components.at(-1);
  for (const component of dish.components.filter((candidate) => candidate !== kept && candidate.removable))
    await tap(`component-${component.id}-without`);
  await shot('dish-little');
  await tap('add-to-basket');
  await tap(`category-${menu.categories[1].id}`);
  await tap(`item-${menu.items.find((item) => item.category === menu.categories[1].id)?.id}`);
  await tap('add-to-basket');
  await tap('open-basket');
  await shot('basket');

  terminal.bend({ outcomes: ['no_face', 'attack', 'undecided', 'live', 'live'], scanMs: 900 });
  await tap('smile-to-pay');
  await screen('camera');
  await shot('camera');
  await screen('scan_failed');
  await shot('scan-failed');
  for (let again = 0; again < 2; again += 1) {
    await tap('scan-again');
    await screen('scan_failed');
  }
  await shot('scan-failed-thrice');
  terminal.bend({ scanMs: 2_400 });
  await tap('scan-again');
  await page.locator('[data-testid="hint"][data-hint="good"]').waitFor();
  await shot('camera-good');
  await screen('phone');
  await shot('phone-empty');
  await digits('01701234567');
  await shot('phone');
  terminal.bend({ balanceMinor: '100' });
  await tap('keypad-done');
  await screen('confirm');
  await shot('confirm');
  await tap('pay');
  await page.getByTestId('message').waitFor();
  await shot('confirm-poor');
  terminal.bend({
    balanceMinor: '9000',
    failures: { 'POST /v1/terminal/payments/:id/confirm': [{ code: 'network_error', status: 502 }] },
  });
  await tap('pay');
  await page.getByTestId('message').waitFor();
  await shot('paying-lost');
  await screen('done');
  await shot('done');
  await tap('next-guest');

  await tap(`language-${language}`);
  await page.getByTestId('start').click({ position: { x: 200, y: 300 } });
  await tap('serve-to-go');
  await tap(`item-${dish.id}`);
  await tap('add-to-basket');
  await tap('open-basket');
  terminal.bend({ pinRequired: 'amount' });
  await tap('smile-to-pay');
  await screen('phone');
  await digits('01701234567');
  await tap('keypad-done');
  await screen('confirm');
  await digits('482');
  await shot('confirm-pin');
  await tap('start-over');
  await shot('start-over');
  await tap('start-over-yes');

  await tap(`language-${language}`);
  await tap('join');
  await digits('01701234567');
  await tap('keypad-done');
  await screen('join_code');
  await shot('join-code');
  await digits('999999');
  await page.getByTestId('message').waitFor();
  await shot('join-code-wrong');
  await digits(GUEST.code);
  await page.waitForTimeout(300);
  if ((await page.locator('[data-screen="join_terms"]').count()) > 0) {
    await shot('join-terms');
    await tap('agree-terms');
    await screen('join_biometrics');
    await shot('join-biometrics');
    await tap('decline-biometrics');
    await shot('join-declined');
    await tap('changed-mind');
    await tap('agree-biometrics');
    await screen('join_face');
    await shot('join-face');
    await tap('face-start');
    await page.locator('[data-testid="hint"][data-hint="turn_left"]').waitFor();
    await shot('join-camera');
    await screen('join_pin');
    await digits('123456');
    await digits('123456');
    await screen('join_pin');
    await shot('join-pin-weak');
    await digits(GUEST.pin);
    await shot('join-pin-again');
    await digits(GUEST.pin);
  }
  await screen('join_money');
  await shot('join-money');
  await tap('top-up-20');
  await page.waitForTimeout(300);
  if ((await page.locator('[data-screen="join_face_pay"]').count()) > 0) {
    await shot('join-face-pay');
    await tap('face-pay-on');
  }
  await screen('join_done');
  await shot('join-done');
  await tap('join-finish');
  terminal.bend({ camera: 'missing' });
  await page.getByTestId('start').click({ position: { x: 200, y: 300 } });
  await tap('serve-to-go');
  await tap(`item-${dish.id}`);
  await tap('add-to-basket');
  await page.waitForTimeout(4_500);
  await tap('open-basket');
  await shot('basket-no-camera');
  terminal.bend({ serverReachable: false });
  await page.locator('[data-screen="down"]').waitFor({ timeout: 20_000 });
  await shot('down');
}

/** Fingers need 88 px on the counter's screen. The demo badge is for engineers and may be small. */
async function complainOfSmallTargets(page: Page, name: string): Promise<void> {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('button, a')]
      .filter((element) => !element.classList.contains('demo-badge'))
      .map((element) => ({ box: element.getBoundingClientRect(), text: element.textContent ?? '' }))
      .filter(({ box }) => box.width > 0 && (box.width < 87.5 || box.height < 87.5))
      .map(({ box, text }) => `${Math.round(box.width)}x${Math.round(box.height)} ${text}`),
  );
  if (small.length > 0) console.log(`${name}: smaller than a finger:`, small.join(', '));
}
