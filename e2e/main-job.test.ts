import { startTestServer } from '@smile/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BooksReader } from './books.ts';
import { type KioskBrowser, openKioskBrowser } from './browser.ts';
import { type Cast, MADE_UP, realPortraits } from './casts.ts';
import { KioskGuest } from './kiosk-guest.ts';
import { openShop, type Shop } from './shop.ts';

/**
 * The main job in a real browser, before a real server, database and terminal: a person joins at the counter with one
 * look, orders, and pays from other looks; somebody else and a print do not; a terminal that dies takes no money along.
 */
const PHONE = { typed: '015112345678', e164: '+4915112345678' };
const PIN = '314159';
const TOP_UP_MINOR = 5_000n;

const portraits = realPortraits();
if (!portraits) {
  it.skip('runs with real portraits as well: PORTRAITS_DIR names none and ../shared/data/faces/portraits is not there');
}

describe.each(portraits ? [MADE_UP, portraits] : [MADE_UP])('with $title', (cast: Cast) => {
  let database: Awaited<ReturnType<typeof startTestServer>>;
  let shop: Shop;
  let browser: KioskBrowser;
  let guest: KioskGuest;
  let books: BooksReader;

  beforeAll(async () => {
    database = await startTestServer();
    shop = await openShop({ databaseUrl: database.url, photosDir: cast.photosDir });
    browser = await openKioskBrowser({ prefix: cast.title.replaceAll(' ', '-') });
    guest = new KioskGuest(browser, { kioskUrl: shop.terminalUrl, serverUrl: shop.serverUrl });
    books = new BooksReader(database.url);
  });

  afterAll(async () => {
    await books?.close();
    await browser?.close();
    await shop?.close();
    await database?.stop();
  });

  it('lets a newcomer join at the counter', async () => {
    await shop.setStage({ subject: cast.enrolled, presentation: 'person', smiling: true });
    await guest.comesToTheKiosk();
    await browser.shot('attract');
    await guest.taps('join');
    await guest.seesScreen('join_phone');
    await guest.types(PHONE.typed);
    await guest.taps('keypad-done');
    await guest.seesScreen('join_code');
    await guest.types(await guest.readsCodeSentTo(PHONE.typed));
    await guest.taps('agree-terms');
    await browser.shot('consent');
    await guest.taps('agree-biometrics');
    await guest.taps('face-start');
    await guest.seesScreen('join_camera');
    await guest.seesPicture();
    await browser.shot('join-camera');
    await guest.sees('new-pin', { withinMs: 60_000 });
    await guest.types(PIN);
    await guest.sees('new-pin-again');
    await guest.types(PIN);
    await guest.taps('top-up-50');
    await guest.taps('face-pay-on');
    await guest.sees('joined');
    await browser.shot('joined');
    expect(await guest.id('joined').getAttribute('data-face-pay')).toBe('on');
    expect(await books.wallet(PHONE.e164)).toBe(TOP_UP_MINOR);
  });

  it('takes the payment of the same person on another day, once, and the books are right', async () => {
    const paidBefore = (await books.paid()).length;
    const asked: string[] = [];
    for (const look of cast.laterLooks) {
      await shop.setStage({ subject: look, presentation: 'person', smiling: true });
      const before = await books.wallet(PHONE.e164);
      await guest.ordersSomething();
      await guest.taps('smile-to-pay');
      await guest.passesTheScan();
      asked.push(await guest.saysNumber(PHONE.typed));
      await guest.seesScreen('confirm');
      await browser.shot('confirm');
      expect(await books.wallet(PHONE.e164)).toBe(before);
      await guest.pays(PIN);
      await guest.sees('order-number');
      await browser.shot('paid');
      expect(await guest.id('order-number').textContent()).toMatch(/[A-Z]-?\d+/);
      const amount = (await books.paid()).at(-1);
      expect(await books.wallet(PHONE.e164)).toBe(before - (amount ?? 0n));
    }
    // The shop knows the guest after the first time, and asks for less.
    expect(asked).toEqual(cast.laterLooks.map((_, time) => (time === 0 ? 'full' : 'last_four')));
    expect((await books.paid()).length).toBe(paidBefore + cast.laterLooks.length);
    expect(await books.problems()).toEqual([]);
  });

  it('refuses somebody else who types that number', async () => {
    const before = await books.wallet(PHONE.e164);
    await shop.setStage({ subject: cast.stranger, presentation: 'person', smiling: true });
    await guest.ordersSomething();
    await guest.taps('smile-to-pay');
    await guest.passesTheScan();
    expect(await guest.saysNumber(PHONE.typed)).toBe('full');
    await guest.sees('message');
    await browser.shot('stranger-refused');
    expect(await guest.id('message').getAttribute('data-code')).toBe('identification_failed');
    expect(await books.wallet(PHONE.e164)).toBe(before);
  });

  it('shows the guest, and a friend beside only as a blur', async () => {
    await shop.setStage({ subject: cast.laterLooks[0], presentation: 'person', smiling: true, bystander: true });
    await guest.ordersSomething();
    await guest.taps('smile-to-pay');
    await guest.seesGuidance();
    // Grey levels from one pixel to the next: a face has edges, what was stretched from 28 pixels has none. The hint may
    // come a moment before the first picture that is drawn with it.
    await expect
      .poll(async () => {
        const { guestSteepest, besideSteepest } = await guest.looksClosely();
        expect(besideSteepest).toBeLessThan(20);
        return guestSteepest;
      })
      .toBeGreaterThan(25);
    await browser.shot('friend-beside');
    await shop.setStage({ bystander: false });
  });

  it('refuses a print of the enrolled look as not live', async () => {
    const before = await books.wallet(PHONE.e164);
    await shop.setStage({ subject: cast.enrolled, presentation: 'print', smiling: true });
    await guest.ordersSomething();
    await guest.taps('smile-to-pay');
    await guest.sees('scan-again');
    await browser.shot('print-refused');
    expect(await guest.id('message').getAttribute('data-code')).toBe('attack');
    expect(await books.wallet(PHONE.e164)).toBe(before);
  });

  it('charges nothing when the terminal dies during the scan, and takes the payment when it is back', async () => {
    const before = await books.wallet(PHONE.e164);
    const paidBefore = await books.paid();
    await shop.setStage({ subject: { kind: 'empty' }, presentation: 'person' });
    await guest.ordersSomething();
    await guest.taps('smile-to-pay');
    await guest.seesScreen('camera');
    await shop.killTerminal();
    await guest.sees('message');
    await browser.shot('terminal-died');
    expect(await books.wallet(PHONE.e164)).toBe(before);

    await shop.startTerminal();
    await shop.setStage({ subject: cast.laterLooks[0], presentation: 'person', smiling: true });
    await guest.taps('scan-again');
    await guest.passesTheScan();
    await guest.saysNumber(PHONE.typed);
    await guest.seesScreen('confirm');
    await guest.pays(PIN);
    await guest.sees('order-number');
    await browser.shot('paid-after-all');
    const paid = await books.paid();
    expect(paid.length).toBe(paidBefore.length + 1);
    expect(await books.wallet(PHONE.e164)).toBe(before - (paid.at(-1) ?? 0n));
    expect(await books.problems()).toEqual([]);
  });

  it('charges once when the terminal dies under the tap on Pay', async () => {
    const before = await books.wallet(PHONE.e164);
    const paidBefore = await books.paid();
    await guest.ordersSomething();
    await guest.taps('smile-to-pay');
    await guest.passesTheScan();
    await guest.saysNumber(PHONE.typed);
    await guest.seesScreen('confirm');
    await shop.killTerminal();
    await guest.pays(PIN);
    await browser.shot('pay-without-terminal');
    expect(await books.wallet(PHONE.e164)).toBe(before);

    await shop.startTerminal();
    await guest.sees('order-number', { withinMs: 60_000 });
    const paid = await books.paid();
    expect(paid.length).toBe(paidBefore.length + 1);
    expect(await books.wallet(PHONE.e164)).toBe(before - (paid.at(-1) ?? 0n));
    expect(await books.problems()).toEqual([]);
  });
});
