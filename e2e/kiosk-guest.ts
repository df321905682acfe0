import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { KioskBrowser } from './browser.ts';
import { artifactsDir } from './shop.ts';

/** What a guest does at the kiosk, in the guest's own words. Test ids are listed in apps/kiosk/README.md. */
export class KioskGuest {
  readonly page: Page;
  readonly #browser: KioskBrowser;
  readonly #kioskUrl: string;
  readonly #serverUrl: string;

  constructor(browser: KioskBrowser, urls: { kioskUrl: string; serverUrl: string }) {
    this.page = browser.page;
    this.#browser = browser;
    this.#kioskUrl = urls.kioskUrl;
    this.#serverUrl = urls.serverUrl;
  }

  id(testId: string) {
    return this.page.getByTestId(testId);
  }

  async comesToTheKiosk(): Promise<void> {
    await this.page.goto(this.#kioskUrl);
    await this.sees('start');
  }

  async taps(testId: string): Promise<void> {
    await this.#orShow(testId, () => this.id(testId).click());
  }

  async sees(testId: string, { withinMs }: { withinMs?: number } = {}): Promise<void> {
    await this.#orShow(testId, () => this.id(testId).waitFor({ timeout: withinMs }));
  }

  async seesScreen(name: string): Promise<void> {
    const screen = this.page.locator(`[data-testid="screen"][data-screen="${name}"]`);
    await this.#orShow(name, () => screen.waitFor());
  }

  /** Themselves, in the mirror on the screen. */
  async seesPicture(): Promise<void> {
    await this.#orShow('picture', () => this.page.locator('[data-testid="mirror"][data-picture="yes"]').waitFor());
  }

  async types(digits: string): Promise<void> {
    for (const digit of digits) await this.taps(`keypad-${digit}`);
  }

  /** As much of the number as is asked for after the look; answers how much that was. */
  async saysNumber(typed: string): Promise<'full' | 'last_four'> {
    const asked = this.page.getByTestId(/^(full-phone|last-digits)$/);
    await this.#orShow('phone step', () => asked.waitFor());
    if ((await asked.getAttribute('data-testid')) === 'last-digits') {
      await this.types(typed.slice(-4));
      return 'last_four';
    }
    await this.types(typed);
    await this.taps('keypad-done');
    return 'full';
  }

  /** From the first screen to a basket with one dish in it. */
  async ordersSomething(): Promise<void> {
    await this.comesToTheKiosk();
    await this.taps('start');
    await this.taps('serve-here');
    await this.seesScreen('menu');
    await this.page
      .getByTestId(/^item-/)
      .first()
      .click();
    await this.seesScreen('dish');
    await this.taps('add-to-basket');
    await this.taps('open-basket');
    await this.seesScreen('basket');
  }

  /** The one-time code, read where the development server keeps its messages. */
  async readsCodeSentTo(phone: string): Promise<string> {
    const response = await fetch(`${this.#serverUrl}/dev/outbox.json?phone=${encodeURIComponent(phone)}`);
    const { data } = (await response.json()) as { data: { text: string }[] };
    const code = /\b(\d{6})\b/.exec(data[0]?.text ?? '')?.[1];
    if (!code) throw new Error(`no code was sent to the test phone`);
    return code;
  }

  /** What was on the screen instead is kept among the artefacts. */
  async #orShow(wanted: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      await this.#browser.shot(`missing-${wanted}`);
      writeFileSync(join(artifactsDir, 'missing.html'), await this.page.content());
      throw error;
    }
  }
}
