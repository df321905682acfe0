import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestServer } from '@smile/postgres/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KioskBrowser, openKioskBrowser } from './browser.ts';
import { KioskGuest } from './kiosk-guest.ts';
import { artifactsDir, openShop, type Shop } from './shop.ts';

/**
 * The main job in a real browser: a person joins at the counter, orders, and pays with a smile. People are made up by
 * the simulator; two of them (seeds 5 and 40) differ enough for the real threshold.
 */
const PERSON = 5;
const STRANGER = 40;
const PHONE = '015112345678';
const PIN = '314159';
const BURGER = /^item-/;

let database: Awaited<ReturnType<typeof startTestServer>>;
let shop: Shop;
let browser: KioskBrowser;
let guest: KioskGuest;

beforeAll(async () => {
  database = await startTestServer();
  shop = await openShop({ databaseUrl: database.url });
  browser = await openKioskBrowser({ prefix: 'main-job' });
  guest = new KioskGuest(browser.page, { kioskUrl: shop.terminalUrl, serverUrl: shop.serverUrl });
});

afterAll(async () => {
  await browser?.close();
  await shop?.close();
  await database?.stop();
});

async function onStage(seed: number, presentation: 'person' | 'print' = 'person'): Promise<void> {
  await shop.setStage({ subject: { kind: 'procedural', seed }, presentation, smiling: true });
}

async function screen(name: string): Promise<void> {
  try {
    await browser.page.locator(`[data-testid="screen"][data-screen="${name}"]`).waitFor();
  } catch (error) {
    await browser.shot(`missing-${name}`);
    writeFileSync(join(artifactsDir, 'missing.html'), await browser.page.content());
    throw error;
  }
}

async function ordersSomething(): Promise<void> {
  await guest.id('serve-here').click();
  await screen('menu');
  await browser.page.getByTestId(BURGER).first().click();
  await screen('dish');
  await guest.id('add-to-basket').click();
  await guest.id('open-basket').click();
  await screen('basket');
}

it('lets a newcomer join at the counter', async () => {
  await onStage(PERSON);
  await guest.comesToTheKiosk();
  await browser.shot('attract');
  await guest.id('join').click();
  await screen('join_phone');
  await guest.types(PHONE);
  await guest.id('keypad-done').click();
  await screen('join_code');
  await guest.types(await guest.readsCodeSentTo(PHONE));
  await guest.id('agree-terms').click();
  await browser.shot('consent');
  await guest.id('agree-biometrics').click();
  await guest.id('face-start').click();
  await screen('join_camera');
  await browser.shot('join-camera');
  await guest.id('new-pin').waitFor({ timeout: 60_000 });
  await guest.types(PIN);
  await guest.id('new-pin-again').waitFor();
  await guest.types(PIN);
  await guest.id('top-up-50').click();
  await guest.id('face-pay-on').click();
  await guest.id('joined').waitFor();
  await browser.shot('joined');
  expect(await guest.id('joined').getAttribute('data-face-pay')).toBe('on');
});

it('lets the same person order and pay with face and number', async () => {
  await guest.comesToTheKiosk();
  await guest.id('start').click();
  await ordersSomething();
  await browser.shot('basket');
  await guest.id('smile-to-pay').click();
  await screen('phone');
  await guest.types(PHONE);
  await guest.id('keypad-done').click();
  await screen('confirm');
  await browser.shot('confirm');
  await guest.id('pay').click();
  await guest.id('order-number').waitFor();
  await browser.shot('paid');
  expect(await guest.id('order-number').textContent()).toMatch(/[A-Z]-?\d+/);
});

it('refuses somebody else who types that number', async () => {
  await onStage(STRANGER);
  await guest.comesToTheKiosk();
  await guest.id('start').click();
  await ordersSomething();
  await guest.id('smile-to-pay').click();
  await screen('phone');
  await guest.types(PHONE);
  await guest.id('keypad-done').click();
  await guest.id('message').waitFor();
  await browser.shot('stranger-refused');
  expect(await guest.id('message').getAttribute('data-code')).toBe('identification_failed');
});

it('refuses a print of the person as not live', async () => {
  await onStage(PERSON, 'print');
  await guest.comesToTheKiosk();
  await guest.id('start').click();
  await ordersSomething();
  await guest.id('smile-to-pay').click();
  await guest.id('scan-again').waitFor();
  await browser.shot('print-refused');
  expect(['attack', 'undecided']).toContain(await guest.id('message').getAttribute('data-code'));
});
